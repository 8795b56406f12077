"""Complaints: what a borrower complains of, and what they were answered."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from statemachine.message import Reference, Said, Text
from statemachine.stage import Channel


class Grievance(StrEnum):
    """What a complaint is about."""

    AMOUNT = "amount"
    CONDUCT = "conduct"
    CONTACT = "contact"
    PLAN = "plan"
    DATA = "data"
    OTHER = "other"


class ComplaintMade(Said):
    """The borrower complains. `channel` is the one they complain of, `came_by` the way by which it reached us,
    `received_on` its day, today when left out: the days for the answer count from then on."""

    kind: Literal["complaint"] = "complaint"
    reference: Reference
    about: Grievance
    channel: Channel | None = None
    text: Text = ""
    came_by: Literal["phone", "email", "sms", "visit", "letter", "page", "branch", "authority", "other"] = (
        "other"
    )
    received_on: date | None = None


class ComplaintAnswered(Said):
    """The lender has answered the complaint that `complaint` names. `by` answers for it."""

    kind: Literal["complaint_answered"] = "complaint_answered"
    complaint: Reference
    result: Literal["upheld", "partly_upheld", "rejected", "withdrawn"]
    note: Text = ""
    by: Annotated[Text, Field(min_length=1)]
