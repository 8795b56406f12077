-- What providers say became of messages, and the addresses that reach nobody.

-- A receipt is kept once, under the reference by which the provider knows the message. Without a `key` it is parked: no
-- contact is known by its reference, yet.
create table receipt (
    receipt_id   bigint generated always as identity primary key,
    lender       text not null,
    reference    text not null,
    status       text not null check (status in ('delivered', 'soft_bounce', 'hard_bounce', 'rejected', 'opted_out')),
    code         text not null default '',
    at           timestamptz,
    taken_in_at  timestamptz not null,
    key          text references contact,
    unique (lender, reference, status)
);
create index receipt_parked on receipt (lender, receipt_id) where key is null;
create index receipt_by_contact on receipt (key) where key is not null;

-- `delivery` is the furthest word on a message. `mail_id` is how an e-mail's Message-ID begins: known before it is sent,
-- so that a receipt that outruns the provider's answer finds its contact.
alter table contact
    add column delivery text,
    add column mail_id text;
create index contact_by_provider_reference on contact (lender, provider_reference) where provider_reference is not null;
create index contact_by_mail_id on contact (lender, mail_id) where mail_id is not null;

-- A person's addresses that reach nobody, or somebody else, each by the channel that found out. Another address is
-- another hash: what the loan system corrects is usable again without anyone's help.
create table unusable_address (
    lender          text not null,
    borrower_id     text not null,
    channel         text not null,
    address_sha256  text not null,
    why             text not null,
    since           timestamptz not null,
    primary key (lender, borrower_id, channel, address_sha256),
    foreign key (lender, borrower_id) references borrower on delete cascade
);
