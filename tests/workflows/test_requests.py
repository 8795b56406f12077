"""What a decision writes: the appointment that people know of, and nothing that is for few eyes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.allowed_instant import NeverPermitted
from compliance.calendar import WorkingCalendar
from compliance.house import ContactRules, Window
from contracts.snapshot import PolicySnapshot
from gateways.policy_file import policies_in
from lending.limitation import LimitationTerms
from statemachine.agenda import WaitUntil, is_set_up, step_contact, whats_next
from statemachine.appointment import Appointment
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case
from statemachine.decision import Decision
from statemachine.events import ContactRefused
from statemachine.fact import Fact, FactName
from statemachine.policy import VisitTerms
from statemachine.stage import Channel, Stage
from workflows import upcoming as planning
from workflows.details import markdown
from workflows.requests import record_request
from workflows.upcoming import upcoming

NOW = datetime(2026, 3, 9, 9, tzinfo=UTC)
BOOKED_AT = NOW + timedelta(days=9)
CALENDAR = WorkingCalendar(
    name="test", weekdays=(0, 1, 2, 3, 4), off=frozenset(), source="test", valid_from=date(2020, 1, 1),
    valid_until=date(2040, 12, 31),
)  # fmt: skip
TERMS = LimitationTerms(years=3, alert_days=180)
ALERT_ON = date(2026, 3, 14)


@pytest.fixture(scope="module")
def snapshot() -> PolicySnapshot:
    """Platform C, open around the clock, which watches limitation."""
    windows = (
        Window(
            rule="test/always", channels=tuple(Channel), opens=datetime.min.time(), closes=datetime.max.time()
        ),
    )
    house = policies_in()["platform-c"].house.model_copy(update={"limitation": TERMS, "visits": VisitTerms()})
    return PolicySnapshot(
        house=house, contact=ContactRules(windows=windows, spread_minutes=0), calendar=CALENDAR
    )


@pytest.fixture(scope="module")
def booked(snapshot: PolicySnapshot) -> Case:
    """A case at its revisits with a visit booked for in nine days; the alert of its limitation comes in five."""
    overdue_since = date(2023, 9, 10)
    account = Account(
        lender="harbour", loan_id="L-1", borrower_id="B-1", episode=1, balance_minor=100_000, currency="CNY",
        overdue_since=overdue_since, zones=("UTC",), channels=tuple(Channel), language="en",
    )  # fmt: skip
    case = open_case(account, NOW, snapshot.house).case.model_copy(update={"stage": Stage.REVISIT})
    contact = step_contact(case, snapshot.house, NOW)
    assert contact.channel is Channel.VISIT
    visit = Appointment(
        key=contact.key(case.case_id), step=contact.step, stage=case.stage, channel=Channel.VISIT, at=BOOKED_AT,
        people=("Ms Lin", "Mr Wu"),
    )  # fmt: skip
    return case.model_copy(update={"appointment": visit})


class TestBookedVisit:
    def test_stands_in_calendars_although_an_alert_comes_before_it(
        self, booked: Case, snapshot: PolicySnapshot
    ) -> None:
        coming = whats_next(booked, snapshot.house, NOW)
        assert isinstance(coming, WaitUntil)
        assert coming.at < BOOKED_AT

        request = record_request(Decision(case=booked, lines=()), snapshot, "sha", 2, NOW)

        [task] = request.tasks
        assert (task.kind, task.starts_at, task.visitors) == ("visit", BOOKED_AT, ("Ms Lin", "Mr Wu"))

    def test_in_a_persons_hands_is_not_planned_anew(self, booked: Case, snapshot: PolicySnapshot) -> None:
        assert booked.appointment is not None
        handed_over = booked.appointment.model_copy(
            update={"made_at": NOW, "due_at": NOW + timedelta(hours=3), "task": 7}
        )
        case = booked.model_copy(update={"appointment": handed_over})
        assert is_set_up(case, step_contact(case, snapshot.house, NOW))
        assert record_request(Decision(case=case, lines=()), snapshot, "sha", 2, NOW).tasks == ()


class TestWhatIsForFewEyes:
    def test_is_not_told_by_a_case_that_is_stalled(self, booked: Case, snapshot: PolicySnapshot) -> None:
        case = booked.model_copy(update={"appointment": None, "retry_at": None})
        refusal = ContactRefused(
            contact=step_contact(case, snapshot.house, NOW), rule="KR/hospital",
            reason="contact stops while hospital is on record", next_at=None, reachable=case.account.channels,
        )  # fmt: skip
        decision = decide(case, refusal, NOW, snapshot.house)
        assert decision.case.stalled == "KR/hospital"

        request = record_request(decision, snapshot, "sha", 2, NOW)

        assert request.projection.stalled == "restricted"
        assert [task.note for task in request.tasks] == [
            "contact is stopped: restricted; tell the case when that is over"
        ]
        shown = markdown(decision.case, upcoming(decision.case, snapshot, NOW), NOW, snapshot.house)
        assert "restricted" in shown
        assert "hospital" not in shown + request.projection.waiting_for

    def test_is_not_told_by_what_the_case_waits_for(
        self, booked: Case, snapshot: PolicySnapshot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        never = NeverPermitted(
            rule="GB/capacity", reason="contact stops: capacity_doubt", citation="FCA CONC 7.10.1R"
        )
        monkeypatch.setattr(planning, "earliest_permitted", lambda *asked: never)
        case = booked.model_copy(
            update={"appointment": None, "facts": (Fact(FactName.CAPACITY_DOUBT, NOW),), "wanted_at": NOW,
                    "time": booked.time.model_copy(update={"alerted_for": date(2026, 9, 10)}),
                    "policy": "two", "stage": Stage.NOTICE}
        )  # fmt: skip
        assert upcoming(case, snapshot, NOW).why == "notice: restricted"
