"""A counter-offer: the borrower names an amount, a number of parts or a day, and hears yes or the nearest yes."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, StrictInt, model_validator

from lending.money import format_minor
from lending.payday import DayOfMonth, MonthlyPay, WeeklyPay
from lending.plan import even_parts, parts_needed, parts_of
from lending.quote import PlanBasis, Quote, Room, partial_plan, room_of, usual_offer
from lending.reason import Reason
from lending.statement import MOST_BALANCE_MINOR
from lending.value import Strict, Value


class CounterOffer(Strict):
    """What the borrower would rather: an amount each time or a number of parts, a day of the month (which makes the
    plan monthly) or the first day."""

    amount_minor: Annotated[StrictInt, Field(gt=0, le=MOST_BALANCE_MINOR)] | None = None
    instalments: Annotated[StrictInt, Field(ge=1, le=520)] | None = None
    day: DayOfMonth | None = None
    first_due_on: date | None = None

    @model_validator(mode="after")
    def _names_one_thing_of_each(self) -> "CounterOffer":
        for one, other in (("amount_minor", "instalments"), ("day", "first_due_on")):
            both = [getattr(self, one), getattr(self, other)]
            if None not in both:
                raise ValueError(f"{one}: {both[0]} beside {other} {both[1]}: name one, the other follows")
        if not self.model_dump(exclude_none=True):
            raise ValueError("amount_minor: not given, and nothing else: name an amount, a number or a day")
        return self


class Answer(Value):
    """The offer as it was asked for, or the nearest one and in `differences` why it is not the same."""

    quote: Quote
    differences: tuple[Reason, ...] = ()

    @property
    def is_as_asked(self) -> bool:
        """Whether the borrower got what they named."""
        return self.quote.kind == "offer" and not self.differences


def answer(basis: PlanBasis, wish: CounterOffer) -> Answer:
    """A wish inside surplus and term is an offer as it stands; another one the nearest affordable offer.

    Raises ValueError, naming the field, for a first day that is not to come.
    """
    dated, differences = _on_wished_days(basis, wish)
    room = room_of(dated)
    if not isinstance(room, Room):
        return Answer(quote=room, differences=differences)
    if room.parts_at_least > room.parts_at_most:
        return Answer(quote=partial_plan(room), differences=differences)
    if wish.amount_minor is not None:
        return _of_amount(room, wish.amount_minor, differences)
    if wish.instalments is not None:
        return _of_number(room, wish.instalments, differences)
    return Answer(quote=usual_offer(room), differences=differences)


def _on_wished_days(basis: PlanBasis, wish: CounterOffer) -> tuple[PlanBasis, tuple[Reason, ...]]:
    if wish.day is not None:
        return _anchored(basis, MonthlyPay(day=wish.day), basis.first_after), ()
    if wish.first_due_on is None:
        return basis, ()
    if wish.first_due_on <= basis.today:
        raise ValueError(f"first_due_on: {wish.first_due_on} is not to come: write a day after {basis.today}")
    latest = basis.today + timedelta(days=basis.terms.first_within_days)
    first, pay = min(wish.first_due_on, latest), basis.statement.pay
    anchor = (
        pay.model_copy(update={"paid_on": first}) if isinstance(pay, WeeklyPay) else MonthlyPay(day=first.day)
    )
    differences = () if first == wish.first_due_on else (Reason(
        rule="plan.first_within_days",
        en=f"first_due_on {wish.first_due_on}: the first instalment is due by {latest}, {basis.terms.first_within_days} days from now",
        zh=f"首期还款日{wish.first_due_on}：最迟为{latest}，即{basis.terms.first_within_days}天内",
        zh_tw=f"首期還款日{wish.first_due_on}：最遲為{latest}，即{basis.terms.first_within_days}天內",
    ),)  # fmt: skip
    return _anchored(basis, anchor, first - timedelta(days=1)), differences


def _anchored(basis: PlanBasis, pay: MonthlyPay | WeeklyPay, first_after: date | None) -> PlanBasis:
    """The basis with due days on `pay` itself: the borrower has named the day."""
    terms = basis.terms.model_copy(update={"after_payday_days": 0})
    statement = basis.statement.model_copy(update={"pay": pay})
    return basis.model_copy(update={"terms": terms, "statement": statement, "first_after": first_after})


def _of_amount(room: Room, wished_minor: int, differences: tuple[Reason, ...]) -> Answer:
    balance_minor, interest_minor = room.basis.balance_minor, room.interest_minor
    smallest_minor = parts_needed(balance_minor, room.parts_at_most) + interest_minor
    whole_minor = min(wished_minor, balance_minor + interest_minor)
    amount_minor = min(max(whole_minor, smallest_minor), room.amount_minor)
    offer = room.offer(parts_of(balance_minor, amount_minor, interest_minor))
    if amount_minor == whole_minor:
        return Answer(quote=offer, differences=differences)
    wished, nearest = (format_minor(one, offer.budget.currency) for one in (wished_minor, amount_minor))
    if amount_minor < whole_minor:
        return Answer(
            quote=offer,
            differences=(
                *differences,
                _above(f"amount {wished}", f"每期 {wished}", nearest, nearest, nearest),
            ),
        )
    return Answer(quote=offer, differences=(*differences, Reason(
        rule="plan.longest_plan_months",
        en=f"amount {wished}: too little to end by {room.basis.ends_by}; the nearest is {nearest}",
        zh=f"每期 {wished}：无法在{room.basis.ends_by}前还清；最接近的是 {nearest}",
        zh_tw=f"每期 {wished}：無法在{room.basis.ends_by}前還清；最接近的是 {nearest}",
    )))  # fmt: skip


def _of_number(room: Room, wished: int, differences: tuple[Reason, ...]) -> Answer:
    whole = min(wished, room.basis.balance_minor)
    parts = max(min(whole, room.parts_at_most), room.parts_at_least)
    offer = room.offer(even_parts(room.total_minor(parts), parts))
    if parts == whole:
        return Answer(quote=offer, differences=differences)
    if parts > whole:
        asked_minor = -(-room.total_minor(whole) // whole)
        asked = format_minor(asked_minor, offer.budget.currency)
        most = format_minor(room.amount_minor, offer.budget.currency)
        too_much = _above(
            f"instalments {wished}: {asked} each", f"{wished}期，每期 {asked}", most, f"{parts}", f"{parts}期"
        )
        return Answer(quote=offer, differences=(*differences, too_much))
    return Answer(quote=offer, differences=(*differences, Reason(
        rule="plan.longest_plan_months",
        en=f"instalments {wished}: no more than {parts} end by {room.basis.ends_by}",
        zh=f"{wished}期：在{room.basis.ends_by}前最多{parts}期",
        zh_tw=f"{wished}期：在{room.basis.ends_by}前最多{parts}期",
    )))  # fmt: skip


def _above(asked_en: str, asked_zh: str, most: str, nearest_en: str, nearest_zh: str) -> Reason:
    return Reason(
        rule="affordability/surplus",
        en=f"{asked_en} is above the surplus: {most} can be afforded; the nearest is {nearest_en}",
        zh=f"{asked_zh} 高于可负担的 {most}；最接近的是 {nearest_zh}",
        zh_tw=f"{asked_zh} 高於可負擔的 {most}；最接近的是 {nearest_zh}",
    )
