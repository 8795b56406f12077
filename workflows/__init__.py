"""The thin durable shell: it waits, asks the core, and calls one activity."""
