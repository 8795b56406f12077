"""A case's holds as pauses in the book: written as Fineract takes them, ended when they end, whatever falls over."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from at_the_door import CaseAtDoor
from beside_fineract import Beside

from gateways.fineract.pauses import OPEN_ENDED_DAYS
from gateways.fineract.refusal import FineractRefused
from simulator.fineract_loan import Action, StandInLoan
from statemachine import messages
from statemachine.stage import HoldReason


class Paused:
    """A loan with a case, in a book whose days pass."""

    def __init__(self, beside: Beside, loan: StandInLoan, case: CaseAtDoor) -> None:
        self.beside, self.loan, self.case = beside, loan, case

    @property
    def now(self) -> datetime:
        return datetime.combine(self.beside.book.today, datetime.min.time(), UTC) + timedelta(hours=9)

    async def holds(self, days: int | None = None, reason: HoldReason = HoldReason.OPERATOR) -> None:
        until = self.beside.book.today + timedelta(days=days) if days is not None else None
        await self.case.told(messages.HoldPlaced(reason=reason, until=until, by="Ms Chen"), self.now)

    async def releases(self, reason: HoldReason = HoldReason.OPERATOR) -> None:
        await self.case.told(messages.HoldReleased(reason=reason, by="Ms Chen"), self.now)

    def passes(self, days: int) -> None:
        for _ in range(days):
            self.beside.book.close_of_business()

    def pauses(self) -> list[tuple[int, int]]:
        """The pauses in the book, as days from the first day of the test."""
        start = self.case.loan.overdue_since + timedelta(days=20)
        return sorted(((first - start).days, (last - start).days) for first, last in self.loan.pauses())


@pytest.fixture
async def paused(beside: Beside) -> Paused:
    """A case 20 days past due."""
    loan = beside.lends(12, 20, amount_minor=500_000)
    return Paused(beside, loan, await beside.opens(loan))


class TestHold:
    async def test_with_an_end_is_paused_to_the_end_of_its_last_day(self, paused: Paused) -> None:
        await paused.holds(days=5)

        await paused.beside.rounds()

        assert paused.pauses() == [(0, 6)]

    async def test_is_written_once_however_often_a_round_runs(self, paused: Paused) -> None:
        await paused.holds(days=5)
        for _ in range(3):
            await paused.beside.rounds()
        paused.passes(2)
        await paused.beside.rounds()

        assert len(paused.loan.actions) == 1

    async def test_that_is_released_early_ends_in_the_book_that_day(self, paused: Paused) -> None:
        await paused.holds(days=20)
        await paused.beside.rounds()
        paused.passes(4)
        await paused.releases()

        await paused.beside.rounds()
        await paused.beside.rounds()

        assert paused.pauses() == [(0, 4)]
        assert [one.kind for one in paused.loan.actions] == ["PAUSE", "RESUME"]

    async def test_without_an_end_is_renewed_on_the_day_its_pause_ends(self, paused: Paused) -> None:
        await paused.holds(reason=HoldReason.DISPUTE)
        for _ in range(OPEN_ENDED_DAYS * 2 + 5):
            await paused.beside.rounds()
            paused.passes(1)

        assert paused.pauses() == [(0, 30), (30, 60), (60, 90)]

    async def test_placed_again_on_the_day_of_a_release_is_paused_from_the_next_day(
        self, paused: Paused
    ) -> None:
        await paused.holds(days=20)
        await paused.beside.rounds()
        paused.passes(4)
        await paused.releases()
        await paused.beside.rounds()
        await paused.holds(days=10)

        await paused.beside.rounds()
        paused.passes(1)
        await paused.beside.rounds()

        assert paused.pauses() == [(0, 4), (5, 15)]

    async def test_that_is_lengthened_gets_the_missing_days(self, paused: Paused) -> None:
        await paused.holds(days=5)
        await paused.beside.rounds()
        await paused.holds(days=9)

        await paused.beside.rounds()

        assert paused.pauses() == [(0, 6), (6, 10)]

    async def test_leaves_the_lenders_own_pauses_alone(self, paused: Paused) -> None:
        today = paused.beside.book.today
        paused.loan.act(Action(1, "PAUSE", today - timedelta(days=3), today + timedelta(days=3)), today)
        await paused.holds(days=5)
        await paused.beside.rounds()
        assert paused.pauses() == [(-3, 3), (3, 6)]

        await paused.releases()
        await paused.beside.rounds()

        assert paused.pauses()[0] == (-3, 3)

    async def test_that_began_and_ended_between_two_rounds_is_paused_backwards(self, paused: Paused) -> None:
        await paused.holds(days=20)
        paused.passes(4)
        await paused.releases()
        paused.passes(3)

        await paused.beside.rounds()

        assert paused.pauses() == [(0, 4)]

    async def test_of_a_few_eyes_kind_is_paused_like_any_other(self, paused: Paused) -> None:
        await paused.holds(days=5, reason=HoldReason.BEREAVEMENT)

        report = await paused.beside.rounds()

        assert paused.pauses() == [(0, 6)]
        assert "bereavement" not in str(report)

    async def test_ends_with_its_case(self, paused: Paused) -> None:
        await paused.holds(days=20)
        await paused.beside.rounds()
        paused.passes(2)
        await paused.case.told(messages.Withdrawn(reason="sold back"), paused.now)
        await paused.beside.shelf.ask(12)

        await paused.beside.reconciling.asked_for()

        assert paused.pauses() == [(0, 2)]

    async def test_of_a_loan_that_is_over_is_left_as_it_is(self, paused: Paused) -> None:
        await paused.holds(days=20)
        paused.beside.book.write_off(paused.loan)

        await paused.beside.rounds()

        assert paused.pauses() == []


class TestWritingBack:
    async def test_converges_when_the_answer_to_a_pause_is_lost(self, paused: Paused) -> None:
        await paused.holds(days=5)
        paused.beside.book.faults, paused.beside.book.fault_rate = Random(1), 0.5
        for _ in range(12):
            await paused.beside.rounds()

        assert paused.pauses() == [(0, 6)]
        assert len(paused.loan.actions) == 1

    async def test_converges_when_the_process_dies_before_the_pause_is_written(
        self, paused: Paused, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await paused.holds(days=5)

        async def dies(*_: object) -> None:
            raise RuntimeError("killed")

        with monkeypatch.context() as patched:
            patched.setattr(paused.beside.api, "pause", dies)
            with pytest.raises(RuntimeError, match="killed"):
                await paused.beside.rounds()
        await paused.beside.rounds()

        assert paused.pauses() == [(0, 6)]

    async def test_says_what_the_book_refuses(self, paused: Paused) -> None:
        await paused.holds(days=5)
        paused.loan.disbursed_on = paused.beside.book.today + timedelta(days=1)

        with pytest.raises(FineractRefused, match="400: loan-delinquency-action-invalid-start-date"):
            await paused.beside.api.pause(
                12, paused.beside.book.today, paused.beside.book.today + timedelta(days=3)
            )


class TestStandIn:
    """What it refuses is what Fineract's own validator refuses, its gaps included."""

    @pytest.mark.parametrize(
        ("first", "last", "code"),
        [
            (5, 5, "invalid-start-date-and-end-date"),
            (-1000, 5, "invalid-start-date"),
            (12, 15, "overlapping"),
            (5, 12, "overlapping"),
            (18, 25, "overlapping"),
            (10, 20, "overlapping"),
            (5, 10, ""),
            (20, 25, ""),
            (9, 21, ""),
            (10, 21, ""),
        ],
    )
    async def test_checks_pauses_as_fineract_does(
        self, paused: Paused, first: int, last: int, code: str
    ) -> None:
        today = paused.beside.book.today
        days = [today + timedelta(days=number) for number in (10, 20, first, last)]
        await paused.beside.api.pause(12, days[0], days[1])
        refused = pytest.raises(FineractRefused, match=code) if code else nullcontext()
        with refused:
            await paused.beside.api.pause(12, days[2], days[3])

    async def test_takes_a_resume_only_today_once_and_during_a_pause(self, paused: Paused) -> None:
        api, today = paused.beside.api, paused.beside.book.today
        with pytest.raises(FineractRefused, match="resume-should-be-on-pause"):
            await api.resume(12, today)
        await api.pause(12, today - timedelta(days=1), today + timedelta(days=5))
        with pytest.raises(FineractRefused, match="invalid-start-date"):
            await api.resume(12, today + timedelta(days=1))
        await api.resume(12, today)
        with pytest.raises(FineractRefused, match="resume-should-be-unique"):
            await api.resume(12, today)
