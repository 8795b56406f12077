-- Where events are sent, and what became of each one there.

-- `keys` sign, the newest first; an older one stays until its receiver has taken up the new one. `types` empty: all.
create table webhook_endpoint (
    lender        text not null,
    name          text not null,
    url           text not null,
    keys          text[] not null check (cardinality(keys) > 0),
    types         text[] not null default '{}',
    created_at    timestamptz not null,
    disabled_at   timestamptz,
    disabled_why  text,
    primary key (lender, name)
);

-- Written in the transaction that announces the event, so that none is missed. `next_at` empty: at once. A sender that
-- died leaves its claim behind; after `claimed_until` another takes it up.
create table webhook_delivery (
    lender         text not null,
    endpoint       text not null,
    event_id       text not null references outbox,
    case_id        text not null,
    seq            bigint not null,
    state          text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
    tries          integer not null default 0,
    next_at        timestamptz,
    claimed_until  timestamptz,
    settled_at     timestamptz,
    said           text not null default '',
    primary key (lender, endpoint, event_id),
    foreign key (lender, endpoint) references webhook_endpoint (lender, name) on delete cascade
);
create index webhook_delivery_waiting on webhook_delivery (lender, endpoint, case_id, seq) where state = 'waiting';
create index webhook_delivery_dead on webhook_delivery (lender, seq) where state = 'dead';
create index outbox_by_case on outbox (case_id, seq);
