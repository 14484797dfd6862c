-- name: world_of_tenant(tenant_id)^
SELECT
    tenant_id, seed, corpus_version, revision, numbers, slots, is_running, is_dry_run, log_level,
    started_at, started_by, backfill_from, backfill_until
FROM updater_worlds WHERE tenant_id = :tenant_id;

-- name: insert_world(tenant_id, seed, corpus_version, revision, numbers, slots, is_running, is_dry_run, log_level, started_at, started_by, backfill_from, backfill_until)$
INSERT INTO updater_worlds (
    tenant_id, seed, corpus_version, revision, numbers, slots, is_running, is_dry_run, log_level,
    started_at, started_by, backfill_from, backfill_until
)
VALUES (
    :tenant_id, :seed, :corpus_version, :revision, :numbers, :slots, :is_running, :is_dry_run,
    :log_level, :started_at, :started_by, :backfill_from, :backfill_until
)
ON CONFLICT (tenant_id) DO NOTHING
RETURNING revision;

-- name: keep_world(tenant_id, corpus_version, revision, numbers, slots)$
-- Compared and set: nobody else has gone on from this revision. Whether it runs is not its business.
UPDATE updater_worlds SET
    corpus_version = :corpus_version, revision = revision + 1, numbers = :numbers, slots = :slots
WHERE tenant_id = :tenant_id AND revision = :revision
RETURNING revision;

-- name: set_running(tenant_id, is_running, is_dry_run, log_level, started_at, started_by)$
-- No row where it is so already. What is not given stays.
UPDATE updater_worlds SET
    is_running = :is_running, is_dry_run = coalesce(:is_dry_run, is_dry_run),
    log_level = coalesce(:log_level, log_level), started_at = coalesce(:started_at, started_at),
    started_by = coalesce(:started_by, started_by)
WHERE tenant_id = :tenant_id AND is_running <> :is_running
RETURNING log_level;

-- name: set_backfill(tenant_id, backfill_from, backfill_until)!
UPDATE updater_worlds SET backfill_from = :backfill_from, backfill_until = :backfill_until
WHERE tenant_id = :tenant_id;

-- name: end_backfill(tenant_id, backfill_until)$
UPDATE updater_worlds SET backfill_until = NULL
WHERE tenant_id = :tenant_id AND backfill_until = :backfill_until
RETURNING revision;

-- name: worlds_under_way()
SELECT tenant_id FROM updater_worlds
WHERE is_running = 1 OR backfill_until IS NOT NULL ORDER BY tenant_id;

-- name: run_of_id(tenant_id, run_id)^
SELECT
    tenant_id, run_id, number, updater, slot_at, slot_key, kind, status, reason, row_count,
    update_count, tables, attestation, corpus_version, triggered_by, started_at, finished_at,
    duration_us, error, undone_at, undone_by
FROM updater_runs WHERE tenant_id = :tenant_id AND run_id = :run_id;

-- name: runs_before(tenant_id, before, updater, row_limit)
-- Of one updater, or of all: '' names none.
SELECT
    tenant_id, run_id, number, updater, slot_at, slot_key, kind, status, reason, row_count,
    update_count, tables, attestation, corpus_version, triggered_by, started_at, finished_at,
    duration_us, error, undone_at, undone_by
FROM updater_runs
WHERE tenant_id = :tenant_id AND number < :before AND (:updater = '' OR updater = :updater)
ORDER BY number DESC LIMIT :row_limit;

-- name: last_run_number(tenant_id)$
SELECT coalesce(max(number), 0) FROM updater_runs WHERE tenant_id = :tenant_id;

-- name: run_metrics(tenant_id)
SELECT
    updater,
    count(*),
    count(CASE WHEN status = 'done' THEN 1 END),
    count(CASE WHEN status = 'failed' THEN 1 END),
    CAST(sum(duration_us) AS bigint),
    max(finished_at),
    (
        SELECT failed.error FROM updater_runs AS failed
        WHERE failed.tenant_id = :tenant_id AND failed.updater = runs.updater
            AND failed.status = 'failed'
        ORDER BY failed.number DESC LIMIT 1
    )
FROM updater_runs AS runs
WHERE runs.tenant_id = :tenant_id AND runs.status <> 'skipped' AND runs.kind <> 'dry_run'
GROUP BY updater ORDER BY updater;

-- name: rows_between(tenant_id, from_us, until_us)$
-- Also those of runs that were undone since: the budget bounds what is written.
SELECT coalesce(CAST(sum(row_count) AS bigint), 0) FROM updater_runs
WHERE tenant_id = :tenant_id AND slot_at >= :from_us AND slot_at < :until_us
    AND status = 'done' AND kind <> 'dry_run';

-- name: changes_of_run(tenant_id, run_id)
SELECT table_name, row_id, is_insert, data FROM updater_changes
WHERE tenant_id = :tenant_id AND run_id = :run_id ORDER BY seq;

-- name: removed_rows(tenant_id)
SELECT table_name, row_id FROM updater_removed WHERE tenant_id = :tenant_id;

-- name: logs_of_tenant(tenant_id, row_limit)
SELECT at, level, message, data, node FROM updater_logs
WHERE tenant_id = :tenant_id ORDER BY id DESC LIMIT :row_limit;

-- name: forget_logs(before)!
DELETE FROM updater_logs WHERE at < :before;

-- name: delete_world(tenant_id)!
DELETE FROM updater_worlds WHERE tenant_id = :tenant_id;

-- name: delete_runs(tenant_id)!
DELETE FROM updater_runs WHERE tenant_id = :tenant_id;

-- name: delete_changes(tenant_id)!
DELETE FROM updater_changes WHERE tenant_id = :tenant_id;

-- name: delete_removed(tenant_id)!
DELETE FROM updater_removed WHERE tenant_id = :tenant_id;

-- name: delete_logs(tenant_id)!
DELETE FROM updater_logs WHERE tenant_id = :tenant_id;

-- name: records_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, record_type, status, company_name, website, industry, company_size, annual_revenue,
    primary_contact_name, primary_contact_email, primary_contact_phone, primary_contact_title,
    address_line1, city, state, postal_code, country, source, interest_level, sales_stage,
    stage_entered_at, estimated_deal_value, probability, lead_score, priority, account_manager_id,
    customer_number, customer_since, customer_until, lost_reason, last_contact_date,
    next_follow_up_date, created_by, created_at, updated_at, edited_at, edited_by
FROM business_records
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: records_under_way(tenant_id)
-- Leads that are neither won nor lost, and customers; what a person has edited is none of them.
SELECT
    id, run_id, record_type, status, company_name, website, industry, company_size, annual_revenue,
    primary_contact_name, primary_contact_email, primary_contact_phone, primary_contact_title,
    address_line1, city, state, postal_code, country, source, interest_level, sales_stage,
    stage_entered_at, estimated_deal_value, probability, lead_score, priority, account_manager_id,
    customer_number, customer_since, customer_until, lost_reason, last_contact_date,
    next_follow_up_date, created_by, created_at, updated_at, edited_at, edited_by
FROM business_records
WHERE tenant_id = :tenant_id AND edited_at IS NULL
    AND (record_type = 'customer' OR (record_type = 'lead' AND status <> 'closed_lost'));

-- name: customers_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, business_record_id, name, phone, email, address_line1, city, state, postal_code,
    created_at, updated_at, edited_at, edited_by
FROM customers
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: all_customers(tenant_id)
SELECT
    id, run_id, business_record_id, name, phone, email, address_line1, city, state, postal_code,
    created_at, updated_at, edited_at, edited_by
FROM customers
WHERE tenant_id = :tenant_id;

-- name: technicians_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, name, email, phone, skills, certifications, capacity, is_available, created_at,
    updated_at, edited_at, edited_by
FROM technicians
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: all_technicians(tenant_id)
SELECT
    id, run_id, name, email, phone, skills, certifications, capacity, is_available, created_at,
    updated_at, edited_at, edited_by
FROM technicians
WHERE tenant_id = :tenant_id;

-- name: equipment_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, customer_id, model, kind, serial_number, installed_at, created_at, updated_at,
    edited_at, edited_by
FROM equipment
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: all_equipment(tenant_id)
SELECT
    id, run_id, customer_id, model, kind, serial_number, installed_at, created_at, updated_at,
    edited_at, edited_by
FROM equipment
WHERE tenant_id = :tenant_id;

-- name: activities_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, business_record_id, activity_type, subject, description, direction, call_duration,
    call_outcome, outcome, next_action, follow_up_date, completed_date, created_by, created_at,
    updated_at, edited_at, edited_by
FROM business_record_activities
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: tickets_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, customer_id, equipment_id, ticket_number, ticket_type, title, description, priority,
    status, reported_via, assigned_technician_id, assigned_at, scheduled_date, started_at,
    estimated_duration, customer_address, customer_phone, required_skills, required_parts,
    parts_used, work_order_notes, resolution_notes, labor_hours, resolved_at, created_by,
    created_at, updated_at, edited_at, edited_by
FROM service_tickets
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: open_tickets(tenant_id)
SELECT
    id, run_id, customer_id, equipment_id, ticket_number, ticket_type, title, description, priority,
    status, reported_via, assigned_technician_id, assigned_at, scheduled_date, started_at,
    estimated_duration, customer_address, customer_phone, required_skills, required_parts,
    parts_used, work_order_notes, resolution_notes, labor_hours, resolved_at, created_by,
    created_at, updated_at, edited_at, edited_by
FROM service_tickets
WHERE tenant_id = :tenant_id AND edited_at IS NULL AND status NOT IN ('completed', 'cancelled');

-- name: ticket_updates_behind(tenant_id, after, row_limit)
SELECT
    id, run_id, ticket_id, update_type, old_value, new_value, notes, updated_by, created_at,
    edited_at, edited_by
FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :row_limit;

-- name: standing_runs(tenant_id, row_limit)
SELECT run_id FROM updater_runs
WHERE tenant_id = :tenant_id AND status = 'done' AND kind <> 'dry_run' AND undone_at IS NULL
ORDER BY number DESC LIMIT :row_limit;

-- name: rows_of_undone(tenant_id)
SELECT DISTINCT changes.table_name, changes.row_id
FROM updater_changes AS changes
JOIN updater_runs AS runs
    ON runs.tenant_id = changes.tenant_id AND runs.run_id = changes.run_id
WHERE changes.tenant_id = :tenant_id AND runs.undone_at IS NOT NULL;
