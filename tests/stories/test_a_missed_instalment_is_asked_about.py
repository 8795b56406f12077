"""A missed instalment brings one kind word and a person who looks at why; the ladder does not begin again."""

from case_on_server import CaseOnServer, Office
from household import budget
from timeline import Timeline, day_of, timeline, to_day

MISSED: Timeline = [
    (0, "notice by email"),
    (1, "offered 13 parts"),
    (2, "plan of 3 parts"),
    (16, "plan1_due_1 by sms"),
    (25, "missed: part due day 19"),
    (25, "a person: plan_review"),
    (25, "plan1_missed_1 by sms"),
]


async def missed(office: Office) -> CaseOnServer:
    """Three parts of 400.00, due on days 19, 33 and 47; nothing has come until day 28."""
    case = await office.opened(policy="platform-a")
    await to_day(case, 1)
    await case.tell("budget", statement=budget(600_000, await day_of(case, 4)))
    await to_day(case, 2)
    await case.tell("plan_accepted", instalments=3)
    await to_day(case, 28)
    return case


async def pays(case: CaseOnServer, day: int, amount_minor: int) -> None:
    """A payment at noon of this day."""
    await to_day(case, day)
    await case.tell("payment", reference=f"P-{day}", amount_minor=amount_minor, currency="CNY")


class TestMissedInstalment:
    async def test_that_is_paid_after_the_kind_word_leaves_the_plan_as_it_was(self, office: Office) -> None:
        case = await missed(office)
        for day in (28, 33, 47):
            await pays(case, day, 40_000)
        assert await case.handle.result() == "cured"
        assert await timeline(case) == [
            *MISSED,
            (28, "paid 400.00"),
            (30, "plan1_due_2 by sms"),
            (33, "paid 400.00"),
            (44, "plan1_due_3 by sms"),
            (47, "paid 400.00"),
            (47, "closed"),
        ]

    async def test_that_is_reviewed_leads_to_a_new_budget_and_a_plan_that_is_kept(
        self, office: Office
    ) -> None:
        case = await missed(office)
        await case.tell("budget", statement=budget(470_000, await day_of(case, 4)))
        await to_day(case, 29)
        await case.tell("plan_accepted", instalments=5)
        for day in (47, 61, 75, 89, 103):
            await pays(case, day, 24_000)
        assert await case.handle.result() == "cured"
        assert await timeline(case) == [
            *MISSED,
            (28, "offered 13 parts"),
            (29, "plan of 5 parts"),
            (44, "plan2_due_1 by sms"),
            (47, "paid 240.00"),
            (58, "plan2_due_2 by sms"),
            (61, "paid 240.00"),
            (72, "plan2_due_3 by sms"),
            (75, "paid 240.00"),
            (86, "plan2_due_4 by sms"),
            (89, "paid 240.00"),
            (100, "plan2_due_5 by sms"),
            (103, "paid 240.00"),
            (103, "closed"),
        ]

    async def test_for_which_nobody_finds_a_way_ends_the_plan_and_the_account_is_revisited(
        self, office: Office
    ) -> None:
        case = await missed(office)
        await to_day(case, 40)
        assert await timeline(case) == [
            *MISSED,
            (39, "plan broken: part due day 19"),
            (39, "a person: plan_review"),
            (39, "revisit_4 by phone"),
            (39, "phone: not_met"),
        ]
