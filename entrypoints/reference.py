"""`make docs`: every file under docs/ that is written from what it describes. Tests keep them equal to it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from entrypoints.access import who_may_page
from entrypoints.law_page import law_page
from gateways.file_schema import FILES, schema_text
from gateways.rule_pack_file import packs_in
from statemachine import diagram

PROJECT = Path(__file__).parents[1]

WRITTEN: Mapping[str, Callable[[], str]] = {
    "docs/states.md": diagram.page,
    "docs/who-may.md": who_may_page.page,
    "docs/law.md": lambda: law_page(packs_in()),
    **{f"docs/schemas/{name}.schema.json": partial(schema_text, name) for name in FILES},
}
"""Each file, and what writes it."""


def main() -> None:
    """Writes every one of them."""
    for name, written in WRITTEN.items():
        path = PROJECT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
