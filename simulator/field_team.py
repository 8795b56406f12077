"""The people who call and visit: what they find at a simulated borrower's, and what they propose."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

REPORTED_AFTER = timedelta(minutes=50)
"""The outcome is told inside the window that the call or visit was handed over in."""

_FORGOTTEN, _REACHED = 0.06, 0.7

Finding = tuple[str, Mapping[str, str]]
"""The next step, and what was found."""

_HELP: Finding = (
    "hold",
    {"income": "none", "support_needs": "time, and one person to talk to", "wishes": "no calls at work"},
)
_PLAN: Finding = ("plan", {"income": "less", "willingness": "willing", "wishes": "small parts after payday"})
_REMIND: Finding = (
    "reminder",
    {"income": "unchanged", "willingness": "willing", "wishes": "a word in writing"},
)
_AGAIN: Finding = (
    "visit",
    {"household": "the family was at home, not the borrower", "willingness": "unsure"},
)
_DECIDE: Finding = ("escalate", {"situation": "has moved abroad, says the family", "income": "none"})
_NOTHING: Finding = ("none", {"income": "unchanged", "willingness": "unsure"})

_FINDINGS: Mapping[str, Sequence[Finding]] = {
    "pays": (_REMIND, _NOTHING),
    "pays_in_parts": (_REMIND, _PLAN),
    "promises": (_REMIND, _AGAIN),
    "asks_for_plan": (_PLAN,),
    "in_difficulty": (_HELP, _PLAN),
    "disputes": (_NOTHING, _AGAIN),
    "silent": (_AGAIN, _HELP, _REMIND, _NOTHING, _DECIDE),
}
"""What may be found, by temperament."""


def outcome(chance: random.Random, channel: str, temperament: str, reference: str) -> dict[str, Any] | None:
    """What is told of one call or visit; None: somebody forgot it."""
    if chance.random() < _FORGOTTEN:
        return None
    told = {"kind": "visit_outcome", "channel": channel, "by": "field team", "reference": reference}
    if chance.random() >= _REACHED:
        missed = ("no_answer", "third_person") if channel == "phone" else ("not_met",)
        return told | {"result": chance.choice(missed)}
    next_step, findings = chance.choice(_FINDINGS[temperament])
    talked = "conversation" if channel == "phone" else "met"
    return told | {"result": talked, "next_step": next_step, "findings": dict(findings)}
