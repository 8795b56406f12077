"""The named statements of queries.sql."""

from importlib import resources


def _named(text: str) -> dict[str, str]:
    blocks = text.split("-- name: ")[1:]
    return {block.split("\n", 1)[0].strip(): block.split("\n", 1)[1].strip() for block in blocks}


SQL = _named(resources.files("ledger").joinpath("queries.sql").read_text(encoding="utf-8"))
"""Statement by name; a missing name is a KeyError at the first use, and a test uses every one."""
