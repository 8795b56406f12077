-- What loan systems say, accepted for good in one commit and applied to cases later, in order for each loan.

-- waiting: to be applied; parked: shown to people, with the reason, and tried again when `episode` is no longer the
-- loan's latest, or when somebody says so; done: applied, `note` says what came of it. Nothing is ever deleted here: an
-- event that comes again is known by its key.
create table inbound_event (
    inbound_id   bigint generated always as identity primary key,
    lender       text not null,
    source       text not null,
    event_id     text not null,
    loan_id      text not null default '',
    kind         text not null,
    body         jsonb not null,
    accepted_at  timestamptz not null,
    state        text not null check (state in ('waiting', 'parked', 'done')),
    reason       text not null default '',
    note         text not null default '',
    episode      integer not null default 0,
    tries        integer not null default 0,
    not_before   timestamptz not null default '-infinity',
    settled_at   timestamptz,
    unique (lender, source, event_id)
);
create index inbound_event_waiting on inbound_event (inbound_id) where state = 'waiting';
create index inbound_event_waiting_of_loan on inbound_event (lender, loan_id, inbound_id) where state = 'waiting';
create index inbound_event_parked on inbound_event (lender, loan_id) where state = 'parked';

-- A webhook is known by its id: the same again is answered as before, another under the same id is refused.
create table inbound_delivery (
    lender       text not null,
    source       text not null,
    delivery_id  text not null,
    sha256       text not null,
    accepted_at  timestamptz not null,
    primary key (lender, source, delivery_id)
);

-- What banks told of, each booking once. open: for a person; matched: told to the inbox as a payment of `loan_id` under
-- `payment_reference`, or as the reversal of it; set_aside: a person says that it belongs to no loan.
create table bank_booking (
    booking_no            bigint generated always as identity unique,
    lender                text not null,
    booking_id            text not null,
    place                 text not null,
    amount_minor          bigint not null check (amount_minor > 0),
    currency              text not null,
    booked_at             timestamptz not null,
    is_reversal           boolean not null,
    structured_reference  text not null,
    end_to_end_id         text not null,
    mandate_id            text not null,
    text                  text not null,
    debtor_name           text not null,
    reason                text not null,
    taken_in_at           timestamptz not null,
    state                 text not null check (state in ('open', 'matched', 'set_aside')),
    loan_id               text,
    payment_reference     text,
    matched_by            text not null default '',
    why                   text not null default '',
    candidates            jsonb not null default '[]',
    primary key (lender, booking_id)
);
create index bank_booking_open on bank_booking (lender, booking_no) where state = 'open';
create index bank_booking_by_end_to_end_id on bank_booking (lender, end_to_end_id) where end_to_end_id <> '';
create index bank_booking_by_mandate on bank_booking (lender, mandate_id) where mandate_id <> '';
create index bank_booking_by_payment on bank_booking (lender, payment_reference);
create index overdue_case_by_balance on overdue_case (lender, currency, balance_minor) where closed_at is null;
create index borrower_by_name on borrower (lender, lower(name));
