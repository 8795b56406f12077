"""The simulated field team: every kind of finding comes up, and the core takes in what it says."""

import random

from simulator import field_team
from simulator.borrowers import Borrower
from statemachine.messages import VisitReported


def told(channel: str) -> list[VisitReported]:
    """What is told of many calls or visits, over every temperament."""
    temperaments = {Borrower(seed, "L").temperament for seed in range(60)}
    found = [
        field_team.outcome(
            random.Random(f"{temperament} {seed}"), channel, temperament, f"{temperament} {seed}"
        )
        for temperament in sorted(temperaments)
        for seed in range(80)
    ]
    assert None in found
    return [VisitReported.model_validate(message) for message in found if message]


class TestFieldTeam:
    def test_comes_to_every_next_step_by_call_and_by_visit(self) -> None:
        steps = {"none", "visit", "plan", "hold", "reminder", "escalate"}

        assert {report.next_step for report in told("phone")} == steps
        assert {report.next_step for report in told("visit")} == steps

    def test_uses_the_words_of_its_channel(self) -> None:
        assert {report.result for report in told("phone")} == {"conversation", "no_answer", "third_person"}
        assert {report.result for report in told("visit")} == {"met", "not_met"}
