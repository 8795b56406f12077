"""The strategy of a case: what its risk chooses, again with every fact that matters, and what a person chooses instead."""

from datetime import datetime

from lending.affordability import AffordabilityTerms, budget_of
from lending.days import days_past_due
from lending.reason import LANGUAGES
from lending.risk import RiskFacts, assess, percent_of, surplus_percent
from statemachine.case import Case
from statemachine.decision import Decision, Line, absorbed
from statemachine.people_messages import StrategyChosen
from statemachine.policy import HousePolicy
from statemachine.step import aligned
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed


def strategy_chosen(case: Case, event: StrategyChosen, now: datetime, policy: HousePolicy) -> Decision:
    """A named person chooses; from then on no score changes it."""
    if reason := reason_absorbed(case.stage, Trigger.STRATEGY_CHOSEN):
        return absorbed(case, reason)
    line = Line(kind="strategy", reason=f"{event.strategy} chosen by {event.by}",
                facts={"from": case.strategy, "strategy": event.strategy, "by": event.by})  # fmt: skip
    chosen = case.model_copy(update={"strategy": event.strategy, "strategy_by": event.by})
    return aligned(Decision(case=chosen, lines=(line,)), policy)


def reassessed(decision: Decision, now: datetime, policy: HousePolicy) -> Decision:
    """The risk looked at again; a changed tier changes the strategy, with its reasons."""
    case = decision.case
    if policy.risk is None or case.is_closed or case.is_decided_by_people:
        return decision
    known = risk_facts(case, now)
    assessment = assess(policy.risk.scorecard, known)
    before = case.assessment
    if before and before.tier is assessment.tier:
        return decision.then(case=case.model_copy(update={"assessment": assessment}))
    strategy = case.strategy if case.strategy == "long_overdue" else policy.risk.strategy[assessment.tier]
    was = f"{before.tier} → " if before else ""
    facts = {"score": assessment.score, "tier": assessment.tier, "strategy": strategy,
             "scorecard": assessment.card, "known": known.model_dump(),
             "reasons": {language: assessment.words(language) for language in LANGUAGES}}  # fmt: skip
    line = Line(kind="risk", rule=f"{policy.id}/risk", facts=facts,
                reason=f"risk {was}{assessment.tier}: {assessment.words()}")  # fmt: skip
    changes = {"assessment": assessment, "strategy": strategy}
    return aligned(decision.then(line, case=case.model_copy(update=changes)), policy)


def risk_facts(case: Case, now: datetime) -> RiskFacts:
    """The facts the scorecard sees; a budget the borrower stated goes before what the lender had on file."""
    account = case.account
    income_minor, outgoings_minor = account.monthly_income_minor, account.monthly_outgoings_minor
    if case.budget is not None:
        stated = budget_of(case.budget, AffordabilityTerms())
        income_minor, outgoings_minor = stated.income_minor, stated.outgoings_minor
    balance_minor = max(0, case.balance_minor)
    days = days_past_due(account.overdue_since, now, account.zones)
    return RiskFacts(
        days_past_due=days,
        days_past_due_rise_days=days - days_past_due(account.overdue_since, case.opened_at, account.zones),
        balance_minor=balance_minor,
        balance_to_income_percent=percent_of(balance_minor, income_minor),
        surplus_to_income_percent=surplus_percent(income_minor, outgoings_minor),
        earlier_delinquencies=account.earlier_delinquencies,
        broken_promises=case.broken_promises,
        failed_contacts_in_a_row=case.attempt - 1 - case.set_anew,
    )
