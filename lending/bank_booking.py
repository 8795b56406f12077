"""Money as a bank tells of it, and the loan it belongs to: by what was written, never by a guess."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from lending.value import Value

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,63}")
_CREDITOR_REFERENCE = re.compile(r"RF[0-9]{2}([A-Z0-9]{1,21})")
_WORDS_AT_MOST = 40


class Booking(Value):
    """One booked transaction of an account: money that came, or with `is_reversal` money that went back.

    `booking_id` is the same whenever the same booking is told. `place` says where in the statement it stands.
    """

    booking_id: str
    place: str
    amount_minor: int
    currency: str
    booked_at: datetime
    is_reversal: bool = False
    structured_reference: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    text: str = ""
    debtor_name: str = ""
    reason: str = ""

    @property
    def references(self) -> tuple[str, ...]:
        """What the structured reference may name: itself, and what an ISO 11649 creditor reference carries."""
        plain = self.structured_reference.replace(" ", "")
        carried = _CREDITOR_REFERENCE.fullmatch(plain.upper())
        return tuple(dict.fromkeys(one for one in (plain, carried[1] if carried else "") if one))

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the remittance text that may be a loan's id."""
        return tuple(dict.fromkeys(_WORD.findall(self.text)))[:_WORDS_AT_MOST]


class KnownLoan(Value):
    """A loan that something in a booking points to. `by` says what: its reference, an earlier booking's end-to-end id or
    mandate, a word of the text, the amount, or the name."""

    loan_id: str
    by: str
    name: str
    balance_minor: int
    currency: str
    is_open: bool


class Match(Value):
    """The loan, and by what it was found."""

    loan_id: str
    by: str


class Unmatched(Value):
    """For a person: the loans it may be, the likelier first, each with what points to it; and why none was taken."""

    why: str
    candidates: tuple[tuple[str, str], ...] = ()


def match(booking: Booking, known: Iterable[KnownLoan]) -> Match | Unmatched:
    """The one loan the booking is for: by structured reference, else by end-to-end id or mandate of an earlier booking,
    else by the exact amount owed and the debtor's name together. Two loans by the same sign are none."""
    loans = tuple(known)
    for by in ("reference", "end_to_end_id", "mandate"):
        found = sorted({loan.loan_id for loan in loans if loan.by == by})
        if len(found) == 1:
            return Match(loan_id=found[0], by=by)
        if found:
            return Unmatched(why=f"{len(found)} loans by {by}", candidates=_candidates(booking, loans))
    paid = sorted({loan.loan_id for loan in loans if _is_paid_whole(booking, loan)})
    if len(paid) == 1 and not booking.is_reversal:
        return Match(loan_id=paid[0], by="amount and name")
    why = f"{len(paid)} loans by amount and name" if paid else "nothing in it names a loan"
    return Unmatched(why=why, candidates=_candidates(booking, loans))


def same_name(one: str, other: str) -> bool:
    """Whether two names are written alike: spaces, case, width and accents aside, and in any order of their words."""
    return bool(one.strip()) and _folded(one) == _folded(other)


def _is_paid_whole(booking: Booking, loan: KnownLoan) -> bool:
    is_same_sum = (loan.balance_minor, loan.currency) == (booking.amount_minor, booking.currency)
    return loan.is_open and is_same_sum and same_name(loan.name, booking.debtor_name)


def _candidates(booking: Booking, loans: Iterable[KnownLoan]) -> tuple[tuple[str, str], ...]:
    signs: dict[str, set[str]] = {}
    for loan in loans:
        told = signs.setdefault(loan.loan_id, set())
        told.add(loan.by)
        if same_name(loan.name, booking.debtor_name):
            told.add("name")
        if (loan.balance_minor, loan.currency) == (booking.amount_minor, booking.currency):
            told.add("amount")
    ordered = sorted(signs.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((loan_id, ", ".join(sorted(told))) for loan_id, told in ordered[:10])


def _folded(name: str) -> tuple[str, ...]:
    apart = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(one if one.isalnum() else " " for one in apart if not unicodedata.combining(one))
    return tuple(sorted(plain.split()))
