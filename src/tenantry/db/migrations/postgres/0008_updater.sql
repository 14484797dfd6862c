-- Tenants that live: the rows of their businesses, how far each simulation is, what every run did.

-- A reference names the tenant too, so nothing can hang on a row of another. References are checked
-- with each statement, not at the commit, where the mistake of one unit would fail all that are
-- committed with it: so rows are written parents first, and deleted children first.

CREATE TABLE business_records (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    record_type text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    company_name text COLLATE "C" NOT NULL,
    website text COLLATE "C" NOT NULL,
    industry text COLLATE "C" NOT NULL,
    company_size text COLLATE "C" NOT NULL,
    annual_revenue bigint NOT NULL,
    primary_contact_name text COLLATE "C" NOT NULL,
    primary_contact_email text COLLATE "C" NOT NULL,
    primary_contact_phone text COLLATE "C" NOT NULL,
    primary_contact_title text COLLATE "C" NOT NULL,
    address_line1 text COLLATE "C" NOT NULL,
    city text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    postal_code text COLLATE "C" NOT NULL,
    country text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    interest_level text COLLATE "C" NOT NULL,
    sales_stage text COLLATE "C" NOT NULL,
    stage_entered_at bigint NOT NULL,
    estimated_deal_value bigint NOT NULL,
    probability bigint NOT NULL,
    lead_score bigint NOT NULL,
    priority text COLLATE "C" NOT NULL,
    account_manager_id text COLLATE "C",
    customer_number text COLLATE "C",
    customer_since bigint,
    customer_until bigint,
    lost_reason text COLLATE "C",
    last_contact_date bigint,
    next_follow_up_date bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, customer_number)
);

CREATE TABLE customers (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    business_record_id text COLLATE "C",
    name text COLLATE "C" NOT NULL,
    phone text COLLATE "C" NOT NULL,
    email text COLLATE "C" NOT NULL,
    address_line1 text COLLATE "C" NOT NULL,
    city text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    postal_code text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, business_record_id) REFERENCES business_records (tenant_id, id)
);
CREATE INDEX customers_of_record ON customers (tenant_id, business_record_id)
WHERE business_record_id IS NOT NULL;

CREATE TABLE technicians (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    email text COLLATE "C" NOT NULL,
    phone text COLLATE "C" NOT NULL,
    skills text COLLATE "C" NOT NULL,
    certifications text COLLATE "C" NOT NULL,
    capacity bigint NOT NULL,
    is_available bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE equipment (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    serial_number text COLLATE "C" NOT NULL,
    installed_at bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);
CREATE INDEX equipment_of_customer ON equipment (tenant_id, customer_id);

CREATE TABLE business_record_activities (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    business_record_id text COLLATE "C" NOT NULL,
    activity_type text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    direction text COLLATE "C",
    call_duration bigint,
    call_outcome text COLLATE "C",
    outcome text COLLATE "C" NOT NULL,
    next_action text COLLATE "C",
    follow_up_date bigint,
    completed_date bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, business_record_id) REFERENCES business_records (tenant_id, id)
);
CREATE INDEX business_record_activities_of_record
ON business_record_activities (tenant_id, business_record_id);

CREATE TABLE service_tickets (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    equipment_id text COLLATE "C",
    ticket_number text COLLATE "C" NOT NULL,
    ticket_type text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    priority text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    reported_via text COLLATE "C" NOT NULL,
    assigned_technician_id text COLLATE "C",
    assigned_at bigint,
    scheduled_date bigint,
    started_at bigint,
    estimated_duration bigint NOT NULL,
    customer_address text COLLATE "C" NOT NULL,
    customer_phone text COLLATE "C" NOT NULL,
    required_skills text COLLATE "C" NOT NULL,
    required_parts text COLLATE "C" NOT NULL,
    parts_used text COLLATE "C" NOT NULL,
    work_order_notes text COLLATE "C",
    resolution_notes text COLLATE "C",
    labor_hours double precision,
    resolved_at bigint,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, ticket_number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, equipment_id) REFERENCES equipment (tenant_id, id),
    FOREIGN KEY (tenant_id, assigned_technician_id) REFERENCES technicians (tenant_id, id)
);
CREATE INDEX service_tickets_of_customer ON service_tickets (tenant_id, customer_id);
CREATE INDEX service_tickets_of_equipment ON service_tickets (tenant_id, equipment_id)
WHERE equipment_id IS NOT NULL;
CREATE INDEX service_tickets_of_technician ON service_tickets (tenant_id, assigned_technician_id)
WHERE assigned_technician_id IS NOT NULL;

CREATE TABLE service_ticket_updates (
    tenant_id text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    ticket_id text COLLATE "C" NOT NULL,
    update_type text COLLATE "C" NOT NULL,
    old_value text COLLATE "C",
    new_value text COLLATE "C",
    notes text COLLATE "C" NOT NULL,
    updated_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    edited_at bigint,
    edited_by text COLLATE "C",
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES service_tickets (tenant_id, id)
);
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
    tenant_id text COLLATE "C" NOT NULL,
    seed text COLLATE "C" NOT NULL,
    corpus_version text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    numbers text COLLATE "C" NOT NULL,
    slots text COLLATE "C" NOT NULL,
    is_running bigint NOT NULL,
    is_dry_run bigint NOT NULL,
    log_level text COLLATE "C" NOT NULL,
    started_at bigint,
    started_by text COLLATE "C",
    backfill_from bigint,
    backfill_until bigint,
    PRIMARY KEY (tenant_id)
);
CREATE INDEX updater_worlds_under_way ON updater_worlds (tenant_id)
WHERE is_running = 1 OR backfill_until IS NOT NULL;

-- What every run has done; `number` is the order in which they were committed.
CREATE TABLE updater_runs (
    tenant_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    updater text COLLATE "C" NOT NULL,
    slot_at bigint NOT NULL,
    slot_key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    row_count bigint NOT NULL,
    update_count bigint NOT NULL,
    tables text COLLATE "C" NOT NULL,
    attestation text COLLATE "C" NOT NULL,
    corpus_version text COLLATE "C" NOT NULL,
    triggered_by text COLLATE "C" NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint NOT NULL,
    duration_us bigint NOT NULL,
    error text COLLATE "C",
    undone_at bigint,
    undone_by text COLLATE "C",
    PRIMARY KEY (tenant_id, run_id),
    UNIQUE (tenant_id, number)
);
CREATE INDEX updater_runs_by_slot ON updater_runs (tenant_id, slot_at);
CREATE INDEX updater_runs_failed ON updater_runs (tenant_id, updater, number)
WHERE status = 'failed';

-- What each run did to each row: `data` is the whole row that began, or the values that it got.
CREATE TABLE updater_changes (
    tenant_id text COLLATE "C" NOT NULL,
    run_id text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    row_id text COLLATE "C" NOT NULL,
    is_insert bigint NOT NULL,
    data text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq)
);
CREATE INDEX updater_changes_of_row ON updater_changes (tenant_id, table_name, row_id);

-- Rows that are gone although the run they began in is not undone: an undo took away what they need.
-- They come back where another undo gives it back, or they need it no longer.
CREATE TABLE updater_removed (
    tenant_id text COLLATE "C" NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    row_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, table_name, row_id)
);

CREATE TABLE updater_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    at bigint NOT NULL,
    level text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    data text COLLATE "C" NOT NULL,
    node text COLLATE "C" NOT NULL
);
CREATE INDEX updater_logs_of_tenant ON updater_logs (tenant_id, id);
CREATE INDEX updater_logs_by_time ON updater_logs (at);

ALTER TABLE business_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE business_records FORCE ROW LEVEL SECURITY;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
ALTER TABLE technicians ENABLE ROW LEVEL SECURITY;
ALTER TABLE technicians FORCE ROW LEVEL SECURITY;
ALTER TABLE equipment ENABLE ROW LEVEL SECURITY;
ALTER TABLE equipment FORCE ROW LEVEL SECURITY;
ALTER TABLE business_record_activities ENABLE ROW LEVEL SECURITY;
ALTER TABLE business_record_activities FORCE ROW LEVEL SECURITY;
ALTER TABLE service_tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_tickets FORCE ROW LEVEL SECURITY;
ALTER TABLE service_ticket_updates ENABLE ROW LEVEL SECURITY;
ALTER TABLE service_ticket_updates FORCE ROW LEVEL SECURITY;
ALTER TABLE updater_worlds ENABLE ROW LEVEL SECURITY;
ALTER TABLE updater_worlds FORCE ROW LEVEL SECURITY;
ALTER TABLE updater_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE updater_runs FORCE ROW LEVEL SECURITY;
ALTER TABLE updater_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE updater_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE updater_removed ENABLE ROW LEVEL SECURITY;
ALTER TABLE updater_removed FORCE ROW LEVEL SECURITY;
ALTER TABLE updater_logs ENABLE ROW LEVEL SECURITY;
ALTER TABLE updater_logs FORCE ROW LEVEL SECURITY;

CREATE POLICY business_records_of_tenant ON business_records TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY business_records_of_system ON business_records TO tenantry_system USING (true);
CREATE POLICY customers_of_tenant ON customers TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY customers_of_system ON customers TO tenantry_system USING (true);
CREATE POLICY technicians_of_tenant ON technicians TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY technicians_of_system ON technicians TO tenantry_system USING (true);
CREATE POLICY equipment_of_tenant ON equipment TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY equipment_of_system ON equipment TO tenantry_system USING (true);
CREATE POLICY business_record_activities_of_tenant ON business_record_activities TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY business_record_activities_of_system ON business_record_activities TO tenantry_system
USING (true);
CREATE POLICY service_tickets_of_tenant ON service_tickets TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY service_tickets_of_system ON service_tickets TO tenantry_system USING (true);
CREATE POLICY service_ticket_updates_of_tenant ON service_ticket_updates TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY service_ticket_updates_of_system ON service_ticket_updates TO tenantry_system
USING (true);
CREATE POLICY updater_worlds_of_tenant ON updater_worlds TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY updater_worlds_of_system ON updater_worlds TO tenantry_system USING (true);
CREATE POLICY updater_runs_of_tenant ON updater_runs TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY updater_runs_of_system ON updater_runs TO tenantry_system USING (true);
CREATE POLICY updater_changes_of_tenant ON updater_changes TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY updater_changes_of_system ON updater_changes TO tenantry_system USING (true);
CREATE POLICY updater_removed_of_tenant ON updater_removed TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY updater_removed_of_system ON updater_removed TO tenantry_system USING (true);
CREATE POLICY updater_logs_of_tenant ON updater_logs TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY updater_logs_of_system ON updater_logs TO tenantry_system USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON
business_records, customers, technicians, equipment, business_record_activities, service_tickets,
service_ticket_updates, updater_worlds, updater_runs, updater_changes, updater_removed, updater_logs
TO tenantry_tenant, tenantry_system;

-- How far the fire times of each schedule are decided, and what became of each of them.
CREATE TABLE schedule_marks (
    tenant_id text COLLATE "C" NOT NULL,
    line text COLLATE "C" NOT NULL,
    schedule text COLLATE "C" NOT NULL,
    definition text COLLATE "C" NOT NULL,
    decided_until bigint NOT NULL,
    seen_until bigint NOT NULL,
    run_all_until bigint NOT NULL,
    PRIMARY KEY (tenant_id, line, schedule)
);

-- A row for each run, claimed once; one for each range of fire times that did not run.
CREATE TABLE schedule_firings (
    tenant_id text COLLATE "C" NOT NULL,
    line text COLLATE "C" NOT NULL,
    schedule text COLLATE "C" NOT NULL,
    fire_at bigint NOT NULL,
    until bigint NOT NULL,
    fire_count bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    epoch bigint NOT NULL,
    holder text COLLATE "C" NOT NULL,
    lease_until bigint NOT NULL,
    attempt bigint NOT NULL,
    started_at bigint,
    finished_at bigint,
    run_id text COLLATE "C",
    error text COLLATE "C",
    PRIMARY KEY (tenant_id, line, schedule, fire_at)
);
CREATE INDEX schedule_firings_in_order ON schedule_firings (tenant_id, line, fire_at, schedule);
CREATE INDEX schedule_firings_by_start
ON schedule_firings (tenant_id, line, schedule, started_at, finished_at);
CREATE INDEX schedule_firings_under_way ON schedule_firings (tenant_id, line, fire_at, schedule)
WHERE status = 'running';
CREATE INDEX schedule_firings_by_end ON schedule_firings (until);

ALTER TABLE schedule_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedule_marks FORCE ROW LEVEL SECURITY;
ALTER TABLE schedule_firings ENABLE ROW LEVEL SECURITY;
ALTER TABLE schedule_firings FORCE ROW LEVEL SECURITY;

CREATE POLICY schedule_marks_of_tenant ON schedule_marks TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY schedule_marks_of_system ON schedule_marks TO tenantry_system USING (true);
CREATE POLICY schedule_firings_of_tenant ON schedule_firings TO tenantry_tenant
USING (tenant_id = current_setting('tenantry.tenant_id', true));
CREATE POLICY schedule_firings_of_system ON schedule_firings TO tenantry_system USING (true);

GRANT SELECT, INSERT, UPDATE, DELETE ON schedule_marks, schedule_firings
TO tenantry_tenant, tenantry_system;
