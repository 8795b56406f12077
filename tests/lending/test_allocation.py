"""Which debt and which part a payment pays: 民法典 art. 560 and 561, exact to the minor unit."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lending.allocation import CHINA, Allocation, AllocationOrder, Debt, Part, allocate, pro_rata

TODAY = date(2026, 3, 9)
LAST_MONTH, EARLIER, NEXT_MONTH = date(2026, 2, 9), date(2026, 1, 9), date(2026, 4, 9)
PRINCIPAL_FIRST = AllocationOrder(parts=(Part.PRINCIPAL, Part.INTEREST, Part.COSTS), citation="agreed")

owed = st.integers(0, 10**9)
debts = st.lists(
    st.builds(
        Debt,
        reference=st.just(""),
        due_on=st.sampled_from((EARLIER, LAST_MONTH, NEXT_MONTH)),
        principal_minor=owed,
        interest_minor=owed,
        costs_minor=owed,
        secured_minor=st.integers(0, 2),
        burden=st.integers(0, 2),
    ),
    max_size=7,
).map(lambda found: [debt.model_copy(update={"reference": str(n)}) for n, debt in enumerate(found)])


def debt(reference: str, principal_minor: int = 1000, due_on: date = LAST_MONTH, **others: Any) -> Debt:
    """A debt that is due."""
    return Debt(reference=reference, principal_minor=principal_minor, due_on=due_on, **others)


def paid(found: Allocation) -> dict[str, int]:
    """What each debt got."""
    names = dict.fromkeys(share.debt for share in found.shares)
    return {name: sum(share.amount_minor for share in found.shares if share.debt == name) for name in names}


class TestInsideADebt:
    DEBT = debt("a", 1000, interest_minor=200, costs_minor=50)

    @pytest.mark.parametrize(
        ("amount_minor", "parts"),
        [
            (30, [("costs", 30)]),
            (50, [("costs", 50)]),
            (100, [("costs", 50), ("interest", 50)]),
            (251, [("costs", 50), ("interest", 200), ("principal", 1)]),
        ],
    )
    def test_china_pays_costs_then_interest_then_principal(
        self, amount_minor: int, parts: list[tuple[str, int]]
    ) -> None:
        found = allocate(amount_minor, [self.DEBT], CHINA, TODAY)

        assert parts == [(share.part, share.amount_minor) for share in found.shares]

    def test_another_order_is_data(self) -> None:
        found = allocate(1001, [self.DEBT], PRINCIPAL_FIRST, TODAY)

        assert [("principal", 1000), ("interest", 1)] == [(s.part, s.amount_minor) for s in found.shares]

    def test_an_order_names_each_part_once(self) -> None:
        with pytest.raises(ValidationError, match="must name each of"):
            AllocationOrder(parts=(Part.COSTS, Part.COSTS, Part.PRINCIPAL), citation="none")


class TestBetweenDebts:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (debt("due", secured_minor=9), debt("not due", due_on=NEXT_MONTH)),
            (debt("due today", due_on=TODAY), debt("due tomorrow", due_on=date(2026, 3, 10))),
            (debt("least secured"), debt("secured", secured_minor=1, burden=9)),
            (debt("most burdensome", burden=1), debt("lighter", due_on=EARLIER)),
            (debt("earliest due", due_on=EARLIER), debt("later")),
        ],
    )
    def test_the_law_puts_one_first_in_whichever_order_they_are_told(self, first: Debt, second: Debt) -> None:
        for told in ([first, second], [second, first]):
            assert {first.reference: 700} == paid(allocate(700, told, CHINA, TODAY))
            assert {first.reference: 1000, second.reference: 500} == paid(allocate(1500, told, CHINA, TODAY))

    def test_equals_share_pro_rata(self) -> None:
        assert {"a": 25, "b": 75} == paid(allocate(100, [debt("a", 500), debt("b", 1500)], CHINA, TODAY))

    def test_the_borrowers_word_comes_first_in_their_order(self) -> None:
        told = [debt("a", due_on=EARLIER), debt("b", secured_minor=5), debt("c", due_on=NEXT_MONTH)]

        assert {"c": 1000, "b": 1000, "a": 1} == paid(allocate(2001, told, CHINA, TODAY, ("c", "b")))

    @given(st.integers(1, 10**10), debts, st.data())
    def test_every_minor_unit_is_kept_and_none_pays_more_than_is_owed(
        self, amount_minor: int, told: list[Debt], data: st.DataObject
    ) -> None:
        names = [one.reference for one in told]
        designated = data.draw(st.lists(st.sampled_from(names), unique=True)) if names else []

        found = allocate(amount_minor, told, CHINA, TODAY, designated)

        assert amount_minor == found.overpaid_minor + sum(share.amount_minor for share in found.shares)
        assert found.overpaid_minor == max(0, amount_minor - sum(one.owed_minor for one in told))
        known = {one.reference: one for one in told}
        assert all(0 < share.amount_minor <= known[share.debt].of(share.part) for share in found.shares)
        assert len(found.shares) == len({(share.debt, share.part) for share in found.shares})

    def test_what_is_more_than_all_debts_is_overpaid(self) -> None:
        assert 500 == allocate(1500, [debt("a")], CHINA, TODAY).overpaid_minor
        assert Allocation(shares=(), overpaid_minor=7) == allocate(7, [], CHINA, TODAY)


class TestProRata:
    @given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
    def test_is_within_a_minor_unit_of_the_proportion(self, amount_minor: int, told: list[int]) -> None:
        found, total = pro_rata(amount_minor, told), sum(told)

        assert min(amount_minor, total) == sum(found)
        for portion, one in zip(found, told, strict=True):
            assert 0 <= portion <= one
            assert amount_minor >= total or abs(portion * total - amount_minor * one) < total


class TestMistakes:
    @pytest.mark.parametrize(
        ("amount_minor", "told", "designated", "said"),
        [
            (0, [debt("a")], (), "amount_minor: 0 is no payment"),
            (-5, [debt("a")], (), "amount_minor: -5 is no payment"),
            (1, [debt("a"), debt("a")], (), "debts: 'a' stands there twice"),
            (1, [debt("a")], ("a", "a"), "designated: 'a' stands there twice"),
            (1, [debt("a")], ("b",), "designated: 'b' is none of the debts: there are a"),
        ],
    )
    def test_name_the_field(
        self, amount_minor: int, told: list[Debt], designated: tuple[str, ...], said: str
    ) -> None:
        with pytest.raises(ValueError, match=said):
            allocate(amount_minor, told, CHINA, TODAY, designated)
