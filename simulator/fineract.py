"""A stand-in for Apache Fineract: a book of loans that lives by its own business date, with its REST API, hooks and
external events. It behaves as Fineract's documents and validators say; faults are asked for, by seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from simulator import fineract_wire as wire
from simulator.fineract_loan import StandInLoan, Transaction

RANGES = ((1, "1-30"), (31, "31-60"), (61, "61-90"), (91, "91+"))


@dataclass
class Client:
    """Who owes."""

    id: int
    name: str
    mobile: str | None = None
    email: str | None = None
    street: str | None = None
    city: str | None = None


@dataclass
class StandInFineract:
    """The book. `now` is the clock its events are dated by; `hooks` and `events` wait to be delivered, in order."""

    today: date
    now: Callable[[], datetime]
    loans: dict[int, StandInLoan] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    hooks: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    fault_rate: float = 0.0
    """The share of requests that are answered with 500 or 429, or slowly."""
    faults: Random = field(default_factory=lambda: Random(0))
    payload_url: str = ""
    """Where its hook goes, once one was made."""
    user: str = "mifos"
    password: str = "password"
    _numbers: int = 1000

    def number(self) -> int:
        """The next id, of whatever it is."""
        self._numbers += 1
        return self._numbers

    def repay(self, loan: StandInLoan, amount_minor: int, on: date | None = None) -> Transaction:
        """Money comes in, booked on a day (today by default)."""
        paid = Transaction(self.number(), on or self.today, amount_minor)
        loan.transactions.append(paid)
        loan.settle(self.today)
        self._tell(
            loan,
            "LoanTransactionMakeRepaymentPostBusinessEvent",
            "transaction",
            wire.transaction_record(loan, paid),
        )
        self._command(loan, "REPAYMENT", paid.id)
        self._account(loan)
        return paid

    def reverse(self, loan: StandInLoan, paid: Transaction) -> None:
        """The money did not stand."""
        paid.reversed_on = self.today
        loan.settle(self.today)
        self._tell(
            loan, "LoanAdjustTransactionBusinessEvent", "adjustment", wire.adjustment_record(loan, paid)
        )
        self._command(loan, "ADJUST", paid.id)
        self._account(loan)

    def charge_off(self, loan: StandInLoan) -> None:
        """The lender writes it off in its accounts; the loan stays as it is."""
        loan.charged_off_on = self.today
        line = Transaction(self.number(), self.today, 0, "chargeoff")
        self._tell(loan, "LoanChargeOffPostBusinessEvent", "transaction", wire.transaction_record(loan, line))
        self._command(loan, "CHARGEOFF", loan.id)

    def write_off(self, loan: StandInLoan) -> None:
        """The lender gives it up: the loan is closed."""
        loan.written_off_on = loan.closed_on = self.today
        self._command(loan, "WRITEOFF", loan.id)
        self._account(loan)

    def close_of_business(self) -> None:
        """The day ends: the next one begins, with what falls due and which ranges loans are in now."""
        self.today += timedelta(days=1)
        for loan in self.loans.values():
            if loan.status != "active":
                continue
            for one in loan.schedule:
                if one.open_minor and one.due_on == self.today:
                    self._tell(loan, "LoanRepaymentDueBusinessEvent", "due", wire.due_record(loan, one))
                if one.open_minor and one.due_on == self.today - timedelta(days=1):
                    self._tell(loan, "LoanRepaymentOverdueBusinessEvent", "due", wire.due_record(loan, one))
            self._range(loan)

    def _account(self, loan: StandInLoan) -> None:
        """What a changed account means for the loan: its range, and that it is over."""
        if loan.status == "active":
            self._range(loan)
        else:
            loan.range = None
            self._tell(loan, "LoanStatusChangedBusinessEvent", "account", wire.account(loan.id))

    def _range(self, loan: StandInLoan) -> None:
        days = loan.delinquent_days(self.today)
        found = next((name for first, name in reversed(RANGES) if days >= first), None)
        if found != loan.range:
            loan.range = found
            self._tell(
                loan, "LoanDelinquencyRangeChangeBusinessEvent", "range", wire.range_record(loan, self.today)
            )

    def _tell(self, loan: StandInLoan, kind: str, payload: str, record: wire.Record) -> None:
        self.events.append(
            wire.event(self.number(), kind, wire.PAYLOADS[payload], record, self.today, self.now())
        )

    def _command(self, loan: StandInLoan, action: str, resource_id: int) -> None:
        self.hooks.append(wire.hook(loan, action, self.number(), resource_id, self.now()))
