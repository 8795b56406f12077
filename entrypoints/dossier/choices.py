"""What can be decided: what each decision would do, whether it can be taken now, and what it may bring."""

from typing import NamedTuple

from entrypoints.dossier.gathered import Gathered
from lending.days import days_past_due
from lending.money import format_minor
from lending.recovery import Prospect, RecoveryTerms, prospects, spent_minor
from statemachine.escalation import people_for, refused
from statemachine.people_messages import EscalationDecided
from statemachine.stage import Stage

_WHAT = {
    "back_to_revisit": (
        "Back to revisit",
        "Visits and calls go on in their rhythm, to learn how things are. Always there.",
    ),
    "settle": ("Settle", "A sum is agreed on and the rest let go; the case closes as settled."),
    "refer": ("Refer", "The claim goes to legal steps; the case closes here as referred."),
    "sell": ("Sell", "The debt is sold; the case closes as sold, and the borrower deals with somebody else."),
    "write_off": ("Write off", "Nothing more is asked for; the case closes as written off."),
}
_OPTION = {"back_to_revisit": "revisit"}


class Choice(NamedTuple):
    """One decision; `why_not` is empty where the reader can take it now."""

    title: str
    does: str
    people: int
    why_not: str
    brings: str
    costs: str
    leaves: str


def choices(found: Gathered) -> list[Choice]:
    """Every decision, in the order in which they hurt least."""
    reckoned = {one.option: one for one in reckoning(found)}
    house = found.snapshot.house
    return [
        Choice(title, does, people_for(found.case, name, house), _why_not(found, name),
               *_money(found, reckoned.get(_OPTION.get(name, name))))  # type: ignore[call-overload]
        for name, (title, does) in _WHAT.items()
    ]  # fmt: skip


def recovery_terms(found: Gathered) -> RecoveryTerms | None:
    """The house's figures, where it states them in the loan's currency."""
    terms = found.snapshot.house.escalation.recovery
    return terms if terms and terms.currency == found.case.account.currency else None


def reckoning(found: Gathered) -> tuple[Prospect, ...]:
    """What each option may bring and cost; empty where the house states no figures."""
    terms, case = recovery_terms(found), found.case
    if terms is None or case.is_closed:
        return ()
    days = days_past_due(case.account.overdue_since, found.at, case.account.zones)
    tier = case.assessment.tier if case.assessment else None
    channels = tuple(str(channel) for channel in found.snapshot.house.revisits.channels)
    return prospects(case.balance_minor, days, tier, channels, terms)


def spent(found: Gathered) -> str:
    """What the contacts so far have cost."""
    terms = recovery_terms(found)
    if terms is None:
        return ""
    counts: dict[str, int] = {}
    for contact in found.contacts:
        if contact["status"] in ("made", "unknown"):
            counts[contact["channel"]] = counts.get(contact["channel"], 0) + 1
    return format_minor(spent_minor(counts, terms), terms.currency)


def _why_not(found: Gathered, name: str) -> str:
    case = found.case
    if case.stage is not Stage.ESCALATION:
        return f"only an escalated case is decided; this one is at {case.stage}"
    decision = EscalationDecided.model_validate({"decision": name, "by": found.by})
    return refused(case, decision, found.snapshot.house) or ""


def _money(found: Gathered, prospect: Prospect | None) -> tuple[str, str, str]:
    if prospect is None:
        return "–", "–", "–"
    spans = (prospect.brings_minor, prospect.costs_minor, prospect.net_minor)
    brings, costs, leaves = (_span(span, found.case.account.currency) for span in spans)
    return brings, costs, leaves


def _span(span: tuple[int, int], currency: str) -> str:
    low, high = (format_minor(amount_minor, currency).removesuffix(f" {currency}") for amount_minor in span)
    return low if low == high else f"{low} to {high}"
