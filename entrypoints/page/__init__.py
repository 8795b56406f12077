"""The borrower's own page: a link opens it, no account, no script; what is said there is told to the case."""
