"""The real outside: what a message says, and how it leaves by e-mail and by text."""
