"""ISO 20022 bank statements, camt.054 (credits and debits told) and camt.053 (a day's statement), read as a stream.

Every version from .02 to .13: elements are known by their local names. What an account's holder is told is in
https://www.iso20022.org/catalogue-messages/iso-20022-messages-archive, "Bank-to-Customer Cash Management".
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from lending.bank_booking import Booking
from lending.money import MoneyError, minor_units

MOST_BYTES_OF_ONE = 8 * 1024 * 1024
"""How much of the file may belong to one entry or transaction: it is all that is ever held in memory."""

_DEEPEST = 40
_NOTICES = {"Ntfctn": "camt.054", "Stmt": "camt.053"}
_NOT_GIVEN = ("", "NOTPROVIDED", "NONREF")
_TEXT_AT_MOST = 1000
_NAME_AT_MOST = 200
_REFERENCE_AT_MOST = 100


class StatementError(ValueError):
    """The statement cannot be read: the place, the rule, what to do. What was read before it was good."""


def bookings_of(file: IO[bytes]) -> Iterator[Booking]:
    """Every booked credit, and every credit that was taken back, in the order of the file; what the account paid out is
    passed over, and so is what is only pending. Raises StatementError, and nothing else, for whatever the bytes are."""
    reading = _Reading()
    try:
        for event, element in iterparse(
            _Bounded(file, reading), events=("start", "end"), forbid_dtd=True, forbid_entities=True, forbid_external=True
        ):  # fmt: skip
            yield from reading.starts(element) if event == "start" else reading.ends(element)
    except DefusedXmlException:
        raise StatementError(
            f"{reading.place}: a document type or an entity; a bank's statement has none, and none is read"
        ) from None
    except ParseError as error:
        raise StatementError(f"{reading.place}: is no XML: {error}") from None
    except (LookupError, UnicodeError) as error:
        raise StatementError(
            f"{reading.place}: its encoding cannot be read: {error}; save it as UTF-8"
        ) from None
    except ValueError as error:
        if isinstance(error, StatementError):
            raise
        raise StatementError(f"{reading.place}: is no XML: {error}") from None
    if not reading.notices:
        raise StatementError(
            "document: no camt.054 and no camt.053: there is neither a Ntfctn nor a Stmt in it"
        )


@dataclass
class _Reading:
    """Where the reader stands, and as much of the file as it has not let go of."""

    path: list[Element] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    bytes_held: int = 0
    notices: int = 0
    entries: int = 0
    transactions: int = 0
    account: str = ""
    notice_id: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    waiting: Element | None = None

    @property
    def place(self) -> str:
        """For people: which entry, and which transaction of it."""
        if not self.entries:
            return "document"
        return f"entry {self.entries}" + (f", transaction {self.transactions}" if self.transactions else "")

    def starts(self, element: Element) -> Iterable[Booking]:
        """An element begins."""
        self.path.append(element)
        self.names.append(_local(element))
        if len(self.path) > _DEEPEST:
            raise StatementError(f"{self.place}: more than {_DEEPEST} elements within each other")
        if self.names[-1] in _NOTICES:
            self.notices, self.account, self.notice_id = self.notices + 1, "", ""
        elif self.names[-1] == "Ntry":
            self.entries, self.transactions, self.seen, self.waiting = self.entries + 1, 0, Counter(), None
            notice = self.path[-2] if len(self.path) > 1 else element
            self.account, self.notice_id = _account(notice), _text(notice, "Id")
        elif self.names[-1] == "TxDtls":
            self.transactions += 1
        return ()

    def ends(self, element: Element) -> Iterator[Booking]:
        """An element is complete; a transaction or an entry is read and let go of."""
        self.path.pop()
        name = self.names.pop()
        if name == "TxDtls" and "Ntry" in self.names:
            yield from self._transaction(self.path[self.names.index("Ntry")], element)
        elif name == "Ntry":
            yield from self._booked(element, element if self.transactions == 0 else self.waiting)
            self.waiting = None
        if name in ("TxDtls", "Ntry", "Bal", *_NOTICES) and self.path:
            self.path[-1].remove(element)
            self.bytes_held = 0

    def _transaction(self, entry: Element, details: Element) -> Iterator[Booking]:
        """One transaction; without an amount of its own it has the entry's, as long as it is the only one."""
        if self.transactions > 1 and (self.waiting is not None or _amount_of(details) is None):
            raise StatementError(f"{self.place}: Amt: is missing in one of the entry's transactions")
        if _amount_of(details) is None:
            self.waiting = details
        else:
            yield from self._booked(entry, details)

    def _booked(self, entry: Element, details: Element | None) -> Iterator[Booking]:
        if details is None:
            return
        status = _child(entry, "Sts")
        if (_text(status, "Cd") or _own(status)) != "BOOK":
            return
        sign = _text(details, "CdtDbtInd") or _text(entry, "CdtDbtInd")
        if sign not in ("CRDT", "DBIT"):
            raise StatementError(f"{self.place}: CdtDbtInd: {sign!r} given; CRDT or DBIT is expected")
        goes_back = _is_true(_text(entry, "RvslInd"))
        is_returned = _child(details, "RtrInf") is not None
        if sign == "CRDT" and not goes_back and not is_returned:
            yield self._booking(entry, details, is_reversal=False)
        elif sign == "DBIT" and (goes_back or is_returned):
            yield self._booking(entry, details, is_reversal=True)

    def _booking(self, entry: Element, details: Element, is_reversal: bool) -> Booking:
        amount_minor, currency = self._amount(entry, details)
        refs = {
            name: _given(details, "Refs", name)
            for name in ("AcctSvcrRef", "TxId", "EndToEndId", "MndtId", "UETR")
        }
        remittance = _child(details, "RmtInf")
        texts = [_own(one) for one in _children(remittance, "Ustrd")]
        booked_at = self._booked_at(entry)
        key = [self.account, _text(entry, "AcctSvcrRef"), *refs.values(), amount_minor, currency, is_reversal,
               booked_at.isoformat()]  # fmt: skip
        if not (refs["AcctSvcrRef"] or refs["TxId"] or key[1]):
            key += [self.notice_id, _text(entry, "NtryRef"), self.entries]  # the bank named nothing else
        return Booking(
            booking_id=self._once(key), place=self.place, amount_minor=amount_minor, currency=currency,
            booked_at=booked_at, is_reversal=is_reversal, text=" ".join(texts)[:_TEXT_AT_MOST],
            structured_reference=_text(remittance, "Strd", "CdtrRefInf", "Ref")[:_REFERENCE_AT_MOST],
            end_to_end_id=refs["EndToEndId"], mandate_id=refs["MndtId"], debtor_name=_debtor(details),
            reason=_text(details, "RtrInf", "Rsn", "Cd")[:_REFERENCE_AT_MOST],
        )  # fmt: skip

    def _once(self, key: list[Any]) -> str:
        """The booking's own id, told from those of its entry that look the same."""
        known = json.dumps(key)
        self.seen[known] += 1
        return hashlib.sha256(f"{known} {self.seen[known]}".encode()).hexdigest()

    def _amount(self, entry: Element, details: Element) -> tuple[int, str]:
        found = _amount_of(details)
        if found is None:
            found = _amount_of(entry)
        if found is None:
            raise StatementError(f"{self.place}: Amt: is missing")
        text, currency = _own(found), found.get("Ccy", "")
        try:
            return _minor(text, currency), currency
        except MoneyError as error:
            raise StatementError(f"{self.place}: Amt: {text[:40]!r} {currency[:10]!r}: {error}") from None

    def _booked_at(self, entry: Element) -> datetime:
        """The instant of booking; of a day its noon, which is that day nearly everywhere."""
        day, instant = _text(entry, "BookgDt", "Dt"), _text(entry, "BookgDt", "DtTm")
        try:
            if instant:
                at = datetime.fromisoformat(instant)
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
            else:
                at = datetime.combine(date.fromisoformat(day[:10]), time(12), UTC)
            if not 1971 <= at.year < 2199:
                raise ValueError("outside the years 1971 to 2198")
        except ValueError as error:
            told = (instant or day)[:40]
            raise StatementError(f"{self.place}: BookgDt: {told!r}: {error}; write 2026-11-02") from None
        return at.astimezone(UTC)


class _Bounded:
    """The file, as long as what is read of it is let go of again."""

    def __init__(self, file: IO[bytes], reading: _Reading) -> None:
        self._file, self._reading = file, reading

    def read(self, size: int = -1) -> bytes:
        """More of the file. Raises StatementError when one entry takes too much of it."""
        some = self._file.read(size)
        self._reading.bytes_held += len(some)
        if self._reading.bytes_held > MOST_BYTES_OF_ONE:
            raise StatementError(f"{self._reading.place}: more than {MOST_BYTES_OF_ONE} bytes without an end")
        return some


def _minor(text: str, currency: str) -> int:
    """Exact minor units. Decimals that are zero may be more than the currency has: banks write 100.00 JPY."""
    whole, dot, decimals = text.partition(".")
    while dot and decimals.endswith("0"):
        decimals = decimals[:-1]
    amount_minor = minor_units(f"{whole}.{decimals}" if decimals else whole, currency)
    if amount_minor <= 0:
        raise MoneyError("must be above zero")
    return amount_minor


def _amount_of(element: Element) -> Element | None:
    found = _child(element, "Amt")
    return _child(element, "AmtDtls", "TxAmt", "Amt") if found is None else found


def _account(notice: Element) -> str:
    """The account by its hash: the same account is told from others, and its number is not kept."""
    number = _text(notice, "Acct", "Id", "IBAN") or _text(notice, "Acct", "Id", "Othr", "Id")
    return hashlib.sha256(number.encode()).hexdigest()


def _debtor(details: Element) -> str:
    name = _text(details, "RltdPties", "Dbtr", "Nm") or _text(details, "RltdPties", "Dbtr", "Pty", "Nm")
    return " ".join(name.split())[:_NAME_AT_MOST]


def _given(details: Element, *path: str) -> str:
    text = _text(details, *path)
    return "" if text.upper() in _NOT_GIVEN else text[:_REFERENCE_AT_MOST]


def _is_true(text: str) -> bool:
    return text in ("true", "1")


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element | None, name: str) -> list[Element]:
    return [] if element is None else [one for one in element if _local(one) == name]


def _child(element: Element | None, *path: str) -> Element | None:
    for name in path:
        element = next(iter(_children(element, name)), None)
    return element


def _own(element: Element | None) -> str:
    return "" if element is None else " ".join((element.text or "").split())


def _text(element: Element | None, *path: str) -> str:
    return _own(_child(element, *path))
