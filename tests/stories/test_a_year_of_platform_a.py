"""A year of platform A: letters, a counsellor's call, revisits; a visitor is let in, and a plan is kept to its end."""

from collections.abc import Mapping
from typing import Any

from case_on_server import Office
from timeline import contact_times, timeline, to_day
from visitors import nobody_there, work

from statemachine.appointment import Appointment

LET_IN = {
    "result": "met",
    "next_step": "plan",
    "findings": {"situation": "was between jobs, works again", "income": "less", "willingness": "willing"},
}


def let_in_at_the_first_visit(visit: Appointment) -> Mapping[str, Any]:
    """Calls are not answered; the door opens."""
    return LET_IN if visit.channel == "visit" else nobody_there(visit)


class TestYear:
    async def test_leads_from_the_notice_by_a_visit_to_a_plan_that_is_kept(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        await work(case, 86, let_in_at_the_first_visit)
        await to_day(case, 87)
        plan = (await case.view()).case.plan
        assert plan is not None
        for number, part in enumerate(plan.instalments, start=1):
            days = (part.due_on - await case.today()).days
            await case.advance(days=days)
            await case.tell(
                "payment", reference=f"P-{number}", amount_minor=part.amount_minor, currency="CNY"
            )

        assert await case.handle.result() == "cured"
        told = [(day, text) for day, text in await timeline(case) if day <= 87]
        assert told == [
            (0, "notice by email"),
            (7, "reminder_1 by sms"),
            (14, "reminder_2 by email"),
            (21, "counselling by phone"),
            (21, "phone: no_answer"),
            (24, "plan_offer by email"),
            (24, "stage: revisit"),
            (56, "revisit_6 by phone"),
            (56, "phone: no_answer"),
            (83, "set up: revisit_7 by visit"),
            (86, "revisit_7 by visit"),
            (86, "visit: met, next plan"),
            (86, "plan of 6 parts"),
        ]
        later = [text for day, text in await timeline(case) if day > 87]
        assert later == [
            one for number in range(1, 7) for one in (f"plan1_due_{number} by sms", "paid 200.00")
        ] + ["closed"]
        assert {weekday for _, weekday, _ in await contact_times(case)} <= {"Mon", "Tue", "Wed", "Thu", "Fri"}
