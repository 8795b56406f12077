"""PURE core: what a case is, what may happen to it, and what comes next. No clock, no I/O, no Temporal."""
