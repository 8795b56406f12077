-- What connecting a Fineract book leaves behind: where to look, what was told, how far a round has come, our pauses.

-- A hook or an event said: look at this loan. `asks` tells whether it was said again while somebody looked.
create table fineract_look (
    lender   text not null,
    loan_id  text not null,
    asks     bigint not null default 1,
    primary key (lender, loan_id)
);

-- Every external event once, by its idempotency key. Parked: `reason` says why nothing could be made of it, and `body`
-- keeps it until somebody can.
create table fineract_event (
    lender   text not null,
    key      text not null,
    type     text not null,
    reason   text,
    body     bytea,
    told_at  timestamptz not null,
    primary key (lender, key),
    check ((reason is null) = (body is null))
);
create index fineract_event_parked on fineract_event (lender, key) where reason is not null;

-- The round over the whole book that is under way: part and place, so that one that was stopped goes on there.
create table fineract_round (
    lender  text primary key,
    part    text not null check (part in ('cases', 'book')),
    place   text not null
);

-- The pauses that Leeway wrote, put down before they are written: no other one is ever ended by it.
create table fineract_pause (
    lender    text not null,
    loan_id   text not null,
    start_on  date not null,
    end_on    date not null,
    asked_at  timestamptz not null,
    primary key (lender, loan_id, start_on)
);
