-- The people's desk: where a visit goes, who has a task, every step with it, and who follows it in a calendar.

alter table borrower
    add column street text,
    add column city text,
    add column postcode text;

-- `revision` counts every change of the task: a calendar that has seen it knows which word is the later one.
alter table task
    add column claimed_by text,
    add column claimed_at timestamptz,
    add column revision integer not null default 0;
create index task_by_case on task (case_id);
create index task_to_do on task (task_id) where done_at is null and withdrawn_at is null;
create index task_claimed_by on task (claimed_by, task_id) where claimed_by is not null;

create function count_revision() returns trigger language plpgsql as $$
begin
    new.revision = old.revision + 1;
    return new;
end $$;
create trigger task_counts_revisions before update on task
    for each row when (old.* is distinct from new.*) execute function count_revision();

-- Append-only: who did what with a task, and when. `note` is for whoever works the task: no list, feed or event shows it.
create table task_event (
    event_id  bigint generated always as identity primary key,
    task_id   bigint not null references task,
    at        timestamptz not null,
    kind      text not null check (kind in ('claimed', 'done', 'undone', 'handed_on')),
    by        text not null,
    passed_to text,
    note      text not null default ''
);
create index task_event_by_task on task_event (task_id, event_id);
create trigger task_event_is_append_only before update or delete or truncate on task_event
    for each statement execute function refuse_change();

-- A person's calendar feed. The link is known to them alone: only its token's sha256 is kept.
create table calendar_link (
    token_sha256  text primary key,
    lender        text not null,
    person        text not null,
    created_at    timestamptz not null,
    revoked_at    timestamptz
);
create unique index calendar_link_of_person on calendar_link (lender, person) where revoked_at is null;
