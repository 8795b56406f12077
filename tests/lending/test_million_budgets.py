"""A plan sums exactly, never exceeds the surplus and never ends late: for very many random budgets.

`make test` tries some; `make budgets` a million. What is checked is reckoned here again, in another way.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

import lending.affordability
import lending.quote
from lending.affordability import AffordabilityTerms
from lending.payday import MonthlyPay, Pay, Rhythm, WeeklyPay
from lending.plan import PlanTerms
from lending.quote import PartialPlan, PlanBasis, PlanOffer, Quote, quote
from lending.statement import (
    FixedCosts,
    FlexibleCosts,
    Income,
    OtherDebt,
    PriorityArrears,
    Statement,
)

COUNT = int(os.environ.get("LEEWAY_BUDGETS", "20000"))
SEED = int(os.environ.get("LEEWAY_BUDGETS_SEED", "4"))

A_YEAR = {Rhythm.MONTHLY: 12, Rhythm.FORTNIGHTLY: 26, Rhythm.WEEKLY: 52}
HOUSES = tuple(
    PlanTerms(
        instalments=instalments,
        longest_plan_months=months,
        after_payday_days=after_days,
        interest_while_kept_minor_per_month=interest_minor,
        affordability=AffordabilityTerms(savings_cap_minor={"GBP": 2000}, token_minor=token),
    )
    for instalments, months, after_days, interest_minor, token in (
        (6, 60, 1, 0, {"GBP": 100}),
        (12, 36, 0, 0, {"GBP": 1, "JPY": 1}),
        (2, 2, 3, 0, {"JPY": 100}),
        (24, 60, 1, 50, {}),
        (3, 12, 14, 7, {"KWD": 1000}),
    )
)


def random_pay(chance: Random) -> Pay | None:
    """A payday of any rhythm, or none known."""
    rhythm = chance.choice((None, Rhythm.MONTHLY, Rhythm.MONTHLY, Rhythm.FORTNIGHTLY, Rhythm.WEEKLY))
    if rhythm is None or rhythm is Rhythm.MONTHLY:
        return rhythm and MonthlyPay(day=chance.randint(1, 31))
    return WeeklyPay(rhythm=rhythm, paid_on=date(2025, 1, 1) + timedelta(days=chance.randrange(1000)))


def random_statement(chance: Random) -> Statement:
    """A budget from nothing to wealth, mostly near its edge."""
    most = 10 ** chance.randint(2, 8)
    income_minor = chance.randint(0, most)
    costs = [chance.randint(0, max(1, income_minor * 3 // 8)) for _ in range(5)]
    if chance.random() < 0.04:
        income_minor = sum(costs[:4]) + costs[4] // 3  # to the last minor unit
    debts = [chance.randint(1, 3 * most) for _ in range(chance.choice((0, 0, 1, 2, 5)))]
    return Statement(
        currency=chance.choice(("GBP", "JPY", "KWD")),
        income=Income(wages_minor=income_minor),
        fixed_costs=FixedCosts(housing_minor=costs[0], energy_minor=costs[1]),
        flexible_costs=FlexibleCosts(food_and_housekeeping_minor=costs[2], personal_minor=costs[3]),
        savings_minor=chance.choice((None, None, 0, 5, most)),
        priority_arrears=(PriorityArrears(reference="rent", monthly_minor=costs[4] // 3),),
        other_debts=tuple(OtherDebt(reference=str(n), balance_minor=one) for n, one in enumerate(debts)),
        pay=random_pay(chance),
    )


def random_bases(count: int, seed: int) -> Iterator[PlanBasis]:
    """`count` loans with their borrowers' budgets."""
    chance = Random(seed)
    for _ in range(count):
        statement = random_statement(chance)
        most = max(1, sum(statement.income.model_dump().values())) * chance.choice((1, 1, 3, 30))
        today = date(2026, 1, 1) + timedelta(days=chance.randrange(1500))
        yield PlanBasis(
            balance_minor=chance.randint(1, most),
            statement=statement,
            terms=chance.choice(HOUSES),
            longest_plan_months=chance.choice((None, None, 1, 12, 36, 60)),
            today=today,
            first_after=chance.choice((None, today, today + timedelta(days=40))),
            term_from=chance.choice((None, None, None, today - timedelta(days=chance.randrange(400)))),
        )


def surplus_minor(basis: PlanBasis) -> int:
    """Reckoned from every line of the budget, before savings: nothing may ever exceed it."""
    told = basis.statement.model_dump()
    out = [*told["fixed_costs"].values(), *told["flexible_costs"].values()]
    out += [one["monthly_minor"] for one in told["priority_arrears"]]
    return int(sum(told["income"].values()) - sum(out))


def broken_rules(basis: PlanBasis, found: Quote) -> list[str]:
    """Which rules a quote breaks."""
    if isinstance(found, PlanOffer | PartialPlan):
        return [*_money_rules(basis, found), *_day_rules(basis, found)]
    over = surplus_minor(basis)
    if found.kind == "free_advice":
        return [] if over < 0 else ["free advice beside a surplus"]
    return [] if over >= 0 else [f"{found.kind} beside a deficit"]


def _money_rules(basis: PlanBasis, found: PlanOffer | PartialPlan) -> Iterator[str]:
    parts = [part.amount_minor for part in found.plan.instalments]
    others_minor = sum(debt.balance_minor for debt in basis.statement.other_debts)
    most = surplus_minor(basis) * basis.balance_minor * 12  # of (balance + others) x periods a year
    if max(parts) * (basis.balance_minor + others_minor) * A_YEAR[found.rhythm] > most:
        yield "a part exceeds the surplus' share"
    a_month = basis.terms.interest_while_kept_minor_per_month
    owed_minor, interest_minor = basis.balance_minor, -(-a_month * 12 // A_YEAR[found.rhythm])
    for part in parts:
        before_minor, owed_minor = owed_minor, owed_minor + interest_minor - part
        if owed_minor >= before_minor:
            yield "the balance does not fall"
    rest_minor = found.rest_minor if isinstance(found, PartialPlan) else 0
    if owed_minor != rest_minor or (isinstance(found, PartialPlan) and rest_minor <= 0):
        yield f"{owed_minor} is left, {rest_minor} was said"


def _day_rules(basis: PlanBasis, found: PlanOffer | PartialPlan) -> Iterator[str]:
    days = [part.due_on for part in found.plan.instalments]
    start = basis.term_from or basis.today
    latest = _months_after(start, min(basis.longest_plan_months or 60, basis.terms.longest_plan_months))
    if days[-1] > latest:
        yield "ends late"
    if isinstance(found, PartialPlan) and (latest - days[-1]).days >= 31:  # no payday is later than that
        yield "gives up before the term is over"
    if days[0] <= (basis.first_after or basis.today) or any(one >= other for one, other in pairwise(days)):
        yield "days out of order"
    if isinstance(found, PlanOffer) and not basis.today <= found.valid_until < days[0]:
        yield "valid into the first instalment, or never"
    pay, late = basis.statement.pay, timedelta(days=basis.terms.after_payday_days)
    if isinstance(pay, MonthlyPay) and not all(_is_payday(one - late, pay.day) for one in days):
        yield "not after a payday"
    if isinstance(pay, WeeklyPay):
        apart = 7 if pay.rhythm is Rhythm.WEEKLY else 14
        if any((one - late - pay.paid_on).days % apart for one in days):
            yield "not after a payday"


def _months_after(day: date, months: int) -> date:
    """Counted month by month, by way of their first days."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return last if last.day < day.day else first.replace(day=day.day)


def _is_payday(day: date, payday: int) -> bool:
    return day.day == payday or (day.day < payday and (day + timedelta(days=1)).day == 1)


def tried(count: int, seed: int) -> tuple[list[tuple[PlanBasis, list[str]]], Counter[str]]:
    """The budgets whose quotes break a rule, and how many quotes there were of each kind."""
    broken, kinds = [], Counter[str]()
    for basis in random_bases(count, seed):
        found = quote(basis)
        kinds[found.kind] += 1
        if rules := broken_rules(basis, found):
            broken.append((basis, rules))
    return broken, kinds


class TestPlan:
    def test_sums_exactly_within_the_surplus_and_ends_in_time(self) -> None:
        broken, kinds = tried(COUNT, SEED)

        print(f"\n{COUNT} budgets, seed {SEED}: {dict(kinds.most_common())}, {len(broken)} break a rule")
        assert [] == broken[:3], f"{len(broken)} of {COUNT}, seed {SEED}"
        assert {"offer", "partial_plan", "token", "pause", "free_advice"} == set(kinds)
        assert all(number > COUNT // 100 for number in kinds.values()), kinds

    @pytest.mark.parametrize(
        ("module", "name", "broken", "rule"),
        [
            (lending.quote, "even_parts", lambda total, parts: (round(total / parts),) * parts, "is left"),
            (lending.quote, "parts_needed", lambda owed, amount, interest=0: owed // amount + 1, "is left"),
            (
                lending.affordability,
                "pro_rata_minor",
                lambda over, owed, others: min(owed, -(-max(0, over) * owed // (owed + others))) + 1,
                "exceeds the surplus",
            ),
            (
                lending.quote,
                "months_later",
                lambda day, months: day + timedelta(days=31 * months),
                "ends late",
            ),
        ],
        ids=("rounded-parts", "rounded-number", "rounded-up-share", "months-of-31-days"),
    )
    def test_with_a_broken_rounding_would_be_caught(
        self, monkeypatch: pytest.MonkeyPatch, module: object, name: str, broken: Callable[..., object], rule: str
    ) -> None:  # fmt: skip
        monkeypatch.setattr(module, name, broken)

        found, _ = tried(2000, SEED)
        assert any(rule in text for _, rules in found for text in rules)
