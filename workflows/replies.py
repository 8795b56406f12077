"""The door's answer, as an event for the core."""

from temporalio.exceptions import ApplicationError

from contracts.carry_out import CASE_CHANGED, Failed, Made, Recorded, Refused
from statemachine import events
from statemachine.decision import Decision


def reported(result: Recorded | Made | Refused | Failed, made: events.ContactMade) -> events.Report:
    """What became of the contact that was foreseen as `made`. Raises ApplicationError for an answer to no contact."""
    match result:
        case Made():
            told = {"is_certain", "is_unreachable", "closes_at", "task"}
            return made.model_copy(update=result.model_dump(include=told))
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


def untold_of(decision: Decision, event: events.Report) -> Decision:
    """What the door has not written of a contact that it made or refused: a refusal's tasks, and the call or visit that
    is withdrawn with it. One that is still to come is written anew: its time has moved."""
    refused = isinstance(event, events.ContactRefused)
    lines = tuple(line for line in decision.lines if line.kind == "visit_withdrawn")
    if refused and decision.case.appointment is not None:
        lines = decision.lines
    return Decision(case=decision.case, lines=lines, tasks=decision.tasks if refused else ())
