"""Budgets on a case: what the borrower can afford, and the offer that follows from it."""

from datetime import date, datetime, timedelta

from lending.days import local_day
from lending.quote import PlanBasis, PlanOffer, Quote, quote
from lending.reason import Reason
from lending.statement import Statement
from statemachine.case import Case, Hold
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.holds import placed
from statemachine.messages import BudgetStated
from statemachine.policy import HousePolicy
from statemachine.stage import HoldReason
from statemachine.transitions import Trigger
from statemachine.transitions import absorbed as reason_absorbed


def budget_stated(case: Case, event: BudgetStated, now: datetime, policy: HousePolicy) -> Decision:
    """What is affordable becomes an offer; where nothing is, no plan but a pause, and a person. A running plan goes on
    until the new offer is accepted: that is a change of circumstances."""
    if reason := reason_absorbed(case.stage, Trigger.BUDGET_STATED):
        return absorbed(case, reason)
    stated = case.model_copy(update={"budget": event.statement})
    return offered(stated, quote(basis_of(stated, event.statement, now, policy)), now)


def basis_of(case: Case, statement: Statement, now: datetime, policy: HousePolicy) -> PlanBasis:
    """What a plan for this case is worked out from. Reworking a plan never stretches its term."""
    today = local_day(now, case.account.zones)
    return PlanBasis(
        balance_minor=case.balance_minor,
        statement=statement,
        terms=policy.plan,
        today=today,
        term_from=min(case.term_from or today, today),
    )


def offered(case: Case, found: Quote, now: datetime, because: tuple[Reason, ...] = ()) -> Decision:
    """The case with the offer that was found; without one, what happens instead. `because` comes first in its line."""
    reason = "; ".join(one.en for one in (*because, *found.reasons))
    facts = {
        "affordable_minor": getattr(found, "affordable_minor", 0),
        "surplus_minor": found.budget.surplus_minor,
    }
    if isinstance(found, PlanOffer):
        facts |= {
            "instalments": [part.model_dump(mode="json") for part in found.plan.instalments],
            "valid_until": found.valid_until.isoformat(),
        }
        line = Line(kind="plan_offered", rule="plan.offer", reason=reason, facts=facts)
        return Decision(case=case.model_copy(update={"quoted": found, "offer": found.plan}), lines=(line,))
    without = case.model_copy(update={"quoted": None, "offer": None})
    if found.kind == "partial_plan":
        line = Line(kind="plan_partial", rule="plan.longest_plan_months", reason=reason,
                    facts=facts | {"rest_minor": found.rest_minor})  # fmt: skip
        note = "the affordable amount does not pay the balance within the longest term: what becomes of the rest?"
        return Decision(case=without, lines=(line,), tasks=(Task(kind="plan_review", note=note),))
    line = Line(kind="no_plan", rule=f"affordability/{found.kind}", reason=reason, facts=facts)
    return _paused(Decision(case=without, lines=(line,)), found.kind, found.review_after_days, now)


def _paused(decision: Decision, kind: str, review_after_days: int, now: datetime) -> Decision:
    """Nothing is asked for until somebody has looked again."""
    hold = Hold(reason=HoldReason.HARDSHIP, placed_at=now, by="Leeway", why=kind,
                until_at=now + timedelta(days=review_after_days))  # fmt: skip
    pause = placed(decision.case, hold, now, None)
    return decision.then(*pause.lines, case=pause.case, tasks=pause.tasks)


def offer_for(case: Case, today: date) -> PlanOffer | None:
    """The offer that still stands: made from the borrower's own budget, not expired, for what is owed now."""
    found = case.quoted
    if found is None or today > found.valid_until or found.balance_minor != case.balance_minor:
        return None
    return found
