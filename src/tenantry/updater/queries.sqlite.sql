-- name: insert_runs(tenant_id, rows)!
INSERT INTO updater_runs (
    tenant_id, run_id, number, updater, slot_at, slot_key, kind, status, reason, row_count,
    update_count, tables, attestation, corpus_version, triggered_by, started_at, finished_at,
    duration_us, error, undone_at, undone_by
)
SELECT
    :tenant_id, each.value ->> '$.run_id', each.value ->> '$.number', each.value ->> '$.updater',
    each.value ->> '$.slot_at', each.value ->> '$.slot_key', each.value ->> '$.kind',
    each.value ->> '$.status', each.value ->> '$.reason', each.value ->> '$.row_count',
    each.value ->> '$.update_count', each.value ->> '$.tables', each.value ->> '$.attestation',
    each.value ->> '$.corpus_version', each.value ->> '$.triggered_by',
    each.value ->> '$.started_at', each.value ->> '$.finished_at', each.value ->> '$.duration_us',
    each.value ->> '$.error', each.value ->> '$.undone_at', each.value ->> '$.undone_by'
FROM jsonb_each(:rows) AS each;

-- name: insert_changes(tenant_id, rows)!
-- One statement for a batch, whichever tables it is about.
INSERT INTO updater_changes (tenant_id, run_id, seq, table_name, row_id, is_insert, data)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2, each.value ->> 3,
    each.value ->> 4, each.value -> 5
FROM jsonb_each(:rows) AS each;

-- name: changes_of_rows(tenant_id, rows)
-- In the order of the commits, each with whether its run is undone. Left to itself, SQLite would go
-- through all changes of the tenant for each row.
SELECT
    changes.table_name, changes.row_id, changes.is_insert, changes.data, changes.run_id,
    runs.undone_at IS NOT NULL
FROM jsonb_each(:rows) AS each
CROSS JOIN updater_changes AS changes INDEXED BY updater_changes_of_row
    ON changes.tenant_id = :tenant_id
    AND changes.table_name = each.value ->> 0 AND changes.row_id = each.value ->> 1
CROSS JOIN updater_runs AS runs ON runs.tenant_id = :tenant_id AND runs.run_id = changes.run_id
ORDER BY runs.number, changes.seq;

-- name: rows_of_runs(tenant_id, ids)
SELECT table_name, row_id FROM updater_changes
WHERE tenant_id = :tenant_id AND run_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: removed_of_rows(tenant_id, rows)
SELECT table_name, row_id FROM updater_removed
WHERE tenant_id = :tenant_id AND (table_name, row_id) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_each(:rows) AS each
);

-- name: note_removed(tenant_id, rows)!
INSERT INTO updater_removed (tenant_id, table_name, row_id)
SELECT :tenant_id, each.value ->> 0, each.value ->> 1
FROM jsonb_each(:rows) AS each;

-- name: forget_removed(tenant_id, rows)!
DELETE FROM updater_removed
WHERE tenant_id = :tenant_id AND (table_name, row_id) IN (
    SELECT each.value ->> 0, each.value ->> 1
    FROM jsonb_each(:rows) AS each
);

-- name: insert_logs(tenant_id, rows)!
INSERT INTO updater_logs (tenant_id, at, level, message, data, node)
SELECT
    :tenant_id, each.value ->> 0, each.value ->> 1, each.value ->> 2,
    each.value -> 3, each.value ->> 4
FROM jsonb_each(:rows) AS each;

-- name: mark_undone(tenant_id, ids, undone_at, undone_by)
-- Once: whoever comes later finds them undone.
UPDATE updater_runs SET undone_at = :undone_at, undone_by = :undone_by
WHERE tenant_id = :tenant_id AND undone_at IS NULL AND run_id IN (
    SELECT each.value FROM json_each(:ids) AS each
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
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id', each.value ->> '$.record_type',
    each.value ->> '$.status', each.value ->> '$.company_name', each.value ->> '$.website',
    each.value ->> '$.industry', each.value ->> '$.company_size', each.value ->> '$.annual_revenue',
    each.value ->> '$.primary_contact_name', each.value ->> '$.primary_contact_email',
    each.value ->> '$.primary_contact_phone', each.value ->> '$.primary_contact_title',
    each.value ->> '$.address_line1', each.value ->> '$.city', each.value ->> '$.state',
    each.value ->> '$.postal_code', each.value ->> '$.country', each.value ->> '$.source',
    each.value ->> '$.interest_level', each.value ->> '$.sales_stage',
    each.value ->> '$.stage_entered_at', each.value ->> '$.estimated_deal_value',
    each.value ->> '$.probability', each.value ->> '$.lead_score', each.value ->> '$.priority',
    each.value ->> '$.account_manager_id', each.value ->> '$.customer_number',
    each.value ->> '$.customer_since', each.value ->> '$.customer_until',
    each.value ->> '$.lost_reason', each.value ->> '$.last_contact_date',
    each.value ->> '$.next_follow_up_date', each.value ->> '$.created_by',
    each.value ->> '$.created_at', each.value ->> '$.updated_at'
FROM jsonb_each(:rows) AS each;

-- name: update_records(tenant_id, rows, edited_at, edited_by)!
-- Columns that are not named stay. The rows are looked up first, by their ids: left to itself,
-- SQLite would go through all rows of the tenant.
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN business_records AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE business_records SET
    record_type = iif(
        json_type(given.data, '$.record_type') IS NULL, record_type,
        given.data ->> '$.record_type'
    ),
    status = iif(
        json_type(given.data, '$.status') IS NULL, status,
        given.data ->> '$.status'
    ),
    company_name = iif(
        json_type(given.data, '$.company_name') IS NULL, company_name,
        given.data ->> '$.company_name'
    ),
    website = iif(
        json_type(given.data, '$.website') IS NULL, website,
        given.data ->> '$.website'
    ),
    industry = iif(
        json_type(given.data, '$.industry') IS NULL, industry,
        given.data ->> '$.industry'
    ),
    company_size = iif(
        json_type(given.data, '$.company_size') IS NULL, company_size,
        given.data ->> '$.company_size'
    ),
    annual_revenue = iif(
        json_type(given.data, '$.annual_revenue') IS NULL, annual_revenue,
        given.data ->> '$.annual_revenue'
    ),
    primary_contact_name = iif(
        json_type(given.data, '$.primary_contact_name') IS NULL, primary_contact_name,
        given.data ->> '$.primary_contact_name'
    ),
    primary_contact_email = iif(
        json_type(given.data, '$.primary_contact_email') IS NULL, primary_contact_email,
        given.data ->> '$.primary_contact_email'
    ),
    primary_contact_phone = iif(
        json_type(given.data, '$.primary_contact_phone') IS NULL, primary_contact_phone,
        given.data ->> '$.primary_contact_phone'
    ),
    primary_contact_title = iif(
        json_type(given.data, '$.primary_contact_title') IS NULL, primary_contact_title,
        given.data ->> '$.primary_contact_title'
    ),
    address_line1 = iif(
        json_type(given.data, '$.address_line1') IS NULL, address_line1,
        given.data ->> '$.address_line1'
    ),
    city = iif(json_type(given.data, '$.city') IS NULL, city, given.data ->> '$.city'),
    state = iif(json_type(given.data, '$.state') IS NULL, state, given.data ->> '$.state'),
    postal_code = iif(
        json_type(given.data, '$.postal_code') IS NULL, postal_code,
        given.data ->> '$.postal_code'
    ),
    country = iif(
        json_type(given.data, '$.country') IS NULL, country,
        given.data ->> '$.country'
    ),
    source = iif(
        json_type(given.data, '$.source') IS NULL, source,
        given.data ->> '$.source'
    ),
    interest_level = iif(
        json_type(given.data, '$.interest_level') IS NULL, interest_level,
        given.data ->> '$.interest_level'
    ),
    sales_stage = iif(
        json_type(given.data, '$.sales_stage') IS NULL, sales_stage,
        given.data ->> '$.sales_stage'
    ),
    stage_entered_at = iif(
        json_type(given.data, '$.stage_entered_at') IS NULL, stage_entered_at,
        given.data ->> '$.stage_entered_at'
    ),
    estimated_deal_value = iif(
        json_type(given.data, '$.estimated_deal_value') IS NULL, estimated_deal_value,
        given.data ->> '$.estimated_deal_value'
    ),
    probability = iif(
        json_type(given.data, '$.probability') IS NULL, probability,
        given.data ->> '$.probability'
    ),
    lead_score = iif(
        json_type(given.data, '$.lead_score') IS NULL, lead_score,
        given.data ->> '$.lead_score'
    ),
    priority = iif(
        json_type(given.data, '$.priority') IS NULL, priority,
        given.data ->> '$.priority'
    ),
    account_manager_id = iif(
        json_type(given.data, '$.account_manager_id') IS NULL, account_manager_id,
        given.data ->> '$.account_manager_id'
    ),
    customer_number = iif(
        json_type(given.data, '$.customer_number') IS NULL, customer_number,
        given.data ->> '$.customer_number'
    ),
    customer_since = iif(
        json_type(given.data, '$.customer_since') IS NULL, customer_since,
        given.data ->> '$.customer_since'
    ),
    customer_until = iif(
        json_type(given.data, '$.customer_until') IS NULL, customer_until,
        given.data ->> '$.customer_until'
    ),
    lost_reason = iif(
        json_type(given.data, '$.lost_reason') IS NULL, lost_reason,
        given.data ->> '$.lost_reason'
    ),
    last_contact_date = iif(
        json_type(given.data, '$.last_contact_date') IS NULL, last_contact_date,
        given.data ->> '$.last_contact_date'
    ),
    next_follow_up_date = iif(
        json_type(given.data, '$.next_follow_up_date') IS NULL, next_follow_up_date,
        given.data ->> '$.next_follow_up_date'
    ),
    created_by = iif(
        json_type(given.data, '$.created_by') IS NULL, created_by,
        given.data ->> '$.created_by'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    updated_at = iif(
        json_type(given.data, '$.updated_at') IS NULL, updated_at,
        given.data ->> '$.updated_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE business_records.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_records(tenant_id, ids, any_edited)!
DELETE FROM business_records
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
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
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: insert_customers(tenant_id, rows)!
INSERT INTO customers (
    tenant_id, id, run_id, business_record_id, name, phone, email, address_line1, city, state,
    postal_code, created_at, updated_at
)
SELECT
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id',
    each.value ->> '$.business_record_id', each.value ->> '$.name', each.value ->> '$.phone',
    each.value ->> '$.email', each.value ->> '$.address_line1', each.value ->> '$.city',
    each.value ->> '$.state', each.value ->> '$.postal_code', each.value ->> '$.created_at',
    each.value ->> '$.updated_at'
FROM jsonb_each(:rows) AS each;

-- name: update_customers(tenant_id, rows, edited_at, edited_by)!
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN customers AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE customers SET
    business_record_id = iif(
        json_type(given.data, '$.business_record_id') IS NULL, business_record_id,
        given.data ->> '$.business_record_id'
    ),
    name = iif(json_type(given.data, '$.name') IS NULL, name, given.data ->> '$.name'),
    phone = iif(json_type(given.data, '$.phone') IS NULL, phone, given.data ->> '$.phone'),
    email = iif(json_type(given.data, '$.email') IS NULL, email, given.data ->> '$.email'),
    address_line1 = iif(
        json_type(given.data, '$.address_line1') IS NULL, address_line1,
        given.data ->> '$.address_line1'
    ),
    city = iif(json_type(given.data, '$.city') IS NULL, city, given.data ->> '$.city'),
    state = iif(json_type(given.data, '$.state') IS NULL, state, given.data ->> '$.state'),
    postal_code = iif(
        json_type(given.data, '$.postal_code') IS NULL, postal_code,
        given.data ->> '$.postal_code'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    updated_at = iif(
        json_type(given.data, '$.updated_at') IS NULL, updated_at,
        given.data ->> '$.updated_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE customers.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_customers(tenant_id, ids, any_edited)!
DELETE FROM customers
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: customers_of_ids(tenant_id, ids)
SELECT
    id, run_id, business_record_id, name, phone, email, address_line1, city, state, postal_code,
    created_at, updated_at, edited_at, edited_by
FROM customers
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: customers_of_records(tenant_id, ids)
SELECT id FROM customers
WHERE tenant_id = :tenant_id AND business_record_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: insert_technicians(tenant_id, rows)!
INSERT INTO technicians (
    tenant_id, id, run_id, name, email, phone, skills, certifications, capacity, is_available,
    created_at, updated_at
)
SELECT
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id', each.value ->> '$.name',
    each.value ->> '$.email', each.value ->> '$.phone', each.value ->> '$.skills',
    each.value ->> '$.certifications', each.value ->> '$.capacity', each.value ->> '$.is_available',
    each.value ->> '$.created_at', each.value ->> '$.updated_at'
FROM jsonb_each(:rows) AS each;

-- name: update_technicians(tenant_id, rows, edited_at, edited_by)!
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN technicians AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE technicians SET
    name = iif(json_type(given.data, '$.name') IS NULL, name, given.data ->> '$.name'),
    email = iif(json_type(given.data, '$.email') IS NULL, email, given.data ->> '$.email'),
    phone = iif(json_type(given.data, '$.phone') IS NULL, phone, given.data ->> '$.phone'),
    skills = iif(
        json_type(given.data, '$.skills') IS NULL, skills,
        given.data ->> '$.skills'
    ),
    certifications = iif(
        json_type(given.data, '$.certifications') IS NULL, certifications,
        given.data ->> '$.certifications'
    ),
    capacity = iif(
        json_type(given.data, '$.capacity') IS NULL, capacity,
        given.data ->> '$.capacity'
    ),
    is_available = iif(
        json_type(given.data, '$.is_available') IS NULL, is_available,
        given.data ->> '$.is_available'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    updated_at = iif(
        json_type(given.data, '$.updated_at') IS NULL, updated_at,
        given.data ->> '$.updated_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE technicians.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_technicians(tenant_id, ids, any_edited)!
DELETE FROM technicians
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: technicians_of_ids(tenant_id, ids)
SELECT
    id, run_id, name, email, phone, skills, certifications, capacity, is_available, created_at,
    updated_at, edited_at, edited_by
FROM technicians
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: insert_equipment(tenant_id, rows)!
INSERT INTO equipment (
    tenant_id, id, run_id, customer_id, model, kind, serial_number, installed_at, created_at,
    updated_at
)
SELECT
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id', each.value ->> '$.customer_id',
    each.value ->> '$.model', each.value ->> '$.kind', each.value ->> '$.serial_number',
    each.value ->> '$.installed_at', each.value ->> '$.created_at', each.value ->> '$.updated_at'
FROM jsonb_each(:rows) AS each;

-- name: update_equipment(tenant_id, rows, edited_at, edited_by)!
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN equipment AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE equipment SET
    customer_id = iif(
        json_type(given.data, '$.customer_id') IS NULL, customer_id,
        given.data ->> '$.customer_id'
    ),
    model = iif(json_type(given.data, '$.model') IS NULL, model, given.data ->> '$.model'),
    kind = iif(json_type(given.data, '$.kind') IS NULL, kind, given.data ->> '$.kind'),
    serial_number = iif(
        json_type(given.data, '$.serial_number') IS NULL, serial_number,
        given.data ->> '$.serial_number'
    ),
    installed_at = iif(
        json_type(given.data, '$.installed_at') IS NULL, installed_at,
        given.data ->> '$.installed_at'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    updated_at = iif(
        json_type(given.data, '$.updated_at') IS NULL, updated_at,
        given.data ->> '$.updated_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE equipment.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_equipment(tenant_id, ids, any_edited)!
DELETE FROM equipment
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: equipment_of_ids(tenant_id, ids)
SELECT
    id, run_id, customer_id, model, kind, serial_number, installed_at, created_at, updated_at,
    edited_at, edited_by
FROM equipment
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: equipment_of_customers(tenant_id, ids)
SELECT id FROM equipment
WHERE tenant_id = :tenant_id AND customer_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: insert_activities(tenant_id, rows)!
INSERT INTO business_record_activities (
    tenant_id, id, run_id, business_record_id, activity_type, subject, description, direction,
    call_duration, call_outcome, outcome, next_action, follow_up_date, completed_date, created_by,
    created_at, updated_at
)
SELECT
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id',
    each.value ->> '$.business_record_id', each.value ->> '$.activity_type',
    each.value ->> '$.subject', each.value ->> '$.description', each.value ->> '$.direction',
    each.value ->> '$.call_duration', each.value ->> '$.call_outcome', each.value ->> '$.outcome',
    each.value ->> '$.next_action', each.value ->> '$.follow_up_date',
    each.value ->> '$.completed_date', each.value ->> '$.created_by', each.value ->> '$.created_at',
    each.value ->> '$.updated_at'
FROM jsonb_each(:rows) AS each;

-- name: update_activities(tenant_id, rows, edited_at, edited_by)!
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN business_record_activities AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE business_record_activities SET
    business_record_id = iif(
        json_type(given.data, '$.business_record_id') IS NULL, business_record_id,
        given.data ->> '$.business_record_id'
    ),
    activity_type = iif(
        json_type(given.data, '$.activity_type') IS NULL, activity_type,
        given.data ->> '$.activity_type'
    ),
    subject = iif(
        json_type(given.data, '$.subject') IS NULL, subject,
        given.data ->> '$.subject'
    ),
    description = iif(
        json_type(given.data, '$.description') IS NULL, description,
        given.data ->> '$.description'
    ),
    direction = iif(
        json_type(given.data, '$.direction') IS NULL, direction,
        given.data ->> '$.direction'
    ),
    call_duration = iif(
        json_type(given.data, '$.call_duration') IS NULL, call_duration,
        given.data ->> '$.call_duration'
    ),
    call_outcome = iif(
        json_type(given.data, '$.call_outcome') IS NULL, call_outcome,
        given.data ->> '$.call_outcome'
    ),
    outcome = iif(
        json_type(given.data, '$.outcome') IS NULL, outcome,
        given.data ->> '$.outcome'
    ),
    next_action = iif(
        json_type(given.data, '$.next_action') IS NULL, next_action,
        given.data ->> '$.next_action'
    ),
    follow_up_date = iif(
        json_type(given.data, '$.follow_up_date') IS NULL, follow_up_date,
        given.data ->> '$.follow_up_date'
    ),
    completed_date = iif(
        json_type(given.data, '$.completed_date') IS NULL, completed_date,
        given.data ->> '$.completed_date'
    ),
    created_by = iif(
        json_type(given.data, '$.created_by') IS NULL, created_by,
        given.data ->> '$.created_by'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    updated_at = iif(
        json_type(given.data, '$.updated_at') IS NULL, updated_at,
        given.data ->> '$.updated_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE business_record_activities.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_activities(tenant_id, ids, any_edited)!
DELETE FROM business_record_activities
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: activities_of_ids(tenant_id, ids)
SELECT
    id, run_id, business_record_id, activity_type, subject, description, direction, call_duration,
    call_outcome, outcome, next_action, follow_up_date, completed_date, created_by, created_at,
    updated_at, edited_at, edited_by
FROM business_record_activities
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: activities_of_records(tenant_id, ids)
SELECT id FROM business_record_activities
WHERE tenant_id = :tenant_id AND business_record_id IN (
    SELECT each.value FROM json_each(:ids) AS each
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
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id', each.value ->> '$.customer_id',
    each.value ->> '$.equipment_id', each.value ->> '$.ticket_number',
    each.value ->> '$.ticket_type', each.value ->> '$.title', each.value ->> '$.description',
    each.value ->> '$.priority', each.value ->> '$.status', each.value ->> '$.reported_via',
    each.value ->> '$.assigned_technician_id', each.value ->> '$.assigned_at',
    each.value ->> '$.scheduled_date', each.value ->> '$.started_at',
    each.value ->> '$.estimated_duration', each.value ->> '$.customer_address',
    each.value ->> '$.customer_phone', each.value ->> '$.required_skills',
    each.value ->> '$.required_parts', each.value ->> '$.parts_used',
    each.value ->> '$.work_order_notes', each.value ->> '$.resolution_notes',
    each.value ->> '$.labor_hours', each.value ->> '$.resolved_at', each.value ->> '$.created_by',
    each.value ->> '$.created_at', each.value ->> '$.updated_at'
FROM jsonb_each(:rows) AS each;

-- name: update_tickets(tenant_id, rows, edited_at, edited_by)!
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN service_tickets AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE service_tickets SET
    customer_id = iif(
        json_type(given.data, '$.customer_id') IS NULL, customer_id,
        given.data ->> '$.customer_id'
    ),
    equipment_id = iif(
        json_type(given.data, '$.equipment_id') IS NULL, equipment_id,
        given.data ->> '$.equipment_id'
    ),
    ticket_number = iif(
        json_type(given.data, '$.ticket_number') IS NULL, ticket_number,
        given.data ->> '$.ticket_number'
    ),
    ticket_type = iif(
        json_type(given.data, '$.ticket_type') IS NULL, ticket_type,
        given.data ->> '$.ticket_type'
    ),
    title = iif(json_type(given.data, '$.title') IS NULL, title, given.data ->> '$.title'),
    description = iif(
        json_type(given.data, '$.description') IS NULL, description,
        given.data ->> '$.description'
    ),
    priority = iif(
        json_type(given.data, '$.priority') IS NULL, priority,
        given.data ->> '$.priority'
    ),
    status = iif(
        json_type(given.data, '$.status') IS NULL, status,
        given.data ->> '$.status'
    ),
    reported_via = iif(
        json_type(given.data, '$.reported_via') IS NULL, reported_via,
        given.data ->> '$.reported_via'
    ),
    assigned_technician_id = iif(
        json_type(given.data, '$.assigned_technician_id') IS NULL, assigned_technician_id,
        given.data ->> '$.assigned_technician_id'
    ),
    assigned_at = iif(
        json_type(given.data, '$.assigned_at') IS NULL, assigned_at,
        given.data ->> '$.assigned_at'
    ),
    scheduled_date = iif(
        json_type(given.data, '$.scheduled_date') IS NULL, scheduled_date,
        given.data ->> '$.scheduled_date'
    ),
    started_at = iif(
        json_type(given.data, '$.started_at') IS NULL, started_at,
        given.data ->> '$.started_at'
    ),
    estimated_duration = iif(
        json_type(given.data, '$.estimated_duration') IS NULL, estimated_duration,
        given.data ->> '$.estimated_duration'
    ),
    customer_address = iif(
        json_type(given.data, '$.customer_address') IS NULL, customer_address,
        given.data ->> '$.customer_address'
    ),
    customer_phone = iif(
        json_type(given.data, '$.customer_phone') IS NULL, customer_phone,
        given.data ->> '$.customer_phone'
    ),
    required_skills = iif(
        json_type(given.data, '$.required_skills') IS NULL, required_skills,
        given.data ->> '$.required_skills'
    ),
    required_parts = iif(
        json_type(given.data, '$.required_parts') IS NULL, required_parts,
        given.data ->> '$.required_parts'
    ),
    parts_used = iif(
        json_type(given.data, '$.parts_used') IS NULL, parts_used,
        given.data ->> '$.parts_used'
    ),
    work_order_notes = iif(
        json_type(given.data, '$.work_order_notes') IS NULL, work_order_notes,
        given.data ->> '$.work_order_notes'
    ),
    resolution_notes = iif(
        json_type(given.data, '$.resolution_notes') IS NULL, resolution_notes,
        given.data ->> '$.resolution_notes'
    ),
    labor_hours = iif(
        json_type(given.data, '$.labor_hours') IS NULL, labor_hours,
        given.data ->> '$.labor_hours'
    ),
    resolved_at = iif(
        json_type(given.data, '$.resolved_at') IS NULL, resolved_at,
        given.data ->> '$.resolved_at'
    ),
    created_by = iif(
        json_type(given.data, '$.created_by') IS NULL, created_by,
        given.data ->> '$.created_by'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    updated_at = iif(
        json_type(given.data, '$.updated_at') IS NULL, updated_at,
        given.data ->> '$.updated_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE service_tickets.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_tickets(tenant_id, ids, any_edited)!
DELETE FROM service_tickets
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: tickets_of_ids(tenant_id, ids)
SELECT
    id, run_id, customer_id, equipment_id, ticket_number, ticket_type, title, description, priority,
    status, reported_via, assigned_technician_id, assigned_at, scheduled_date, started_at,
    estimated_duration, customer_address, customer_phone, required_skills, required_parts,
    parts_used, work_order_notes, resolution_notes, labor_hours, resolved_at, created_by,
    created_at, updated_at, edited_at, edited_by
FROM service_tickets
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: tickets_of_customers(tenant_id, ids)
SELECT id FROM service_tickets
WHERE tenant_id = :tenant_id AND customer_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: tickets_of_equipment(tenant_id, ids)
SELECT id FROM service_tickets
WHERE tenant_id = :tenant_id AND equipment_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: tickets_of_technicians(tenant_id, ids)
SELECT id FROM service_tickets
WHERE tenant_id = :tenant_id AND assigned_technician_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: insert_ticket_updates(tenant_id, rows)!
INSERT INTO service_ticket_updates (
    tenant_id, id, run_id, ticket_id, update_type, old_value, new_value, notes, updated_by,
    created_at
)
SELECT
    :tenant_id, each.value ->> '$.id', each.value ->> '$.run_id', each.value ->> '$.ticket_id',
    each.value ->> '$.update_type', each.value ->> '$.old_value', each.value ->> '$.new_value',
    each.value ->> '$.notes', each.value ->> '$.updated_by', each.value ->> '$.created_at'
FROM jsonb_each(:rows) AS each;

-- name: update_ticket_updates(tenant_id, rows, edited_at, edited_by)!
WITH given AS MATERIALIZED (
    SELECT known.rowid AS place, each.value AS data
    FROM jsonb_each(:rows) AS each
    CROSS JOIN service_ticket_updates AS known
    WHERE known.tenant_id = :tenant_id AND known.id = each.value ->> '$.id'
)
UPDATE service_ticket_updates SET
    ticket_id = iif(
        json_type(given.data, '$.ticket_id') IS NULL, ticket_id,
        given.data ->> '$.ticket_id'
    ),
    update_type = iif(
        json_type(given.data, '$.update_type') IS NULL, update_type,
        given.data ->> '$.update_type'
    ),
    old_value = iif(
        json_type(given.data, '$.old_value') IS NULL, old_value,
        given.data ->> '$.old_value'
    ),
    new_value = iif(
        json_type(given.data, '$.new_value') IS NULL, new_value,
        given.data ->> '$.new_value'
    ),
    notes = iif(json_type(given.data, '$.notes') IS NULL, notes, given.data ->> '$.notes'),
    updated_by = iif(
        json_type(given.data, '$.updated_by') IS NULL, updated_by,
        given.data ->> '$.updated_by'
    ),
    created_at = iif(
        json_type(given.data, '$.created_at') IS NULL, created_at,
        given.data ->> '$.created_at'
    ),
    edited_at = coalesce(CAST(:edited_at AS bigint), edited_at),
    edited_by = coalesce(CAST(:edited_by AS text), edited_by)
FROM given
WHERE service_ticket_updates.rowid = given.place
    AND (edited_at IS NULL OR CAST(:edited_at AS bigint) IS NOT NULL);

-- name: delete_ticket_updates(tenant_id, ids, any_edited)!
DELETE FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND (edited_at IS NULL OR :any_edited = 1) AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: ticket_updates_of_ids(tenant_id, ids)
SELECT
    id, run_id, ticket_id, update_type, old_value, new_value, notes, updated_by, created_at,
    edited_at, edited_by
FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND id IN (
    SELECT each.value FROM json_each(:ids) AS each
);

-- name: ticket_updates_of_tickets(tenant_id, ids)
SELECT id FROM service_ticket_updates
WHERE tenant_id = :tenant_id AND ticket_id IN (
    SELECT each.value FROM json_each(:ids) AS each
);
