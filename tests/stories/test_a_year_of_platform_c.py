"""A year of platform C: few messages, then revisits that come more and more rarely; a hardship is heard on a visit."""

from collections.abc import Mapping
from typing import Any

from case_on_server import Office
from timeline import timeline
from visitors import nobody_there, work

from statemachine.appointment import Appointment

IN_DIFFICULTY = {
    "result": "met",
    "next_step": "hold",
    "findings": {"income": "none", "support_needs": "time, and one person to talk to"},
}


def in_difficulty_at_the_second_visit(visit: Appointment) -> Mapping[str, Any]:
    """Nobody is there, until the visit of the third revisit."""
    return IN_DIFFICULTY if visit.step == "revisit_7" else nobody_there(visit)


class TestYear:
    async def test_of_revisits_slows_down_and_pauses_for_a_hardship(self, office: Office) -> None:
        case = await office.opened(policy="platform-c")
        await work(case, 365, in_difficulty_at_the_second_visit)

        assert await timeline(case) == [
            (0, "notice by email"),
            (7, "reminder_1 by sms"),
            (17, "reminder_2 by email"),
            (28, "plan_offer by email"),
            (28, "stage: revisit"),
            (51, "set up: revisit_5 by visit"),
            (58, "revisit_5 by visit"),
            (58, "visit: not_met"),
            (88, "revisit_6 by phone"),
            (88, "phone: no_answer"),
            (126, "set up: revisit_7 by visit"),
            (133, "revisit_7 by visit"),
            (133, "visit: met, next hold"),
            (133, "hold: hardship"),
            (133, "a person: hold_review"),
            (133, "a person: hardship_review"),
            (178, "over: hardship"),
            (193, "revisit_8 by phone"),
            (193, "phone: no_answer"),
            (276, "set up: revisit_9 by visit"),
            (283, "revisit_9 by visit"),
            (283, "visit: not_met"),
        ]
        assert "one person to talk to" not in str(await case.lines())  # for few eyes
