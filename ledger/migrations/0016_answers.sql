-- What the API answered to a write, under the caller's own key for it: sent again, it is answered the same.
create table api_answer (
    lender      text not null,
    caller      text not null,
    key         text not null,
    sha256      text not null,
    begun_at    timestamptz not null,
    status      integer,
    media_type  text,
    body        bytea,
    primary key (lender, caller, key)
);
create index api_answer_by_age on api_answer (begun_at);
