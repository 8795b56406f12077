"""Composition: settings, wiring, and the processes people start."""

import zoneinfo

import entrypoints.exit_pause  # noqa: F401  a process that talked to Temporal must not crash at its end

# Every process of Leeway reads the pinned `tzdata` package and never the host's own zone files: the same release
# tells the same local time on every machine, and a replay on another host cannot differ.
zoneinfo.reset_tzpath(to=())
