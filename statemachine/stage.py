"""Where a case stands, how it can end, and the ways a borrower can be reached."""

from enum import StrEnum


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
    WITHDRAWN = "withdrawn"


class Channel(StrEnum):
    """Phone and visit are tasks for a person; e-mail and SMS are sent."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    VISIT = "visit"


class HoldReason(StrEnum):
    """Why routine contact stops. What each one needs is the support, never the diagnosis."""

    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    BREATHING_SPACE = "breathing_space"
    BEREAVEMENT = "bereavement"
    BANKRUPTCY = "bankruptcy"
    DEATH = "death"
    LEGAL_REPRESENTATION = "legal_representation"
    DISASTER = "disaster"
    OPERATOR = "operator"
