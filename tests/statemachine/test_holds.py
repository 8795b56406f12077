"""Holds stop routine contact, lie across stages, and return to where the case was."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from gateways.rule_pack_file import packs_in
from lending.days import day_ends, day_starts
from statemachine.agenda import WaitForPerson, WaitUntil, WantContact, whats_next
from statemachine.case import Case, Hold
from statemachine.decide import decide
from statemachine.events import TimeReached
from statemachine.fact import FactName
from statemachine.hold_kind import HOLD_KINDS, shown, shown_reason, shown_rule
from statemachine.messages import (
    DisputeOpened,
    DisputeResolved,
    EscalationDecided,
    HardshipReported,
    HoldPlaced,
    HoldReleased,
    Message,
    PromiseMade,
)
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason, Outcome, Stage

OPEN = tuple(stage for stage in Stage if stage is not Stage.CLOSED)
LAST_DAY = date(2026, 3, 31)
LAST_DAY_ENDS = day_ends(LAST_DAY, ("Asia/Shanghai",))


class TestHold:
    @pytest.mark.parametrize("reason", [one for one in HoldReason if one is not HoldReason.COMPLAINT])
    @pytest.mark.parametrize("stage", OPEN)
    def test_stops_the_agenda_in_every_stage(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime, stage: Stage, reason: HoldReason
    ) -> None:
        held = decide(cases[stage], HoldPlaced(reason=reason), monday, house).case

        lasts_days, why = HOLD_KINDS[reason].lasts_days, f"on hold: {shown(reason)}"
        ends = WaitUntil(at=monday + timedelta(days=lasts_days), why=why) if lasts_days else None
        assert whats_next(held, house, monday) == (ends or WaitForPerson(why=why))

    @pytest.mark.parametrize("stage", OPEN)
    def test_returns_to_where_the_case_was(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime, stage: Stage
    ) -> None:
        before = cases[stage]
        held = decide(before, HoldPlaced(reason=HoldReason.DISASTER), monday, house).case

        after = decide(held, HoldReleased(reason=HoldReason.DISASTER), monday, house).case

        told = Hold(reason=HoldReason.DISASTER, placed_at=monday, until_at=monday)
        wanted_at = max(monday, before.wanted_at)
        assert after == before.model_copy(
            update={"wanted_at": wanted_at, "past_holds": (told,), "in_difficulty": True}
        )

    def test_catches_nothing_up_in_a_burst(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.DISASTER), monday, house).case
        later = monday + timedelta(days=300)

        released = decide(held, HoldReleased(reason=HoldReason.DISASTER), later, house).case

        coming = whats_next(released, house, later)
        assert isinstance(coming, WantContact)
        assert (coming.contact.step, coming.from_at) == ("notice", later)

    def test_lasts_to_the_end_of_its_last_day(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY), monday, house).case

        assert whats_next(held, house, monday) == WaitUntil(at=LAST_DAY_ENDS, why="on hold: operator")
        almost = decide(held, TimeReached(), LAST_DAY_ENDS - timedelta(seconds=1), house)
        over = decide(held, TimeReached(), LAST_DAY_ENDS, house)
        assert (almost.case, almost.lines) == (held, ())
        assert over.case.holds == ()
        assert [line.kind for line in over.lines] == ["hold_ended"]

    def test_goes_on_while_another_reason_holds(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY), monday, house).case
        both = decide(held, DisputeOpened(reason="paid"), monday, house).case

        over = decide(both, TimeReached(), LAST_DAY_ENDS, house).case

        assert [hold.reason for hold in over.holds] == [HoldReason.DISPUTE]
        assert isinstance(whats_next(over, house, LAST_DAY_ENDS), WaitForPerson)

    def test_that_ends_first_is_waited_for_first(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        longer = HoldPlaced(reason=HoldReason.DISASTER, until=LAST_DAY + timedelta(days=30))
        held = decide(case, longer, monday, house).case
        both = decide(held, HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY), monday, house).case

        coming = whats_next(both, house, monday)

        assert coming == WaitUntil(at=LAST_DAY_ENDS, why="on hold: disaster, operator")

    def test_lets_no_promise_be_judged(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        promised = PromiseMade(amount_minor=1000, due_on=date(2026, 3, 10))
        promising = decide(case, promised, monday, house).case
        held = decide(promising, HoldPlaced(reason=HoldReason.DISPUTE), monday, house).case

        later = decide(held, TimeReached(), LAST_DAY_ENDS, house).case

        assert (later.promises, later.broken_promises) == (promising.promises, 0)

    def test_placed_again_for_the_same_reason_is_one_hold_and_never_shorter(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        open_end, ends = (
            HoldPlaced(reason=HoldReason.OPERATOR),
            HoldPlaced(reason=HoldReason.OPERATOR, until=LAST_DAY),
        )
        lengthened = decide(decide(case, ends, monday, house).case, open_end, monday, house).case
        not_shortened = decide(decide(case, open_end, monday, house).case, ends, monday, house).case

        assert [hold.until_at for hold in lengthened.holds] == [None]
        assert [hold.until_at for hold in not_shortened.holds] == [None]

    def test_of_a_kind_that_a_person_must_end_names_that_person(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        held = decide(case, HoldPlaced(reason=HoldReason.DEATH), monday, house).case

        assert not decide(held, HoldReleased(reason=HoldReason.DEATH), monday, house).accepted
        assert (
            decide(held, HoldReleased(reason=HoldReason.DEATH, by="Ms Chen"), monday, house).case.holds == ()
        )

    @pytest.mark.parametrize(
        "message", [HoldReleased(reason=HoldReason.DISASTER), DisputeResolved(result="rejected")]
    )
    def test_that_is_not_there_cannot_be_ended(
        self, case: Case, house: HousePolicy, monday: datetime, message: Message
    ) -> None:
        decision = decide(case, message, monday, house)

        assert not decision.accepted
        assert decision.lines[0].reason.startswith("there is no ")


class TestDispute:
    def test_rejected_lets_the_case_go_on(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        disputed = decide(case, DisputeOpened(reason="paid"), monday, house).case

        after = decide(disputed, DisputeResolved(result="rejected"), monday, house).case

        assert (after.stage, after.holds) == (Stage.NOTICE, ())

    def test_upheld_ends_the_case(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        disputed = decide(case, DisputeOpened(reason="paid"), monday, house).case

        after = decide(disputed, DisputeResolved(result="upheld"), monday, house).case

        assert (after.stage, after.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)


class TestHardship:
    def test_pauses_for_the_houses_days_and_asks_a_person(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = decide(case, HardshipReported(support_need="smaller parts"), monday, house)

        assert decision.case.holds[0].until_at == monday + timedelta(days=house.hardship_pause_days)
        assert [task.kind for task in decision.tasks] == ["hold_review", "hardship_review"]

    def test_keeps_what_would_help_to_the_few_who_need_it(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        decision = decide(case, HardshipReported(support_need="smaller parts"), monday, house)

        assert decision.case.holds[0].support_need == "smaller parts"
        written = (*decision.lines, *decision.tasks)
        assert not [one for one in written if "smaller parts" in one.model_dump_json()]


class TestDatedHold:
    def test_may_begin_before_it_was_told(self, case: Case, house: HousePolicy, monday: datetime) -> None:
        told = HoldPlaced(reason=HoldReason.ILLNESS, since=date(2026, 3, 1), until=LAST_DAY)

        [hold] = decide(case, told, monday, house).case.holds

        assert (hold.placed_at, hold.starts_at) == (monday, day_starts(date(2026, 3, 1), ("Asia/Shanghai",)))

    def test_that_is_over_when_it_is_told_holds_nothing_now(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        told = HoldPlaced(reason=HoldReason.ILLNESS, since=date(2026, 3, 1), until=date(2026, 3, 5))

        decision = decide(case, told, monday, house)

        assert [line.kind for line in decision.lines] == ["hold_told_late"]
        assert decision.case.holds == ()
        assert isinstance(whats_next(decision.case, house, monday), WantContact)

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"since": date(2026, 3, 10)}, "since: 2026-03-10 must lie from 366 days ago to today"),
            ({"since": date(2025, 3, 7)}, "since: 2025-03-07 must lie from 366 days ago to today"),
            (
                {"since": date(2026, 3, 5), "until": date(2026, 3, 4)},
                "until: 2026-03-04 is before 2026-03-05",
            ),
            ({"until": date(2026, 3, 8)}, "until: 2026-03-08 is before today"),
            ({"review_on": date(2026, 3, 8)}, "review_on: 2026-03-08 is before today"),
        ],
    )
    def test_with_days_that_cannot_be_changes_nothing(
        self, case: Case, house: HousePolicy, monday: datetime, told: dict[str, date], field: str
    ) -> None:
        decision = decide(case, HoldPlaced(reason=HoldReason.ILLNESS, **told), monday, house)

        assert (decision.accepted, decision.case) == (False, case)
        assert decision.lines[0].reason.startswith(field)

    def test_of_breathing_space_lasts_sixty_days_and_a_crisis_until_released(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        space = decide(case, HoldPlaced(reason=HoldReason.BREATHING_SPACE), monday, house).case
        crisis = decide(case, HoldPlaced(reason=HoldReason.MENTAL_HEALTH_CRISIS), monday, house).case

        assert space.holds[0].until_at == monday + timedelta(days=60)
        assert crisis.holds[0].until_at is None

    def test_asks_a_person_to_look_again_before_it_ends(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        short = decide(case, HoldPlaced(reason=HoldReason.DISASTER, until=date(2026, 3, 12)), monday, house)
        open_end = decide(case, HoldPlaced(reason=HoldReason.DISASTER), monday, house)
        named = HoldPlaced(reason=HoldReason.DISASTER, review_on=date(2026, 3, 20))

        assert short.tasks[0].due_on == date(2026, 3, 13)
        assert open_end.tasks[0].due_on == date(2026, 4, 8)
        assert decide(case, named, monday, house).tasks[0].due_on == date(2026, 3, 20)

    def test_lets_no_claim_be_referred_or_written_off_where_decisions_wait(
        self, cases: dict[Stage, Case], house: HousePolicy, monday: datetime
    ) -> None:
        escalated = cases[Stage.ESCALATION]
        held = decide(escalated, HoldPlaced(reason=HoldReason.BREATHING_SPACE), monday, house).case
        at_rest = decide(escalated, HoldPlaced(reason=HoldReason.OPERATOR), monday, house).case

        for what in ("refer", "sell", "write_off"):
            decided = EscalationDecided(decision=what, by="Ms Tan")
            assert not decide(held, decided, monday, house).accepted
            assert decide(at_rest, decided, monday, house).case.is_closed
        back = EscalationDecided(decision="back_to_revisit", by="Ms Tan")
        assert decide(held, back, monday, house).case.stage is Stage.REVISIT

    @pytest.mark.parametrize("reason", [reason for reason in HoldReason if HOLD_KINDS[reason].is_restricted])
    def test_of_a_restricted_kind_names_itself_nowhere_that_everybody_reads(
        self, case: Case, house: HousePolicy, monday: datetime, reason: HoldReason
    ) -> None:
        placed = decide(case, HoldPlaced(reason=reason, note="told by a relative"), monday, house)
        ended = decide(placed.case, HoldReleased(reason=reason, by="Ms Chen"), monday, house)

        written = [one.model_dump_json() for one in (*placed.lines, *placed.tasks, *ended.lines)]
        assert not [text for text in written if reason in text or "relative" in text]
        assert placed.case.shown_holds == ("restricted",)

    def test_is_known_to_the_law_after_it_is_over(
        self, case: Case, house: HousePolicy, monday: datetime
    ) -> None:
        """A mental health crisis stops contact for thirty days after its end."""
        held = decide(case, HoldPlaced(reason=HoldReason.MENTAL_HEALTH_CRISIS), monday, house).case
        later = monday + timedelta(days=90)

        over = decide(held, HoldReleased(reason=HoldReason.MENTAL_HEALTH_CRISIS, by="Ms Chen"), later, house)

        [fact] = over.case.known_facts
        assert (fact.name, fact.since, fact.until) == (FactName.MENTAL_HEALTH_CRISIS, monday, later)


class TestRuleForFewEyes:
    def test_is_each_one_that_is_asked_about_what_few_may_know(self, project: Path) -> None:
        told = {"capacity_doubt", "hospital", "disability"}
        told |= {str(kind.fact) for kind in HOLD_KINDS.values() if kind.is_restricted and kind.fact}
        rules = [
            rule for pack in packs_in(project / "policies" / "jurisdictions").values() for rule in pack.rules
        ]
        about = [rule.id for rule in rules if getattr(rule, "on", None) in told]
        assert len(about) >= 9
        assert {shown_rule(rule) for rule in about} == {"restricted"}

    @pytest.mark.parametrize(
        "rule",
        [
            "no_channel",
            "no_time_zone",
            "hold",
            "US/cease",
            "platform-a/hours",
            "KR/disaster",
            "CN/signed-plan",
        ],
    )
    def test_is_no_other(self, rule: str) -> None:
        assert shown_rule(rule) == rule
        assert shown_reason(rule, "no e-mail or phone on record") == "no e-mail or phone on record"

    def test_is_hidden_with_its_reason(self) -> None:
        assert shown_reason("no_window", "the first no: GB/capacity, not now") == "restricted"
        assert shown_rule("no_window", "the first no: RU/minor") == "restricted"
