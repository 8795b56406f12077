"""What a borrower can afford: income less what life needs, shared fairly among the debts.

The order of a budget, the savings line, shares pro rata and "never a plan out of nothing" follow the UK Standard
Financial Statement and its practice; the house chooses the figures.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from lending.money import format_minor
from lending.reason import Reason
from lending.statement import BalanceMinor, Currency, Household, MonthlyMinor, Statement
from lending.value import Strict, Value


class Allowance(Strict):
    """What a household usually spends on one group, a month: by its first adult, further adults and children."""

    first_adult_minor: MonthlyMinor
    further_adult_minor: MonthlyMinor
    child_minor: MonthlyMinor

    def of(self, household: Household) -> int:
        """For all of `household`, in minor units a month."""
        further_minor = self.further_adult_minor * (household.adults - 1)
        return self.first_adult_minor + further_minor + self.child_minor * household.children


class Guideline(Strict):
    """Usual spending on the three flexible groups. At or below it nothing is asked; above it a word of explanation."""

    communications_and_leisure: Allowance
    food_and_housekeeping: Allowance
    personal: Allowance


class AffordabilityTerms(Strict):
    """How a house reads a budget. Amounts are by currency; a currency that is missing has none."""

    savings_percent: Annotated[StrictInt, Field(ge=0, le=50)] = 10
    savings_cap_minor: Mapping[Currency, MonthlyMinor] = {}
    token_minor: Mapping[Currency, BalanceMinor] = {}
    review_after_days: Annotated[StrictInt, Field(ge=7, le=366)] = 90
    guideline: Mapping[Currency, Guideline] = {}


class Budget(Value):
    """A month's sums. `surplus_minor` is below zero where the money does not reach."""

    currency: str
    income_minor: int
    fixed_minor: int
    flexible_minor: int
    priority_arrears_minor: int
    savings_minor: int
    surplus_minor: int

    @property
    def outgoings_minor(self) -> int:
        """All that goes out but savings."""
        return self.fixed_minor + self.flexible_minor + self.priority_arrears_minor


class _Outcome(Value):
    budget: Budget
    reasons: tuple[Reason, ...]
    questions: tuple[Reason, ...] = ()
    """What a person may kindly ask; the outcome does not wait for the answer."""


class Affordable(_Outcome):
    """This loan's share of the surplus, a month."""

    kind: Literal["affordable"] = "affordable"
    amount_minor: int


class Token(_Outcome):
    """No plan: a small sum the house takes as a sign, and a review."""

    kind: Literal["token"] = "token"
    amount_minor: int
    review_after_days: int


class Pause(_Outcome):
    """No plan: nothing is asked until the review."""

    kind: Literal["pause"] = "pause"
    review_after_days: int


class FreeAdvice(_Outcome):
    """No plan: the borrower is told where free, independent advice is; nothing is asked until the review."""

    kind: Literal["free_advice"] = "free_advice"
    review_after_days: int


NoPlan = Token | Pause | FreeAdvice
Affordability = Affordable | NoPlan


def budget_of(statement: Statement, terms: AffordabilityTerms) -> Budget:
    """surplus = income - fixed - flexible - priority arrears - savings (Standard Financial Statement).

    Savings are `savings_percent` of what is over before them, never above the house's cap, less where the borrower
    states less; of nothing, nothing is saved.
    """
    income_minor, fixed_minor = _total(statement.income), _total(statement.fixed_costs)
    flexible_minor = _total(statement.flexible_costs)
    arrears_minor = sum(one.monthly_minor for one in statement.priority_arrears)
    over_minor = income_minor - fixed_minor - flexible_minor - arrears_minor
    savings_minor = max(0, over_minor) * terms.savings_percent // 100
    for most_minor in (terms.savings_cap_minor.get(statement.currency), statement.savings_minor):
        savings_minor = savings_minor if most_minor is None else min(savings_minor, most_minor)
    return Budget(
        currency=statement.currency,
        income_minor=income_minor,
        fixed_minor=fixed_minor,
        flexible_minor=flexible_minor,
        priority_arrears_minor=arrears_minor,
        savings_minor=savings_minor,
        surplus_minor=over_minor - savings_minor,
    )


def pro_rata_minor(surplus_minor: int, balance_minor: int, others_minor: int) -> int:
    """This debt's share, floor(surplus x debt / sum of debts), never more than the debt (pro rata: SFS practice)."""
    return min(balance_minor, max(0, surplus_minor) * balance_minor // (balance_minor + others_minor))


def affordability(statement: Statement, balance_minor: int, terms: AffordabilityTerms) -> Affordability:
    """What can be offered to the loan of `balance_minor` (above zero), a month; or what happens instead of a plan.

    Outgoings above income: free advice. Nothing over, or less than a minor unit for this loan: the token this house
    takes in the currency, else a pause. What other lenders ask for changes no share; it only raises a question.
    """
    budget = budget_of(statement, terms)
    others_minor = sum(debt.balance_minor for debt in statement.other_debts)
    share_minor = pro_rata_minor(budget.surplus_minor, balance_minor, others_minor)
    questions = (*_above_guideline(statement, terms), *_asked_elsewhere(statement, budget, share_minor))
    reasons = [_sums(budget)]
    if budget.surplus_minor > 0:
        reasons.append(_share(budget, share_minor, balance_minor, others_minor))
    if share_minor > 0:
        return Affordable(
            budget=budget, reasons=tuple(reasons), questions=questions, amount_minor=share_minor
        )
    return _instead(budget, tuple(reasons), questions, balance_minor, terms)


def _instead(
    budget: Budget, reasons: tuple[Reason, ...], questions: tuple[Reason, ...], balance_minor: int, terms: AffordabilityTerms
) -> NoPlan:  # fmt: skip
    days, currency = terms.review_after_days, budget.currency
    if budget.surplus_minor < 0:
        why = Reason(
            rule="affordability/free_advice",
            en=f"outgoings are above income: nothing is asked for; free, independent advice comes first, and we look again in {days} days",
            zh=f"支出高于收入：不要求还款；请先寻求免费的独立债务咨询，{days}天后再看",
            zh_tw=f"支出高於收入：不要求還款；請先尋求免費的獨立債務諮詢，{days}天後再看",
        )
        return FreeAdvice(budget=budget, reasons=(*reasons, why), questions=questions, review_after_days=days)
    token_minor = min(balance_minor, terms.token_minor.get(currency, 0))
    if token_minor:
        shown = format_minor(token_minor, currency)
        why = Reason(
            rule="affordability/token",
            en=f"nothing is left for a plan: {shown} a month is taken as a sign, by choice; we look again in {days} days",
            zh=f"没有余额可供分期：每月{shown}作为象征性还款，自愿支付；{days}天后再看",
            zh_tw=f"沒有剩餘金額可供分期：每月{shown}作為象徵性還款，自願支付；{days}天後再看",
        )
        return Token(
            budget=budget, reasons=(*reasons, why), questions=questions, amount_minor=token_minor, review_after_days=days
        )  # fmt: skip
    return Pause(
        budget=budget, reasons=(*reasons, paused_reason(days)), questions=questions, review_after_days=days
    )


def paused_reason(days: int) -> Reason:
    """That nothing is asked for `days` days."""
    return Reason(
        rule="affordability/pause",
        en=f"nothing can be afforded now: nothing is asked for, and we look again in {days} days",
        zh=f"目前无力还款：不要求还款，{days}天后再看",
        zh_tw=f"目前無力還款：不要求還款，{days}天後再看",
    )


def _total(group: Strict) -> int:
    return sum(group.__dict__.values())  # every line of a group is an amount a month


def _sums(budget: Budget) -> Reason:
    lines = (
        (budget.fixed_minor, "fixed costs", "固定支出", "固定支出"),
        (budget.flexible_minor, "flexible costs", "弹性支出", "彈性支出"),
        (budget.priority_arrears_minor, "priority arrears", "优先欠款", "優先欠款"),
        (budget.savings_minor, "savings", "储蓄", "儲蓄"),
    )
    shown = [(format_minor(amount_minor, budget.currency), *names) for amount_minor, *names in lines]
    income, surplus = (
        format_minor(one, budget.currency) for one in (budget.income_minor, budget.surplus_minor)
    )
    return Reason(
        rule="affordability/surplus",
        en=f"a month: income {income}{''.join(f' - {en} {amount}' for amount, en, *_ in shown)} = {surplus}",
        zh=f"每月：收入 {income}{''.join(f' - {zh} {amount}' for amount, _, zh, _ in shown)} = {surplus}",
        zh_tw=f"每月：收入 {income}{''.join(f' - {tw} {amount}' for amount, *_, tw in shown)} = {surplus}",
    )


def _share(budget: Budget, share_minor: int, balance_minor: int, others_minor: int) -> Reason:
    share, balance, others = (
        format_minor(one, budget.currency) for one in (share_minor, balance_minor, others_minor)
    )
    return Reason(
        rule="affordability/pro_rata",
        en=f"this loan of {balance} has {share} of it a month, pro rata beside {others} of other debts",
        zh=f"本笔贷款 {balance} 与其他债务 {others} 按比例分配，每月 {share}",
        zh_tw=f"本筆貸款 {balance} 與其他債務 {others} 依比例分配，每月 {share}",
    )


_GROUPS = (
    ("communications_and_leisure", "communications and leisure", "通讯与休闲", "通訊與休閒"),
    ("food_and_housekeeping", "food and housekeeping", "食品与家用", "食品與家用"),
    ("personal", "personal costs", "个人支出", "個人支出"),
)


def _above_guideline(statement: Statement, terms: AffordabilityTerms) -> Iterator[Reason]:
    guideline = terms.guideline.get(statement.currency)
    if guideline is None or statement.spending_explained:
        return
    for group, en, zh, zh_tw in _GROUPS:
        spent_minor: int = getattr(statement.flexible_costs, f"{group}_minor")
        allowance: Allowance = getattr(guideline, group)
        usual_minor = allowance.of(statement.household)
        if spent_minor > usual_minor:
            spent, usual = (format_minor(one, statement.currency) for one in (spent_minor, usual_minor))
            yield Reason(
                rule=f"guideline/{group}",
                en=f"{en}: {spent} a month, where {usual} is usual for the household: is there a short reason?",
                zh=f"{zh}：每月 {spent}，同类家庭通常为 {usual}：请简单说明原因",
                zh_tw=f"{zh_tw}：每月 {spent}，同類家庭通常為 {usual}：請簡單說明原因",
            )


def _asked_elsewhere(statement: Statement, budget: Budget, share_minor: int) -> Iterator[Reason]:
    asked_minor = sum(debt.asked_minor or 0 for debt in statement.other_debts)
    left_minor = max(0, budget.surplus_minor) - share_minor
    if asked_minor > left_minor:
        asked, left = (format_minor(one, statement.currency) for one in (asked_minor, left_minor))
        yield Reason(
            rule="affordability/other_lenders",
            en=f"other lenders ask for {asked} a month and {left} is left for them: do they know this budget?",
            zh=f"其他债权人每月要求 {asked}，可分配 {left}：他们是否了解此预算？",
            zh_tw=f"其他債權人每月要求 {asked}，可分配 {left}：他們是否了解此預算？",
        )
