"""What people read about cases: plain values, ready for JSON. Instants are ISO 8601 in UTC, days ISO dates."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from ledger.entry import Row
from ledger.store import Ledger
from statemachine.hold_kind import shown_held, shown_reason, shown_rule

_WORDS = ("complaint", "complaint_answered")
"""Lines with a person's own words, which the dossier shows to a named reader."""

_FINDINGS = ("situation", "income", "willingness")
"""Facts of a line that a call or visit found of the person; the timeline has them for nobody."""


class NoSuchCase(LookupError):
    """The ledger has no case for this loan. The text names the loan and says what to do."""


async def case_list(ledger: Ledger, lender: str | None) -> list[Row]:
    """Every case, all episodes, by lender, loan and episode; `lender` None: of every lender."""
    return [_case(row) for row in await ledger.read("cases", lender=lender, loan_id=None)]


async def case_page(
    ledger: Ledger, lender: str, after: Sequence[str | int] | None, at_most: int
) -> list[Row]:
    """So many cases by loan and episode, from those after the loan and episode `after` on."""
    loan_id, episode = after or (None, None)
    rows = await ledger.read(
        "case_page", lender=lender, after_loan=loan_id, after_episode=episode, at_most=at_most
    )
    return [_case(row) for row in rows]


async def standing_still(ledger: Ledger, lender: str) -> list[Row]:
    """How many open cases go nowhere, for each reason, and since when the first of them could not be reached."""
    return [plain(row) for row in await ledger.read("standing_still", lender=lender)]


async def case_view(ledger: Ledger, lender: str, loan_id: str) -> Row:
    """The loan's latest episode as `case_list` gives it, with its contacts, tasks, payments and complaints, and with the borrower's
    `owner` (None: nobody) and `remarks`, as the CRM told them. Raises NoSuchCase."""
    case = await latest_case(ledger, lender, loan_id)
    parts = {
        name: [plain(row) for row in await ledger.read(name, case_id=case["case_id"])]
        for name in ("contacts", "tasks", "payments", "remarks", "complaints")
    }
    parts["complaints"] = [_wordless(row) for row in parts["complaints"]]
    for contact in parts["contacts"]:
        contact["moved_by"] = contact["moved_by"] and shown_rule(contact["moved_by"])
    owners = await ledger.read("owner", case_id=case["case_id"])
    return case | parts | {"owner": owners[0] if owners else None}


async def explanation(ledger: Ledger, lender: str, loan_id: str, *, with_findings: bool = True) -> list[Row]:
    """The lines of the loan's latest episode: every decision, with rule, facts, clock and next time. What is for few eyes is
    `restricted`; what a call or visit found of the person is left out unless `with_findings`. Raises NoSuchCase."""
    case = await latest_case(ledger, lender, loan_id)
    return [_line(plain(row), with_findings) for row in await ledger.read("lines", case_id=case["case_id"])]


async def history(ledger: Ledger, lender: str, loan_id: str) -> list[Row]:
    """What is recorded of the loan's borrower, over all their loans, in order of time: contacts, repayments, promises,
    plans and assessments, each with its facts, and the CRM's notes (kind `remark`). Raises NoSuchCase."""
    case = await latest_case(ledger, lender, loan_id)
    rows = [plain(row) for row in await ledger.read("borrower_history", case_id=case["case_id"])]
    return [row | {"facts": _shown(row["facts"])} for row in rows]


async def latest_case(ledger: Ledger, lender: str, loan_id: str) -> Row:
    """The loan's latest episode as `case_list` gives it. Raises NoSuchCase."""
    rows = await ledger.read("cases", lender=lender, loan_id=loan_id)
    if not rows:
        raise NoSuchCase(
            f"loan_id: the ledger has no case for {loan_id!r} of lender {lender!r}; "
            "see `leeway case list` for the loans it knows, or import the loan first"
        )
    return _case(rows[-1])


def _case(row: Row) -> Row:
    # The request's number only orders the writes of the ledger; what the law knows is asked at the door, and some of it
    # is for few eyes. Neither tells a reader anything.
    case = {name: value for name, value in plain(row).items() if name not in ("number", "facts")}
    moved = Counter[str]()
    for rule, count in case["instants_moved"].items():
        moved[shown_rule(rule)] += count
    return case | {"held": list(shown_held(case["held"])), "instants_moved": dict(moved)}


def _line(line: Row, with_findings: bool) -> Row:
    rule, reason = line["rule"], line["reason"]
    told = f"{rule} {reason}"
    is_hidden = shown_rule(told) != told
    dropped = {*(("citation",) if is_hidden else ()), *(() if with_findings else _FINDINGS)}
    facts = _wordless(line["facts"]) if line["kind"] in _WORDS else line["facts"]
    facts = _shown({name: value for name, value in facts.items() if name not in dropped})
    if is_hidden:
        return line | {"rule": rule and "restricted", "reason": "restricted", "facts": facts}
    return line | {"facts": facts}


def _shown(value: Any) -> Any:
    """What the line knows, as everybody may read it: the names of some facts and rules tell of the person."""
    if isinstance(value, str):
        return shown_reason("", value)
    if isinstance(value, dict):
        return {name: _shown(one) for name, one in value.items()}
    return [_shown(one) for one in value] if isinstance(value, list) else value


def _wordless(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in ("text", "answer")}


def plain(row: Row) -> Row:
    """The row ready for JSON."""
    return {name: _json(value) for name, value in row.items()}


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value
