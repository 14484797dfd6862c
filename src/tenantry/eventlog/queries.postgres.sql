-- name: append_events(request_tenants, request_keys, request_digests, request_expiries, rest_requests, rest_bases, request_afters, request_change_tenants, request_change_starts, request_change_untils, stream_requests, stream_tenants, stream_names, stream_expectations, event_streams, event_types, event_data, event_metadata, now_us)
SELECT outcome, first_position, last_position, recorded_at, versions, lock_wait_us
FROM append_events(
    :request_tenants::text[], :request_keys::text[], :request_digests::bytea[],
    :request_expiries::bigint[], :rest_requests::integer[],
    :rest_bases::integer[],
    :request_afters::bigint[], :request_change_tenants::text[], :request_change_starts::text[],
    :request_change_untils::text[], :stream_requests::integer[], :stream_tenants::text[],
    :stream_names::text[], :stream_expectations::bigint[], :event_streams::integer[],
    :event_types::text[], :event_data::bytea[], :event_metadata::bytea[], :now_us
);
