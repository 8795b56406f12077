"""The forms of the page: what each asks, and the message to the case it becomes."""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, NamedTuple

from entrypoints.page.given import Given
from entrypoints.page.shown import Shown
from entrypoints.page.words import LANGUAGES, Words
from statemachine.complaint_message import Grievance

CHANNELS = ("email", "sms", "phone", "visit")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GRIEVANCES = tuple(str(one) for one in Grievance)
NEEDS = ("pause", "smaller", "call", "evening", "writing", "large_print", "helper")

_MOST_WORDS, _MOST_OTHER_WORDS = 500, 300


class Field(NamedTuple):
    """One question. `kind` is how it is asked: money, number, day, clock, area, ticks, radio, language."""

    name: str
    kind: str
    options: tuple[str, ...] = ()
    is_optional: bool = False
    at_most: int = 0
    """Characters of an area."""


class Form(NamedTuple):
    """`read` gives the fields of the message of this `kind`; `refused` names the question by the message's field."""

    name: str
    kind: str
    fields: tuple[Field, ...]
    read: Callable[[Given, Shown, Words], dict[str, Any]]
    refused: Mapping[str, str] = {}

    def error_key(self, field: str, words: Words) -> str:
        """What the page says of a question that was not answered usably."""
        own = f"{self.name}.{field}.error"
        return own if own in words else f"{self.name}.money.error"


def _promise(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    amount_minor = given.amount("amount", shown.currency, at_most=shown.promise_at_most_minor)
    given.needs("amount", amount_minor)
    due_on = given.day("due_on", shown.today, shown.last_promise_day)
    given.needs("due_on", due_on)
    return {"amount_minor": amount_minor, "due_on": due_on}


def _reason(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    return {"reason": given.text("reason", at_most=_MOST_WORDS, is_needed=True)}


def _complaint(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    about = given.chosen("about", GRIEVANCES)[:1]
    given.needs("about", about)
    return {"about": "".join(about), "text": given.text("text", at_most=_MOST_WORDS, is_needed=True)}


def _difficulty(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    """The support that would help, in the words the borrower chose: never why they need it."""
    needs = [words(f"difficulty.needs.{one}") for one in given.chosen("needs", NEEDS)]
    other = given.text("words", at_most=_MOST_OTHER_WORDS)
    if not needs and not other:
        given.needs("needs", None)
    return {"support_need": "; ".join([*needs, *([other] if other else [])])[:500]}


def _budget(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    minor = {name: given.money(name, shown.currency) or 0 for name in _MONTHLY}
    adults, children = given.number("adults", 1, 20), given.number("children", 0, 20)
    payday = given.number("payday", 1, 31)
    if not given.mistakes and not minor["wages"] + minor["other_income"]:
        given.needs("wages", None)
    statement = {
        "currency": shown.currency,
        "household": {"adults": adults or 1, "children": children or 0},
        "income": {"wages_minor": minor["wages"], "other_minor": minor["other_income"]},
        "fixed_costs": {
            "housing_minor": minor["housing"],
            "health_and_care_minor": minor["care"],
            "travel_minor": minor["travel"],
            "other_minor": minor["bills"],
        },
        "flexible_costs": {
            "food_and_housekeeping_minor": minor["food"],
            "personal_minor": minor["other_costs"],
        },
    }
    pay = {"pay": {"rhythm": "monthly", "day": payday}} if payday else {}
    return {"statement": statement | pay}


def _contact(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    """What is different from what the form showed: a form that was open while another device said something takes none
    of that back. An hour that was taken out means any time."""
    was = given.was
    stop, was_stopped = given.chosen("stop", CHANNELS), was.chosen("stop", CHANNELS)
    days_off, was_off = given.chosen("not_on", DAYS), was.chosen("not_on", DAYS)
    before, after = given.clock("not_before"), given.clock("not_after")
    if before is not None and before == after:
        given.needs("not_after", None)
    days_off = [one for one in DAYS if one in days_off or (one in shown.not_on and one not in was_off)]
    if len(days_off) == len(DAYS):
        given.needs("not_on", None)
    language = next(iter(given.chosen("language", LANGUAGES)), None)
    said = {
        "stop": [one for one in stop if one not in shown.stopped],
        "allow": [one for one in was_stopped if one not in stop],
        "not_before": _hour(before, was.clock("not_before"), "00:00"),
        "not_after": _hour(after, was.clock("not_after"), "23:59"),
        "not_on": days_off if set(days_off) != set(shown.not_on) else None,
        "language": language if language not in was.chosen("language", LANGUAGES) else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _hour(said: time | None, was: time | None, any_time: str) -> str | None:
    """None: it was left as the form showed it."""
    if said == was:
        return None
    return f"{said:%H:%M}" if said else any_time


def _plan(given: Given, shown: Shown, words: Words) -> dict[str, Any]:
    """A plain yes names nothing; a counter-offer an amount or a number of parts, a day of the month or a first day."""
    parts = given.number("parts", 2, shown.parts_at_most)
    first = given.day("first_due_on", shown.first_day, shown.last_plan_day)
    amount_minor = day = None
    if shown.has_budget:
        amount_minor = given.amount("amount_each", shown.currency)
        day = given.number("day_of_month", 1, 31)
        if amount_minor and parts:
            given.needs("amount_each", None)
        if day and first:
            given.needs("day_of_month", None)
    said = {"instalments": parts, "first_due_on": first, "amount_minor": amount_minor, "day": day}
    return {name: value for name, value in said.items() if value is not None}


_MONTHLY = ("wages", "other_income", "housing", "bills", "care", "travel", "food", "other_costs")
_FIRST_DAY = Field("first_due_on", "day", is_optional=True)

PLAN = Form(
    "plan", "plan_accepted", (Field("parts", "number", is_optional=True), _FIRST_DAY), _plan,
    {"instalments": "parts", "first_due_on": "first_due_on"},
)  # fmt: skip
PLAN_BY_BUDGET = Form(
    "plan", "plan_accepted",
    (Field("amount_each", "money", is_optional=True), Field("parts", "number", is_optional=True),
     Field("day_of_month", "number", is_optional=True), _FIRST_DAY), _plan,
    {"instalments": "parts", "first_due_on": "first_due_on", "amount_minor": "amount_each", "day": "day_of_month"},
)  # fmt: skip

_ALL = (
    Form("promise", "promise", (Field("amount", "money"), Field("due_on", "day")), _promise,
         {"amount_minor": "amount", "due_on": "due_on", "promise": "too_many"}),
    Form("budget", "budget",
         (*(Field(name, "money", is_optional=name != "wages") for name in _MONTHLY),
          *(Field(name, "number", is_optional=True) for name in ("adults", "children", "payday"))), _budget),
    Form("difficulty", "hardship_reported",
         (Field("needs", "ticks", NEEDS), Field("words", "area", is_optional=True, at_most=_MOST_OTHER_WORDS)),
         _difficulty, {"support_need": "words"}),
    Form("dispute", "dispute_opened", (Field("reason", "area", at_most=_MOST_WORDS),), _reason, {"reason": "reason"}),
    Form("contact", "contact_preference",
         (Field("stop", "ticks", CHANNELS, is_optional=True), Field("not_before", "clock", is_optional=True),
          Field("not_after", "clock", is_optional=True), Field("not_on", "ticks", DAYS, is_optional=True),
          Field("language", "language", LANGUAGES)), _contact,
         {"not_before": "not_after", "not_on": "not_on", "language": "language"}),
    Form("complaint", "complaint",
         (Field("about", "radio", GRIEVANCES), Field("text", "area", at_most=_MOST_WORDS)), _complaint,
         {"about": "about", "text": "text"}),
)  # fmt: skip

FORMS: Mapping[str, Form] = {form.name: form for form in _ALL}
"""Every form beside the plan's, in the order in which the page offers them."""
