-- Every statement the ledger runs, by name. Parameters are psycopg's.

-- name: lock_borrower
-- One lock per borrower: whoever holds it alone may judge, reserve or record for any of the borrower's loans.
select pg_advisory_xact_lock(hashtextextended(%(lender)s || ':' || %(borrower_id)s, 0));

-- name: open_case
insert into overdue_case (case_id, lender, loan_id, borrower_id, episode, policy, policy_sha256, currency,
    opened_balance_minor, overdue_since, opened_at, number, stage, outcome, held, stalled, balance_minor, strategy,
    risk_tier, wishes, language, next_at, waiting_for)
values (%(case_id)s, %(lender)s, %(loan_id)s, %(borrower_id)s, %(episode)s, %(policy)s, %(policy_sha256)s,
    %(currency)s, %(opened_balance_minor)s, %(overdue_since)s, %(opened_at)s, %(number)s, %(stage)s, %(outcome)s,
    %(held)s, %(stalled)s, %(balance_minor)s, %(strategy)s, %(risk_tier)s, %(wishes)s, %(language)s, %(next_at)s,
    %(waiting_for)s)
on conflict (case_id) do nothing;

-- name: project_case
-- A later request wins; an older one, retried late, changes nothing.
update overdue_case set number = %(number)s, stage = %(stage)s, outcome = %(outcome)s, held = %(held)s,
    stalled = %(stalled)s, balance_minor = %(balance_minor)s, strategy = %(strategy)s, risk_tier = %(risk_tier)s,
    wishes = %(wishes)s, language = %(language)s, next_at = %(next_at)s, waiting_for = %(waiting_for)s,
    closed_at = coalesce(closed_at, case when %(outcome)s::text is not null then %(as_of)s::timestamptz end)
where case_id = %(case_id)s and number <= %(number)s;

-- name: show_refusal
update overdue_case set stalled = %(stalled)s, next_at = %(next_at)s, waiting_for = %(reason)s
where case_id = %(case_id)s and number <= %(number)s;

-- name: put_payment
insert into payment (case_id, reference, amount_minor, received_at, is_reversed)
values (%(case_id)s, %(reference)s, %(amount_minor)s, %(received_at)s, %(is_reversed)s)
on conflict (case_id, reference) do update set is_reversed = excluded.is_reversed;

-- name: last_line
select seq, chain from decision where case_id = %(case_id)s order by seq desc limit 1;

-- name: has_line
select 1 from decision where case_id = %(case_id)s and key = %(key)s;

-- name: add_line
insert into decision (case_id, seq, key, at, kind, rule, reason, facts, next_at, chain)
values (%(case_id)s, %(seq)s, %(key)s, %(at)s, %(kind)s, %(rule)s, %(reason)s, %(facts)s, %(next_at)s, %(chain)s);

-- name: add_task
insert into task (key, case_id, kind, note, talk_sheet, created_at, due_at)
values (%(key)s, %(case_id)s, %(kind)s, %(note)s, %(talk_sheet)s, %(created_at)s, %(due_at)s)
on conflict (key) do nothing;

-- name: withdraw_tasks
-- Calls and visits (they have a window's end) that nobody may make any more.
update task set withdrawn_at = %(at)s
where case_id = %(case_id)s and due_at is not null and done_at is null and withdrawn_at is null;

-- name: finish_tasks
update task set done_at = %(at)s
where case_id = %(case_id)s and due_at is not null and done_at is null and withdrawn_at is null;

-- name: announce
insert into outbox (event_id, case_id, body, created_at)
values (%(event_id)s, %(case_id)s, %(body)s, %(created_at)s) on conflict (event_id) do nothing;

-- name: case_at_door
select c.number, c.stage, c.outcome, c.held, c.balance_minor, c.wishes, c.language, c.overdue_since, c.currency, c.loan_id,
    b.name, b.email, b.phones, b.zones
from overdue_case c join borrower b using (lender, borrower_id) where c.case_id = %(case_id)s;

-- name: borrower_contacts
select channel, coalesce(settled_at, reserved_at) as at from contact
where lender = %(lender)s and borrower_id = %(borrower_id)s and status in ('reserved', 'made', 'unknown')
    and reserved_at > %(since)s and key <> %(key)s;

-- name: find_contact
select status, reserved_at, settled_at, reason from contact where key = %(key)s;

-- name: reserve_contact
-- One row per key, whoever retries; only a released one can be reserved again, and then as it is planned now.
insert into contact (key, case_id, lender, borrower_id, step, channel, template, language, status, wanted_at,
    planned_at, moved_by, reserved_at)
values (%(key)s, %(case_id)s, %(lender)s, %(borrower_id)s, %(step)s, %(channel)s, %(template)s, %(language)s,
    'reserved', %(wanted_at)s, %(planned_at)s, %(moved_by)s, %(reserved_at)s)
on conflict (key) do update set status = 'reserved', reserved_at = excluded.reserved_at,
    channel = excluded.channel, template = excluded.template, language = excluded.language,
    planned_at = excluded.planned_at, moved_by = excluded.moved_by, settled_at = null, reason = null
    where contact.status = 'released';

-- name: settle_contact
update contact set status = %(status)s, settled_at = %(settled_at)s, provider_reference = %(provider_reference)s,
    reason = %(reason)s
where key = %(key)s and status = 'reserved';

-- name: put_borrower
-- One person, several loans: a row that knows less never takes away what another row knew.
insert into borrower (lender, borrower_id, name, email, phones, language, country, subdivision, zones)
values (%(lender)s, %(borrower_id)s, %(name)s, %(email)s, %(phones)s, %(language)s, %(country)s, %(subdivision)s,
    %(zones)s)
on conflict (lender, borrower_id) do update set name = excluded.name,
    email = coalesce(excluded.email, borrower.email),
    phones = case when excluded.phones = '{}' then borrower.phones else excluded.phones end, language = excluded.language, country = excluded.country,
    subdivision = excluded.subdivision,
    zones = case when excluded.zones = '{}' then borrower.zones else excluded.zones end;

-- name: put_loan
insert into loan (lender, loan_id, borrower_id, imported, imported_at)
values (%(lender)s, %(loan_id)s, %(borrower_id)s, %(imported)s, %(imported_at)s)
on conflict (lender, loan_id) do update set borrower_id = excluded.borrower_id, imported = excluded.imported,
    imported_at = excluded.imported_at
where loan.imported is distinct from excluded.imported
returning loan_id;

-- name: put_snapshot
insert into policy_snapshot (sha256, policy, body) values (%(sha256)s, %(policy)s, %(body)s)
on conflict (sha256) do nothing;

-- name: snapshot
select body from policy_snapshot where sha256 = %(sha256)s;

-- name: latest_case
select case_id, episode, outcome, currency, policy, closed_at from overdue_case
where lender = %(lender)s and loan_id = %(loan_id)s order by episode desc limit 1;

-- name: cases
select c.*, (select count(*) from contact k where k.case_id = c.case_id and k.status in ('made', 'unknown'))
        as contacts_made,
    (select coalesce(jsonb_object_agg(moved_by, n), '{}') from (select moved_by, count(*) as n from contact k
        where k.case_id = c.case_id and moved_by is not null and status in ('made', 'unknown') group by 1) m)
        as instants_moved
from overdue_case c
where (%(lender)s::text is null or c.lender = %(lender)s) and (%(loan_id)s::text is null or c.loan_id = %(loan_id)s)
order by c.lender, c.loan_id, c.episode;

-- name: contacts
select key, step, channel, template, language, status, wanted_at, planned_at, moved_by, reserved_at, settled_at,
    provider_reference, reason
from contact where case_id = %(case_id)s order by reserved_at, key;

-- name: lines
select seq, at, kind, rule, reason, facts, next_at, chain, key from decision
where case_id = %(case_id)s order by seq;

-- name: tasks
select task_id, case_id, kind, note, talk_sheet, created_at, due_at, done_at, withdrawn_at from task
where (%(case_id)s::text is null or case_id = %(case_id)s) order by task_id;

-- name: borrower_history
select h.case_id, h.at, h.kind, h.what from borrower_history h
where (h.lender, h.borrower_id) = (select lender, borrower_id from overdue_case where case_id = %(case_id)s)
order by h.at, h.case_id;

-- name: payments
select reference, amount_minor, received_at, is_reversed from payment
where case_id = %(case_id)s order by received_at, reference;
