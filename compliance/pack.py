"""A rule pack: the law of one place, append-only, each rule with the days on which it binds."""

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import groupby, pairwise
from typing import Annotated, Any

from pydantic import Field, model_validator

from compliance.rule import CITATION, Certainty, Rule
from lending.value import Strict

_LEFT_OUT = "see the pack"
_FREE = ("effective_to", "source", "note", "certainty")


class LeftOut(Strict):
    """A rule that was found and is not kept, with the reason."""

    what: str
    why: str


class Term(Strict):
    """A number of law that is no contact rule: how long a plan may run, how soon a complaint is answered."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,60}$")]
    value: int
    citation: Annotated[str, Field(pattern=CITATION, min_length=4, max_length=200)]
    certainty: Certainty
    source: Annotated[str, Field(min_length=3)]


class RulePack(Strict):
    """`jurisdiction` is a country or a subdivision (`US-MA`), whose pack lies on top of its country's."""

    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
    title: str
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    terms: tuple[Term, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _is_in_order(self) -> "RulePack":
        for number, rule in enumerate(self.rules):
            if not rule.id.startswith(f"{self.jurisdiction}/"):
                raise ValueError(f"rules.{number}.id: {rule.id} must begin with {self.jurisdiction}/")
        for name, versions in groupby(sorted(self.rules, key=_version), key=lambda rule: rule.id):
            for before, after in pairwise(versions):
                if before.effective_to is None or after.effective_from < before.effective_to:
                    number = self.rules.index(after)
                    raise ValueError(
                        f"rules.{number}.effective_from: {after.effective_from} overlaps the version of {name} from "
                        f"{before.effective_from}: end that one with effective_to first"
                    )
        return self

    def sha256(self) -> str:
        """The hash of its content."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def slim(self) -> "RulePack":
        """What judging needs: without sources and notes, as a case carries it."""
        rules = tuple(
            rule.model_copy(update={"source": _LEFT_OUT, "note": rule.note and _LEFT_OUT})
            for rule in self.rules
        )
        return self.model_copy(update={"rules": rules, "left_out": (), "terms": ()})


def _version(rule: Any) -> tuple[str, date]:
    return rule.id, rule.effective_from


def rewritten(before: RulePack, after: RulePack, today: date) -> Sequence[str]:
    """What `after` changed of `before` although packs are append-only: one sentence for each rule.

    A rule may be ended (`effective_to`) and a later version of it be added, from `today` on at the earliest; what is
    known of it (source, note, certainty) may be told better; nothing else may change or vanish. A rule nobody knew of
    may be dated back.
    """
    now = {_version(rule): rule for rule in after.rules}
    found = []
    for rule in before.rules:
        kept = now.get(_version(rule))
        if kept is None:
            found.append(f"{rule.id} from {rule.effective_from} is gone: end it with effective_to instead")
        elif kept != rule.model_copy(update={name: getattr(kept, name) for name in _FREE}) or (
            rule.effective_to is not None and kept.effective_to != rule.effective_to
        ):
            found.append(f"{rule.id} from {rule.effective_from} was changed: end it and add a version with a later "
                         "effective_from")  # fmt: skip
        elif kept.effective_to != rule.effective_to and kept.effective_to and kept.effective_to < today:
            found.append(f"{rule.id} from {rule.effective_from} is ended in the past, on {kept.effective_to}: end it "
                         f"today ({today}) or later")  # fmt: skip
    published = {_version(rule) for rule in before.rules}
    known = {rule.id for rule in before.rules}
    for rule in after.rules:
        if rule.id in known and _version(rule) not in published and rule.effective_from < today:
            found.append(f"{rule.id} from {rule.effective_from} is new and dated back: a version begins today "
                         f"({today}) or later")  # fmt: skip
    return found
