-- Calls and visits as appointments: when the permitted window begins, how many people it takes, who goes.
alter table task
    add column starts_at timestamptz,
    add column people    integer,
    add column visitors  text[] not null default '{}';
