-- What people have to decide: proposals, complaints, and the day after which a debt can no longer be claimed in court.

-- `limitation_on` is the last day; `proposal` is what one person wants decided, by whom and when (null: nothing).
alter table overdue_case
    add column limitation_on date,
    add column is_time_barred boolean not null default false,
    add column proposal jsonb;

-- A channel that one loan's complaint is about rests on all loans of the person.
drop index decision_about_person;
create index decision_about_person on decision (case_id)
    where kind in ('preference', 'fact', 'complaint', 'complaint_answered');

-- Complaints as their lines tell them, with the answer where there is one. `text` is for named readers.
create view complaint as
    select c.lender, c.loan_id, c.borrower_id, c.case_id, c.policy, o.facts ->> 'reference' as reference,
        o.facts ->> 'about' as about, o.facts ->> 'channel' as channel, o.facts ->> 'came_by' as came_by,
        (o.facts ->> 'received_on')::date as received_on, (o.facts ->> 'due_on')::date as due_on, o.at as recorded_at,
        o.facts ->> 'text' as text, (a.facts ->> 'answered_on')::date as answered_on, a.facts ->> 'result' as result,
        a.facts ->> 'by' as answered_by, a.facts ->> 'text' as answer,
        (a.facts ->> 'late_days')::integer as late_days
    from overdue_case c join decision o using (case_id)
    left join decision a on a.case_id = o.case_id and a.kind = 'complaint_answered'
        and a.facts ->> 'complaint' = o.facts ->> 'reference'
    where o.kind = 'complaint';
