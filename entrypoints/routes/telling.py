"""One message to one case over HTTP, and the case's no as a problem."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from contracts.case_run import UPDATE, Answer
from entrypoints.access.caller import Caller
from entrypoints.problem import Problem
from ledger.complaints import BadComplaint, taken_in_closed
from ledger.entry import Row
from ledger.store import Ledger
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade

_ANSWER_WITHIN = timedelta(seconds=20)


def update_id(caller: Caller, key: str, message: Mapping[str, Any]) -> str:
    """The same message under the same key is one update of the case, also from a machine whose own key was rotated
    meanwhile; another lender's or person's is another."""
    person = caller.id or caller.name if caller.is_person else ""
    known = json.dumps([caller.lender, person, key, message], sort_keys=True)
    return hashlib.sha256(known.encode()).hexdigest()[:40]


async def told(
    client: Client, case: Row, message: dict[str, Any], key: str, update: str | None = None
) -> Answer:
    """The case's answer. The update has the id `update`, or the key: a repeat is answered and not done again. Raises
    Problem."""
    handle = client.get_workflow_handle(case["case_id"])
    try:
        answer: Answer = await handle.execute_update(
            UPDATE,
            message,
            id=update or key,
            result_type=Answer,
            rpc_timeout=_ANSWER_WITHIN,
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
