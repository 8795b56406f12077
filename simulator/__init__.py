"""Stand-ins for the outside world: the servers that messages go to, and the people who answer them."""
