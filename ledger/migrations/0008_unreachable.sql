-- Since when nobody reaches the borrower: no address or number works, or nobody answered on as many days as the law asks.
alter table overdue_case add column unreachable_since timestamptz;
