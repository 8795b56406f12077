-- Every statement the ledger runs, by name. Parameters are psycopg's.

-- name: lock_borrower
-- One lock per borrower: whoever holds it alone may judge, reserve or record for any of the borrower's loans.
select pg_advisory_xact_lock(hashtextextended(%(lender)s || ':' || %(borrower_id)s, 0));

-- name: open_case
insert into overdue_case (case_id, lender, loan_id, borrower_id, episode, policy, policy_sha256, currency,
    opened_balance_minor, overdue_since, opened_at, number, stage, outcome, held, stalled, balance_minor, strategy,
    risk_tier, wishes, facts, language, next_at, waiting_for, limitation_on, is_time_barred, in_difficulty, proposal)
values (%(case_id)s, %(lender)s, %(loan_id)s, %(borrower_id)s, %(episode)s, %(policy)s, %(policy_sha256)s,
    %(currency)s, %(opened_balance_minor)s, %(overdue_since)s, %(opened_at)s, %(number)s, %(stage)s, %(outcome)s,
    %(held)s, %(stalled)s, %(balance_minor)s, %(strategy)s, %(risk_tier)s, %(wishes)s, %(facts)s, %(language)s,
    %(next_at)s, %(waiting_for)s, %(limitation_on)s, %(is_time_barred)s, %(in_difficulty)s, %(proposal)s)
on conflict (case_id) do nothing;

-- name: project_case
-- A later request wins; an older one, retried late, changes nothing.
update overdue_case set number = %(number)s, stage = %(stage)s, outcome = %(outcome)s, held = %(held)s,
    stalled = %(stalled)s, balance_minor = %(balance_minor)s, strategy = %(strategy)s, risk_tier = %(risk_tier)s,
    wishes = %(wishes)s, facts = %(facts)s, overdue_since = coalesce(%(overdue_since)s::date, overdue_since),
    policy_sha256 = coalesce((select s.sha256 from policy_snapshot s where s.sha256 = %(policy_sha256)s), policy_sha256),
    policy = coalesce((select s.policy from policy_snapshot s where s.sha256 = %(policy_sha256)s), policy),
    language = %(language)s, next_at = %(next_at)s, waiting_for = %(waiting_for)s,
    limitation_on = %(limitation_on)s, is_time_barred = %(is_time_barred)s, in_difficulty = %(in_difficulty)s,
    proposal = %(proposal)s,
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
-- A call or visit that was set up is one task until it is done or withdrawn: its window and its people follow the plan.
insert into task (key, case_id, kind, note, talk_sheet, created_at, starts_at, due_at, due_on, people, visitors)
values (%(key)s, %(case_id)s, %(kind)s, %(note)s, %(talk_sheet)s, %(created_at)s, %(starts_at)s, %(due_at)s,
    %(due_on)s, %(people)s, %(visitors)s)
on conflict (key) do update set talk_sheet = coalesce(excluded.talk_sheet, task.talk_sheet), note = excluded.note,
    starts_at = excluded.starts_at, due_at = excluded.due_at, people = excluded.people, visitors = excluded.visitors
    where excluded.due_at is not null and task.done_at is null and task.withdrawn_at is null;

-- name: task_of_contact
select task_id, due_at from task where key = %(key)s;

-- name: withdraw_task
-- The task of one call or visit that is not to be made any more, or at another time.
update task set withdrawn_at = %(at)s where key = %(key)s and done_at is null and withdrawn_at is null;

-- name: release_contact
-- A call or visit that nobody made, as far as anybody told: it counts for no limit.
update contact set status = 'released', reason = %(reason)s
where key = %(key)s and status = 'made' and result = 'unknown';

-- name: withdraw_all_but
-- Once a case is closed, nobody needs to do anything for it but these kinds.
update task set withdrawn_at = %(at)s
where case_id = %(case_id)s and kind <> all(%(kinds)s::text[]) and done_at is null and withdrawn_at is null;

-- name: withdraw_stalls
-- What people were asked for while the case went nowhere; the search for one who does not answer ends by itself.
update task set withdrawn_at = %(at)s
where case_id = %(case_id)s and kind in ('representative', 'case_check', 'contact_stopped', 'find_contact')
    and key not like '%%/search' and done_at is null and withdrawn_at is null;

-- name: withdraw_tasks
-- Calls and visits (they have a window's end) that nobody may make any more.
update task set withdrawn_at = %(at)s
where case_id = %(case_id)s and due_at is not null and done_at is null and withdrawn_at is null;

-- name: withdraw_reviews
-- Of holds that are over nobody needs to look any more.
update task set withdrawn_at = %(at)s
where case_id = %(case_id)s and kind = 'hold_review' and done_at is null and withdrawn_at is null;

-- name: close_tasks
-- Of some kinds, or the one under a key: done, or nobody's any more.
update task set done_at = case when %(done)s then %(at)s::timestamptz end,
    withdrawn_at = case when not %(done)s then %(at)s::timestamptz end
where case_id = %(case_id)s and (kind = any(%(kinds)s::text[]) or key = %(key)s) and done_at is null
    and withdrawn_at is null;

-- name: complaints
select reference, about, channel, came_by, received_on, due_on, recorded_at, text, answered_on, result, answered_by,
    answer, late_days
from complaint where case_id = %(case_id)s order by recorded_at, reference;

-- name: case_of_complaint
-- The episode of the loan that has this complaint, one where it is open first, of those the latest.
select c.* from complaint k join overdue_case c using (case_id)
where k.lender = %(lender)s and k.loan_id = %(loan_id)s and k.reference = %(reference)s
order by k.answered_on is not null, c.episode desc limit 1;

-- name: complaint_list
select loan_id, case_id, policy, reference, about, channel, came_by, received_on, due_on, answered_on, result,
    answered_by, late_days
from complaint where lender = %(lender)s order by answered_on is not null, due_on, loan_id, reference;

-- name: complaint_summary
-- By programme; `overdue` are open ones whose day has passed.
select c.policy, c.cases, coalesce(k.opened, 0) as opened, coalesce(k.open, 0) as open,
    coalesce(k.overdue, 0) as overdue, coalesce(k.in_time, 0) as in_time, coalesce(k.late, 0) as late,
    coalesce(k.upheld, 0) as upheld
from (select policy, count(*) as cases from overdue_case where lender = %(lender)s group by policy) c
left join (select policy, count(*) as opened, count(*) filter (where answered_on is null) as open,
        count(*) filter (where answered_on is null and due_on < %(today)s::date) as overdue,
        count(*) filter (where late_days = 0) as in_time, count(*) filter (where late_days > 0) as late,
        count(*) filter (where result in ('upheld', 'partly_upheld')) as upheld
    from complaint where lender = %(lender)s group by policy) k using (policy)
order by c.policy;

-- name: finish_tasks
-- The task that a report names, also one that was withdrawn: it was made all the same. Where it names none, every call
-- and visit to the borrower that was to be made.
with finished as (
    update task set done_at = %(at)s
    where case_id = %(case_id)s and due_at is not null and done_at is null and (task_id = %(task)s
        or (%(task)s::bigint is null and withdrawn_at is null and kind <> 'third_person'))
    returning task_id
)
insert into task_event (task_id, at, kind, by, note) select task_id, %(at)s, 'done', %(by)s, %(result)s from finished;

-- name: announce
-- In the transaction of what it tells, and due at every endpoint of the lender that wants it.
with told as (
    insert into outbox (event_id, case_id, body, created_at)
    values (%(event_id)s, %(case_id)s, %(body)s, %(created_at)s)
    on conflict (event_id) do nothing returning event_id, case_id, seq, body
)
insert into webhook_delivery (lender, endpoint, event_id, case_id, seq)
select e.lender, e.name, t.event_id, t.case_id, t.seq
from told t join overdue_case c using (case_id) join webhook_endpoint e using (lender)
where e.types = '{}' or t.body ->> 'type' = any (e.types);

-- name: case_at_door
-- `in_difficulty`: told on any loan of the person, but on one that was cured since.
select c.number, c.stage, c.outcome, c.held, c.balance_minor, c.language, c.overdue_since, c.currency,
    c.loan_id, c.unreachable_since, b.name, b.email, b.phones, b.zones, b.country, b.subdivision, c.lender,
    c.borrower_id,
    array(select u.channel || ' ' || u.address_sha256 from unusable_address u
        where (u.lender, u.borrower_id) = (b.lender, b.borrower_id)) as unusable,
    exists (select from overdue_case o where (o.lender, o.borrower_id) = (c.lender, c.borrower_id) and o.in_difficulty
        and o.outcome is distinct from 'cured') as in_difficulty
from overdue_case c join borrower b using (lender, borrower_id) where c.case_id = %(case_id)s;

-- name: borrower_contacts
-- Every contact of the person, over all loans and by whomever it was made.
select coalesce(k.happened_by, k.settled_at, k.reserved_at) as at, k.channel,
    case k.status when 'failed' then 'failed' else k.result end as result,
    array[c.loan_id] as debts, k.number, 'lender' as collector, k.purpose, 'borrower' as recipient
from contact k join overdue_case c using (case_id)
where k.lender = %(lender)s and k.borrower_id = %(borrower_id)s and k.status <> 'released'
    and k.reserved_at > %(since)s and k.key <> %(key)s
union all
select at, channel, result, debts, number, collector, purpose, recipient from reported_contact
where lender = %(lender)s and borrower_id = %(borrower_id)s and (at > %(since)s or recipient = 'third_person')
    and withdrawn_at is null;

-- name: borrower_words
-- What was ever told of the person and what they wished, in order, whichever loan it was told of.
select d.kind, d.facts, d.at, d.case_id, c.closed_at is null as is_open, c.case_id = %(case_id)s as is_own
from overdue_case c join decision d using (case_id)
where c.lender = %(lender)s and c.borrower_id = %(borrower_id)s and d.kind in ('preference', 'fact', 'complaint',
    'complaint_answered')
order by d.at, d.case_id, d.seq;

-- name: borrower_facts
-- What each of the person's cases knows; `is_own` is the case asked about.
select f ->> 'name' as name, (f ->> 'since')::timestamptz as since, (f ->> 'until')::timestamptz as until,
    c.case_id = %(case_id)s as is_own, c.closed_at is null as is_open,
    coalesce((f ->> 'is_hold')::boolean, false) as is_hold
from overdue_case c cross join jsonb_array_elements(c.facts) f
where c.lender = %(lender)s and c.borrower_id = %(borrower_id)s;

-- name: report_contact
insert into reported_contact (lender, reference, borrower_id, at, channel, result, debts, number, collector, purpose,
    recipient, recorded_at)
values (%(lender)s, %(reference)s, %(borrower_id)s, %(at)s, %(channel)s, %(result)s, %(debts)s, %(number)s,
    %(collector)s, %(purpose)s, %(recipient)s, %(recorded_at)s)
on conflict (lender, reference) do update set result = excluded.result, debts = excluded.debts,
    recorded = excluded.recorded
where (reported_contact.result, reported_contact.debts) is distinct from (excluded.result, excluded.debts)
returning reference;

-- name: reported_contact
select borrower_id, at, channel, result, number, collector, purpose, recipient from reported_contact
where lender = %(lender)s and reference = %(reference)s;

-- name: contacts_told_of
-- The case's contacts of a channel that a report may be about, latest first, each with its task.
select k.key, k.result, t.task_id from contact k left join task t on t.key = k.case_id || '/' || k.key || '/task'
where k.case_id = %(case_id)s and k.channel = %(channel)s and k.status in ('made', 'unknown')
    and (k.result = 'unknown' or t.task_id = %(task)s)
order by k.reserved_at desc;

-- name: tell_result
-- A call is made some time after its task was handed over: it counts from the latest instant it can have been.
update contact set result = %(result)s, happened_by = least(%(at)s, (
    select max(t.due_at) from task t where t.case_id = contact.case_id and t.task_id = %(task_id)s))
where key = %(key)s;

-- name: packs_published
select distinct on (jurisdiction) jurisdiction, body from rule_pack order by jurisdiction, published_at desc;

-- name: publish_pack
insert into rule_pack (sha256, jurisdiction, body, published_at)
values (%(sha256)s, %(jurisdiction)s, %(body)s, %(published_at)s) on conflict (sha256) do nothing;

-- name: cases_to_move
-- The open cases after `after`, a page at a time, with the place and policy that decide which rules they belong under.
select c.case_id, c.policy, c.policy_sha256, b.country, b.subdivision
from overdue_case c join borrower b using (lender, borrower_id)
where c.lender = %(lender)s and c.closed_at is null and c.case_id > %(after)s order by c.case_id limit %(page)s;

-- name: open_cases_of_borrower
select case_id from overdue_case where closed_at is null and (lender, borrower_id) =
    (select lender, borrower_id from overdue_case where case_id = %(case_id)s) order by case_id;

-- name: find_contact
select status, reserved_at, settled_at, reason, number from contact where key = %(key)s;

-- name: reserve_contact
-- One row per key, whoever retries; only a released one can be reserved again, and then as it is planned now.
insert into contact (key, case_id, lender, borrower_id, step, channel, template, language, status, wanted_at,
    planned_at, moved_by, reserved_at, number, purpose, mail_id)
values (%(key)s, %(case_id)s, %(lender)s, %(borrower_id)s, %(step)s, %(channel)s, %(template)s, %(language)s,
    'reserved', %(wanted_at)s, %(planned_at)s, %(moved_by)s, %(reserved_at)s, %(number)s, %(purpose)s,
    case %(channel)s::text when 'email' then left(encode(sha256(convert_to(%(key)s, 'UTF8')), 'hex'), 40) end)
on conflict (key) do update set status = 'reserved', reserved_at = excluded.reserved_at,
    channel = excluded.channel, template = excluded.template, language = excluded.language,
    number = excluded.number, planned_at = excluded.planned_at, moved_by = excluded.moved_by, settled_at = null,
    reason = null
    where contact.status = 'released';

-- name: settle_contact
update contact set status = %(status)s, settled_at = %(settled_at)s, provider_reference = %(provider_reference)s,
    reason = %(reason)s
where key = %(key)s and status = 'reserved';

-- name: lock_borrowers
-- The same locks for many borrowers, always in one order, so that two batches wait and never block each other.
select pg_advisory_xact_lock(one.key) from (
    select distinct hashtextextended(%(lender)s || ':' || id, 0) as key from unnest(%(borrower_ids)s::text[]) as id
    order by key) one;

-- name: put_borrowers
-- One person, several loans: a row that knows less never takes away what another row knew. Each person once.
insert into borrower (lender, borrower_id, name, email, phones, language, country, subdivision, street, city, postcode,
    zones)
select lender, borrower_id, name, email, phones, language, country, subdivision, street, city, postcode, zones
from jsonb_to_recordset(%(loans)s::jsonb) as b (lender text, borrower_id text, name text, email text, phones text[],
    language text, country text, subdivision text, street text, city text, postcode text, zones text[])
on conflict (lender, borrower_id) do update set name = excluded.name,
    email = coalesce(excluded.email, borrower.email),
    phones = case when excluded.phones = '{}' then borrower.phones else excluded.phones end,
    language = excluded.language, country = excluded.country, subdivision = excluded.subdivision,
    -- An address is one: half of the old and half of the new one would lead to a wrong door.
    street = coalesce(excluded.street, borrower.street),
    city = case when excluded.street <> borrower.street then excluded.city
        when excluded.street is null and borrower.street is not null then coalesce(borrower.city, excluded.city)
        else coalesce(excluded.city, borrower.city) end,
    postcode = case when excluded.street <> borrower.street then excluded.postcode
        when excluded.street is null and borrower.street is not null then coalesce(borrower.postcode, excluded.postcode)
        else coalesce(excluded.postcode, borrower.postcode) end,
    zones = case when excluded.zones = '{}' then borrower.zones else excluded.zones end;

-- name: put_loans
insert into loan (lender, loan_id, borrower_id, imported, imported_at)
select one ->> 'lender', one ->> 'loan_id', one ->> 'borrower_id', one, %(imported_at)s
from jsonb_array_elements(%(loans)s::jsonb) as one
on conflict (lender, loan_id) do update set borrower_id = excluded.borrower_id, imported = excluded.imported,
    imported_at = excluded.imported_at
where loan.imported is distinct from excluded.imported
returning loan_id;

-- name: loan_imported
select imported::text as imported from loan where lender = %(lender)s and loan_id = %(loan_id)s;

-- name: put_snapshot
insert into policy_snapshot (sha256, policy, body) values (%(sha256)s, %(policy)s, %(body)s)
on conflict (sha256) do nothing;

-- name: snapshot
select body from policy_snapshot where sha256 = %(sha256)s;

-- name: latest_cases
select distinct on (loan_id) loan_id, case_id, episode, outcome, closed_at from overdue_case
where lender = %(lender)s and loan_id = any(%(loan_ids)s::text[]) order by loan_id, episode desc;

-- name: begin_import
-- Goes on where one that did not end has come to, with its day; one that ended begins again.
insert into file_import (lender, kind, sha256, mapping_sha256, read_on, began_at)
values (%(lender)s, %(kind)s, %(sha256)s, %(mapping_sha256)s, %(today)s, %(at)s)
on conflict (lender, kind, sha256, mapping_sha256) do update set ended_at = null,
    read_on = case when file_import.ended_at is null then file_import.read_on else excluded.read_on end,
    began_at = case when file_import.ended_at is null then file_import.began_at else excluded.began_at end,
    last_line = case when file_import.ended_at is null then file_import.last_line else 0 end,
    counts = case when file_import.ended_at is null then file_import.counts else '{}' end
returning read_on, last_line, counts;

-- name: move_import
update file_import set last_line = %(last_line)s, counts = %(counts)s,
    ended_at = case when %(is_over)s then %(at)s::timestamptz end
where lender = %(lender)s and kind = %(kind)s and sha256 = %(sha256)s and mapping_sha256 = %(mapping_sha256)s;

-- name: latest_case
select case_id, episode, outcome, currency, policy, closed_at, balance_minor from overdue_case
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

-- name: case_page
-- The same of one lender, from one case on.
select c.*, (select count(*) from contact k where k.case_id = c.case_id and k.status in ('made', 'unknown'))
        as contacts_made,
    (select coalesce(jsonb_object_agg(moved_by, n), '{}') from (select moved_by, count(*) as n from contact k
        where k.case_id = c.case_id and moved_by is not null and status in ('made', 'unknown') group by 1) m)
        as instants_moved
from overdue_case c
where c.lender = %(lender)s and (%(after_loan)s::text is null
    or (c.loan_id, c.episode) > (%(after_loan)s::text, %(after_episode)s::bigint))
order by c.loan_id, c.episode limit %(at_most)s::bigint;

-- name: contacts
select key, step, channel, template, language, status, wanted_at, planned_at, moved_by, reserved_at, settled_at,
    provider_reference, delivery, reason
from contact where case_id = %(case_id)s order by reserved_at, key;

-- name: lines
select seq, at, kind, rule, reason, facts, next_at, chain, key from decision
where case_id = %(case_id)s order by seq;

-- name: tasks
select task_id, case_id, kind, note, talk_sheet, created_at, starts_at, due_at, due_on, people, visitors, done_at,
    withdrawn_at
from task
where (%(case_id)s::text is null or case_id = %(case_id)s) order by task_id;

-- name: desk_tasks
-- Tasks of one lender for those who work them, with the borrower as known at this moment.
select t.task_id, t.key, t.kind, t.case_id, c.loan_id, c.borrower_id, t.note, b.name, b.phones, b.street, b.city, b.postcode,
    b.zones, t.created_at, t.starts_at, t.due_at, t.due_on, t.people, t.visitors, t.claimed_by, t.claimed_at, t.done_at,
    t.withdrawn_at, t.revision, case when %(task_id)s::bigint is not null then t.talk_sheet end as talk_sheet
from task t join overdue_case c using (case_id) join borrower b using (lender, borrower_id)
where c.lender = %(lender)s and (%(task_id)s::bigint is null or t.task_id = %(task_id)s)
    and (%(kind)s::text is null or t.kind = %(kind)s)
    and (not %(is_open)s::boolean or (t.done_at is null and t.withdrawn_at is null))
order by t.task_id;

-- name: calendar_tasks
-- The calls and visits that are, or lately were, a person's: claimed by them, booked for them, or handed on by them.
select t.task_id, t.key, t.kind, t.case_id, c.loan_id, t.note, b.name, b.phones, b.street, b.city, b.postcode, b.zones,
    t.created_at, t.starts_at, t.due_at, t.due_on, t.people, t.visitors, t.claimed_by, t.claimed_at, t.done_at,
    t.withdrawn_at, t.revision
from task t join overdue_case c using (case_id) join borrower b using (lender, borrower_id)
where c.lender = %(lender)s and t.due_at > %(since)s and coalesce(t.withdrawn_at, t.due_at) > %(since)s
    and (t.claimed_by = %(person)s or %(person)s = any(t.visitors) or exists (select from task_event e
        where e.task_id = t.task_id and e.kind = 'handed_on' and e.by = %(person)s and e.at > %(since)s))
order by t.due_at, t.task_id;

-- name: claim_task
update task set claimed_by = %(person)s, claimed_at = %(at)s where task_id = %(task_id)s;

-- name: do_task
update task set done_at = %(at)s where task_id = %(task_id)s;

-- name: undo_task
-- A call or visit of a case that is held or closed by now is not to be made again; nor is anything of a closed one asked
-- for but what outlives it.
update task t set done_at = null, withdrawn_at = case when (t.due_at is not null and cardinality(c.held) > 0)
    or (c.outcome is not null and t.kind <> all(%(outliving)s::text[])) then %(now)s::timestamptz end
from overdue_case c where c.case_id = t.case_id and t.task_id = %(task_id)s;

-- name: forget_result
-- What was told of the task's contact was a mistake: until it is told anew, it counts as everything it may have been. What
-- only these words had closed is open again, and no third person was spoken to; links that ended stay ended.
with told as (
    select k.key, k.number, d.at, d.case_id || '/' || d.key as reference
    from task t join contact k on k.case_id = t.case_id and t.key = k.case_id || '/' || k.key || '/task'
    left join decision d on d.case_id = t.case_id and d.kind = 'visit'
        and (d.facts ->> 'task' = t.task_id::text or d.facts ->> 'contact' = k.key
            or coalesce(d.facts ->> 'task', d.facts ->> 'contact') is null and exists (select from task_event e
                where e.task_id = t.task_id and e.kind = 'done' and e.at = d.at))
    where t.task_id = %(task_id)s
), forgotten as (
    update contact k set result = 'unknown' from told where k.key = told.key
), reopened as (
    delete from unusable_address u using told
    where u.lender = %(lender)s and u.borrower_id = %(borrower_id)s and u.why = 'wrong_number' and u.since = told.at
        and u.address_sha256 = encode(sha256(convert_to(told.number, 'UTF8')), 'hex')
    returning u.channel
), unsaid as (
    update reported_contact r set withdrawn_at = %(now)s, recorded = nextval('history_number') from told
    where r.lender = %(lender)s and r.reference = told.reference || '/third' and r.withdrawn_at is null
    returning r.reference
)
select array(select channel from reopened order by channel) as reopened, (select count(*) from unsaid) as third_persons;

-- name: add_task_event
insert into task_event (task_id, at, kind, by, passed_to, note, request_key)
values (%(task_id)s, %(at)s, %(kind)s, %(by)s, %(passed_to)s, %(note)s, %(request_key)s);

-- name: task_asked_before
select 1 from task_event where task_id = %(task_id)s and request_key = %(request_key)s;

-- name: task_events
select at, kind, by, passed_to, note from task_event where task_id = %(task_id)s order by event_id;

-- name: add_calendar_link
insert into calendar_link (token_sha256, lender, person, created_at, created_by)
values (%(token_sha256)s, %(lender)s, %(person)s, %(at)s, %(by)s);

-- name: revoke_calendar_link
update calendar_link set revoked_at = %(at)s, revoked_by = %(by)s
where lender = %(lender)s and person = %(person)s and revoked_at is null returning created_at;

-- name: calendar_person
select person from calendar_link
where token_sha256 = %(token_sha256)s and lender = %(lender)s and revoked_at is null;

-- name: borrower_history
-- What is recorded of the person and what the CRM has noted, in order of time.
with person as (select lender, borrower_id from overdue_case where case_id = %(case_id)s)
select h.event_id, h.case_id, h.at, h.kind, h.what, h.facts
from (
    select event_id, case_id, at, kind, what, facts, recorded from borrower_history natural join person
    union all
    select 'note/' || note_id, null, written_at, 'remark', text, jsonb_build_object('author', author), 0
    from remark natural join person
) h
order by h.at, h.recorded, h.event_id;

-- name: remarks
select r.note_id, r.written_at, r.author, r.text from remark r join overdue_case c using (lender, borrower_id)
where c.case_id = %(case_id)s order by r.written_at, r.note_id;

-- name: owner
select o.owner_id, o.name from borrower_owner o join overdue_case c using (lender, borrower_id)
where c.case_id = %(case_id)s;

-- name: fineract_ask
insert into fineract_look as l (lender, loan_id) values (%(lender)s, %(loan_id)s)
on conflict (lender, loan_id) do update set asks = l.asks + 1;

-- name: fineract_looks
select loan_id, asks from fineract_look where lender = %(lender)s and loan_id > %(after)s order by loan_id limit %(page)s;

-- name: fineract_looked
-- Asked again while somebody looked, it stays.
delete from fineract_look where lender = %(lender)s and loan_id = %(loan_id)s and asks = %(asks)s;

-- name: fineract_event_told
select reason is not null as is_parked from fineract_event where lender = %(lender)s and key = %(key)s;

-- name: fineract_tell_event
insert into fineract_event (lender, key, type, reason, body, told_at)
values (%(lender)s, %(key)s, %(type)s, %(reason)s, %(body)s, %(told_at)s)
on conflict (lender, key) do update set reason = excluded.reason, body = excluded.body;

-- name: fineract_parked
select key, type, reason, body, told_at from fineract_event
where lender = %(lender)s and reason is not null and key > %(after)s order by key limit %(page)s;

-- name: fineract_unpark
delete from fineract_event where lender = %(lender)s and key = %(key)s and reason is not null;

-- name: fineract_round
select part, place from fineract_round where lender = %(lender)s;

-- name: fineract_round_at
insert into fineract_round (lender, part, place) values (%(lender)s, %(part)s, %(place)s)
on conflict (lender) do update set part = excluded.part, place = excluded.place;

-- name: fineract_round_over
delete from fineract_round where lender = %(lender)s;

-- name: fineract_open_cases
-- The loans with an open case, a page at a time, as far as their ids are Fineract's.
select loan_id from overdue_case
where lender = %(lender)s and closed_at is null and loan_id > %(after)s and loan_id ~ '^[1-9][0-9]{0,17}$'
order by loan_id limit %(page)s;

-- name: fineract_case
-- The loan's open case, and the payments it knows: reference to whether it was reversed.
select c.case_id, c.balance_minor, c.overdue_since, c.currency,
    (select coalesce(jsonb_object_agg(p.reference, p.is_reversed), '{}') from payment p where p.case_id = c.case_id)
        as payments
from overdue_case c where c.lender = %(lender)s and c.loan_id = %(loan_id)s and c.closed_at is null;

-- name: fineract_told
select event_id from inbound_event
where lender = %(lender)s and source = %(source)s and event_id = any(%(event_ids)s::text[]);

-- name: fineract_holds
-- What was written down of the loan's holds, in order, over its episodes.
select c.case_id, c.closed_at, d.kind, d.facts, d.at from overdue_case c join decision d using (case_id)
where c.lender = %(lender)s and c.loan_id = %(loan_id)s and d.kind in ('hold', 'hold_ended', 'hold_told_late')
order by c.episode, d.seq;

-- name: fineract_pauses
select start_on, end_on from fineract_pause where lender = %(lender)s and loan_id = %(loan_id)s order by start_on;

-- name: fineract_put_pause
insert into fineract_pause (lender, loan_id, start_on, end_on, asked_at)
values (%(lender)s, %(loan_id)s, %(start_on)s, %(end_on)s, %(asked_at)s)
on conflict (lender, loan_id, start_on) do update set end_on = excluded.end_on;

-- name: borrowers_for_crm
-- Those after `after`, a page at a time, of whom the CRM can learn something or say something that matters.
select b.borrower_id from borrower b left join crm_cursor k using (lender, borrower_id)
where b.lender = %(lender)s and b.borrower_id > %(after)s and (
    exists (select from overdue_case c where c.lender = b.lender and c.borrower_id = b.borrower_id
        and c.closed_at is null)
    or exists (select from remark r where r.lender = b.lender and r.borrower_id = b.borrower_id)
    or exists (select from borrower_history h where h.lender = b.lender and h.borrower_id = b.borrower_id
        and h.recorded > coalesce(k.sent_through, 0)))
order by b.borrower_id limit %(page)s;

-- name: unsent_events
-- The first page of what the CRM has not accepted yet, in the order in which it was written down.
select h.recorded, h.event_id, h.at, h.kind, h.case_id, h.what, h.facts from borrower_history h
where h.lender = %(lender)s and h.borrower_id = %(borrower_id)s and h.recorded > coalesce((
    select k.sent_through from crm_cursor k where k.lender = %(lender)s and k.borrower_id = %(borrower_id)s), 0)
order by h.recorded limit %(page)s;

-- name: crm_accepted
insert into crm_cursor (lender, borrower_id, sent_through) values (%(lender)s, %(borrower_id)s, %(recorded)s)
on conflict (lender, borrower_id) do update set sent_through = greatest(crm_cursor.sent_through, excluded.sent_through);

-- name: crm_mark
select mark from crm_cursor where lender = %(lender)s and borrower_id = %(borrower_id)s;

-- name: move_crm_mark
-- No row: another run has been told more meanwhile, and what was answered here is old.
insert into crm_cursor (lender, borrower_id, mark) values (%(lender)s, %(borrower_id)s, %(mark)s)
on conflict (lender, borrower_id) do update set mark = excluded.mark
where crm_cursor.mark is not distinct from %(asked)s::text
returning mark;

-- name: put_owner
insert into borrower_owner (lender, borrower_id, owner_id, name)
values (%(lender)s, %(borrower_id)s, %(owner_id)s, %(name)s)
on conflict (lender, borrower_id) do update set owner_id = excluded.owner_id, name = excluded.name;

-- name: drop_owner
delete from borrower_owner where lender = %(lender)s and borrower_id = %(borrower_id)s;

-- name: put_remark
insert into remark (lender, borrower_id, note_id, text, author, written_at)
values (%(lender)s, %(borrower_id)s, %(note_id)s, %(text)s, %(author)s, %(written_at)s)
on conflict (lender, borrower_id, note_id) do update set text = excluded.text, author = excluded.author,
    written_at = excluded.written_at;

-- name: drop_remark
delete from remark where lender = %(lender)s and borrower_id = %(borrower_id)s and note_id = %(note_id)s;

-- name: payments
select reference, amount_minor, received_at, is_reversed from payment
where case_id = %(case_id)s order by received_at, reference;

-- name: open_loans_of_borrower
-- What the case's borrower owes in a currency, loan by loan.
select loan_id, overdue_since, balance_minor from overdue_case
where closed_at is null and balance_minor > 0 and currency = %(currency)s and (lender, borrower_id) =
    (select lender, borrower_id from overdue_case where case_id = %(case_id)s)
order by loan_id;

-- name: put_endpoint
insert into webhook_endpoint (lender, name, url, keys, types, created_at)
values (%(lender)s, %(endpoint)s, %(url)s, %(keys)s, %(types)s, %(created_at)s)
on conflict (lender, name) do nothing returning name;

-- name: endpoints
select e.name, e.url, e.types, e.created_at, e.disabled_at, e.disabled_why, cardinality(e.keys) as keys,
    count(*) filter (where d.state = 'waiting') as waiting, count(*) filter (where d.state = 'delivered') as delivered,
    count(*) filter (where d.state = 'dead') as dead
from webhook_endpoint e left join webhook_delivery d on d.lender = e.lender and d.endpoint = e.name
where e.lender = %(lender)s group by e.lender, e.name order by e.name;

-- name: set_endpoint_keys
update webhook_endpoint set keys = case when %(key)s::text is null then keys[1:1] else array[%(key)s] || keys[1:2] end
where lender = %(lender)s and name = %(endpoint)s returning name;

-- name: switch_endpoint
update webhook_endpoint set disabled_at = %(disabled_at)s, disabled_why = %(why)s
where lender = %(lender)s and name = %(endpoint)s returning name;

-- name: drop_endpoint
delete from webhook_endpoint where lender = %(lender)s and name = %(endpoint)s returning name;

-- name: claim_deliveries
-- The first waiting event of each case at each endpoint that is on, where it is due and nobody else is sending it.
with heads as (
    select distinct on (d.lender, d.endpoint, d.case_id) d.lender, d.endpoint, d.event_id
    from webhook_delivery d join webhook_endpoint e on e.lender = d.lender and e.name = d.endpoint
    where d.state = 'waiting' and e.disabled_at is null
    order by d.lender, d.endpoint, d.case_id, d.seq
), due as (
    select d.lender, d.endpoint, d.event_id from webhook_delivery d join heads using (lender, endpoint, event_id)
    where (d.next_at is null or d.next_at <= %(now)s) and (d.claimed_until is null or d.claimed_until <= %(now)s)
        and d.state = 'waiting'
    order by d.seq limit %(at_most)s for update of d skip locked
)
update webhook_delivery d set claimed_until = %(claimed_until)s
from due, webhook_endpoint e, outbox o
where (d.lender, d.endpoint, d.event_id) = (due.lender, due.endpoint, due.event_id)
    and e.lender = d.lender and e.name = d.endpoint and o.event_id = d.event_id
returning d.lender, d.endpoint, d.event_id, d.tries, d.seq, e.url, e.keys, o.body;

-- name: settle_delivery
update webhook_delivery set state = %(state)s, tries = tries + 1, next_at = %(next_at)s, claimed_until = null,
    settled_at = %(settled_at)s, said = %(said)s
where lender = %(lender)s and endpoint = %(endpoint)s and event_id = %(event_id)s and state = 'waiting';

-- name: dead_letters
select d.endpoint, d.event_id, d.case_id, d.tries, d.settled_at, d.said, o.body ->> 'type' as type
from webhook_delivery d join outbox o using (event_id)
where d.lender = %(lender)s and d.state = 'dead' order by d.seq;

-- name: replay_dead
update webhook_delivery set state = 'waiting', tries = 0, next_at = null, settled_at = null
where lender = %(lender)s and endpoint = %(endpoint)s and state = 'dead'
    and (%(event_id)s::text is null or event_id = %(event_id)s)
returning event_id;

-- name: replay_since
-- What was announced from an instant on, again or for the first time.
insert into webhook_delivery (lender, endpoint, event_id, case_id, seq)
select e.lender, e.name, o.event_id, o.case_id, o.seq
from webhook_endpoint e join overdue_case c using (lender) join outbox o using (case_id)
where e.lender = %(lender)s and e.name = %(endpoint)s and o.created_at >= %(since)s
    and (e.types = '{}' or o.body ->> 'type' = any (e.types))
on conflict (lender, endpoint, event_id) do update set state = 'waiting', tries = 0, next_at = null, settled_at = null
where webhook_delivery.state <> 'waiting'
returning event_id;

-- name: links_of_contact
select sha256 from page_link where contact_key = %(contact_key)s;

-- name: put_page_link
insert into page_link (sha256, contact_key, case_id, expires_at)
values (%(sha256)s, %(contact_key)s, %(case_id)s, %(expires_at)s)
on conflict (sha256) do update set expires_at = excluded.expires_at;

-- name: contact_of_link
select l.contact_key from page_link l join overdue_case c using (case_id)
where l.sha256 = %(sha256)s and c.lender = %(lender)s;

-- name: bind_link
-- The first browser keeps it. Once the case is closed it opens only where it was opened before.
update page_link l set bound_sha256 = %(bound)s, session_until = %(until)s
from overdue_case c
where c.case_id = l.case_id and c.lender = %(lender)s and l.sha256 = %(sha256)s and l.expires_at > %(now)s
    and (l.bound_sha256 = %(bound)s or (l.bound_sha256 is null and c.closed_at is null))
returning l.case_id;

-- name: visit_by_link
-- The case that this browser has open, its session carried on. `known_at`: the case's last line; where time is skipped,
-- that is ahead of other clocks.
update page_link l set session_until = %(until)s
from overdue_case c
where c.case_id = l.case_id and c.lender = %(lender)s and l.sha256 = %(sha256)s and l.bound_sha256 = %(bound)s
    and (l.session_until > %(now)s or %(is_over)s) and l.expires_at > %(now)s
returning c.case_id, c.loan_id, c.outcome, c.language,
    (select max(d.at) from decision d where d.case_id = c.case_id) as known_at;

-- name: contact_of_receipt
-- The message that a provider means, by its key or by any name it is known by outside.
select k.key, k.case_id, k.borrower_id, k.channel, k.step from contact k
where k.lender = %(lender)s and k.channel in ('email', 'sms') and k.status <> 'released'
    and (k.key = %(reference)s or k.provider_reference = %(reference)s or k.mail_id = %(mail_id)s)
order by k.key = %(reference)s desc, k.reserved_at desc limit 1;

-- name: put_receipt
-- Once for each reference and status; one that was parked finds its contact later.
insert into receipt (lender, reference, status, code, at, recipient_sha256, taken_in_at, key)
values (%(lender)s, %(reference)s, %(status)s, %(code)s, %(at)s, %(recipient_sha256)s, %(taken_in_at)s, %(key)s)
on conflict (lender, reference, status) do update set key = excluded.key
where receipt.key is null and excluded.key is not null
returning receipt_id;

-- name: delivery_of_contact
select delivery, number from contact where key = %(key)s;

-- name: tell_delivery
-- What came back reached nobody, and counts as a failed contact.
update contact set delivery = %(delivery)s, result = %(result)s where key = %(key)s;

-- name: put_unusable
-- Whoever reads there now is not the borrower: the links that went there end with it.
with ended as (
    update page_link l set expires_at = least(l.expires_at, %(since)s::timestamptz) from contact k
    where k.key = l.contact_key and k.lender = %(lender)s and k.borrower_id = %(borrower_id)s
        and encode(sha256(convert_to(k.number, 'UTF8')), 'hex') = %(address_sha256)s
)
insert into unusable_address (lender, borrower_id, channel, address_sha256, why, since)
values (%(lender)s, %(borrower_id)s, %(channel)s, %(address_sha256)s, %(why)s, %(since)s)
on conflict (lender, borrower_id, channel, address_sha256) do nothing;

-- name: parked_receipts
select receipt_id, reference, status, code, at, recipient_sha256, taken_in_at from receipt
where lender = %(lender)s and key is null order by receipt_id;

-- name: mark_unreachable
-- The first instant stays while it lasts; null ends it.
update overdue_case set unreachable_since = case when %(at)s::timestamptz is not null
    then coalesce(unreachable_since, %(at)s) end
where case_id = %(case_id)s;

-- name: withdraw_search
-- Who can be reached again is not to be asked about any more.
update task set withdrawn_at = %(at)s
where case_id = %(case_id)s and kind in ('find_contact', 'third_person') and done_at is null and withdrawn_at is null;

-- name: standing_still
-- Open cases that go nowhere, by reason: what they are stalled by, or a borrower who does not answer.
select why, count(*) as cases, min(since) as since from overdue_case c cross join lateral (values
    (coalesce(c.stalled, case when c.unreachable_since is not null then 'unreachable' end), c.unreachable_since)
) as one (why, since)
where c.lender = %(lender)s and c.closed_at is null and why is not null group by why order by cases desc, why;

-- name: accept_events
-- One round trip, one commit. An event that was accepted before changes nothing; a delivery that was, none of its events.
with delivery as (
    insert into inbound_delivery (lender, source, delivery_id, sha256, accepted_at)
    select %(lender)s, %(source)s, %(delivery_id)s, %(sha256)s, %(at)s where %(delivery_id)s::text is not null
    on conflict do nothing returning 1
), arrived as (
    insert into inbound_event (lender, source, event_id, loan_id, kind, body, accepted_at, state, reason, note)
    select lender, source, event_id, loan_id, kind, body::jsonb, %(at)s, state, reason, note
    from unnest(%(lenders)s::text[], %(sources)s::text[], %(event_ids)s::text[], %(loan_ids)s::text[],
            %(kinds)s::text[], %(bodies)s::text[], %(states)s::text[], %(reasons)s::text[], %(notes)s::text[])
        with ordinality as e (lender, source, event_id, loan_id, kind, body, state, reason, note, place)
    where %(delivery_id)s::text is null or exists (select from delivery)
    order by place
    on conflict (lender, source, event_id) do nothing returning 1
)
select (select count(*) from arrived) as accepted, exists (select from delivery) as is_first_delivery,
    (select d.sha256 from inbound_delivery d
        where d.lender = %(lender)s and d.source = %(source)s and d.delivery_id = %(delivery_id)s) as delivered_sha256;

-- name: loans_waiting
-- The loans with the oldest events that wait, except those that wait for another try.
select e.lender, e.loan_id from (
    select lender, loan_id, inbound_id from inbound_event
    where state = 'waiting' and (%(lender)s::text is null or lender = %(lender)s) order by inbound_id limit 2000) e
where not exists (select from inbound_event o where o.lender = e.lender and o.loan_id = e.loan_id
    and o.state = 'waiting' and o.not_before > %(now)s)
group by e.lender, e.loan_id order by min(e.inbound_id) limit %(at_most)s;

-- name: take_turn
-- Whoever holds a loan's turn alone applies its events; the end of the transaction, or of the process, gives it back.
select pg_try_advisory_xact_lock(hashtextextended('inbox:' || %(lender)s || ':' || %(loan_id)s, 0)) as is_taken;

-- name: events_waiting
select inbound_id, source, event_id, kind, body::text as body, tries from inbound_event
where state = 'waiting' and lender = %(lender)s and loan_id = %(loan_id)s order by inbound_id limit %(at_most)s;

-- name: settle_event
update inbound_event set state = %(state)s, reason = %(reason)s, note = %(note)s, episode = %(episode)s,
    not_before = coalesce(%(not_before)s::timestamptz, '-infinity'), settled_at = %(at)s, tries = tries + 1
where inbound_id = %(inbound_id)s;

-- name: wake_parked
-- What was parked for this reason waits again: something of the loan has changed.
update inbound_event set state = 'waiting', not_before = '-infinity'
where state = 'parked' and lender = %(lender)s and loan_id = %(loan_id)s and reason = any(%(reasons)s::text[]);

-- name: wake_appeared
-- What was parked before the loan, or its next episode, had a case waits again.
update inbound_event e set state = 'waiting', not_before = '-infinity'
where e.state = 'parked' and e.reason in ('unknown_loan', 'closed_case', 'contradiction') and exists (
    select from overdue_case c where c.lender = e.lender and c.loan_id = e.loan_id and c.episode > e.episode)
returning e.inbound_id;

-- name: inbound_events
select inbound_id, lender, source, event_id, loan_id, kind, state, reason, note, tries, accepted_at, settled_at
from inbound_event
where lender = %(lender)s and (%(state)s::text is null or state = %(state)s)
    and (%(loan_id)s::text is null or loan_id = %(loan_id)s) and inbound_id > %(after)s
order by inbound_id limit %(page)s;

-- name: inbound_event
select inbound_id, lender, source, event_id, loan_id, kind, state, reason, note, tries, accepted_at, settled_at, replayed_by,
    body
from inbound_event where lender = %(lender)s and inbound_id = %(inbound_id)s;

-- name: replay_parked
update inbound_event set state = 'waiting', not_before = '-infinity', replayed_by = %(by)s
where state = 'parked' and lender = %(lender)s and (%(inbound_id)s::bigint is null or inbound_id = %(inbound_id)s)
returning inbound_id;

-- name: forget_bodies
-- What an event said is needed until it is applied; that it was told, for ever, or it would count twice.
update inbound_event set body = '{}' where inbound_id in (
    select inbound_id from inbound_event where state = 'done' and settled_at < %(before)s and body <> '{}'
        and lender = %(lender)s order by inbound_id limit %(at_most)s)
returning inbound_id;

-- name: forget_deliveries
-- A webhook this old is not sent again; if it were, its events are known.
delete from inbound_delivery where lender = %(lender)s and accepted_at < %(before)s;

-- name: inbound_counts
-- For alerts: how many wait and how many are parked, by reason, and how long the oldest has.
select lender, state, reason, count(*) as events,
    extract(epoch from %(now)s::timestamptz - min(accepted_at))::float8 as oldest_seconds
from inbound_event where state <> 'done' group by lender, state, reason order by lender, state, reason;

-- name: loans_for_booking
-- Every loan that something in the booking points to, and what does.
select l.loan_id, s.by, b.name, coalesce(c.balance_minor, 0) as balance_minor, coalesce(c.currency, '') as currency,
    c.case_id is not null and c.closed_at is null as is_open
from (
    select r.loan_id, 'reference' as by from loan r where r.lender = %(lender)s and r.loan_id = any(%(references)s::text[])
    union select w.loan_id, 'word' from loan w where w.lender = %(lender)s and w.loan_id = any(%(words)s::text[])
    union select e.loan_id, 'end_to_end_id' from bank_booking e where e.lender = %(lender)s and e.state = 'matched'
        and e.end_to_end_id <> '' and e.end_to_end_id = %(end_to_end_id)s
    union select m.loan_id, 'mandate' from bank_booking m where m.lender = %(lender)s and m.state = 'matched'
        and m.mandate_id <> '' and m.mandate_id = %(mandate_id)s
    union (select a.loan_id, 'amount' from overdue_case a where a.lender = %(lender)s and a.closed_at is null
        and a.currency = %(currency)s and a.balance_minor = %(amount_minor)s order by a.loan_id limit 50)
    union (select n.loan_id, 'name' from overdue_case n join borrower p using (lender, borrower_id)
        where p.lender = %(lender)s and lower(p.name) = lower(%(debtor_name)s) and n.closed_at is null
        order by n.loan_id limit 50)
) s
join loan l on l.lender = %(lender)s and l.loan_id = s.loan_id
join borrower b on b.lender = l.lender and b.borrower_id = l.borrower_id
left join lateral (select k.* from overdue_case k where k.lender = l.lender and k.loan_id = l.loan_id
    order by k.episode desc limit 1) c on true
order by l.loan_id, s.by;

-- name: payment_gone_back
-- The latest payment of this sum, told by the bank under the same words, that has not gone back yet.
select p.payment_reference, p.loan_id from bank_booking p
where p.lender = %(lender)s and p.state = 'matched' and not p.is_reversal and p.currency = %(currency)s
    and p.amount_minor = %(amount_minor)s and p.booked_at <= %(booked_at)s
    and (%(loan_id)s::text is null or p.loan_id = %(loan_id)s)
    and (%(loan_id)s::text is not null
        or (p.end_to_end_id <> '' and p.end_to_end_id = %(end_to_end_id)s)
        or (p.structured_reference <> '' and p.structured_reference = %(structured_reference)s))
    and not exists (select from bank_booking r where r.lender = p.lender and r.is_reversal and r.state = 'matched'
        and r.payment_reference = p.payment_reference)
order by p.booked_at desc, p.booking_no desc limit 1;

-- name: booking
select * from bank_booking where lender = %(lender)s
    and (booking_id = %(booking_id)s::text or booking_no = %(booking_no)s::bigint);

-- name: put_booking
insert into bank_booking (lender, booking_id, place, amount_minor, currency, booked_at, is_reversal,
    structured_reference, end_to_end_id, mandate_id, text, debtor_name, reason, taken_in_at, state, loan_id,
    payment_reference, matched_by, why, candidates)
values (%(lender)s, %(booking_id)s, %(place)s, %(amount_minor)s, %(currency)s, %(booked_at)s, %(is_reversal)s,
    %(structured_reference)s, %(end_to_end_id)s, %(mandate_id)s, %(text)s, %(debtor_name)s, %(reason)s,
    %(taken_in_at)s, %(state)s, %(loan_id)s, %(payment_reference)s, %(matched_by)s, %(why)s, %(candidates)s)
on conflict (lender, booking_id) do update set state = excluded.state, loan_id = excluded.loan_id,
    payment_reference = excluded.payment_reference, matched_by = excluded.matched_by, why = excluded.why
where bank_booking.state = 'open';

-- name: open_bookings
select booking_no, amount_minor, currency, booked_at, is_reversal, structured_reference, end_to_end_id, text,
    debtor_name, why, candidates
from bank_booking where lender = %(lender)s and state = 'open' order by booking_no;

-- name: loan_exists
select 1 as is_there from loan where lender = %(lender)s and loan_id = %(loan_id)s;

-- name: begin_sweep
insert into sweep (sweep_id, lender, began_at) values (%(sweep_id)s, %(lender)s, %(at)s)
on conflict (sweep_id) do nothing returning sweep_id;

-- name: forget_sweeps
delete from sweep where lender = %(lender)s and sweep_id not in (
    select sweep_id from sweep where lender = %(lender)s order by began_at desc limit %(kept)s);

-- name: end_sweep
update sweep set ended_at = %(at)s, loans = %(loans)s, cases = %(cases)s, refused = %(refused)s
where sweep_id = %(sweep_id)s;

-- name: put_differences
insert into sweep_difference (sweep_id, loan_id, what, in_book, in_case, done)
select %(sweep_id)s, loan_id, what, in_book, in_case, done
from jsonb_to_recordset(%(rows)s::jsonb) as d (loan_id text, what text, in_book text, in_case text, done text)
on conflict (sweep_id, loan_id) do update set what = excluded.what, in_book = excluded.in_book,
    in_case = excluded.in_case, done = excluded.done
where excluded.what <> 'absent';

-- name: absent_loans
select loan_id from sweep_difference where sweep_id = %(sweep_id)s and what = 'absent' and loan_id > %(after)s
order by loan_id limit %(page)s;

-- name: sweep_known
-- What Leeway knows of loans: the facts as imported, the latest case, and whether this source's word is still on its way.
select l.loan_id, l.imported, c.case_id, c.outcome, c.closed_at, c.balance_minor, c.overdue_since, c.currency,
    exists (select from inbound_event e where e.lender = l.lender and e.loan_id = l.loan_id and e.source = %(source)s
        and e.state = 'waiting') as is_on_its_way
from loan l left join lateral (select * from overdue_case k where k.lender = l.lender and k.loan_id = l.loan_id
    order by k.episode desc limit 1) c on true
where l.lender = %(lender)s and l.loan_id = any(%(loan_ids)s::text[])
union all
select e.loan_id, null, null, null, null, null, null, null, true
from inbound_event e
where e.lender = %(lender)s and e.loan_id = any(%(loan_ids)s::text[]) and e.source = %(source)s and e.state = 'waiting'
    and not exists (select from loan l where l.lender = e.lender and l.loan_id = e.loan_id);

-- name: sweep_open_cases
-- Open cases in the order of their loans, those that were there when the list was true.
select loan_id, balance_minor, currency, overdue_since from overdue_case
where lender = %(lender)s and closed_at is null and loan_id > %(after)s
    and (%(as_of)s::timestamptz is null or opened_at <= %(as_of)s)
order by loan_id limit %(page)s;

-- name: sweeps
select s.*, (select coalesce(jsonb_object_agg(what, n), '{}') from (select what, count(*) as n from sweep_difference d
    where d.sweep_id = s.sweep_id group by what) w) as differences
from sweep s where s.lender = %(lender)s order by s.began_at desc limit %(at_most)s;

-- name: sweep_differences
select loan_id, what, in_book, in_case, done from sweep_difference
where sweep_id = %(sweep_id)s and loan_id > %(after)s order by loan_id limit %(page)s;

-- name: put_api_key
insert into api_key (key_id, lender, name, role, sha256, created_at, created_by, expires_at)
values (%(key_id)s, %(lender)s, %(name)s, %(role)s, %(sha256)s, %(created_at)s, %(created_by)s, %(expires_at)s);

-- name: api_key
select lender, name, role from api_key
where sha256 = %(sha256)s and revoked_at is null and (expires_at is null or expires_at > %(now)s);

-- name: revoke_api_key
update api_key set revoked_at = %(now)s, revoked_by = %(by)s
where lender = %(lender)s and key_id = %(key_id)s and revoked_at is null
returning key_id;

-- name: api_keys
select key_id, name, role, created_at, created_by, expires_at, revoked_at, revoked_by from api_key
where lender = %(lender)s
order by created_at, key_id;

-- name: any_api_key
select 1 as is_there from api_key where %(lender)s::text is null or lender = %(lender)s limit 1;

-- name: begin_answer
-- No row: somebody has begun, and has ended or is still at it. One that was begun long ago and never ended is taken over.
insert into api_answer as a (lender, caller, key, sha256, begun_at)
values (%(lender)s, %(caller)s, %(key)s, %(sha256)s, %(now)s)
on conflict (lender, caller, key) do update set begun_at = excluded.begun_at
where a.status is null and a.sha256 = excluded.sha256 and a.begun_at < %(given_up_before)s
returning key;

-- name: answer
select sha256, status, media_type, body from api_answer
where lender = %(lender)s and caller = %(caller)s and key = %(key)s;

-- name: end_answer
-- Only by whoever began last: who was taken over has nothing to say any more.
update api_answer set status = %(status)s, media_type = %(media_type)s, body = %(body)s
where lender = %(lender)s and caller = %(caller)s and key = %(key)s and begun_at = %(begun_at)s;

-- name: drop_answer
delete from api_answer where lender = %(lender)s and caller = %(caller)s and key = %(key)s and begun_at = %(begun_at)s and status is null;

-- name: drop_old_answers
delete from api_answer where begun_at < %(before)s;

-- name: kpi_cases
-- Open cases by stage, and those that closed from `since` until `until`, by outcome.
select 'open' as state, stage as name, count(*) as cases, coalesce(sum(balance_minor), 0)::bigint as balance_minor,
    currency
from overdue_case where lender = %(lender)s and closed_at is null group by stage, currency
union all
select 'closed', outcome, count(*), coalesce(sum(balance_minor), 0)::bigint, currency
from overdue_case where lender = %(lender)s and closed_at >= %(since)s and closed_at < %(until)s
group by outcome, currency
order by state desc, name, currency;

-- name: kpi_opened
select count(*) as cases from overdue_case
where lender = %(lender)s and opened_at >= %(since)s and opened_at < %(until)s;

-- name: kpi_lines
-- How many promises were kept and broken, and what calls and visits came to.
select d.kind, coalesce(d.facts ->> 'result', '') as result, count(*) as lines
from decision d join overdue_case c using (case_id)
where c.lender = %(lender)s and d.at >= %(since)s and d.at < %(until)s
    and d.kind in ('promise_kept', 'promise_broken', 'visit')
group by d.kind, result order by d.kind, result;

-- name: kpi_rolled
-- Of the cases that were open at `since`, by how long they were overdue then, how many stand where at `until`.
select began, case when closed_at < %(until)s then coalesce(outcome, 'closed')
        when ended > began then 'later' else 'same' end as became, count(*) as cases
from overdue_case
cross join lateral (select width_bucket(%(since)s::date - overdue_since, array[0, 30, 60, 90]) as began,
    width_bucket(%(until)s::date - overdue_since, array[0, 30, 60, 90]) as ended) b
where lender = %(lender)s and opened_at <= %(since)s and (closed_at is null or closed_at > %(since)s)
group by began, became order by began, became;

-- name: kpi_complaints
select count(*) filter (where received_on >= %(since)s::date and received_on < %(until)s::date) as received,
    count(*) filter (where answered_on >= %(since)s::date and answered_on < %(until)s::date) as answered,
    count(*) filter (where answered_on >= %(since)s::date and answered_on < %(until)s::date
        and result in ('upheld', 'partly_upheld')) as upheld,
    count(*) filter (where answered_on is null) as open,
    count(*) filter (where answered_on is null and due_on < %(until)s::date) as overdue
from complaint where lender = %(lender)s;
