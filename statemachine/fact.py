"""What is known of a borrower that the law asks about: dated facts, never bare flags."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FactName(StrEnum):
    """What a rule may ask about. The support a person needs, or what they said; never a diagnosis."""

    SIGNED_PLAN = "signed_plan"
    PLAN_REQUESTED = "plan_requested"
    DISPUTE = "dispute"
    CEASE_REQUESTED = "cease_requested"
    BREATHING_SPACE = "breathing_space"
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    CAPACITY_DOUBT = "capacity_doubt"
    DEBT_ADVICE = "debt_advice"
    LEGAL_REPRESENTATION = "legal_representation"
    BANKRUPTCY = "bankruptcy"
    HOSPITAL = "hospital"
    DISABILITY = "disability"
    MINOR = "minor"
    DEATH = "death"
    BEREAVEMENT = "bereavement"
    DISASTER = "disaster"
    HARDSHIP = "hardship"
    NUMBER_INVALID = "number_invalid"
    THIRD_PERSON_REFUSED = "third_person_refused"
    WORKPLACE_FORBIDDEN = "workplace_forbidden"
    EMAIL_OPT_OUT = "email_opt_out"
    TEXT_OPT_OUT = "text_opt_out"
    TEXT_CONSENT = "text_consent"
    NUMBER_CHECKED = "number_checked"
    HOURS_AGREED = "hours_agreed"
    CONTACT_AGREED = "contact_agreed"
    AUTOMATION_REFUSED = "automation_refused"
    """No machine decides on them alone: 个人信息保护法 art. 24."""


OF_ONE_DEBT = frozenset({FactName.SIGNED_PLAN, FactName.PLAN_REQUESTED, FactName.DISPUTE})
"""These concern the loan they were told of; every other fact concerns the person, on all of their loans."""

PERMISSIONS = frozenset(
    {FactName.TEXT_CONSENT, FactName.NUMBER_CHECKED, FactName.HOURS_AGREED, FactName.CONTACT_AGREED}
)
"""These open what would be closed. Every other fact closes, and outlives the case it was told of."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known from `since` on, until before `until` where an end is known (aware, UTC); `is_hold` where a hold
    says so."""

    name: FactName
    since: datetime
    until: datetime | None = None
    is_hold: bool = False
