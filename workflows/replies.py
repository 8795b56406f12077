"""The door's answer, as an event for the core."""

from temporalio.exceptions import ApplicationError

from contracts.carry_out import CASE_CHANGED, Failed, Made, Recorded, Refused
from statemachine import events


def reported(result: Recorded | Made | Refused | Failed, made: events.ContactMade) -> events.Report:
    """What became of the contact that was foreseen as `made`. Raises ApplicationError for an answer to no contact."""
    match result:
        case Made():
            return made.model_copy(update=result.model_dump(include={"is_certain", "is_unreachable"}))
        case Refused():
            return events.ContactRefused(
                contact=made.contact, **result.model_dump(exclude={"kind", "number"})
            )
        case Failed(reason=reason):
            return events.ContactFailed(contact=made.contact, reason=reason)
        case _:
            raise ApplicationError(f"the door answered {result!r} to a contact")


def of_a_ledger_ahead(refused: Refused) -> Refused:
    """The no of a ledger that knows what no message explains: the workflow was reset, perhaps. Asked again at once, it
    would say so without end; the case stalls instead, and a person looks."""
    return refused.model_copy(update={"next_at": None}) if refused.rule == CASE_CHANGED else refused
