"""A book of loans told by a seed, day by day: who pays, who pays late, in part or no more, whose money comes back."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from simulator.fineract import Client, StandInFineract
from simulator.fineract_loan import Instalment, StandInLoan

ZONE = ZoneInfo("Asia/Shanghai")
HABITS = {"prompt": 70, "late": 16, "part": 5, "stops": 5, "bounces": 4}
"""How borrowers pay, and how many of a hundred do so."""

_CHARGE_OFF_DAYS = 120
_WRITE_OFF_DAYS = 240


class BookYear:
    """The story of one book. Each `day` is one business date; the same seed tells the same one."""

    def __init__(self, seed: int, loans: int, first_day: date) -> None:
        self.random = Random(seed)
        self._clock = time(9)
        self.book = StandInFineract(first_day, self.now, faults=Random(seed + 1))
        self.habits: dict[int, str] = {}
        self._plans: dict[tuple[int, int], date | None] = {}
        for number in range(1, loans + 1):
            self._open(number, first_day)

    def now(self) -> datetime:
        """The instant in the story: its business date, at the hour it has come to."""
        return datetime.combine(self.book.today, self._clock, ZONE)

    def _open(self, number: int, first_day: date) -> None:
        book, client_id = self.book, 5000 + number
        book.clients[client_id] = Client(
            client_id, f"Borrower {number}", f"1380013{number:04}", f"b{number}@example.test"
        )
        started = first_day - timedelta(days=self.random.randrange(0, 28))
        amount_minor = self.random.randrange(20_000, 90_000)
        months = self.random.choice((6, 9, 12, 18))
        schedule = [
            Instalment(n, started + timedelta(days=30 * n), amount_minor) for n in range(1, months + 1)
        ]
        book.loans[number] = StandInLoan(number, client_id, started, schedule)
        self.habits[number] = self.random.choices(list(HABITS), list(HABITS.values()))[0]

    def day(self) -> None:
        """What happens on the book's day: it opens at nine, people pay through the day."""
        self._clock = time(9)
        for loan in self.book.loans.values():
            if loan.status == "active" and not loan.charged_off_on:
                self._live(loan)
            elif loan.status == "active":
                self._after_charge_off(loan)

    def ends(self) -> None:
        """The day is over, the next one begins at six in the morning, before anyone pays."""
        self._clock = time(6)
        self.book.close_of_business()

    def later(self) -> None:
        """A quarter of an hour passes, as far as the day goes."""
        at = datetime.combine(self.book.today, self._clock) + timedelta(minutes=15)
        self._clock = min(at.time(), time(20))

    def _live(self, loan: StandInLoan) -> None:
        today, habit = self.book.today, self.habits[loan.id]
        for one in loan.schedule:
            if one.open_minor and self._pays_on(loan, one, habit) == today:
                self._pays(loan, one, habit)
        self._bounces(loan)
        _, since = loan.overdue(today)
        if since and (today - since).days >= _CHARGE_OFF_DAYS and self.random.random() < 0.1:
            self.book.charge_off(loan)

    def _after_charge_off(self, loan: StandInLoan) -> None:
        _, since = loan.overdue(self.book.today)
        if since and (self.book.today - since).days >= _WRITE_OFF_DAYS:
            self.book.write_off(loan)

    def _pays_on(self, loan: StandInLoan, one: Instalment, habit: str) -> date | None:
        """The day this borrower pays this instalment, chosen once; None: never."""
        key = (loan.id, one.number)
        if key not in self._plans:
            late = {"late": self.random.choice((0, 0, 3, 9, 24, 45)), "part": self.random.choice((0, 4, 12))}
            never = habit == "stops" and one.number > 1 + loan.id % 4
            self._plans[key] = None if never else one.due_on + timedelta(days=late.get(habit, 0))
        return self._plans[key]

    def _pays(self, loan: StandInLoan, one: Instalment, habit: str) -> None:
        amount_minor = one.open_minor
        if habit == "part" and self.random.random() < 0.5:
            amount_minor = max(1, amount_minor // 2)
            self._plans[loan.id, one.number] = self.book.today + timedelta(days=self.random.choice((5, 15)))
        self.later()
        self.book.repay(loan, amount_minor)

    def _bounces(self, loan: StandInLoan) -> None:
        """Some money comes back a few days later, and is paid again."""
        if self.habits[loan.id] != "bounces" or not loan.transactions:
            return
        last = loan.transactions[-1]
        if last.reversed_on is None and (self.book.today - last.on).days == 4 and self.random.random() < 0.5:
            self.later()
            self.book.reverse(loan, last)
            for one in loan.schedule:
                if one.open_minor and (self._plans.get((loan.id, one.number)) or date.max) < self.book.today:
                    self._plans[loan.id, one.number] = self.book.today + timedelta(
                        days=self.random.choice((2, 20))
                    )
