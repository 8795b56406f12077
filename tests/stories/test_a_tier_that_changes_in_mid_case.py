"""A risk that changes in mid-case changes the strategy for the rungs to come, and the ledger says why."""

from datetime import UTC, datetime, timedelta
from typing import Any

from case_on_server import CaseOnServer, Office, a_loan, next_monday
from timeline import day_of, timeline, to_day


async def opened(office: Office, **income: Any) -> CaseOnServer:
    """1200.00 that are overdue for ten days as the case opens."""
    monday = next_monday(("Asia/Shanghai",), datetime.now(UTC)).date()
    loan = a_loan(policy="platform-b", overdue_since=monday - timedelta(days=10), **income)
    return await office.opened(loan)


async def reasons(case: CaseOnServer) -> list[str]:
    """Each change of tier, in the ledger's words."""
    return [line["reason"] for line in await case.lines("risk")]


class TestTier:
    async def test_that_rises_with_broken_promises_leads_to_a_plan_offer_instead_of_reminders(
        self, office: Office
    ) -> None:
        case = await opened(office, monthly_income_minor=600_000, monthly_outgoings_minor=580_000)
        for day in (1, 11):
            await to_day(case, day)
            await case.tell("promise", amount_minor=20_000, due_on=str(await day_of(case, day + 2)))
        await to_day(case, 31)
        assert await timeline(case) == [
            (0, "strategy: gentle"),
            (0, "notice by email"),
            (1, "promise of 200.00 for day 3"),
            (6, "broken: promise of 200.00 for day 3"),
            (6, "strategy: standard"),
            (10, "reminder_1 by sms"),
            (11, "promise of 200.00 for day 13"),
            (16, "broken: promise of 200.00 for day 13"),
            (16, "hold: affordability_review"),
            (16, "strategy: plan_first"),
            (16, "a person: promise_review"),
            (30, "over: affordability_review"),
            (30, "plan_offer by email"),
        ]
        assert await reasons(case) == [
            "risk low: 3% of the income is left after outgoings (+10)",
            "risk low → medium: broken promises: 1 (+15); days past due: 16 (+10); "
            "3% of the income is left after outgoings (+10)",
            "risk medium → high: broken promises: 2 (+30); days past due: 26 (+10); "
            "3% of the income is left after outgoings (+10)",
        ]

    async def test_that_falls_with_a_payment_leaves_more_time(self, office: Office) -> None:
        case = await opened(office, monthly_income_minor=80_000)
        await to_day(case, 2)
        await case.tell("payment", reference="P-1", amount_minor=90_000, currency="CNY")
        await to_day(case, 22)
        assert await timeline(case) == [
            (0, "strategy: standard"),
            (0, "notice by email"),
            (2, "paid 900.00"),
            (2, "strategy: gentle"),
            (7, "reminder_1 by email"),
            (21, "plan_offer by email"),
            (21, "stage: revisit"),
        ]
        assert await reasons(case) == [
            "risk medium: overdue amount is 150% of a month's income (+25); outgoings unknown (+5)",
            "risk medium → low: outgoings unknown (+5)",
        ]
