-- The ledger of a lender's cases. Instants are timestamptz, money is bigint in minor units.

create table borrower (
    lender       text not null,
    borrower_id  text not null,
    name         text not null,
    email        text,
    phones       text[] not null default '{}',
    language     text not null,
    country      text not null,
    subdivision  text,
    zones        text[] not null default '{}',
    primary key (lender, borrower_id)
);

-- What was imported for a loan, as it stands; the same import again changes nothing.
create table loan (
    lender        text not null,
    loan_id       text not null,
    borrower_id   text not null,
    imported      jsonb not null,
    imported_at   timestamptz not null,
    primary key (lender, loan_id),
    foreign key (lender, borrower_id) references borrower
);

create table policy_snapshot (
    sha256       text primary key,
    policy       text not null,
    body         jsonb not null
);

-- One row per case, as of its latest request (`number`); everything in it can be told again from `decision`.
create table overdue_case (
    case_id               text primary key,
    lender                text not null,
    loan_id               text not null,
    borrower_id           text not null,
    episode               integer not null,
    policy                text not null,
    policy_sha256         text not null references policy_snapshot,
    currency              text not null,
    opened_balance_minor  bigint not null,
    overdue_since         date not null,
    opened_at             timestamptz not null,
    number                integer not null,
    stage                 text not null,
    outcome               text,
    held                  text[] not null,
    stalled               text,
    balance_minor         bigint not null,
    strategy              text not null,
    risk_tier             text,
    wishes                jsonb not null,
    language              text not null,
    next_at               timestamptz,
    waiting_for           text not null,
    closed_at             timestamptz,
    unique (lender, loan_id, episode)
);

create table payment (
    case_id       text not null references overdue_case,
    reference     text not null,
    amount_minor  bigint not null check (amount_minor > 0),
    received_at   timestamptz not null,
    is_reversed   boolean not null,
    primary key (case_id, reference)
);

-- reserved: claimed, perhaps handed over; made, failed, unknown: settled; released: known not sent, may be tried again.
create table contact (
    key                 text primary key,
    case_id             text not null references overdue_case,
    lender              text not null,
    borrower_id         text not null,
    step                text not null,
    channel             text not null,
    template            text not null,
    language            text not null,
    status              text not null check (status in ('reserved', 'released', 'made', 'failed', 'unknown')),
    wanted_at           timestamptz not null,
    planned_at          timestamptz not null,
    moved_by            text,
    reserved_at         timestamptz not null,
    settled_at          timestamptz,
    provider_reference  text,
    reason              text
);
create index contact_by_borrower on contact (lender, borrower_id, reserved_at);
create index contact_by_case on contact (case_id, reserved_at);

create table task (
    task_id      bigint generated always as identity primary key,
    key          text not null unique,
    case_id      text not null references overdue_case,
    kind         text not null,
    note         text not null,
    talk_sheet   text,
    created_at   timestamptz not null,
    due_at       timestamptz,
    done_at      timestamptz,
    withdrawn_at timestamptz
);

-- What a CRM shows: every contact, visit and repayment of one person, over all their loans.
create view borrower_history as
    select c.lender, c.borrower_id, k.case_id, coalesce(k.settled_at, k.reserved_at) as at, 'contact' as kind,
        k.step || ' by ' || k.channel || ': ' || k.status as what
    from contact k join overdue_case c using (case_id)
    union all
    select c.lender, c.borrower_id, p.case_id, p.received_at, 'payment',
        p.amount_minor || ' ' || c.currency || ' minor' || case when p.is_reversed then ', reversed' else '' end
    from payment p join overdue_case c using (case_id);

-- Append-only and chained: `chain` covers the line before it, so that a changed or missing line is found.
create table decision (
    case_id  text not null references overdue_case,
    seq      integer not null,
    key      text not null,
    at       timestamptz not null,
    kind     text not null,
    rule     text not null,
    reason   text not null,
    facts    jsonb not null,
    next_at  timestamptz,
    chain    text not null,
    primary key (case_id, seq),
    unique (case_id, key)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the table % is append-only: add a line that corrects, never change one', tg_table_name;
end $$;

create trigger decision_is_append_only before update or delete or truncate on decision
    for each statement execute function refuse_change();

create table outbox (
    event_id    text primary key,
    case_id     text not null,
    seq         bigint generated always as identity,
    body        jsonb not null,
    created_at  timestamptz not null
);
