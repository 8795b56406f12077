"""Who may do what: roles, keys of machines, tokens of people."""
