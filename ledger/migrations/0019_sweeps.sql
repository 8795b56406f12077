-- What the nightly comparison with the lender's own list of overdue loans found. A loan has one line in a sweep, however
-- often its page was read. `refused` says why a sweep ended without closing anything. No personal data.
create table sweep (
    sweep_id   text primary key,
    lender     text not null,
    began_at   timestamptz not null,
    ended_at   timestamptz,
    loans      bigint not null default 0,
    cases      bigint not null default 0,
    refused    text not null default ''
);
create index sweep_of_lender on sweep (lender, began_at);

-- what: new, again, changed, cured, ended, unreadable; absent: not in the list, nothing done yet.
create table sweep_difference (
    sweep_id  text not null references sweep on delete cascade,
    loan_id   text not null,
    what      text not null,
    in_book   text not null,
    in_case   text not null,
    done      text not null,
    primary key (sweep_id, loan_id)
);
