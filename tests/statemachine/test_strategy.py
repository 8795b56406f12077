"""Risk picks a strategy before the first contact, and changes it without losing its place on the ladder."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from lending.risk import RiskFacts, Tier
from statemachine.agenda import WantContact, whats_next
from statemachine.case import Account, Case
from statemachine.decide import decide, open_case
from statemachine.decision import Decision
from statemachine.events import ContactMade, TimeReached
from statemachine.fact import FactName
from statemachine.messages import FactTold, PaymentReceived, PaymentReversed, PromiseMade, StrategyChosen
from statemachine.policy import HousePolicy
from statemachine.stage import Stage
from statemachine.strategy import risk_facts


def opened(account: Account, house: HousePolicy, now: datetime, income_minor: int | None) -> Case:
    """A case of a borrower with this income; 100000 is owed."""
    earning = account.model_copy(update={"monthly_income_minor": income_minor})
    return open_case(earning, now, house).case


def paid(case: Case, house: HousePolicy, now: datetime, amount_minor: int) -> Decision:
    """A payment."""
    message = PaymentReceived(reference=f"P-{amount_minor}", amount_minor=amount_minor, currency="CNY")
    return decide(case, message, now, house)


def steps_left(case: Case, house: HousePolicy, made: Callable[..., Decision]) -> list[str]:
    """The steps the case still takes on its ladder."""
    steps = []
    while case.stage not in (Stage.REVISIT, Stage.CLOSED):
        decision = made(case, house)
        steps.append(decision.lines[0].facts["step"])
        case = decision.case
    return steps


class TestRisk:
    @pytest.mark.parametrize(
        ("income_minor", "tier", "strategy"),
        [
            (10**9, Tier.LOW, "gentle"),
            (None, Tier.LOW, "gentle"),
            (0, Tier.LOW, "gentle"),
            (100_000, Tier.MEDIUM, "standard"),
            (10_000, Tier.HIGH, "plan_first"),
        ],
    )
    def test_picks_the_strategy_before_the_first_contact(
        self,
        account: Account,
        assessing_house: HousePolicy,
        monday: datetime,
        income_minor: int | None,
        tier: Tier,
        strategy: str,
    ) -> None:
        case = opened(account, assessing_house, monday, income_minor)

        assert case.assessment is not None
        assert (case.assessment.tier, case.strategy) == (tier, strategy)
        assert (case.stage, case.contacts_made) == (Stage.NOTICE, 0)

    def test_says_what_weighed_when_it_changes_the_strategy(
        self, account: Account, assessing_house: HousePolicy, monday: datetime
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)

        decision = paid(case, assessing_house, monday, 60_000)

        line = decision.lines[-1]
        assert decision.case.strategy == "gentle"
        assert (line.kind, line.rule, line.reason) == (
            "risk",
            "house/risk",
            "risk medium → low: nothing weighs",
        )
        assert line.facts == {
            "score": 0,
            "tier": Tier.LOW,
            "strategy": "gentle",
            "scorecard": "house@1",
            "known": risk_facts(decision.case, monday).model_dump(),
            "reasons": {"en": "nothing weighs", "zh-CN": "没有加分项", "zh-TW": "沒有加分項目"},
        }

    def test_weighs_what_the_case_knows(self, account: Account, house: HousePolicy, monday: datetime) -> None:
        earning = account.model_copy(
            update={
                "monthly_income_minor": 80_000,
                "monthly_outgoings_minor": 90_000,
                "earlier_delinquencies": 2,
            }
        )
        case = open_case(earning, monday, house).case
        tried = case.model_copy(update={"attempt": 3})

        assert risk_facts(tried, monday + timedelta(days=30)) == RiskFacts(
            days_past_due=40,
            days_past_due_rise_days=30,
            balance_minor=100_000,
            balance_to_income_percent=125,
            surplus_to_income_percent=-13,
            earlier_delinquencies=2,
            broken_promises=0,
            failed_contacts_in_a_row=2,
        )

    def test_rises_again_when_the_payment_is_reversed(
        self, account: Account, assessing_house: HousePolicy, monday: datetime
    ) -> None:
        case = paid(opened(account, assessing_house, monday, 100_000), assessing_house, monday, 60_000).case

        again = decide(case, PaymentReversed(payment="P-60000"), monday, assessing_house).case

        assert again.strategy == "standard"

    def test_rises_with_a_broken_promise(
        self, account: Account, assessing_house: HousePolicy, monday: datetime
    ) -> None:
        case = opened(account, assessing_house, monday, 10**9)
        promising = decide(
            case, PromiseMade(amount_minor=1, due_on=date(2026, 3, 10)), monday, assessing_house
        )

        broken = decide(promising.case, TimeReached(), monday + timedelta(days=9), assessing_house).case

        assert broken.strategy == "standard"


class TestStrategyChange:
    def test_takes_no_rung_twice_and_goes_only_forward(
        self,
        account: Account,
        assessing_house: HousePolicy,
        monday: datetime,
        contact_made: Callable[..., Decision],
    ) -> None:
        case = contact_made(opened(account, assessing_house, monday, 100_000), assessing_house).case
        case = contact_made(case, assessing_house).case
        higher = case.model_copy(
            update={"account": case.account.model_copy(update={"monthly_income_minor": 1})}
        )

        changed = paid(higher, assessing_house, monday, 1).case

        assert case.taken == ("notice", "reminder_1")
        assert (changed.strategy, changed.stage) == ("plan_first", Stage.PLAN_OFFER)
        assert steps_left(changed, assessing_house, contact_made) == ["plan_offer"]

    def test_loses_no_rung_when_it_happens_before_the_first_contact(
        self,
        account: Account,
        assessing_house: HousePolicy,
        monday: datetime,
        contact_made: Callable[..., Decision],
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)
        changed = paid(case, assessing_house, monday, 60_000).case

        assert steps_left(changed, assessing_house, contact_made) == ["notice", "reminder_1"]

    def test_leads_to_revisits_when_the_new_strategy_has_no_rung_left(
        self,
        account: Account,
        assessing_house: HousePolicy,
        monday: datetime,
        contact_made: Callable[..., Decision],
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)
        for _ in range(3):
            case = contact_made(case, assessing_house).case
        assert case.stage is Stage.PLAN_OFFER

        decision = paid(case, assessing_house, monday, 60_000)

        assert (decision.case.strategy, decision.case.stage) == ("gentle", Stage.REVISIT)
        assert [line.kind for line in decision.lines] == ["payment", "risk", "stage"]
        assert isinstance(whats_next(decision.case, assessing_house, monday), WantContact)

    def test_while_a_contact_goes_out_still_leaves_its_days_before_the_next(
        self,
        account: Account,
        assessing_house: HousePolicy,
        monday: datetime,
        contact_made: Callable[..., Decision],
    ) -> None:
        """A payment comes while reminder_1 is at the door: it counts, and an offer does not follow on its heels."""
        case = contact_made(opened(account, assessing_house, monday, 100_000), assessing_house).case
        going_out = whats_next(case, assessing_house, case.wanted_at)
        assert isinstance(going_out, WantContact)
        at = going_out.from_at
        poorer = case.model_copy(update={"account": account.model_copy(update={"monthly_income_minor": 1})})
        changed = paid(poorer, assessing_house, at, 1).case

        made = ContactMade(contact=going_out.contact, at=at, planned_at=at)
        after = decide(changed, made, at, assessing_house).case

        assert (changed.stage, after.stage) == (Stage.PLAN_OFFER, Stage.PLAN_OFFER)
        assert after.taken == ("notice", "reminder_1")
        assert after.wanted_at == at + timedelta(days=4)

    def test_to_no_rungs_while_one_goes_out_still_waits_before_the_first_revisit(
        self,
        account: Account,
        assessing_house: HousePolicy,
        monday: datetime,
        contact_made: Callable[..., Decision],
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)
        for _ in range(2):
            case = contact_made(case, assessing_house).case
        going_out = whats_next(case, assessing_house, case.wanted_at)
        assert isinstance(going_out, WantContact)
        at = going_out.from_at
        changed = paid(case, assessing_house, at, 60_000).case

        made = ContactMade(contact=going_out.contact, at=at, planned_at=at)
        after = decide(changed, made, at, assessing_house).case

        assert (changed.stage, after.revisits_made) == (Stage.REVISIT, 0)
        assert after.wanted_at == at + timedelta(days=30)


class TestPerson:
    def test_who_chooses_is_overruled_by_no_score(
        self, account: Account, assessing_house: HousePolicy, monday: datetime
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)
        chosen = decide(case, StrategyChosen(strategy="gentle", by="Ms Tan"), monday, assessing_house)

        later = paid(chosen.case, assessing_house, monday, 1_000).case

        assert (chosen.case.strategy, later.strategy, later.strategy_by) == ("gentle", "gentle", "Ms Tan")
        assert chosen.lines[0].facts == {"from": case.strategy, "strategy": "gentle", "by": "Ms Tan"}

    def test_decides_once_the_borrower_refuses_a_machines_decision(
        self, account: Account, assessing_house: HousePolicy, monday: datetime
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)
        refused = decide(case, FactTold(name=FactName.AUTOMATION_REFUSED), monday, assessing_house)

        later = paid(refused.case, assessing_house, monday, 60_000)

        assert [task.kind for task in refused.tasks] == ["strategy_review"]
        assert later.case.strategy == case.strategy
        assert "risk" not in [line.kind for line in later.lines]

    def test_chooses_only_among_the_strategies_of_the_house(
        self, account: Account, assessing_house: HousePolicy, monday: datetime
    ) -> None:
        case = opened(account, assessing_house, monday, 100_000)

        decision = decide(case, StrategyChosen(strategy="harsh", by="Ms Tan"), monday, assessing_house)

        assert (decision.accepted, decision.case) == (False, case)
        assert decision.lines[0].reason.startswith("strategy: harsh is none of house: choose one of standard")
