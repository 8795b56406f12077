-- What the law asks about: what is known of each case's borrower, and what came of each contact.

alter table overdue_case add column facts jsonb not null default '[]';

-- `result` is what a person told came of a call or visit; `unknown` counts as everything it may have been. What became
-- of a message is its status. `happened_by`: the latest instant at which a call or visit that was told of can have been.
alter table contact
    add column result text not null default 'unknown',
    add column happened_by timestamptz,
    add column number text not null default '',
    add column purpose text not null default 'routine';

-- What a person's loans know of them is asked at every door.
create index overdue_case_by_borrower on overdue_case (lender, borrower_id);
create index decision_about_person on decision (case_id) where kind in ('preference', 'fact');

-- Contacts that others made with the same person: agencies, branches, the lender's other systems. They count alike.
create table reported_contact (
    lender       text not null,
    reference    text not null,
    borrower_id  text not null,
    at           timestamptz not null,
    channel      text not null,
    result       text not null,
    debts        text[] not null default '{}',
    number       text not null default '',
    collector    text not null,
    purpose      text not null default 'routine',
    recipient    text not null default 'borrower',
    recorded_at  timestamptz not null,
    primary key (lender, reference)
);
create index reported_contact_by_borrower on reported_contact (lender, borrower_id, at);

create or replace view borrower_history as
    select c.lender, c.borrower_id, k.case_id, coalesce(k.settled_at, k.reserved_at) as at, 'contact' as kind,
        k.step || ' by ' || k.channel || ': ' || k.status as what
    from contact k join overdue_case c using (case_id)
    union all
    select c.lender, c.borrower_id, p.case_id, p.received_at, 'payment',
        p.amount_minor || ' ' || c.currency || ' minor' || case when p.is_reversed then ', reversed' else '' end
    from payment p join overdue_case c using (case_id)
    union all
    select r.lender, r.borrower_id, null, r.at, 'reported contact',
        array_to_string(r.debts, ', ') || ' by ' || r.channel || ': ' || r.result || ' (' || r.collector || ')'
    from reported_contact r;

-- Every rule pack that was ever in force here. Append-only: what was law when a contact was judged can be read again.
create table rule_pack (
    sha256        text primary key,
    jurisdiction  text not null,
    body          jsonb not null,
    published_at  timestamptz not null
);
create trigger rule_pack_is_append_only before update or delete or truncate on rule_pack
    for each statement execute function refuse_change();
