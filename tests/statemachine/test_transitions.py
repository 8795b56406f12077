"""The one table: every stage and trigger has one answer, and the library that moves cases gives the same."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from random import Random

import pytest
from transitions import MachineError

from statemachine.stage import Stage
from statemachine.transitions import ABSORBED, LADDER, MOVES, STAYS, Trigger, absorbed, machine, move

PAIRS = tuple(product(Stage, Trigger))
SHAPES = (
    LADDER,
    (Stage.NOTICE, Stage.REMINDER),
    (Stage.NOTICE, Stage.PLAN_OFFER),
    (Stage.NOTICE,),
)


def destination(shape: tuple[Stage, ...], stage: Stage, trigger: Trigger) -> Stage | None:
    """What the table says; None where nothing may happen to a policy of this shape."""
    after = stage if (stage, trigger) in STAYS else MOVES.get((stage, trigger))
    left_out = set(LADDER) - set(shape)
    return None if {stage, after} & left_out else after


class TestTable:
    @pytest.mark.parametrize("stage", Stage)
    def test_answers_every_trigger_in_exactly_one_place(self, stage: Stage) -> None:
        places = {
            trigger: [(stage, trigger) in place for place in (MOVES, STAYS, ABSORBED)] for trigger in Trigger
        }

        assert {trigger: sum(found) for trigger, found in places.items()} == dict.fromkeys(Trigger, 1)

    def test_names_no_pair_that_does_not_exist(self) -> None:
        assert {*MOVES, *STAYS, *ABSORBED} == set(PAIRS)

    def test_gives_a_written_reason_for_everything_it_absorbs(self) -> None:
        assert all(len(reason.split()) >= 4 for reason in ABSORBED.values())

    def test_ends_at_closed_and_nowhere_else(self) -> None:
        sources = {stage for stage, _ in MOVES}

        assert sources == set(Stage) - {Stage.CLOSED}
        assert all((Stage.CLOSED, trigger) in ABSORBED for trigger in Trigger)

    def test_moves_always_to_another_stage(self) -> None:
        assert all(source is not target for (source, _), target in MOVES.items())

    def test_closes_from_every_open_stage_when_nothing_is_owed_or_the_lender_withdraws(self) -> None:
        closing = {(stage, trigger) for (stage, trigger), to in MOVES.items() if to is Stage.CLOSED}

        for stage in set(Stage) - {Stage.CLOSED}:
            assert {(stage, Trigger.CLEARED), (stage, Trigger.WITHDRAWN)} <= closing

    def test_lets_only_an_escalated_case_be_referred_settled_or_written_off(self) -> None:
        for trigger in (Trigger.REFERRED, Trigger.SETTLED, Trigger.WRITTEN_OFF):
            assert {stage for stage, moved in MOVES if moved is trigger} == {Stage.ESCALATION}

    @pytest.mark.parametrize("stage", Stage)
    def test_tells_why_nothing_happens_only_where_nothing_happens(self, stage: Stage) -> None:
        silent = {trigger for trigger in Trigger if absorbed(stage, trigger) is None}

        assert silent == {trigger for trigger in Trigger if (stage, trigger) in {*MOVES, *STAYS}}


class TestMachine:
    @pytest.mark.parametrize("shape", SHAPES, ids="-".join)
    @pytest.mark.parametrize("stage", Stage)
    def test_agrees_with_the_table(self, shape: tuple[Stage, ...], stage: Stage) -> None:
        for trigger in Trigger:
            expected = destination(shape, stage, trigger)
            if expected is not None:
                assert move(shape, stage, trigger) is expected
                continue
            with pytest.raises(
                (MachineError, KeyError, ValueError)
            ):  # the row, trigger or stage is not there
                move(shape, stage, trigger)

    def test_is_shared_by_all_policies_of_one_shape(self) -> None:
        assert machine(LADDER) is machine(tuple(LADDER))

    def test_holds_no_case(self) -> None:
        move(LADDER, Stage.NOTICE, Trigger.REMINDER_NEXT)

        assert machine(LADDER).models == []

    def test_gives_the_same_answers_to_eight_threads_at_once(self) -> None:
        asked = [
            (shape, stage, trigger)
            for shape in SHAPES
            for stage, trigger in PAIRS
            if destination(shape, stage, trigger) is not None
        ]
        machine.cache_clear()

        def wrong_answers(seed: int) -> list[tuple[tuple[Stage, ...], Stage, Trigger]]:
            shuffled = Random(seed).sample(asked * 20, k=len(asked) * 20)
            return [question for question in shuffled if move(*question) is not destination(*question)]

        with ThreadPoolExecutor(max_workers=8) as threads:
            assert list(threads.map(wrong_answers, range(8))) == [[]] * 8
