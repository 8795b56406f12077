"""One message to one case over HTTP, and the case's no as a problem."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Header
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import UPDATE, Answer
from entrypoints.problem import Problem
from ledger.complaints import BadComplaint, taken_in_closed
from ledger.entry import Row
from ledger.store import Ledger
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade

_ANSWER_WITHIN = timedelta(seconds=20)

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,80}$", description="The same key is the same message, however often it is sent."
    ),
]


async def told(client: Client, case: Row, message: dict[str, Any], key: str) -> Answer:
    """The case's answer; the update's id is the key, so that a repeat is answered and not done again. Raises Problem."""
    handle = client.get_workflow_handle(case["case_id"])
    try:
        answer: Answer = await handle.execute_update(
            UPDATE, message, id=key, result_type=Answer, rpc_timeout=_ANSWER_WITHIN
        )
        return answer
    except WorkflowUpdateFailedError as error:
        raise _refused(error, key) from None
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise _try_again(f"the case has not answered within {_ANSWER_WITHIN.seconds} s", key) from None
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        detail = (
            f"{case['loan_id']}: the case is {case['outcome'] or 'closed'} and takes no more messages; "
            "if the loan is overdue again, import it and a new episode opens"
        )
        raise Problem(409, detail) from None


async def told_closed(ledger: Ledger, case: Row, message: ComplaintMade | ComplaintAnswered) -> Answer:
    """A complaint about a case that has closed, or its answer. Raises Problem."""
    try:
        return await taken_in_closed(ledger, case, message, datetime.now(UTC))
    except BadComplaint as error:
        field, _, reason = str(error).partition(": ")
        raise Problem(422, str(error), errors=[{"field": field, "reason": reason}]) from None


def _refused(error: WorkflowUpdateFailedError, key: str) -> Problem:
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != "BadMessage":
        return _try_again("the case ended or moved on before it could answer", key)
    field, _, reason = cause.message.partition(": ")
    return Problem(422, cause.message, errors=[{"field": field, "reason": reason}])


def _try_again(why: str, key: str) -> Problem:
    detail = f"{why}; send the message again with the same Idempotency-Key, it will not count twice"
    return Problem(503, detail, headers={"Retry-After": "5", "Idempotency-Key": key})
