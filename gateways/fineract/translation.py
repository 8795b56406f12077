"""What Fineract says, in Leeway's own words: only what a case does not know already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from contracts.loan import OverdueLoan
from contracts.loan_event import (
    BalanceStated,
    LoanClosed,
    LoanEvent,
    LoanOverdue,
    PaymentPosted,
    PaymentReversed,
)
from gateways.fineract.amount import exact_minor, from_avro
from gateways.fineract.book import BookLoan, Debtor, Transaction
from gateways.fineract.event import BookEvent, day
from gateways.fineract.mapping_file import FineractMapping
from gateways.fineract.refusal import FineractRefused

SOURCE = "fineract"

_PAID = {
    "LoanTransactionMakeRepaymentPostBusinessEvent",
    "LoanTransactionDownPaymentPostBusinessEvent",
    "LoanTransactionRecoveryPaymentPostBusinessEvent",
}


@dataclass(frozen=True)
class OpenCase:
    """What Leeway knows of a loan with an open case. `payments`: reference to whether it was reversed. `told`: ids of
    events that were accepted before, perhaps for an earlier episode: they are in what was stated since."""

    case_id: str
    balance_minor: int
    overdue_since: date
    payments: Mapping[str, bool]
    told: frozenset[str] = frozenset()


class Translator:
    """For one lender's book. Raises FineractRefused, naming the loan and the field, for what cannot be told exactly."""

    def __init__(self, lender: str, mapping: FineractMapping) -> None:
        self._lender = lender
        self._mapping = mapping

    def loan(
        self, loan: BookLoan, case: OpenCase | None, as_of: datetime, debtor: Debtor | None
    ) -> list[LoanEvent]:
        """What is new of a loan as it was read at `as_of`. `debtor` is needed where a case is to be opened."""
        if case is None:
            return [self._overdue(loan, debtor, as_of)] if loan.is_chased and debtor else []
        told = self._payments(loan, case, as_of)
        if loan.ended and loan.ended != "paid":  # paid is a balance of zero
            return [*told, self._closed(loan, loan.ended, as_of)]
        differs = (loan.overdue_minor, loan.overdue_since) != (case.balance_minor, case.overdue_since)
        return [*told, self._stated(loan, as_of)] if told or differs else []

    def event(self, event: BookEvent) -> list[LoanEvent]:
        """What an external event tells a case by itself: money that moved, a charge-off. Whatever else it means, the loan
        says when it is read. That goes for a changed delinquency range too: its amount may already be without a payment
        whose own event is dated later, and would count it twice."""
        record = event.record
        if record is None or event.loan_id is None:
            return []
        if event.type in _PAID:
            return self._posted(record, event)
        if event.type == "LoanAdjustTransactionBusinessEvent":
            reversal = self._reversed(record["transactionToAdjust"], event)
            return [*reversal, *self._posted(record["newTransactionDetail"] or {}, event)]
        if event.type == "LoanChargeOffPostBusinessEvent":
            return [LoanClosed(**self._of(event.loan_id), event_id=f"event/{event.key}", reason="charged_off",
                               closed_at=event.created_at)]  # fmt: skip
        return []

    def _of(self, loan_id: int) -> dict[str, Any]:
        return {"source": SOURCE, "lender": self._lender, "loan_id": str(loan_id)}

    def _overdue(self, loan: BookLoan, debtor: Debtor, as_of: datetime) -> LoanOverdue:
        given = {
            "lender": self._lender, "loan_id": str(loan.id), "borrower_id": str(debtor.client.id),
            "name": debtor.client.display_name, "balance_minor": loan.overdue_minor, "currency": loan.currency.code,
            "overdue_since": loan.overdue_since, "language": self._mapping.language, "country": self._mapping.country,
            "subdivision": self._mapping.subdivision, "zones": self._mapping.zones,
            "policy": self._mapping.policy_of(loan.loan_product_name),
        } | self._reached(debtor)  # fmt: skip
        event_id = f"loan/{loan.id}/overdue/{as_of:%Y%m%dT%H%M%S%f}"
        return LoanOverdue(source=SOURCE, event_id=event_id, loan=_checked(given), as_of=as_of)

    def _reached(self, debtor: Debtor) -> dict[str, Any]:
        phone = self._mapping.phone(debtor.client.mobile_no)
        found = {"email": debtor.client.email_address or None, "phones": (phone,) if phone else ()}
        if debtor.address is None:
            return found
        told = debtor.address
        return found | {"street": told.way, "city": told.city or None, "postcode": told.postal_code or None}

    def _stated(self, loan: BookLoan, as_of: datetime) -> BalanceStated:
        minor = loan.overdue_minor
        return BalanceStated(
            **self._of(loan.id), event_id=f"loan/{loan.id}/balance/{as_of:%Y%m%dT%H%M%S%f}", overdue_minor=minor,
            currency=loan.currency.code, overdue_since=loan.overdue_since if minor else None, as_of=as_of,
        )  # fmt: skip

    def _closed(self, loan: BookLoan, reason: Any, as_of: datetime) -> LoanClosed:
        event_id = f"loan/{loan.id}/ended/{as_of:%Y%m%dT%H%M%S%f}"
        return LoanClosed(**self._of(loan.id), event_id=event_id, reason=reason, closed_at=as_of)

    def _payments(self, loan: BookLoan, case: OpenCase, as_of: datetime) -> list[LoanEvent]:
        """Payments since the loan fell overdue that the case does not know, and those it knows that were reversed."""
        told: list[LoanEvent] = []
        for one in loan.transactions or ():
            known = case.payments.get(str(one.id))
            if one.manually_reversed:
                if known is False:
                    told.append(PaymentReversed(**self._of(loan.id), event_id=f"reversal/{one.id}", payment=str(one.id),
                                                reversed_at=self._latest(one.reversed_on_date or one.date, as_of)))  # fmt: skip
            elif known is None and one.type.is_payment and one.date >= case.overdue_since:
                told += self._payment(loan, one, as_of)
        return [event for event in told if event.event_id not in case.told]

    def _payment(self, loan: BookLoan, one: Transaction, as_of: datetime) -> list[LoanEvent]:
        minor = exact_minor(one.amount, loan.currency.code, f"loan {loan.id}: transaction {one.id}: amount")
        return [PaymentPosted(**self._of(loan.id), event_id=f"payment/{one.id}", reference=str(one.id), amount_minor=minor,
                              currency=loan.currency.code, received_at=self._latest(one.date, as_of))] if minor else []  # fmt: skip

    def _latest(self, day: date, as_of: datetime) -> datetime:
        """The last instant of `day` that can have been, as the book gives days only: for the borrower, money that came
        on the day of a promise came after it."""
        ends = datetime.combine(day + timedelta(days=1), time(), self._mapping.tenant_clock)
        return min(ends - timedelta(seconds=1), as_of)

    def _posted(self, record: Mapping[str, Any], event: BookEvent) -> list[LoanEvent]:
        place = f"event {event.key}: amount"
        if record.get("id") is None or record.get("amount") is None:
            return []
        currency = (record.get("currency") or {}).get("code") or ""
        minor = exact_minor(from_avro(record["amount"], place), currency, place)
        at = self._instant(record.get("date"), event)
        return [PaymentPosted(**self._of(event.loan_id or 0), event_id=f"payment/{record['id']}", reference=str(record["id"]),
                              amount_minor=minor, currency=currency, received_at=at)] if minor else []  # fmt: skip

    def _instant(self, told: Any, event: BookEvent) -> datetime:
        """When the event was made, unless what it tells of lies on another day than that was in the book."""
        booked = day(told, f"event {event.key}: date") if told is not None else event.business_date
        return event.created_at if booked == event.business_date else self._latest(booked, event.created_at)

    def _reversed(self, record: Mapping[str, Any] | None, event: BookEvent) -> list[LoanEvent]:
        if not record or record.get("id") is None:
            return []
        return [PaymentReversed(**self._of(event.loan_id or 0), event_id=f"reversal/{record['id']}", payment=str(record["id"]),
                                reversed_at=event.created_at)]  # fmt: skip


_MAY_BE_LEFT_OUT = {"email", "street", "city", "postcode"}


def event_ids(loan: BookLoan) -> list[str]:
    """The ids under which the loan's transactions are told, and their reversals."""
    return [f"{what}/{one.id}" for one in loan.transactions or () for what in ("payment", "reversal")]


def _checked(given: dict[str, Any]) -> OverdueLoan:
    """The loan, without those ways to its borrower that cannot be used. Raises FineractRefused for anything else."""
    try:
        return OverdueLoan.model_validate(given)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) if one["loc"] else "borrower" for one in error.errors()}
        if wrong - _MAY_BE_LEFT_OUT:
            named = ", ".join(sorted(wrong))
            raise FineractRefused(
                f"loan {given['loan_id']}: {named}: cannot be used as it stands in the book"
            ) from None
        return _checked({name: value for name, value in given.items() if name not in wrong})
