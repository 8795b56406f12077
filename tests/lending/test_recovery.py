"""What each way to end a case may bring: ranges in whole minor units, never finer or surer than the house's figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateways.policy_file import policies_in
from lending.recovery import RecoveryTerms, prospects, spent_minor
from lending.risk import Tier

TERMS = policies_in()["platform-a"].house.escalation.recovery
assert TERMS is not None


class TestProspects:
    def test_are_worked_out_as_the_formula_says(self) -> None:
        found = {one.option: one for one in prospects(100_001, 200, Tier.MEDIUM, ("phone", "visit"), TERMS)}
        assert found["revisit"].brings_minor == (15_000, 35_001)
        assert found["revisit"].costs_minor == (6 * 600, 6 * 12_000)
        assert found["revisit"].net_minor == (15_000 - 72_000, 35_001 - 3_600)
        assert found["refer"].net_minor == (20_000 - 150_000, 45_001 - 150_000)
        assert found["sell"].net_minor == (3_000, 12_001)
        assert found["write_off"].net_minor == (0, 0)

    def test_of_an_unknown_risk_reach_from_the_worst_to_the_best(self) -> None:
        found = prospects(1_000, 0, None, ("sms",), TERMS)
        assert found[0].brings_minor == (150, 800)

    @given(st.integers(-10, 10**12), st.integers(0, 5000), st.sampled_from([None, *Tier]))
    def test_never_bring_more_than_is_owed_nor_less_than_nothing(
        self, owed_minor: int, days: int, tier: Tier | None
    ) -> None:
        for one in prospects(owed_minor, days, tier, ("phone",), TERMS):
            low, high = one.brings_minor
            assert 0 <= low <= high <= max(0, owed_minor)
            assert one.net_minor[0] <= one.net_minor[1]

    def test_count_what_was_spent_by_channel(self) -> None:
        assert spent_minor({"phone": 2, "email": 3, "pigeon": 9}, TERMS) == 2 * 600 + 3 * 2

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"sale_price_percent": (12, 3)}, "sale_price_percent"),
            ({"bands": TERMS.bands[1:]}, "must begin with 0 and rise"),
            ({"bands": TERMS.bands[::-1]}, "must begin with 0 and rise"),
        ],
    )
    def test_want_ranges_and_bands_in_order(self, change: dict[str, object], says: str) -> None:
        with pytest.raises(ValidationError, match=says):
            RecoveryTerms.model_validate(TERMS.model_dump() | change)
