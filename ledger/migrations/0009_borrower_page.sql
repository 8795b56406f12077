-- Links to the borrower's page, one for each e-mail and text. The link itself is kept nowhere, only its sha256. The first
-- browser that opens it keeps it: `bound_sha256` is of the secret in that browser's cookie.
create table page_link (
    sha256         text primary key,
    contact_key    text not null references contact,
    case_id        text not null references overdue_case,
    expires_at     timestamptz not null,
    bound_sha256   text,
    session_until  timestamptz
);
create index page_link_by_contact on page_link (contact_key);
