"""What follows from a form that was sent: a message to the case, a plan to look at first, or something to check."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from entrypoints.page.forms import FORMS, PLAN, PLAN_BY_BUDGET, Form
from entrypoints.page.given import WAS, Given
from entrypoints.page.shown import BORROWER, Shown, agreed_by, foreseen, on_offer, shown_of
from entrypoints.page.words import Words
from lending.plan import InstalmentPlan
from statemachine.case import Case
from statemachine.decision import Decision
from statemachine.messages import MESSAGES
from statemachine.policy import HousePolicy

Fields = Mapping[str, Sequence[str]]


ACKNOWLEDGING = {"plan", "promise", "budget"}
"""What may make a time-barred debt enforceable again is not done by a click: a person explains it first."""


class Standing(NamedTuple):
    """The case as it stands at `now`, and what its borrower may read of it."""

    case: Case
    house: HousePolicy
    now: datetime
    shown: Shown
    offer: InstalmentPlan | None

    @classmethod
    def of(cls, case: Case, house: HousePolicy, now: datetime) -> "Standing":
        """The case under its own rules."""
        return cls(case, house, now, shown_of(case, house, now), on_offer(case, house, now))

    @property
    def ways(self) -> tuple[str, ...]:
        """The forms that lead anywhere now."""
        closed_ways = set()
        if self.shown.plan and not self.shown.has_budget:
            closed_ways.add("plan")
        if not self.shown.may_promise or self.shown.plan:
            closed_ways.add("promise")
        if not self.shown.owed_minor:
            closed_ways |= {"plan", "promise", "budget", "difficulty"}
        if self.shown.is_time_barred:
            closed_ways |= ACKNOWLEDGING
        return tuple(name for name in ("plan", *FORMS) if name not in closed_ways)

    def knows(self, key: str) -> bool:
        """Whether the case has taken in what came under this key: it remembers the update, or the reference."""
        return any(one.endswith(key) for one in self.case.seen)

    def limits(self, words: Words) -> dict[str, object]:
        """What hints and mistakes name."""
        shown = self.shown
        return {
            "currency": shown.currency,
            "most": words.money(shown.promise_at_most_minor, shown.currency),
            "parts_at_most": shown.parts_at_most,
            "today": words.day(shown.today),
            "first_day": words.day(shown.first_day),
            "last_plan_day": words.day(shown.last_plan_day),
            "last_promise_day": words.day(shown.last_promise_day),
        }

    def known(self, form: str) -> dict[str, list[str]]:
        """What a form is filled in with when it is first shown."""
        if form != "contact":
            return {}
        shown = self.shown
        filled_in = {
            "stop": list(shown.stopped), "not_on": list(shown.not_on), "language": [shown.language],
            "not_before": [shown.not_before], "not_after": [shown.not_after],
        }  # fmt: skip
        return filled_in | {f"{WAS}{name}": told for name, told in filled_in.items()}

    def fingerprint(self, plan: InstalmentPlan) -> str:
        """Names the very plan that somebody looked at."""
        parts = "".join(f"{one.due_on}={one.amount_minor};" for one in plan.instalments)
        return hashlib.sha256(parts.encode()).hexdigest()[:24]


class Step(NamedTuple):
    """`mistakes` are questions to answer again, `problem` a word on the whole; `offer` a plan to look at before it is
    agreed; `message` what the case is told, after which the page says `said`."""

    mistakes: tuple[str, ...] = ()
    problem: str = ""
    offer: InstalmentPlan | None = None
    message: dict[str, Any] | None = None
    said: str = ""
    refusals: Mapping[str, str] = {}
    is_told: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether something is to be checked."""
        return bool(self.mistakes or self.problem)

    @property
    def leads_to_plan(self) -> bool:
        """Whether there is now a plan to look at."""
        return self.said in ("plan_nearest", "budget")

    def taken(self) -> "Step":
        """The case has taken it in."""
        return self._replace(is_told=True)

    def already(self) -> "Step":
        """The case answered that it changes nothing."""
        return Step(problem="already")

    def refused(self, reason: str) -> "Step":
        """The case refused: the question of the field it names, or a word on the whole."""
        field = reason.partition(":")[0].partition(".")[0]
        question = self.refusals.get(field)
        return Step(mistakes=(question,)) if question else Step(problem="refused")


def step(form: Form, fields: Fields, standing: Standing, words: Words, key: str) -> Step:
    """What follows from any form but the plan's; `key` is the reference of a message that needs one."""
    given = Given(fields)
    read = form.read(given, standing.shown, words)
    if form.kind == "complaint":
        read |= {"reference": key, "came_by": "page"}
    if given.mistakes:
        return Step(mistakes=tuple(given.mistakes))
    asked = _foreseen(form, read, standing)
    if not isinstance(asked[1], Decision):
        return asked[0]
    return asked[0]._replace(said=_said(form.name, standing.case, asked[1]))


def plan_step(fields: Fields, standing: Standing, words: Words) -> Step:
    """What follows from the plan's forms: a yes to the very plan that was shown, a no, or a plan that is named."""
    if "declines" in fields:
        message = {"kind": "plan_declined", "by": BORROWER}
        return Step(message=message, said="plan_declined")
    form, given = form_of_plan(standing), Given(fields)
    read = form.read(given, standing.shown, words)
    if "proposes" in fields and not read and not given.mistakes:
        return Step(mistakes=("nothing",))
    if given.mistakes:
        return Step(mistakes=tuple(given.mistakes))
    asked, decision = _foreseen(form, read, standing)
    if not isinstance(decision, Decision):
        return asked
    plan = agreed_by(standing.case, decision)
    if "agrees" in fields:
        is_the_same = plan is not None and list(fields["agrees"]) == [standing.fingerprint(plan)]
        return asked._replace(said="plan_agreed") if is_the_same else Step(problem="stale", offer=plan)
    if plan is not None:
        return Step(offer=plan)
    if not decision.accepted:
        return asked.already()
    return asked._replace(said=_after_figures("plan_nearest", standing.case, decision))


def said_again(name: str, fields: Fields) -> str:
    """What the page says of a form that was sent before, and counted then."""
    if name == "plan":
        return "plan_agreed" if "agrees" in fields else "plan_declined" if "declines" in fields else ""
    return "" if name == "budget" else name


def form_of_plan(standing: Standing) -> Form:
    """What may be named: with a budget on record, an amount and a day of the month as well."""
    return PLAN_BY_BUDGET if standing.shown.has_budget else PLAN


def _foreseen(form: Form, read: dict[str, Any], standing: Standing) -> tuple[Step, Decision | None]:
    """The message, and what the case would make of it; without the latter, what is to be checked."""
    asked = Step(refusals=form.refused)
    try:
        message = MESSAGES.validate_python({"kind": form.kind, "by": BORROWER, **read})
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        return asked.refused(str(where[1]) if len(where) > 1 else ""), None
    decision = foreseen(standing.case, message, standing.house, standing.now)
    if isinstance(decision, str):
        return asked.refused(decision), None
    body = message.model_dump(mode="json", exclude_unset=True) | {"kind": form.kind}
    return asked._replace(message=body), decision


def _said(name: str, case: Case, decision: Decision) -> str:
    return _after_figures("budget", case, decision) if name == "budget" else name


def _after_figures(with_offer: str, case: Case, decision: Decision) -> str:
    """A plan that follows from the figures, a pause where they leave none, or a person who looks."""
    if decision.case.quoted is not None:
        return with_offer
    return "no_plan" if len(decision.case.holds) > len(case.holds) else "budget_person"
