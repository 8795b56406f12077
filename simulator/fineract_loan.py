"""One loan of the stand-in Fineract: its schedule, its account, and what is overdue by the book's own day.

Amounts in minor units of a currency with two decimals. What is overdue and how pauses are judged: apache/fineract,
LoanDelinquencyDomainServiceImpl, DelinquencyEffectivePauseHelperImpl and DelinquencyActionParseAndValidator, its gaps
included.
"""

from dataclasses import dataclass, field
from datetime import date


class Invalid(Exception):
    """What Fineract answers with 400: its code, and the parameter it is about."""

    def __init__(self, code: str, parameter: str = "") -> None:
        super().__init__(code)
        self.code, self.parameter = code, parameter


@dataclass
class Instalment:
    """One row of the schedule."""

    number: int
    due_on: date
    amount_minor: int
    paid_minor: int = 0

    @property
    def open_minor(self) -> int:
        """What is unpaid of it."""
        return self.amount_minor - self.paid_minor


@dataclass
class Transaction:
    """One line of the account."""

    id: int
    on: date
    amount_minor: int
    kind: str = "repayment"
    reversed_on: date | None = None


@dataclass
class Action:
    """A pause from its first day to its last, or a resume (no last day)."""

    id: int
    kind: str
    start_on: date
    end_on: date | None = None


@dataclass
class StandInLoan:
    """A loan paid back in instalments."""

    id: int
    client_id: int
    disbursed_on: date
    schedule: list[Instalment]
    currency: str = "CNY"
    product: str = "Small loan"
    grace_days: int = 0
    transactions: list[Transaction] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    charged_off_on: date | None = None
    written_off_on: date | None = None
    closed_on: date | None = None
    range: str | None = None
    """The delinquency range at the last close of business."""

    @property
    def status(self) -> str:
        """active, closed (obligations met), overpaid or written off."""
        if self.written_off_on:
            return "written_off"
        if self.open_minor:
            return "active"
        return "overpaid" if self.paid_minor > sum(one.amount_minor for one in self.schedule) else "closed"

    @property
    def paid_minor(self) -> int:
        """What came in and stood."""
        return sum(one.amount_minor for one in self.transactions if not one.reversed_on)

    @property
    def open_minor(self) -> int:
        """What is still owed in all."""
        return sum(one.open_minor for one in self.schedule)

    def settle(self, today: date) -> None:
        """Spreads what came in over the schedule anew, the earliest due first."""
        left = self.paid_minor
        for one in self.schedule:
            one.paid_minor = min(left, one.amount_minor)
            left -= one.paid_minor
        self.closed_on = None if self.status == "active" else (self.closed_on or today)

    def overdue(self, today: date) -> tuple[int, date | None]:
        """What is overdue and since when; nothing of a loan that is over."""
        if self.status != "active":
            return 0, None
        late = [one for one in self.schedule if one.open_minor and one.due_on < today]
        return sum(one.open_minor for one in late), late[0].due_on if late else None

    def delinquent_days(self, today: date) -> int:
        """Days past due without days of grace and paused days."""
        _, since = self.overdue(today)
        if since is None:
            return 0
        days = (today - since).days - self.grace_days
        return max(0, days - self._paused_days(today)) if days > 0 else 0

    def pauses(self) -> list[tuple[date, date]]:
        """The pauses as they stand: the first resume from a pause's first day to its last ends it."""
        resumes = [one for one in self.actions if one.kind == "RESUME"]
        found = []
        for pause in self.actions:
            if pause.kind == "PAUSE" and pause.end_on:
                ends = (one.start_on for one in resumes if pause.start_on <= one.start_on <= pause.end_on)
                found.append((pause.start_on, next(ends, pause.end_on)))
        return found

    def _paused_days(self, today: date) -> int:
        return sum((min(end, today) - start).days for start, end in self.pauses() if start < today)

    def act(self, action: Action, today: date) -> None:
        """Takes a pause or a resume. Raises Invalid as Fineract's validator does."""
        if self.status != "active":
            raise Invalid("loan-delinquency-action-invalid-loan-state")
        if action.kind == "PAUSE":
            self._check_pause(action)
        else:
            self._check_resume(action, today)
        self.actions.append(action)

    def _check_pause(self, action: Action) -> None:
        start, end = action.start_on, action.end_on
        if end is None:
            raise Invalid("loan-delinquency-action-pause-endDate-cannot-be-blank", "endDate")
        if start == end:
            raise Invalid("loan-delinquency-action-invalid-start-date-and-end-date")
        if start < self.disbursed_on:
            raise Invalid("loan-delinquency-action-invalid-start-date", "startDate")
        for first, last in self.pauses():
            if first < end < last or first < start < last or (start, end) == (first, last):
                raise Invalid("loan-delinquency-action-overlapping")

    def _check_resume(self, action: Action, today: date) -> None:
        if action.start_on != today:
            raise Invalid("loan-delinquency-action-invalid-start-date", "startDate")
        if action.end_on is not None:
            raise Invalid("loan-delinquency-action-resume-should-have-no-end-date", "endDate")
        if any(one.kind == "RESUME" and one.start_on == today for one in self.actions):
            raise Invalid("loan-delinquency-action-resume-should-be-unique")
        if not any(first <= today <= last for first, last in self.pauses()):
            raise Invalid("loan-delinquency-action-resume-should-be-on-pause")
