-- Tenants that live: the rows of their businesses, how far each simulation is, what every run did.

-- A reference names the tenant too, so nothing can hang on a row of another. References are checked
-- with each statement, not at the commit, where the mistake of one unit would fail all that are
-- committed with it: so rows are written parents first, and deleted children first.
-- Rows are long and their ids come in no order, so the tables are not kept in the order of the key.

CREATE TABLE business_records (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    record_type TEXT NOT NULL,
    status TEXT NOT NULL,
    company_name TEXT NOT NULL,
    website TEXT NOT NULL,
    industry TEXT NOT NULL,
    company_size TEXT NOT NULL,
    annual_revenue INTEGER NOT NULL,
    primary_contact_name TEXT NOT NULL,
    primary_contact_email TEXT NOT NULL,
    primary_contact_phone TEXT NOT NULL,
    primary_contact_title TEXT NOT NULL,
    address_line1 TEXT NOT NULL,
    city TEXT NOT NULL,
    state TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country TEXT NOT NULL,
    source TEXT NOT NULL,
    interest_level TEXT NOT NULL,
    sales_stage TEXT NOT NULL,
    stage_entered_at INTEGER NOT NULL,
    estimated_deal_value INTEGER NOT NULL,
    probability INTEGER NOT NULL,
    lead_score INTEGER NOT NULL,
    priority TEXT NOT NULL,
    account_manager_id TEXT,
    customer_number TEXT,
    customer_since INTEGER,
    customer_until INTEGER,
    lost_reason TEXT,
    last_contact_date INTEGER,
    next_follow_up_date INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, customer_number)
) STRICT;

CREATE TABLE customers (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    business_record_id TEXT,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    address_line1 TEXT NOT NULL,
    city TEXT NOT NULL,
    state TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, business_record_id) REFERENCES business_records (tenant_id, id)
) STRICT;
CREATE INDEX customers_of_record ON customers (tenant_id, business_record_id)
WHERE business_record_id IS NOT NULL;

CREATE TABLE technicians (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    skills TEXT NOT NULL,
    certifications TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    is_available INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE TABLE equipment (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    installed_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) STRICT;
CREATE INDEX equipment_of_customer ON equipment (tenant_id, customer_id);

CREATE TABLE business_record_activities (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    business_record_id TEXT NOT NULL,
    activity_type TEXT NOT NULL,
    subject TEXT NOT NULL,
    description TEXT NOT NULL,
    direction TEXT,
    call_duration INTEGER,
    call_outcome TEXT,
    outcome TEXT NOT NULL,
    next_action TEXT,
    follow_up_date INTEGER,
    completed_date INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, business_record_id) REFERENCES business_records (tenant_id, id)
) STRICT;
CREATE INDEX business_record_activities_of_record
ON business_record_activities (tenant_id, business_record_id);

CREATE TABLE service_tickets (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    equipment_id TEXT,
    ticket_number TEXT NOT NULL,
    ticket_type TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    priority TEXT NOT NULL,
    status TEXT NOT NULL,
    reported_via TEXT NOT NULL,
    assigned_technician_id TEXT,
    assigned_at INTEGER,
    scheduled_date INTEGER,
    started_at INTEGER,
    estimated_duration INTEGER NOT NULL,
    customer_address TEXT NOT NULL,
    customer_phone TEXT NOT NULL,
    required_skills TEXT NOT NULL,
    required_parts TEXT NOT NULL,
    parts_used TEXT NOT NULL,
    work_order_notes TEXT,
    resolution_notes TEXT,
    labor_hours REAL,
    resolved_at INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, ticket_number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, equipment_id) REFERENCES equipment (tenant_id, id),
    FOREIGN KEY (tenant_id, assigned_technician_id) REFERENCES technicians (tenant_id, id)
) STRICT;
CREATE INDEX service_tickets_of_customer ON service_tickets (tenant_id, customer_id);
CREATE INDEX service_tickets_of_equipment ON service_tickets (tenant_id, equipment_id)
WHERE equipment_id IS NOT NULL;
CREATE INDEX service_tickets_of_technician ON service_tickets (tenant_id, assigned_technician_id)
WHERE assigned_technician_id IS NOT NULL;

CREATE TABLE service_ticket_updates (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    ticket_id TEXT NOT NULL,
    update_type TEXT NOT NULL,
    old_value TEXT,
    new_value TEXT,
    notes TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    edited_at INTEGER,
    edited_by TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES service_tickets (tenant_id, id)
) STRICT;
CREATE INDEX service_ticket_updates_of_ticket ON service_ticket_updates (tenant_id, ticket_id);

-- What a step begins with, and what there is little of.
CREATE INDEX business_records_under_way ON business_records (tenant_id)
WHERE edited_at IS NULL
    AND (record_type = 'customer' OR (record_type = 'lead' AND status <> 'closed_lost'));
CREATE INDEX service_tickets_open ON service_tickets (tenant_id)
WHERE edited_at IS NULL AND status NOT IN ('completed', 'cancelled');

-- How far the simulation of each tenant is. `revision` is compared and set with every step: two who
-- go on from the same one cannot both.
CREATE TABLE updater_worlds (
    tenant_id TEXT NOT NULL,
    seed TEXT NOT NULL,
    corpus_version TEXT NOT NULL,
    revision INTEGER NOT NULL,
    numbers TEXT NOT NULL,
    slots TEXT NOT NULL,
    is_running INTEGER NOT NULL,
    is_dry_run INTEGER NOT NULL,
    log_level TEXT NOT NULL,
    started_at INTEGER,
    started_by TEXT,
    backfill_from INTEGER,
    backfill_until INTEGER,
    PRIMARY KEY (tenant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX updater_worlds_under_way ON updater_worlds (tenant_id)
WHERE is_running = 1 OR backfill_until IS NOT NULL;

-- What every run has done; `number` is the order in which they were committed.
CREATE TABLE updater_runs (
    tenant_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    updater TEXT NOT NULL,
    slot_at INTEGER NOT NULL,
    slot_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    row_count INTEGER NOT NULL,
    update_count INTEGER NOT NULL,
    tables TEXT NOT NULL,
    attestation TEXT NOT NULL,
    corpus_version TEXT NOT NULL,
    triggered_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    error TEXT,
    undone_at INTEGER,
    undone_by TEXT,
    PRIMARY KEY (tenant_id, run_id),
    UNIQUE (tenant_id, number)
) STRICT;
CREATE INDEX updater_runs_by_slot ON updater_runs (tenant_id, slot_at);
CREATE INDEX updater_runs_failed ON updater_runs (tenant_id, updater, number)
WHERE status = 'failed';

-- What each run did to each row: `data` is the whole row that began, or the values that it got.
CREATE TABLE updater_changes (
    tenant_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    is_insert INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq)
) STRICT;
CREATE INDEX updater_changes_of_row ON updater_changes (tenant_id, table_name, row_id);

-- Rows that are gone although the run they began in is not undone: an undo took away what they need.
-- They come back where another undo gives it back, or they need it no longer.
CREATE TABLE updater_removed (
    tenant_id TEXT NOT NULL,
    table_name TEXT NOT NULL,
    row_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, table_name, row_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE updater_logs (
    id INTEGER PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    data TEXT NOT NULL,
    node TEXT NOT NULL
) STRICT;
CREATE INDEX updater_logs_of_tenant ON updater_logs (tenant_id, id);
CREATE INDEX updater_logs_by_time ON updater_logs (at);

-- How far the fire times of each schedule are decided, and what became of each of them.
CREATE TABLE schedule_marks (
    tenant_id TEXT NOT NULL,
    line TEXT NOT NULL,
    schedule TEXT NOT NULL,
    definition TEXT NOT NULL,
    decided_until INTEGER NOT NULL,
    seen_until INTEGER NOT NULL,
    run_all_until INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, line, schedule)
) STRICT, WITHOUT ROWID;

-- A row for each run, claimed once; one for each range of fire times that did not run.
CREATE TABLE schedule_firings (
    tenant_id TEXT NOT NULL,
    line TEXT NOT NULL,
    schedule TEXT NOT NULL,
    fire_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    fire_count INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    epoch INTEGER NOT NULL,
    holder TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    run_id TEXT,
    error TEXT,
    PRIMARY KEY (tenant_id, line, schedule, fire_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_firings_in_order ON schedule_firings (tenant_id, line, fire_at, schedule);
CREATE INDEX schedule_firings_by_start
ON schedule_firings (tenant_id, line, schedule, started_at, finished_at);
CREATE INDEX schedule_firings_under_way ON schedule_firings (tenant_id, line, fire_at, schedule)
WHERE status = 'running';
CREATE INDEX schedule_firings_by_end ON schedule_firings (until);
