"""`/v1/contact` and `/v1/plan`: may this contact be made, when is it permitted, what can a borrower afford. Nothing is
kept of what is asked."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, ValidationError

from compliance.pack import RulePack
from compliance.places import Places
from entrypoints.access.gate import Calling, guarded
from entrypoints.contact.desk import Desk
from entrypoints.contact.month import Day, Month, month_of
from entrypoints.contact.question import FIELDS, known_fields, past_contacts
from entrypoints.problem import Problem
from gateways.policy_file import Policy
from gateways.policy_terms import LONGEST_PLAN
from gateways.rule_book import RuleBook
from lending.counter_offer import Answer, CounterOffer, answer
from lending.plan import PlanTerms
from lending.quote import PlanBasis, quote
from lending.statement import MOST_BALANCE_MINOR, Statement
from lending.value import Strict

_QUESTION = {"policy": "platform-a", "country": "CN", "zone": "Asia/Shanghai", "channel": "phone"}
_AT = {"at": "2026-10-01T10:00+08:00"}

Answered = TypeVar("Answered")
Question = Annotated[
    dict[str, Any],
    Field(description="The fields of `leeway contact check`, and `history`: contacts that were made."),
]


class PlanQuestion(Strict):
    """A budget and what is owed, in the minor units of its currency. `country` names whose law says how long a plan may
    run, `policy` whose house terms hold; `wish` is what the borrower would rather."""

    balance_minor: Annotated[int, Field(gt=0, le=MOST_BALANCE_MINOR, strict=True, examples=[46530])]
    statement: Statement
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    policy: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")] | None = None
    first_after: date | None = None
    wish: CounterOffer | None = None


def question_routes(policies: Mapping[str, Policy], book: RuleBook, places: Places) -> APIRouter:
    """Questions about contacts and plans, by the shipped rules."""
    routes = guarded("/v1", "questions")

    def desk() -> Desk:
        return Desk(datetime.now(UTC).date(), policies, book, places)

    @routes.post("/contact/check")
    async def check(
        caller: Calling, question: Annotated[Question, Body(examples=[_QUESTION | _AT])]
    ) -> dict[str, Any]:
        """Allowed or refused, the rule behind it, when next, and what every rule says."""
        return await _answered(lambda: desk().answer(question))

    @routes.post("/contact/calendar")
    async def calendar(
        caller: Calling, question: Annotated[Question, Body(examples=[_QUESTION | {"month": "2026-10"}])]
    ) -> dict[str, Any]:
        """A month of permitted hours on the borrower's clock, and what closes the rest."""
        return await _answered(lambda: _calendar(desk(), question))

    @routes.post("/plan/quote")
    async def plan(caller: Calling, asked: PlanQuestion) -> Answer:
        """The plan that the budget affords with its dates and amounts, or why there is none and what there is instead."""
        return await _answered(lambda: _quoted(asked, policies, book.packs))

    return routes


async def _answered(work: Callable[[], Answered]) -> Answered:
    """What `work` answers, off the loop: it takes a while. Raises Problem for what cannot be read."""
    try:
        return await run_in_threadpool(work)
    except ValueError as error:
        told = _first_of(error) if isinstance(error, ValidationError) else str(error)
        field, _, reason = told.partition(": ")
        raise Problem(422, told, errors=[{"field": field, "reason": reason}]) from None


def _first_of(error: ValidationError) -> str:
    item = error.errors()[0]
    text = item["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, item['loc']))}: {text}" if item["loc"] else text


def _calendar(desk: Desk, question: dict[str, Any]) -> dict[str, Any]:
    given = dict(known_fields(question, (FIELDS - {"at"}) | {"month"}, "a question"))
    month = given.pop("month", None)
    try:
        first = (
            datetime.strptime(str(month), "%Y-%m").date()
            if month
            else datetime.now(UTC).date().replace(day=1)
        )
        if not 2000 <= first.year <= 2100:
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(f"month: {str(month)[:40]!r} is none from 2000 to 2100: write YYYY-MM") from None
    past = past_contacts(given.get("history"))
    matter = desk.matter(given, datetime.combine(first, time(), UTC), [])
    if not matter.borrower.zones:
        raise ValueError("zone: not given: no clock is known for this place: write an IANA time zone")
    return _shown(month_of(matter, first, past))


def _shown(month: Month) -> dict[str, Any]:
    return {
        "month": f"{month.first:%Y-%m}",
        "zones": month.zones,
        "provisional_from": month.provisional_from,
        "days": [_day(day) for day in month.days],
    }


def _day(day: Day) -> dict[str, Any]:
    open_hours = [[_wall(one.begins), _wall(one.ends)] for one in day.stretches if one.is_open]
    closed_by = {no.rule: no.citation for one in day.stretches for no in one.noes}
    return {"day": day.day, "kind": day.kind, "open": open_hours, "closed_by": closed_by}


def _wall(seconds: int) -> str:
    """A wall clock's time; the end of the day is 24:00."""
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def _quoted(asked: PlanQuestion, policies: Mapping[str, Policy], packs: Mapping[str, RulePack]) -> Answer:
    basis = PlanBasis(
        balance_minor=asked.balance_minor,
        statement=asked.statement,
        terms=_terms(asked.policy, policies),
        today=datetime.now(UTC).date(),
        longest_plan_months=_longest(asked.country, packs),
        first_after=asked.first_after,
    )
    return answer(basis, asked.wish) if asked.wish else Answer(quote=quote(basis))


def _terms(policy: str | None, policies: Mapping[str, Policy]) -> PlanTerms:
    if policy is not None and policy not in policies:
        raise ValueError(f"policy: {policy!r}: no such policy: there are {', '.join(sorted(policies))}")
    return policies[policy].house.plan if policy else PlanTerms()


def _longest(country: str | None, packs: Mapping[str, RulePack]) -> int | None:
    if country is not None and country not in packs:
        raise ValueError(f"country: {country!r}: no rule pack for it: there are {', '.join(sorted(packs))}")
    terms = packs[country].terms if country else ()
    return min((term.value for term in terms if term.name == LONGEST_PLAN), default=None)
