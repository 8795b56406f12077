"""docs/who-may.md: the table of routes and roles as people read it."""

from collections.abc import Iterable

from entrypoints.access.role import RIGHTS, Right, Role, right_to_tell
from entrypoints.access.who_may import ANYBODY, WHO_MAY
from statemachine.messages import MESSAGE_TYPES

_HEAD = """# Who may do what

Written by `make docs` from [who_may.py](../entrypoints/access/who_may.py) and [role.py](../entrypoints/access/role.py);
a route that is not here is not served. Everybody sees and changes the book of their own lender only.

"""


def page() -> str:
    """The page."""
    open_to_all = [route for route, right in WHO_MAY.items() if right is ANYBODY]
    rows = [(f"`{route}`", right) for route, right in WHO_MAY.items() if right is not ANYBODY]
    kinds = [(f"`{kind}`", right_to_tell(kind)) for kind in MESSAGE_TYPES]
    return (
        f"{_HEAD}{_table('Route', rows)}\nWhich message to a case (`POST /v1/cases/{{loan_id}}/messages`):\n\n"
        f"{_table('Message', kinds)}\nWithout a key, since they tell nothing, are signed, or are at a secret address:\n"
        f"{', '.join(f'`{route}`' for route in open_to_all)}.\n"
    )


def _table(what: str, rows: Iterable[tuple[str, Right]]) -> str:
    lines = [f"| {what} | {' | '.join(Role)} |", f"|---|{'---|' * len(Role)}"]
    for name, right in rows:
        marks = ("yes" if right in RIGHTS[role] else "" for role in Role)
        lines.append(f"| {name} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"
