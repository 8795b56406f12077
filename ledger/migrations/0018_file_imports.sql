-- How far the import of a file has come, so that one that was stopped goes on. A file is known by what is in it, and by
-- the mapping it is read through; `last_line` is the last line whose effect is there for good. `read_on` is the day from
-- which it counts days past due, the same when it goes on later. No personal data.
create table file_import (
    lender          text not null,
    kind            text not null check (kind in ('placement', 'transactions')),
    sha256          text not null,
    mapping_sha256  text not null,
    read_on         date not null,
    began_at        timestamptz not null,
    last_line       bigint not null default 0,
    counts          jsonb not null default '{}',
    ended_at        timestamptz,
    primary key (lender, kind, sha256, mapping_sha256)
);
