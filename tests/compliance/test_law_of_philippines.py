"""The Philippines, at the boundary of its one rule: SEC MC 18/2019."""

import pytest
from law_at import HOLIDAY, MONDAY, SUNDAY, Known, allows, before_and_on, certainties, hours, terms

PLACE = "PH"
HOURS = "PH/hours"
NIGHT = "03:00"


class TestEffect:
    def test_begins_on_the_first_day_and_not_the_day_before(self) -> None:
        assert before_and_on(HOURS, "2019-09-07", clock=NIGHT) == [True, False]

    def test_and_certainty_are_known_of_every_rule(self) -> None:
        assert (certainties(PLACE), terms(PLACE)) == ({HOURS: "M"}, {})


class TestHours:
    @pytest.mark.parametrize("day", [MONDAY, SUNDAY, HOLIDAY])
    @pytest.mark.parametrize("channel", ["email", "sms", "phone", "visit"])
    def test_are_6_to_22_on_every_day_alike(self, day: str, channel: str) -> None:
        assert hours(HOURS, day, channel) == "06:00-22:00"

    def test_bind_no_more_when_the_arrears_are_more_than_sixty_days_old(self) -> None:
        found = [
            allows(HOURS, f"{day} {NIGHT}", overdue_since=MONDAY) for day in ("2026-07-03", "2026-07-04")
        ]

        assert found == [False, True]

    @pytest.mark.parametrize("fact", ["hours_agreed", "contact_agreed"])
    def test_bind_no_more_with_the_borrowers_consent(self, fact: str) -> None:
        assert allows(HOURS, f"{MONDAY} {NIGHT}", known=[Known(fact)])
