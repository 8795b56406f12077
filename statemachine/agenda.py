"""What a case waits for. One answer at a time, so that one timer is enough."""

from datetime import datetime, timedelta

from lending.days import day_ends, day_starts, local_text, same_time_later
from lending.plan import Instalment
from lending.value import Value
from statemachine import limitation, undecided
from statemachine.appointment import Appointment
from statemachine.bounced import contact_again
from statemachine.case import Case
from statemachine.decision import Contact
from statemachine.ladder import follow_up_contact, ladder_contact, revisit_contact
from statemachine.plans import (
    due_reminder,
    instalment_grace_ends,
    missed_contact,
    review_ends,
    unpaid_instalment,
)
from statemachine.policy import HousePolicy
from statemachine.stage import Channel, Stage
from statemachine.tone import tone_of

BY_PEOPLE = (Channel.PHONE, Channel.VISIT)
"""What a person does; everything else is sent."""


class WantContact(Value):
    """A contact, as soon as it is permitted, not before `from_at`."""

    contact: Contact
    from_at: datetime

    def wait_key(self) -> tuple[object, ...]:
        """Two answers with the same key share one timer."""
        return ("contact", self.contact.step, self.contact.attempt, self.contact.channel, self.from_at)


class WaitUntil(Value):
    """Nothing to do before `at`; then judge again, and put `visit` into people's calendars where there is one."""

    at: datetime
    why: str
    visit: Contact | None = None

    def wait_key(self) -> tuple[object, ...]:
        """Two answers with the same key share one timer."""
        return ("until", self.at)


class WaitForPerson(Value):
    """No timer: only a message moves the case."""

    why: str

    def wait_key(self) -> tuple[object, ...]:
        """Two answers with the same key share one timer."""
        return ("person",)


Next = WantContact | WaitUntil | WaitForPerson


def whats_next(case: Case, policy: HousePolicy, now: datetime) -> Next:
    """What the case wants; before it, where that comes first, what people are told or asked again."""
    of_the_case = _of_the_case(case, policy, now)
    people = (
        (limitation.next_at(case, policy), "limitation"),
        (undecided.next_at(case, policy), "a reminder"),
    )
    told = [WaitUntil(at=at, why=why) for at, why in people if at is not None]
    first = min(told, key=lambda one: one.at, default=None)
    if first is None:
        return of_the_case
    match of_the_case:
        case WantContact(from_at=at) | WaitUntil(at=at) if first.at > max(at, now):
            return of_the_case
        case WaitForPerson(why=why):
            return WaitUntil(at=first.at, why=f"{why}; {first.why}")
    return first


def _of_the_case(case: Case, policy: HousePolicy, now: datetime) -> Next:
    """Holds come first, then an open promise, then what the stage wants."""
    if case.holds:
        ends = [hold.until_at for hold in case.holds if hold.until_at is not None]
        why = "on hold: " + ", ".join(case.shown_holds)
        return WaitUntil(at=min(ends), why=why) if ends else WaitForPerson(why=why)
    if case.open_promises:
        return _promise_next(case, policy)
    if case.stage is Stage.ESCALATION:
        return WaitForPerson(why=_who_decides(case))
    if case.stage is Stage.PLAN_ACTIVE:
        return _plan_next(case, policy, now)
    return _step_next(case, policy, now)


def _step_next(case: Case, policy: HousePolicy, now: datetime) -> Next:
    """The outcome of a call or visit, then a rung that came back, then a reminder that a visit asked for, then the next
    rung or revisit."""
    visit = case.appointment
    if visit is not None and (told_by := told_until(visit, policy)):
        until = local_text(told_by, case.account.zones)
        return WaitUntil(
            at=told_by, why=f"{visit.words} is in a person's hands; what came of it is told until {until}"
        )
    if visit is None and (again := contact_again(case, policy, now)):
        return wanted(case, again)
    if visit is None and (reminder := follow_up_contact(case)):
        return wanted(case, reminder)
    contact = step_contact(case, policy, now)
    if (at := _set_up_at(case, contact, policy)) is not None:
        why = f"{contact.step} by {contact.channel} is put into people's calendars"
        return WaitUntil(at=at, why=why, visit=contact)
    return wanted(case, contact)


def told_until(visit: Appointment, policy: HousePolicy) -> datetime | None:
    """Until when the outcome of a call or visit that is in a person's hands may be told; None: it is in nobody's."""
    if policy.visits is None or visit.due_at is None:
        return None
    return visit.due_at + timedelta(hours=policy.visits.report_hours)


def step_contact(case: Case, policy: HousePolicy, now: datetime) -> Contact:
    """The next rung's or revisit's contact; one that is booked comes at its instant, by its people."""
    contact = (
        revisit_contact(case, policy) if case.stage is Stage.REVISIT else ladder_contact(case, policy, now)
    )
    visit = case.appointment
    if visit is None or visit.at is None or not is_set_up(case, contact):
        return contact
    return contact.model_copy(update={"wanted_at": visit.at, "people": len(visit.people)})


def is_set_up(case: Case, contact: Contact) -> bool:
    """Whether people know of this very contact."""
    visit = case.appointment
    return visit is not None and (visit.key, visit.channel) == (contact.key(case.case_id), contact.channel)


def _set_up_at(case: Case, contact: Contact, policy: HousePolicy) -> datetime | None:
    """When a visit is put into people's calendars; None where it is there, or is none."""
    if policy.visits is None or contact.channel is not Channel.VISIT or is_set_up(case, contact):
        return None
    return same_time_later(wanted(case, contact).from_at, -policy.visits.notice_days, case.account.zones)


def _promise_next(case: Case, policy: HousePolicy) -> Next:
    """The first promise to be over: its last day of grace, later by the days that were held."""
    over = [
        (last_day, promise.due_on)
        for promise in case.open_promises
        if (last_day := case.moved_on(promise.last_day(policy.promise), promise.made_at)) is not None
    ]
    last_day, due_on = min(over)
    return WaitUntil(at=day_ends(last_day, case.account.zones), why=f"promise due {due_on}")


def _plan_next(case: Case, policy: HousePolicy, now: datetime) -> Next:
    due = unpaid_instalment(case)
    if due is None:
        return WaitUntil(at=now, why="the plan is paid, and something is still owed")
    number, instalment = due
    due_from = day_starts(instalment.due_on, case.account.zones)
    if case.reminded_instalment < number and max(now, case.retry_at or now) < due_from:
        return wanted(case, due_reminder(case, number, instalment, policy))
    if case.missed_instalment == number:
        return _missed_next(case, number, instalment, policy, now)
    return WaitUntil(
        at=instalment_grace_ends(case, instalment, policy), why=f"instalment {number} due {instalment.due_on}"
    )


def _missed_next(case: Case, number: int, instalment: Instalment, policy: HousePolicy, now: datetime) -> Next:
    ends_at = review_ends(case, instalment, policy)
    if case.missed_told < number and max(now, case.retry_at or now) < ends_at:
        return wanted(case, missed_contact(case, number, instalment, policy))
    return WaitUntil(at=ends_at, why=f"instalment {number} was missed; a person looks at why")


def _who_decides(case: Case) -> str:
    if case.proposal:
        return f"{case.proposal.decision} is proposed; a second person decides"
    return "a named person decides"


def wanted(case: Case, contact: Contact) -> WantContact:
    """The contact in the voice of its case, from when it is wanted on."""
    how = {"tone": tone_of(case), "time_barred": case.is_time_barred}
    return WantContact(
        contact=contact.model_copy(update=how),
        from_at=max(contact.wanted_at, case.retry_at or contact.wanted_at),
    )
