"""docs/law.md, written from the rule packs so that the page can never say anything else."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from compliance.pack import RulePack
from compliance.rule import (
    EVERY_CHANNEL,
    Certainty,
    LimitRule,
    Party,
    Recipient,
    StopRule,
    ThirdPersonRule,
)
from compliance.rule import Rule as AnyRule
from entrypoints.contact.words import demand
from statemachine.stage import Place

_HEAD = """# The law that Leeway knows

Written from the packs in [policies/jurisdictions](../policies/jurisdictions/) by
[entrypoints/law_page.py](../entrypoints/law_page.py); a test keeps this page equal to them. Change a pack
([how](operating.md#changing-the-law-a-calendar-or-a-policy)), then `make docs`; never this page. It is a record of what
was found, not legal advice; sources and notes stand in the packs.

Every rule below must allow a contact, and so must the house's rules and the borrower's own wishes. Times and days are
the borrower's.

- **Force**: how the instrument speaks. Leeway keeps `must` and `should` alike.
- **Certainty**: {certainty}

{contents}
"""
_RULES = ("Rule", "Limit", "On", "Citation", "Certainty", "Force", "Binds", "In force from")
_TERMS = ("Term", "Value", "Citation", "Certainty")
_BOUND = {Party.FIRST: "first parties", Party.THIRD: "third parties"}
_TO = {
    Recipient.BORROWER: "the borrower",
    Recipient.REPRESENTATIVE: "a representative",
    Recipient.THIRD_PERSON: "third persons",
}
_AT = {Place.HOME: "at home", Place.WORKPLACE: "at work", Place.ELSEWHERE: "elsewhere"}


def law_page(packs: Mapping[str, RulePack]) -> str:
    """The whole of docs/law.md."""
    listed = [packs[place] for place in sorted(packs)]
    certainty = (Certainty.__doc__ or "").replace("\n", " ")
    contents = " · ".join(f"[{cell(_title(pack))}](#{_anchor(_title(pack))})" for pack in listed)
    return _HEAD.format(certainty=certainty, contents=contents) + "".join(map(_jurisdiction, listed))


def cell(text: object) -> str:
    """Text of one line that Markdown shows as it is, in a table, too."""
    return re.sub(r"([\\|*`<\[\]])", r"\\\1", " ".join(str(text).split()))


def _jurisdiction(pack: RulePack) -> str:
    parts = [f"\n## {cell(_title(pack))}\n", _table(_RULES, (_rule_cells(rule) for rule in pack.rules))]
    if pack.terms:
        rows = ((term.name, term.value, term.citation, term.certainty) for term in pack.terms)
        parts += ["Numbers of law that are no contact rule:\n", _table(_TERMS, rows)]
    if pack.left_out:
        parts += [
            "Found, and not kept, because:\n",
            "".join(f"- {cell(one.what)}: *{cell(one.why)}*\n" for one in pack.left_out),
        ]
    return "\n".join(parts)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = (f"| {' | '.join(map(cell, row))} |\n" for row in (heads, *rows))
    return f"{next(lines)}{'|---' * len(heads)}|\n{''.join(lines)}"


def _rule_cells(rule: AnyRule) -> tuple[str, ...]:
    until = f" until {rule.effective_to}" if rule.effective_to else ""
    bound = "both" if set(rule.binds) == set(Party) else ", ".join(_BOUND[party] for party in rule.binds)
    return (
        rule.id,
        "; ".join([demand(rule), *_details(rule)]),
        _on(rule),
        rule.citation,
        rule.certainty,
        rule.force,
        bound,
        f"{rule.effective_from}{until}",
    )


def _details(rule: AnyRule) -> Iterator[str]:
    """What the rule says beyond its one clause."""
    if isinstance(rule, StopRule):
        if rule.lasts_days is not None:
            yield f"{rule.lasts_days} days where no end is known"
        if rule.after_days:
            yield f"and {rule.after_days} days more"
    if isinstance(rule, ThirdPersonRule) and rule.or_facts:
        yield f"or once one is known of {', '.join(rule.or_facts)}"
    if isinstance(rule, LimitRule):
        if rule.across == "collector":
            yield "each collector for itself"
        if rule.not_counted:
            yield f"not counted: {', '.join(rule.not_counted)}"
    if rule.exempt:
        yield f"lifted by {' or '.join(one.words for one in rule.exempt)}"


def _on(rule: AnyRule) -> str:
    """Which contacts the rule is about: channels, then recipients and places where it does not mean all of them."""
    channels = "every channel" if set(rule.channels) == set(EVERY_CHANNEL) else ", ".join(rule.channels)
    recipients = (Recipient.THIRD_PERSON,) if rule.kind == "third_person" else rule.recipients
    to = "" if set(recipients) == set(Recipient) else f" to {', '.join(_TO[one] for one in recipients)}"
    at = "" if set(rule.places) == set(Place) else f" {', '.join(_AT[one] for one in rule.places)}"
    return f"{channels}{to}{at}"


def _title(pack: RulePack) -> str:
    return f"{pack.title} ({pack.jurisdiction})"


def _anchor(title: str) -> str:
    """The address that GitHub gives a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
