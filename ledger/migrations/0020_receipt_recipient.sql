-- The address that a bounce names, as a hash: a mail that was passed on comes back from an address that is not the
-- borrower's, also when its contact is found only later.
alter table receipt add column recipient_sha256 text;
