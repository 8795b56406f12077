"""The servers that `leeway demo` and `leeway up` run themselves: PostgreSQL and Temporal, from wheels."""
