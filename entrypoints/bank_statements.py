"""Bank statements taken in: each booking once, told to the inbox where its loan is known, else kept for a person."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from psycopg.types.json import Jsonb

from contracts.loan_event import LoanEvent, PaymentPosted, PaymentReversed
from gateways.bank_statement import bookings_of
from ledger.entry import Row
from ledger.inbox import Inbox
from ledger.store import Ledger
from lending.bank_booking import Booking, KnownLoan, Match, Unmatched, match

SOURCE = "bank"


class CannotMatch(ValueError):
    """The booking cannot be matched so: the field, the value, what to do."""


@dataclass
class TakenIn:
    """What became of a statement's bookings."""

    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        names = ("matched", "for a person", "known already")
        return ", ".join(f"{self.counts[name]} {name}" for name in names)


class BankStatements:
    """One lender's statements."""

    def __init__(self, ledger: Ledger, lender: str) -> None:
        self._ledger = ledger
        self._inbox = Inbox(ledger)
        self._lender = lender

    async def take_in(self, file: IO[bytes], now: datetime) -> TakenIn:
        """Every booking of the file; one that was taken in before changes nothing. Raises StatementError, and then what
        came before the mistake is taken in."""
        taken = TakenIn()
        for booking in bookings_of(file):
            taken.counts[await self._take(booking, now)] += 1
        return taken

    async def open(self) -> list[Row]:
        """What waits for a person, the oldest first, with the loans it may be for."""
        return await self._ledger.read("open_bookings", lender=self._lender)

    async def match(self, booking_no: int, loan_id: str, by: str, now: datetime) -> None:
        """A named person says which loan a booking is for. Raises CannotMatch."""
        booking = await self._open_booking(booking_no)
        if not await self._ledger.read("loan_exists", lender=self._lender, loan_id=loan_id):
            raise CannotMatch(f"loan: {loan_id} is not known here; see `leeway case list`")
        told = await self._told(booking, Match(loan_id=loan_id, by=by), loan_id, now)
        if isinstance(told, Unmatched):
            raise CannotMatch(f"loan: {loan_id}: {told.why}")

    async def set_aside(self, booking_no: int, by: str, why: str, now: datetime) -> None:
        """A named person says that a booking belongs to no loan. Raises CannotMatch."""
        booking = await self._open_booking(booking_no)
        await self._put(booking, now, state="set_aside", matched_by=by, why=why)

    async def _open_booking(self, booking_no: int) -> Booking:
        rows = await self._ledger.read("booking", lender=self._lender, booking_id=None, booking_no=booking_no)
        if not rows or rows[0]["state"] != "open":
            was = rows[0]["state"] if rows else "not there"
            raise CannotMatch(f"booking: {booking_no} is {was}; see `leeway statement list`")
        return Booking.model_validate(rows[0])

    async def _take(self, booking: Booking, now: datetime) -> str:
        if await self._ledger.read(
            "booking", lender=self._lender, booking_id=booking.booking_id, booking_no=None
        ):
            return "known already"
        found: Match | Unmatched | None = Match(loan_id="", by="the payment") if booking.is_reversal else None
        if found is None:
            asked = booking.model_dump() | {"lender": self._lender, "references": list(booking.references),
                                            "words": list(booking.words)}  # fmt: skip
            rows = await self._ledger.read("loans_for_booking", **asked)
            found = match(booking, [KnownLoan.model_validate(row) for row in rows])
        if isinstance(found, Match):
            found = await self._told(booking, found, None, now)
        if isinstance(found, Unmatched):
            candidates = [{"loan_id": loan_id, "by": by} for loan_id, by in found.candidates]
            await self._put(booking, now, state="open", why=found.why, candidates=candidates)
            return "for a person"
        return "matched"

    async def _told(
        self, booking: Booking, found: Match, of_loan: str | None, now: datetime
    ) -> Match | Unmatched:
        """Tells the inbox, then writes the booking down as matched: after a crash between the two, the same again."""
        loan_id, payment = found.loan_id, f"bank-{booking.booking_id[:32]}"
        if booking.is_reversal:
            rows = await self._ledger.read("payment_gone_back", **booking.model_dump(), lender=self._lender,
                                           loan_id=of_loan)  # fmt: skip
            if not rows:
                return Unmatched(why="no payment of this sum is known that could have gone back")
            loan_id, payment = rows[0]["loan_id"], rows[0]["payment_reference"]
        await self._inbox.accept([self._event(booking, loan_id, payment)], now)
        await self._put(
            booking, now, state="matched", loan_id=loan_id, payment_reference=payment, matched_by=found.by
        )
        return Match(loan_id=loan_id, by=found.by)

    def _event(self, booking: Booking, loan_id: str, payment: str) -> LoanEvent:
        if booking.is_reversal:
            return PaymentReversed(source=SOURCE, event_id=booking.booking_id, lender=self._lender, loan_id=loan_id,
                                   payment=payment, reason=booking.reason, reversed_at=booking.booked_at)  # fmt: skip
        return PaymentPosted(source=SOURCE, event_id=booking.booking_id, lender=self._lender, loan_id=loan_id,
                             reference=payment, amount_minor=booking.amount_minor, currency=booking.currency,
                             received_at=booking.booked_at)  # fmt: skip

    async def _put(
        self, booking: Booking, now: datetime, *, state: str, loan_id: str | None = None,
        payment_reference: str | None = None, matched_by: str = "", why: str = "",
        candidates: list[dict[str, str]] | None = None,
    ) -> None:  # fmt: skip
        await self._ledger.read("put_booking", **booking.model_dump(), lender=self._lender, taken_in_at=now, state=state,
                                loan_id=loan_id, payment_reference=payment_reference, matched_by=matched_by, why=why,
                                candidates=Jsonb(candidates or []))  # fmt: skip
