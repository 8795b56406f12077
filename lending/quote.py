"""The offer a budget leads to: a plan that is affordable, in time and dated after paydays, or what there is instead."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from lending.affordability import (
    Affordable,
    Budget,
    FreeAdvice,
    Pause,
    Token,
    affordability,
    paused_reason,
)
from lending.money import format_minor
from lending.payday import PERIODS_A_YEAR, MonthlyPay, Rhythm, days_after_payday, months_later
from lending.plan import Instalment, InstalmentPlan, PlanTerms, even_parts, parts_needed, parts_of
from lending.reason import Reason
from lending.statement import MOST_BALANCE_MINOR, Statement
from lending.value import Strict, Value


class PlanBasis(Strict):
    """What a plan is worked out from. `balance_minor` is what is owed today, in the statement's currency.

    `longest_plan_months` is the jurisdiction's, if it has one; the house's own may be shorter. It counts from
    `term_from`, the day of the first agreement where an agreed plan is reworked, else `today`: reworking never
    stretches the term.
    The first instalment is later than `first_after`; left out, the house's days from today.
    """

    balance_minor: Annotated[int, Field(gt=0, le=MOST_BALANCE_MINOR)]
    statement: Statement
    terms: PlanTerms
    today: date
    longest_plan_months: Annotated[int, Field(ge=1)] | None = None
    first_after: date | None = None
    term_from: date | None = None

    @model_validator(mode="after")
    def _days_are_in_order(self) -> "PlanBasis":
        if self.first_after is not None and self.first_after < self.today:
            raise ValueError(f"first_after: {self.first_after} is past: write {self.today} or a later day")
        if self.term_from is not None and self.term_from > self.today:
            raise ValueError(
                f"term_from: {self.term_from} is to come: write the day the plan was first agreed"
            )
        return self

    @property
    def ends_by(self) -> date:
        """The last day a plan may run to."""
        house = self.terms.longest_plan_months
        return months_later(self.term_from or self.today, min(self.longest_plan_months or house, house))


class PlanOffer(Value):
    """A plan to accept by `valid_until`, that day included. `interest_minor` is all the interest in it; the parts sum
    to balance and interest, and each is at most `affordable_minor`."""

    kind: Literal["offer"] = "offer"
    plan: InstalmentPlan
    rhythm: Rhythm
    balance_minor: int
    interest_minor: int
    affordable_minor: int
    quoted_on: date
    valid_until: date
    budget: Budget
    reasons: tuple[Reason, ...]
    questions: tuple[Reason, ...] = ()


class PartialPlan(Value):
    """No offer: within the longest term these affordable parts leave `rest_minor` unpaid. A person decides what
    becomes of the rest (settled, written off, looked at again) before anything is agreed."""

    kind: Literal["partial_plan"] = "partial_plan"
    plan: InstalmentPlan
    rhythm: Rhythm
    balance_minor: int
    rest_minor: int
    affordable_minor: int
    budget: Budget
    reasons: tuple[Reason, ...]
    questions: tuple[Reason, ...] = ()


Quote = Annotated[PlanOffer | PartialPlan | Token | Pause | FreeAdvice, Field(discriminator="kind")]


class Room(NamedTuple):
    """Inside what a plan must stay: at most `amount_minor` a period, on `due_days`, with `interest_minor` a period."""

    basis: PlanBasis
    affordable: Affordable
    rhythm: Rhythm
    amount_minor: int
    interest_minor: int
    due_days: tuple[date, ...]

    @property
    def parts_at_most(self) -> int:
        """How many due days the term has."""
        return len(self.due_days)

    @property
    def parts_at_least(self) -> int:
        """How many parts the affordable amount needs."""
        return parts_needed(self.basis.balance_minor, self.amount_minor, self.interest_minor)

    def total_minor(self, parts: int) -> int:
        """Balance and interest over `parts` periods."""
        return self.basis.balance_minor + parts * self.interest_minor

    def offer(self, amounts: Sequence[int], *reasons: Reason) -> PlanOffer:
        """These amounts on the first due days. It is valid for the house's days, never into the first instalment."""
        today, balance_minor = self.basis.today, self.basis.balance_minor
        last_day = min(
            today + timedelta(days=self.basis.terms.valid_days), self.due_days[0] - timedelta(days=1)
        )
        return PlanOffer(
            plan=_dated(amounts, self.due_days),
            rhythm=self.rhythm,
            balance_minor=balance_minor,
            interest_minor=sum(amounts) - balance_minor,
            affordable_minor=self.amount_minor,
            quoted_on=today,
            valid_until=last_day,
            budget=self.affordable.budget,
            reasons=(*self.affordable.reasons, *reasons, self._interest_reason()),
            questions=self.affordable.questions,
        )

    def _interest_reason(self) -> Reason:
        if not self.interest_minor:
            return Reason(
                rule="plan.interest",
                en="interest and charges are frozen while the plan is kept: the balance never grows",
                zh="按约还款期间利息和费用冻结：欠款不会增加",
                zh_tw="依約還款期間利息和費用凍結：欠款不會增加",
            )
        shown = format_minor(self.interest_minor, self.affordable.budget.currency)
        return Reason(
            rule="plan.interest",
            en=f"interest is {shown} before each instalment, less than the instalment: the balance never grows",
            zh=f"每期利息 {shown}，低于每期还款额：欠款不会增加",
            zh_tw=f"每期利息 {shown}，低於每期還款額：欠款不會增加",
        )


def quote(basis: PlanBasis) -> Quote:
    """The offer for a budget. Where the house's usual number of parts asks less than the borrower can afford, that
    number is offered; otherwise the affordable amount, the last part the rest. Nothing affordable is never a plan.

    A change of circumstances is the same question with the new statement, what is still owed, and `term_from`.
    """
    room = room_of(basis)
    return usual_offer(room) if isinstance(room, Room) else room


def room_of(basis: PlanBasis) -> Room | Pause | Token | FreeAdvice:
    """What a plan must stay inside, or why there can be none."""
    found = affordability(basis.statement, basis.balance_minor, basis.terms.affordability)
    if not isinstance(found, Affordable):
        return found
    terms = basis.terms
    first_after = basis.first_after or basis.today + timedelta(days=terms.first_after_days)
    pay, after_days = basis.statement.pay, terms.after_payday_days
    if pay is None:
        pay, after_days = MonthlyPay(day=(first_after + timedelta(days=1)).day), 0
    a_year = PERIODS_A_YEAR[pay.rhythm]
    room = Room(
        basis=basis,
        affordable=found,
        rhythm=pay.rhythm,
        amount_minor=found.amount_minor * 12 // a_year,
        interest_minor=-(-terms.interest_while_kept_minor_per_month * 12 // a_year),
        due_days=days_after_payday(pay, after_days, first_after, basis.ends_by),
    )
    why = _no_room(room)
    return room if why is None else _paused(room, why)


def usual_offer(room: Room) -> Quote:
    """The offer of a house when the borrower names nothing themselves."""
    usual = room.basis.terms.instalments * PERIODS_A_YEAR[room.rhythm] // 12
    parts = min(usual, room.parts_at_most, room.basis.balance_minor)
    total_minor = room.total_minor(parts)
    if total_minor <= parts * room.amount_minor:
        return room.offer(even_parts(total_minor, parts))
    if room.parts_at_least <= room.parts_at_most:
        return room.offer(parts_of(room.basis.balance_minor, room.amount_minor, room.interest_minor))
    return partial_plan(room)


def partial_plan(room: Room) -> PartialPlan:
    """The affordable amount on every due day of the term, and what it leaves."""
    amounts = (room.amount_minor,) * room.parts_at_most
    rest_minor = room.total_minor(room.parts_at_most) - sum(amounts)
    rest = format_minor(rest_minor, room.affordable.budget.currency)
    why = Reason(
        rule="plan.longest_plan_months",
        en=f"the affordable amount leaves {rest} unpaid by {room.basis.ends_by}, the longest a plan may run: a person decides about the rest",
        zh=f"按可负担金额还至最长期限{room.basis.ends_by}仍欠 {rest}：余额由专人决定",
        zh_tw=f"依可負擔金額還到最長期限{room.basis.ends_by}仍欠 {rest}：餘額由專人決定",
    )
    return PartialPlan(
        plan=_dated(amounts, room.due_days),
        rhythm=room.rhythm,
        balance_minor=room.basis.balance_minor,
        rest_minor=rest_minor,
        affordable_minor=room.amount_minor,
        budget=room.affordable.budget,
        reasons=(*room.affordable.reasons, why),
        questions=room.affordable.questions,
    )


def accepted(offer: PlanOffer, balance_minor: int, on: date) -> InstalmentPlan | Reason:
    """The plan, accepted on `on` (the borrower's day); or why it no longer stands, and a new quote is due: the offer
    has expired, or `balance_minor` is no longer what it was made for."""
    if on > offer.valid_until:
        return Reason(
            rule="plan.valid_days",
            en=f"the offer stood until {offer.valid_until}; it is {on}: ask for a new one",
            zh=f"该方案有效期至{offer.valid_until}，今天是{on}：请重新申请",
            zh_tw=f"此方案有效至{offer.valid_until}，今天是{on}：請重新申請",
        )
    if balance_minor != offer.balance_minor:
        was, now = (format_minor(one, offer.budget.currency) for one in (offer.balance_minor, balance_minor))
        return Reason(
            rule="plan.balance",
            en=f"the offer was for {was}; {now} is owed now: ask for a new one",
            zh=f"该方案对应欠款 {was}，现欠 {now}：请重新申请",
            zh_tw=f"此方案對應欠款 {was}，目前欠款 {now}：請重新申請",
        )
    return offer.plan


def _no_room(room: Room) -> Reason | None:
    currency = room.affordable.budget.currency
    amount, interest = (format_minor(one, currency) for one in (room.amount_minor, room.interest_minor))
    if not room.due_days:
        return Reason(
            rule="plan.longest_plan_months",
            en=f"no due day is left by {room.basis.ends_by}, the longest a plan may run",
            zh=f"在最长期限{room.basis.ends_by}之前没有还款日",
            zh_tw=f"在最長期限{room.basis.ends_by}之前沒有還款日",
        )
    if room.amount_minor == 0:
        return Reason(
            rule="affordability/pro_rata",
            en=f"it is less than a minor unit each time ({room.rhythm})",
            zh="每期不足一个最小货币单位",
            zh_tw="每期不足一個最小貨幣單位",
        )
    if room.amount_minor <= room.interest_minor:
        return Reason(
            rule="plan.interest",
            en=f"interest of {interest} a period would eat the affordable {amount}, and the balance would never fall: no plan unless interest is frozen",
            zh=f"每期利息 {interest} 不低于可负担的 {amount}，欠款不会减少：除非冻结利息，否则不提供方案",
            zh_tw=f"每期利息 {interest} 不低於可負擔的 {amount}，欠款不會減少：除非凍結利息，不提供方案",
        )
    return None


def _paused(room: Room, why: Reason) -> Pause:
    days = room.basis.terms.affordability.review_after_days
    return Pause(
        budget=room.affordable.budget,
        reasons=(*room.affordable.reasons, why, paused_reason(days)),
        questions=room.affordable.questions,
        review_after_days=days,
    )


def _dated(amounts: Sequence[int], due_days: Sequence[date]) -> InstalmentPlan:
    return InstalmentPlan(
        instalments=tuple(
            Instalment(due_on=due_on, amount_minor=amount_minor)
            for due_on, amount_minor in zip(due_days, amounts, strict=False)
        )
    )
