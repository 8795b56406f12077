"""How likely a loan is to roll on, with the reasons in words that a person can check."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import model_validator

from lending.reason import Language
from lending.scorecard import Scorecard, Tiers
from lending.value import Value

REASONS_AT_MOST = 3


class Tier(StrEnum):
    """The strategy a case gets depends on this and nothing else about the score."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RiskFacts(Value):
    """What a lender knows when it assesses; `None` is unknown. Amounts are minor units of the loan's currency."""

    days_past_due: int
    days_past_due_rise_days: int = 0
    """Since the case opened: above 0 they rose, 0 they stood, below 0 they fell."""
    balance_minor: int = 0
    """A card that weighs it is a card for one currency."""
    balance_to_income_percent: int | None
    """What is overdue, in percent of a month's income."""
    surplus_to_income_percent: int | None = None
    """Income less outgoings, in percent of income; below 0 where outgoings are higher."""
    earlier_delinquencies: int
    broken_promises: int
    failed_contacts_in_a_row: int = 0
    """Channels that did not reach the borrower since one last did."""


def percent_of(amount_minor: int, income_minor: int | None) -> int | None:
    """`amount_minor` in whole percent of the income, rounded down; None without an income above 0."""
    return amount_minor * 100 // income_minor if income_minor and income_minor > 0 else None


def surplus_percent(income_minor: int | None, outgoings_minor: int | None) -> int | None:
    """What a month's income leaves after outgoings, in whole percent of it; None while either is unknown."""
    if income_minor is None or outgoings_minor is None:
        return None
    return percent_of(income_minor - outgoings_minor, income_minor)


class _Words(NamedTuple):
    name: str
    known: str


_WORDS: Mapping[Language, Mapping[str, _Words]] = {
    "en": {
        "days_past_due": _Words("days past due", "days past due: {value}"),
        "days_past_due_rise_days": _Words(
            "trend of the days past due", "days past due since the case opened: {value:+d}"
        ),
        "balance_minor": _Words("amount overdue", "{value} minor units overdue"),
        "balance_to_income_percent": _Words("income", "overdue amount is {value}% of a month's income"),
        "surplus_to_income_percent": _Words("outgoings", "{value}% of the income is left after outgoings"),
        "earlier_delinquencies": _Words("earlier delinquencies", "earlier delinquencies: {value}"),
        "broken_promises": _Words("broken promises", "broken promises: {value}"),
        "failed_contacts_in_a_row": _Words("failed contacts", "failed contacts in a row: {value}"),
    },
    "zh-CN": {
        "days_past_due": _Words("逾期天数", "已逾期{value}天"),
        "days_past_due_rise_days": _Words("逾期天数的变化", "立案以来逾期天数变化{value:+d}天"),
        "balance_minor": _Words("逾期金额", "逾期金额为{value}（最小货币单位）"),
        "balance_to_income_percent": _Words("收入情况", "逾期金额为月收入的{value}%"),
        "surplus_to_income_percent": _Words("支出情况", "收入扣除支出后剩余{value}%"),
        "earlier_delinquencies": _Words("以往逾期次数", "以往逾期{value}次"),
        "broken_promises": _Words("违反承诺次数", "违反还款承诺{value}次"),
        "failed_contacts_in_a_row": _Words("联系情况", "连续{value}次联系未成功"),
    },
    "zh-TW": {
        "days_past_due": _Words("逾期天數", "已逾期{value}天"),
        "days_past_due_rise_days": _Words("逾期天數的變化", "立案以來逾期天數變化{value:+d}天"),
        "balance_minor": _Words("逾期金額", "逾期金額為{value}（最小貨幣單位）"),
        "balance_to_income_percent": _Words("收入狀況", "逾期金額為月收入的{value}%"),
        "surplus_to_income_percent": _Words("支出狀況", "收入扣除支出後剩餘{value}%"),
        "earlier_delinquencies": _Words("過往逾期次數", "過往逾期{value}次"),
        "broken_promises": _Words("未履行承諾次數", "未履行還款承諾{value}次"),
        "failed_contacts_in_a_row": _Words("聯繫狀況", "連續{value}次未能聯繫上"),
    },
}
_UNKNOWN: Mapping[Language, str] = {"en": "{name} unknown", "zh-CN": "{name}未知", "zh-TW": "{name}不詳"}
_POINTS: Mapping[Language, str] = {
    "en": " ({points:+d})",
    "zh-CN": "（{points:+d}分）",
    "zh-TW": "（{points:+d}分）",
}
_NOTHING: Mapping[Language, str] = {"en": "nothing weighs", "zh-CN": "没有加分项", "zh-TW": "沒有加分項目"}

_OLD_REASON = re.compile(r"(.+) (unknown|-?\d+) \(\+(\d+)\)")


class Weighed(Value):
    """One fact that raised the score: its value (None: unknown) and the points it weighed."""

    fact: str
    value: int | None
    points: int

    def words(self, language: Language = "en") -> str:
        """In words: `days past due: 60 (+35)`. A fact no case has is called by its own name."""
        words = _WORDS[language].get(self.fact, _Words(self.fact, f"{self.fact} {{value}}"))
        said = _UNKNOWN[language].format(name=words.name) if self.value is None else words.known
        return said.format(value=self.value) + _POINTS[language].format(points=self.points)

    @model_validator(mode="before")
    @classmethod
    def _as_it_was(cls, data: Any) -> Any:
        """Older cases carry a reason as the text `broken promises 2 (+30)`."""
        if not isinstance(data, str) or not (old := _OLD_REASON.fullmatch(data)):
            return data
        value = None if old[2] == "unknown" else int(old[2])
        return {"fact": old[1].replace(" ", "_"), "value": value, "points": int(old[3])}


class Assessment(Value):
    """The score by a card (`standard@1`), its tier, and the facts that weighed most, heaviest first."""

    score: int
    tier: Tier
    reasons: tuple[Weighed, ...]
    card: str = ""

    def words(self, language: Language = "en") -> str:
        """The reasons in one sentence."""
        between = "; " if language == "en" else "；"
        return between.join(each.words(language) for each in self.reasons) or _NOTHING[language]


def tier_of(score: int, tiers: Tiers) -> Tier:
    """The highest tier whose threshold the score reaches."""
    return Tier.HIGH if score >= tiers.high_from else Tier.MEDIUM if score >= tiers.medium_from else Tier.LOW


def assess(card: Scorecard, facts: RiskFacts) -> Assessment:
    """`score = base_points + sum of points`; reasons are the three facts with the most points above 0.

    Facts of equal weight stand in the card's order.
    """
    known: dict[str, int | None] = facts.model_dump()
    points = card.weighed(known)
    heaviest = sorted((fact for fact in points if points[fact] > 0), key=lambda fact: -points[fact])
    reasons = (Weighed(fact=fact, value=known.get(fact), points=points[fact]) for fact in heaviest)
    score = card.base_points + sum(points.values())
    return Assessment(
        score=score,
        tier=tier_of(score, card.tiers),
        reasons=tuple(reasons)[:REASONS_AT_MOST],
        card=card.name,
    )
