"""The dossier as one HTML page for print: no scripts, nothing loaded, everything people typed escaped."""

import unicodedata
from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from entrypoints.contact.words import demand
from entrypoints.dossier.choices import choices, recovery_terms, spent
from entrypoints.dossier.gathered import Gathered
from ledger.entry import Row
from lending.days import days_past_due
from lending.money import format_minor
from lending.promise import PromiseState
from statemachine.hold_kind import shown
from statemachine.limitation import limitation_of

_STAGES = (
    "opened",
    "stage",
    "plan",
    "plan_broken",
    "plan_ended",
    "closed",
    "time_barred",
    "proposal",
    "proposal_lapsed",
)
_KNOWN = ("on", "channel", "result", "next_step", "by", "situation", "task", "contact")


def page(found: Gathered) -> str:
    """The whole page."""
    template = _environment().get_template("dossier.html.j2")
    return template.render(
        found=found, case=found.case, account=found.case.account, row=found.row, house=found.snapshot.house,
        money=lambda amount_minor: format_minor(amount_minor, found.case.account.currency),
        days_past_due=days_past_due(found.case.account.overdue_since, found.at, found.case.account.zones),
        limitation=limitation_of(found.case, found.snapshot.house), stages=found.told(*_STAGES),
        contacts=_contacts(found), promises=_promises(found), budget=_budget(found), visits=_visits(found),
        holds=[*_holds(found)], rules=_rules(found), choices=choices(found), spent=spent(found),
        recovery=recovery_terms(found), minute=_minute,
    )  # fmt: skip


@lru_cache
def _environment() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(
        loader=folder,
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )


def _visible(value: object) -> object:
    """What people typed without characters that cannot be seen: they may turn the order of a line."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(
        letter for letter in value if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf")
    )


def _contacts(found: Gathered) -> list[dict[str, Any]]:
    """By channel: made, with unknown end, failed, and how often the law or a wish said no."""
    refused = Counter(
        line["facts"].get("channel") for line in found.told("refused") if ".refused." in line["key"]
    )
    by_channel: dict[str, Counter[str]] = {}
    last: dict[str, datetime] = {}
    for contact in found.contacts:
        channel = contact["channel"]
        by_channel.setdefault(channel, Counter())[contact["status"]] += 1
        last[channel] = contact["settled_at"] or contact["reserved_at"]
    names = [*by_channel, *(name for name in refused if name and name not in by_channel)]
    return [
        {"channel": name, "last": last.get(name), "refused": refused[name]}
        | dict(by_channel.get(name, Counter()))
        for name in names
    ]


def _promises(found: Gathered) -> dict[str, Any]:
    told = found.case.promises
    counts = {state: sum(promise.state is state for promise in told) for state in PromiseState}
    return {"told": told, "kept": counts[PromiseState.KEPT], "open": counts[PromiseState.OPEN],
            "broken": found.case.broken_promises}  # fmt: skip


def _budget(found: Gathered) -> Row | None:
    """Sums only: what is left over, and what is affordable."""
    told = found.told("plan_offered", "plan_partial", "no_plan")
    return told[-1] if told else None


def _visits(found: Gathered) -> list[dict[str, Any]]:
    """Findings, and a person's own words, which this named reader may see."""
    return [
        facts | {"findings": {name: value for name, value in facts.items() if name not in _KNOWN}}
        for facts in found.facts("visit")
    ]


def _holds(found: Gathered) -> list[dict[str, Any]]:
    case = found.case
    return [
        {
            "reason": shown(hold.reason),
            "since": hold.starts_at,
            "until": hold.until_at,
            "in_force": hold in case.holds,
        }
        for hold in (*case.past_holds, *case.holds)
    ]


def _rules(found: Gathered) -> list[dict[str, Any]]:
    """The pinned law, in force on the day of reading, and the house's own windows and caps."""
    today = found.at.date()
    listed = [
        {"id": rule.id, "demands": demand(rule), "citation": rule.citation, "force": rule.force,
         "channels": ", ".join(rule.channels)}
        for pack in found.snapshot.law
        for rule in pack.rules
        if rule.effective_from <= today and (rule.effective_to is None or today < rule.effective_to)
    ]  # fmt: skip
    caps = [
        {"id": cap.rule, "demands": demand(cap.as_rule()), "citation": "house policy", "force": "house",
         "channels": ", ".join(cap.channels)}
        for cap in found.snapshot.contact.caps
    ]  # fmt: skip
    return [*listed, *caps]


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
