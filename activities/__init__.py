"""Adapters: translate a request in, call out, translate the answer back."""
