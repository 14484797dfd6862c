-- name: insert_runs(tenant_id, rows)!
INSERT INTO updater_runs (
    tenant_id, run_id, number, updater, slot_at, slot_key, kind, status, reason, row_count,
    update_count, tables, attestation, corpus_version, triggered_by, started_at, finished_at,
    duration_us, error, undone_at, undone_by
)
SELECT
    :tenant_id, run_id, number, updater, slot_at, slot_key, kind, status, reason, row_count,
    update_count, tables, attestation, corpus_version, triggered_by, started_at, finished_at,
    duration_us, error, undone_at, undone_by
FROM jsonb_populate_recordset(CAST(NULL AS updater_runs), CAST(:rows AS jsonb));

-- name: insert_changes(tenant_id, rows)!
-- One statement for a batch, whichever tables it is about.
INSERT INTO updater_changes (tenant_id, run_id, seq, table_name, row_id, is_insert, data)
SELECT
    :tenant_id, each.value ->> 0, CAST(each.value ->> 1 AS bigint), each.value ->> 2,
    each.value ->> 3, CAST(each.value ->> 4 AS bigint), CAST(each.value -> 5 AS text)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: changes_of_rows(tenant_id, rows)
-- In the order of the commits, each with whether its run is undone. OFFSET 0 has the changes of
-- each row looked up: before it has statistics, PostgreSQL goes through all of the tenant's.
SELECT
    changes.table_name, changes.row_id, changes.is_insert, changes.data, changes.run_id,
    runs.undone_at IS NOT NULL
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
CROSS JOIN LATERAL (
    SELECT table_name, row_id, is_insert, data, run_id, seq FROM updater_changes
    WHERE tenant_id = :tenant_id AND table_name = each.value ->> 0 AND row_id = each.value ->> 1
    OFFSET 0
) AS changes
JOIN updater_runs AS runs ON runs.tenant_id = :tenant_id AND runs.run_id = changes.run_id
ORDER BY runs.number, changes.seq;

-- name: rows_of_runs(tenant_id, ids)
SELECT table_name, row_id FROM updater_changes
WHERE tenant_id = :tenant_id AND run_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: removed_of_rows(tenant_id, rows)
SELECT table_name, row_id FROM updater_removed
WHERE tenant_id = :tenant_id AND (table_name, row_id) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
);

-- name: note_removed(tenant_id, rows)!
INSERT INTO updater_removed (tenant_id, table_name, row_id)
SELECT :tenant_id, each.value ->> 0, each.value ->> 1
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: forget_removed(tenant_id, rows)!
DELETE FROM updater_removed
WHERE tenant_id = :tenant_id AND (table_name, row_id) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
);

-- name: insert_logs(tenant_id, rows)!
INSERT INTO updater_logs (tenant_id, at, level, message, data, node)
SELECT
    :tenant_id, CAST(each.value ->> 0 AS bigint), each.value ->> 1, each.value ->> 2,
    CAST(each.value -> 3 AS text), each.value ->> 4
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value);

-- name: mark_undone(tenant_id, ids, undone_at, undone_by)
-- Once: whoever comes later finds them undone.
UPDATE updater_runs SET undone_at = :undone_at, undone_by = :undone_by
WHERE tenant_id = :tenant_id AND undone_at IS NULL AND run_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
)
RETURNING run_id;

-- name: insert_records(tenant_id, rows)!
INSERT INTO business_records (
    tenant_id, id, run_id, record_type, status, company_name, website, industry, company_size,
    annual_revenue, primary_contact_name, primary_contact_email, primary_contact_phone,
    primary_contact_title, address_line1, city, state, postal_code, country, source, interest_level,
    sales_stage, stage_entered_at, estimated_deal_value, probability, lead_score, priority,
    account_manager_id, customer_number, customer_since, customer_until, lost_reason,
    last_contact_date, next_follow_up_date, created_by, created_at, updated_at
)
SELECT
    :tenant_id, id, run_id, record_type, status, company_name, website, industry, company_size,
    annual_revenue, primary_contact_name, primary_contact_email, primary_contact_phone,
    primary_contact_title, address_line1, city, state, postal_code, country, source, interest_level,
    sales_stage, stage_entered_at, estimated_deal_value, probability, lead_score, priority,
    account_manager_id, customer_number, customer_since, customer_until, lost_reason,
    last_contact_date, next_follow_up_date, created_by, created_at, updated_at
FROM jsonb_populate_recordset(CAST(NULL AS business_records), CAST(:rows AS jsonb));

-- name: update_records(tenant_id, rows, edited_at, edited_by)!
-- Columns that are not named are taken from the row as it is. The ids stand there once more as an
-- array: before it has statistics, PostgreSQL would go through all rows of the tenant.
UPDATE business_records SET
    (
        record_type, status, company_name, website, industry, company_size, annual_revenue,
        primary_contact_name, primary_contact_email, primary_contact_phone, primary_contact_title,
        address_line1, city, state, postal_code, country, source, interest_level, sales_stage,
        stage_entered_at, estimated_deal_value, probability, lead_score, priority,
        account_manager_id, customer_number, customer_since, customer_until, lost_reason,
        last_contact_date, next_follow_up_date, created_by, created_at, updated_at
    ) = (
        SELECT
            given.record_type, given.status, given.company_name, given.website, given.industry,
            given.company_size, given.annual_revenue, given.primary_contact_name,
            given.primary_contact_email, given.primary_contact_phone, given.primary_contact_title,
            given.address_line1, given.city, given.state, given.postal_code, given.country,
            given.source, given.interest_level, given.sales_stage, given.stage_entered_at,
            given.estimated_deal_value, given.probability, given.lead_score, given.priority,
            given.account_manager_id, given.customer_number, given.customer_since,
            given.customer_until, given.lost_reason, given.last_contact_date,
            given.next_follow_up_date, given.created_by, given.created_at, given.updated_at
        FROM jsonb_populate_record(business_records, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), business_records.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), business_records.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE business_records.tenant_id = :tenant_id
    AND business_records.id = each.value ->> 'id'
    AND business_records.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (business_records.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_records(tenant_id, ids, any_edited)!
DELETE FROM business_records
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: records_of_ids(tenant_id, ids)
SELECT
    id, run_id, record_type, status, company_name, website, industry, company_size, annual_revenue,
    primary_contact_name, primary_contact_email, primary_contact_phone, primary_contact_title,
    address_line1, city, state, postal_code, country, source, interest_level, sales_stage,
    stage_entered_at, estimated_deal_value, probability, lead_score, priority, account_manager_id,
    customer_number, customer_since, customer_until, lost_reason, last_contact_date,
    next_follow_up_date, created_by, created_at, updated_at, edited_at, edited_by
FROM business_records
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: insert_customers(tenant_id, rows)!
INSERT INTO customers (
    tenant_id, id, run_id, business_record_id, name, phone, email, address_line1, city, state,
    postal_code, created_at, updated_at
)
SELECT
    :tenant_id, id, run_id, business_record_id, name, phone, email, address_line1, city, state,
    postal_code, created_at, updated_at
FROM jsonb_populate_recordset(CAST(NULL AS customers), CAST(:rows AS jsonb));

-- name: update_customers(tenant_id, rows, edited_at, edited_by)!
UPDATE customers SET
    (
        business_record_id, name, phone, email, address_line1, city, state, postal_code, created_at,
        updated_at
    ) = (
        SELECT
            given.business_record_id, given.name, given.phone, given.email, given.address_line1,
            given.city, given.state, given.postal_code, given.created_at, given.updated_at
        FROM jsonb_populate_record(customers, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), customers.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), customers.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE customers.tenant_id = :tenant_id
    AND customers.id = each.value ->> 'id'
    AND customers.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (customers.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_customers(tenant_id, ids, any_edited)!
DELETE FROM customers
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: customers_of_ids(tenant_id, ids)
SELECT
    id, run_id, business_record_id, name, phone, email, address_line1, city, state, postal_code,
    created_at, updated_at, edited_at, edited_by
FROM customers
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: customers_of_records(tenant_id, ids)
SELECT id FROM customers
WHERE tenant_id = :tenant_id AND business_record_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: insert_technicians(tenant_id, rows)!
INSERT INTO technicians (
    tenant_id, id, run_id, name, email, phone, skills, certifications, capacity, is_available,
    created_at, updated_at
)
SELECT
    :tenant_id, id, run_id, name, email, phone, skills, certifications, capacity, is_available,
    created_at, updated_at
FROM jsonb_populate_recordset(CAST(NULL AS technicians), CAST(:rows AS jsonb));

-- name: update_technicians(tenant_id, rows, edited_at, edited_by)!
UPDATE technicians SET
    (
        name, email, phone, skills, certifications, capacity, is_available, created_at, updated_at
    ) = (
        SELECT
            given.name, given.email, given.phone, given.skills, given.certifications,
            given.capacity, given.is_available, given.created_at, given.updated_at
        FROM jsonb_populate_record(technicians, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), technicians.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), technicians.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE technicians.tenant_id = :tenant_id
    AND technicians.id = each.value ->> 'id'
    AND technicians.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (technicians.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_technicians(tenant_id, ids, any_edited)!
DELETE FROM technicians
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: technicians_of_ids(tenant_id, ids)
SELECT
    id, run_id, name, email, phone, skills, certifications, capacity, is_available, created_at,
    updated_at, edited_at, edited_by
FROM technicians
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: insert_equipment(tenant_id, rows)!
INSERT INTO equipment (
    tenant_id, id, run_id, customer_id, model, kind, serial_number, installed_at, created_at,
    updated_at
)
SELECT
    :tenant_id, id, run_id, customer_id, model, kind, serial_number, installed_at, created_at,
    updated_at
FROM jsonb_populate_recordset(CAST(NULL AS equipment), CAST(:rows AS jsonb));

-- name: update_equipment(tenant_id, rows, edited_at, edited_by)!
UPDATE equipment SET
    (
        customer_id, model, kind, serial_number, installed_at, created_at, updated_at
    ) = (
        SELECT
            given.customer_id, given.model, given.kind, given.serial_number, given.installed_at,
            given.created_at, given.updated_at
        FROM jsonb_populate_record(equipment, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), equipment.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), equipment.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE equipment.tenant_id = :tenant_id
    AND equipment.id = each.value ->> 'id'
    AND equipment.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (equipment.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_equipment(tenant_id, ids, any_edited)!
DELETE FROM equipment
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: equipment_of_ids(tenant_id, ids)
SELECT
    id, run_id, customer_id, model, kind, serial_number, installed_at, created_at, updated_at,
    edited_at, edited_by
FROM equipment
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: equipment_of_customers(tenant_id, ids)
SELECT id FROM equipment
WHERE tenant_id = :tenant_id AND customer_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: insert_activities(tenant_id, rows)!
INSERT INTO business_record_activities (
    tenant_id, id, run_id, business_record_id, activity_type, subject, description, direction,
    call_duration, call_outcome, outcome, next_action, follow_up_date, completed_date, created_by,
    created_at, updated_at
)
SELECT
    :tenant_id, id, run_id, business_record_id, activity_type, subject, description, direction,
    call_duration, call_outcome, outcome, next_action, follow_up_date, completed_date, created_by,
    created_at, updated_at
FROM jsonb_populate_recordset(CAST(NULL AS business_record_activities), CAST(:rows AS jsonb));

-- name: update_activities(tenant_id, rows, edited_at, edited_by)!
UPDATE business_record_activities SET
    (
        business_record_id, activity_type, subject, description, direction, call_duration,
        call_outcome, outcome, next_action, follow_up_date, completed_date, created_by, created_at,
        updated_at
    ) = (
        SELECT
            given.business_record_id, given.activity_type, given.subject, given.description,
            given.direction, given.call_duration, given.call_outcome, given.outcome,
            given.next_action, given.follow_up_date, given.completed_date, given.created_by,
            given.created_at, given.updated_at
        FROM jsonb_populate_record(business_record_activities, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), business_record_activities.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), business_record_activities.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE business_record_activities.tenant_id = :tenant_id
    AND business_record_activities.id = each.value ->> 'id'
    AND business_record_activities.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (business_record_activities.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_activities(tenant_id, ids, any_edited)!
DELETE FROM business_record_activities
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: activities_of_ids(tenant_id, ids)
SELECT
    id, run_id, business_record_id, activity_type, subject, description, direction, call_duration,
    call_outcome, outcome, next_action, follow_up_date, completed_date, created_by, created_at,
    updated_at, edited_at, edited_by
FROM business_record_activities
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: activities_of_records(tenant_id, ids)
SELECT id FROM business_record_activities
WHERE tenant_id = :tenant_id AND business_record_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: insert_tickets(tenant_id, rows)!
INSERT INTO service_tickets (
    tenant_id, id, run_id, customer_id, equipment_id, ticket_number, ticket_type, title,
    description, priority, status, reported_via, assigned_technician_id, assigned_at,
    scheduled_date, started_at, estimated_duration, customer_address, customer_phone,
    required_skills, required_parts, parts_used, work_order_notes, resolution_notes, labor_hours,
    resolved_at, created_by, created_at, updated_at
)
SELECT
    :tenant_id, id, run_id, customer_id, equipment_id, ticket_number, ticket_type, title,
    description, priority, status, reported_via, assigned_technician_id, assigned_at,
    scheduled_date, started_at, estimated_duration, customer_address, customer_phone,
    required_skills, required_parts, parts_used, work_order_notes, resolution_notes, labor_hours,
    resolved_at, created_by, created_at, updated_at
FROM jsonb_populate_recordset(CAST(NULL AS service_tickets), CAST(:rows AS jsonb));

-- name: update_tickets(tenant_id, rows, edited_at, edited_by)!
UPDATE service_tickets SET
    (
        customer_id, equipment_id, ticket_number, ticket_type, title, description, priority, status,
        reported_via, assigned_technician_id, assigned_at, scheduled_date, started_at,
        estimated_duration, customer_address, customer_phone, required_skills, required_parts,
        parts_used, work_order_notes, resolution_notes, labor_hours, resolved_at, created_by,
        created_at, updated_at
    ) = (
        SELECT
            given.customer_id, given.equipment_id, given.ticket_number, given.ticket_type,
            given.title, given.description, given.priority, given.status, given.reported_via,
            given.assigned_technician_id, given.assigned_at, given.scheduled_date, given.started_at,
            given.estimated_duration, given.customer_address, given.customer_phone,
            given.required_skills, given.required_parts, given.parts_used, given.work_order_notes,
            given.resolution_notes, given.labor_hours, given.resolved_at, given.created_by,
            given.created_at, given.updated_at
        FROM jsonb_populate_record(service_tickets, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), service_tickets.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), service_tickets.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE service_tickets.tenant_id = :tenant_id
    AND service_tickets.id = each.value ->> 'id'
    AND service_tickets.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (service_tickets.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_tickets(tenant_id, ids, any_edited)!
DELETE FROM service_tickets
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: tickets_of_ids(tenant_id, ids)
SELECT
    id, run_id, customer_id, equipment_id, ticket_number, ticket_type, title, description, priority,
    status, reported_via, assigned_technician_id, assigned_at, scheduled_date, started_at,
    estimated_duration, customer_address, customer_phone, required_skills, required_parts,
    parts_used, work_order_notes, resolution_notes, labor_hours, resolved_at, created_by,
    created_at, updated_at, edited_at, edited_by
FROM service_tickets
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: tickets_of_customers(tenant_id, ids)
SELECT id FROM service_tickets
WHERE tenant_id = :tenant_id AND customer_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: tickets_of_equipment(tenant_id, ids)
SELECT id FROM service_tickets
WHERE tenant_id = :tenant_id AND equipment_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: tickets_of_technicians(tenant_id, ids)
SELECT id FROM service_tickets
WHERE tenant_id = :tenant_id AND assigned_technician_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: insert_ticket_updates(tenant_id, rows)!
INSERT INTO service_ticket_updates (
    tenant_id, id, run_id, ticket_id, update_type, old_value, new_value, notes, updated_by,
    created_at
)
SELECT
    :tenant_id, id, run_id, ticket_id, update_type, old_value, new_value, notes, updated_by,
    created_at
FROM jsonb_populate_recordset(CAST(NULL AS service_ticket_updates), CAST(:rows AS jsonb));

-- name: update_ticket_updates(tenant_id, rows, edited_at, edited_by)!
UPDATE service_ticket_updates SET
    (
        ticket_id, update_type, old_value, new_value, notes, updated_by, created_at
    ) = (
        SELECT
            given.ticket_id, given.update_type, given.old_value, given.new_value, given.notes,
            given.updated_by, given.created_at
        FROM jsonb_populate_record(service_ticket_updates, each.value) AS given
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), service_ticket_updates.edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), service_ticket_updates.edited_by)
FROM jsonb_array_elements(CAST(:rows AS jsonb)) AS each (value)
WHERE service_ticket_updates.tenant_id = :tenant_id
    AND service_ticket_updates.id = each.value ->> 'id'
    AND service_ticket_updates.id = ANY (
        ARRAY(SELECT jsonb_path_query(CAST(:rows AS jsonb), '$[*].id') #>> '{}')
    )
    AND (service_ticket_updates.edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_ticket_updates(tenant_id, ids, any_edited)!
DELETE FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: ticket_updates_of_ids(tenant_id, ids)
SELECT
    id, run_id, ticket_id, update_type, old_value, new_value, notes, updated_by, created_at,
    edited_at, edited_by
FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);

-- name: ticket_updates_of_tickets(tenant_id, ids)
SELECT id FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND ticket_id = ANY (
    ARRAY(SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
);
