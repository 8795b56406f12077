"""Composition: settings, wiring, worker, HTTP API, console and command line."""
