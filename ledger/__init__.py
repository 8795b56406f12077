"""The record in PostgreSQL: plain SQL, forward migrations, decisions that are only ever added."""
