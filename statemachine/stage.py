"""Where a case stands, how it can end, and the ways a borrower can be reached."""

from enum import StrEnum
from typing import Literal

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Stage(StrEnum):
    """The path of a case, in order; `closed` is the only end."""

    NOTICE = "notice"
    REMINDER = "reminder"
    PLAN_OFFER = "plan_offer"
    PLAN_ACTIVE = "plan_active"
    REVISIT = "revisit"
    ESCALATION = "escalation"
    CLOSED = "closed"


class Outcome(StrEnum):
    """Why a case closed."""

    CURED = "cured"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"
    REFERRED = "referred"
    SOLD = "sold"
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """Phone and visit are tasks for a person; e-mail and SMS are sent."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    VISIT = "visit"


class Tone(StrEnum):
    """The voice of a message. Caring asks for nothing: it is for people who have told of a difficulty."""

    PLAIN = "plain"
    CARING = "caring"


class Place(StrEnum):
    """Where a contact reaches its recipient. A borrower's own telephone and mailbox count as home."""

    HOME = "home"
    WORKPLACE = "workplace"
    ELSEWHERE = "elsewhere"


class HoldReason(StrEnum):
    """Why routine contact stops; what each kind does stands in `statemachine.hold_kind`."""

    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    ILLNESS = "illness"
    BEREAVEMENT = "bereavement"
    BREATHING_SPACE = "breathing_space"
    MENTAL_HEALTH_CRISIS = "mental_health_crisis"
    BANKRUPTCY = "bankruptcy"
    DEATH = "death"
    MINOR = "minor"
    LEGAL_REPRESENTATION = "legal_representation"
    CEASE_CONTACT = "cease_contact"
    IDENTITY_THEFT = "identity_theft"
    DISASTER = "disaster"
    AFFORDABILITY_REVIEW = "affordability_review"
    COMPLAINT = "complaint"
    OPERATOR = "operator"
