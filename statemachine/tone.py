"""In which voice a case is spoken to: who has told of a difficulty is not dunned again.

A voice is never grounds to contact or not to contact: holds and the law decide that.
"""

from lending.affordability import AffordabilityTerms, budget_of
from statemachine.case import Case
from statemachine.fact import FactName
from statemachine.stage import HoldReason, Tone

_HARD_HOLDS = frozenset(
    {
        HoldReason.HARDSHIP,
        HoldReason.ILLNESS,
        HoldReason.BEREAVEMENT,
        HoldReason.DISASTER,
        HoldReason.BREATHING_SPACE,
        HoldReason.MENTAL_HEALTH_CRISIS,
        HoldReason.AFFORDABILITY_REVIEW,
    }
)
_HARD_FACTS = frozenset(
    {
        FactName.HARDSHIP,
        FactName.BEREAVEMENT,
        FactName.DISASTER,
        FactName.HOSPITAL,
        FactName.DISABILITY,
        FactName.BREATHING_SPACE,
        FactName.MENTAL_HEALTH_CRISIS,
        FactName.CAPACITY_DOUBT,
        FactName.DEBT_ADVICE,
    }
)


def tone_of(case: Case) -> Tone:
    """The voice of the case's next contact, as far as the case knows: the door speaks as softly as the person's other
    loans ask for. A complaint tells of no difficulty, and the caring words would say that one is known."""
    return Tone.CARING if case.in_difficulty or _is_in_difficulty(case) else Tone.PLAIN


def remembered(case: Case) -> Case:
    """The case, knowing for the rest of its episode that its borrower was in difficulty once."""
    if case.in_difficulty or not _is_in_difficulty(case):
        return case
    return case.model_copy(update={"in_difficulty": True})


def _is_in_difficulty(case: Case) -> bool:
    """As it shows today: a hold, now or before, a need for support, a finding, a fact, or a budget that leaves nothing."""
    holds = (*case.past_holds, *case.holds)
    if any(hold.reason in _HARD_HOLDS or hold.support_need for hold in holds):
        return True
    if case.findings and (case.findings.support_needs or case.findings.income == "none"):
        return True
    if any(fact.name in _HARD_FACTS for fact in case.facts):
        return True
    return case.budget is not None and budget_of(case.budget, AffordabilityTerms()).surplus_minor <= 0
