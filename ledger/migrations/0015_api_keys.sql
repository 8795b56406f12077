-- Who may call the API as a machine. Only the hash of a key is kept; a key has enough chance in it that no salt is needed.
create table api_key (
    key_id      text primary key,
    lender      text not null,
    name        text not null,
    role        text not null,
    sha256      text not null unique,
    created_at  timestamptz not null,
    expires_at  timestamptz,
    revoked_at  timestamptz
);
create index api_key_by_lender on api_key (lender, created_at);
