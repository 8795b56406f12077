"""A year of platform B: the risk chooses a gentle strategy, nobody answers, two people look, and the visits go on."""

from case_on_server import Office
from timeline import timeline, to_day
from visitors import work


class TestYear:
    async def test_of_silence_ends_with_people_who_send_it_back_to_visits(self, office: Office) -> None:
        case = await office.opened(policy="platform-b")
        await work(case, 230)
        proposed = await case.tell("escalation_decision", decision="write_off", by="Ms Chen")
        assert "another person must approve" in proposed.reasons[0]
        await to_day(case, 243)
        sent_back = await case.tell("escalation_decision", decision="back_to_revisit", by="Mr Wu")
        assert sent_back.stage == "revisit"
        await work(case, 365)

        assert await timeline(case) == [
            (0, "strategy: gentle"),
            (0, "notice by email"),
            (10, "reminder_1 by email"),
            (24, "plan_offer by email"),
            (24, "stage: revisit"),
            (45, "revisit_4 by phone"),
            (45, "phone: no_answer"),
            (72, "set up: revisit_5 by visit"),
            (77, "revisit_5 by visit"),
            (77, "visit: not_met"),
            (122, "revisit_6 by phone"),
            (122, "phone: no_answer"),
            (164, "set up: revisit_7 by visit"),
            (168, "revisit_7 by visit"),
            (168, "a person: find_contact"),
            (168, "visit: not_met"),
            (213, "revisit_8 by phone"),
            (213, "phone: no_answer"),
            (213, "stage: escalation"),
            (213, "a person: escalation"),
            (227, "escalation reminder"),
            (227, "a person: escalation_reminder"),
            (230, "proposal"),
            (230, "a person: escalation_approval"),
            (241, "escalation reminder"),
            (241, "a person: escalation_reminder"),
            (243, "stage: revisit"),
            (266, "revisit_9 by phone"),
            (266, "phone: no_answer"),
            (293, "set up: revisit_10 by visit"),
            (296, "revisit_10 by visit"),
            (296, "visit: not_met"),
            (343, "revisit_11 by phone"),
            (343, "phone: no_answer"),
        ]
