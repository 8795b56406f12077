-- What a review found: difficulties are the person's, what was told by mistake is taken back, every step has its person.

-- Whether a difficulty was told of on this loan: it sets the voice on every loan of the person.
alter table overdue_case add column in_difficulty boolean not null default false;
update overdue_case c set in_difficulty = true
where c.held && '{hardship,illness,bereavement,disaster,breathing_space,mental_health_crisis,affordability_review}'
    or exists (select from decision d where d.case_id = c.case_id and d.kind = 'fact'
        and (d.facts ->> 'given')::boolean is not false
        and d.facts ->> 'name' in ('hardship', 'bereavement', 'disaster', 'hospital', 'disability', 'breathing_space',
                                   'mental_health_crisis', 'capacity_doubt', 'debt_advice'));

-- A contact that was told of by mistake counts for nothing; a CRM that knows of it is told anew.
alter table reported_contact add column withdrawn_at timestamptz;

-- `request_key` is the Idempotency-Key by which a step was asked for: asked again, it is the same step.
alter table task_event add column request_key text;
create unique index task_event_by_request on task_event (task_id, request_key) where request_key is not null;

alter table calendar_link
    add column created_by text not null default '',
    add column revoked_by text;

-- What a call or visit learned stays with the case: no income, willingness or next step leaves it. A contact that was
-- reported by mistake is told as withdrawn. Nothing else differs.
create or replace view borrower_history as
    select c.lender, c.borrower_id, d.recorded, d.case_id || '/' || d.key as event_id,
        case d.kind when 'payment' then coalesce(p.received_at, d.at) else d.at end as at,
        case when d.kind = 'visit' and d.facts ->> 'channel' = 'phone' then 'call' else told.kind end as kind,
        d.case_id,
        case when is_hidden then 'restricted' else d.reason end as what,
        case when is_hidden then d.facts - '{citation}'::text[] else d.facts - '{judged_by,situation,income,willingness,next_step}'::text[] end
            || jsonb_strip_nulls(jsonb_build_object(
                'rule', case when is_hidden then 'restricted' else nullif(d.rule, '') end,
                'next_at', d.next_at,
                'amount_minor', p.amount_minor,
                'currency', case when told.is_money then c.currency end)) as facts
    from overdue_case c
    join decision d using (case_id)
    join (values
        ('made', 'contact_made', false), ('unknown', 'contact_unknown', false), ('failed', 'contact_failed', false),
        ('refused', 'contact_refused', false), ('visit', 'visit', false), ('delivery', 'delivery', false),
        ('visit_not_done', 'visit_not_done', false),
        ('payment', 'payment', true), ('payment_reversed', 'payment_reversed', true),
        ('promise', 'promise', true), ('promise_kept', 'promise_kept', true),
        ('promise_broken', 'promise_broken', true), ('promise_reopened', 'promise_reopened', true),
        ('plan_offered', 'plan_offered', true), ('plan_partial', 'plan_partial', true), ('no_plan', 'no_plan', true),
        ('plan', 'plan', true), ('plan_declined', 'plan_declined', false),
        ('instalment_missed', 'instalment_missed', false), ('plan_broken', 'plan_broken', false),
        ('plan_ended', 'plan_ended', false), ('risk', 'risk', true), ('strategy', 'strategy', false)
    ) as told (line, kind, is_money) on told.line = d.kind
    cross join lateral (select d.kind = 'refused' and is_for_few_eyes(d.rule || ' ' || d.reason)) as hidden (is_hidden)
    left join payment p on d.kind in ('payment', 'payment_reversed') and p.case_id = d.case_id
        and p.reference = coalesce(d.facts ->> 'reference', d.facts ->> 'payment')
    -- The door's own word: what the case makes of it is a line of its own.
    where d.kind <> 'refused' or d.key like '%.refused.%'
    union all
    select r.lender, r.borrower_id, r.recorded, 'reported/' || md5(r.reference || '/' || r.recorded), r.at,
        'contact_reported', null,
        array_to_string(r.debts, ', ') || ' by ' || r.channel || ': ' || told.result || ' (' || r.collector || ')',
        jsonb_build_object('reference', r.reference, 'channel', r.channel, 'result', told.result, 'debts', r.debts,
            'by', r.collector, 'purpose', r.purpose, 'recipient', r.recipient)
    from reported_contact r
    cross join lateral (select case when r.withdrawn_at is null then r.result else 'withdrawn' end) as told (result)
    -- A call or visit that nobody had asked for is told by its own line already.
    where not exists (select from overdue_case c join decision d using (case_id)
        where c.lender = r.lender and c.borrower_id = r.borrower_id and d.kind = 'visit'
            and d.case_id || '/' || d.key = r.reference);
