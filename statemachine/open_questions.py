"""What a case carries until people have answered: a proposal, complaints, and what its limitation depends on."""

from datetime import date, datetime

from lending.value import Value
from statemachine.complaint_message import Grievance
from statemachine.stage import Channel


class Proposal(Value):
    """What one named person wants decided; another must say the same."""

    decision: str
    by: str
    at: datetime
    note: str = ""


class Complaint(Value):
    """A complaint, to be answered by `due_on`. Its words stand in the ledger; `channel` is the one it is about."""

    reference: str
    about: Grievance
    channel: Channel | None = None
    came_by: str = ""
    received_on: date
    due_on: date
    answered_on: date | None = None
    result: str = ""
    answered_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits for its answer."""
        return self.answered_on is None

    @property
    def holds(self) -> bool:
        """Whether all routine contact waits for its answer: about sum, plan or data always, and where no channel is
        named that could wait alone."""
        return self.about in (Grievance.AMOUNT, Grievance.PLAN, Grievance.DATA) or self.channel is None

    @property
    def holds_the_person(self) -> bool:
        """Whether their other loans wait, too: a sum and a plan are one debt's, how somebody is treated is not."""
        return self.holds and self.about not in (Grievance.AMOUNT, Grievance.PLAN)


class TimeRecord(Value):
    """What limitation depends on beside payments and promises, as days of the borrower's calendar.

    `met_on`: when somebody last met the borrower. `alerted_for`: the last day a person was told of. `barred_on`: the last day, once it has passed; `accepted_by`: who
    sent the case back to its revisits knowing that; `told_on`: when the borrower was first told, `told_by` the step that did;
    `revived_on`: when they, knowing it, agreed to pay after all.
    """

    met_on: date | None = None
    agreed_on: date | None = None
    alerted_for: date | None = None
    barred_on: date | None = None
    accepted_by: str = ""
    told_on: date | None = None
    told_by: str = ""
    revived_on: date | None = None
