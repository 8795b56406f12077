"""`/v1/cases`: cases to read, messages to tell them."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Body, Path, Response
from temporalio.client import Client

from contracts.case_run import Answer
from entrypoints.routes.telling import IdempotencyKey, told, told_closed
from entrypoints.signalling import tell_others
from ledger.complaints import case_complained_of
from ledger.entry import Row
from ledger.reading import case_list, case_view, explanation, latest_case
from ledger.store import Ledger
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade
from statemachine.messages import Message

LoanId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def case_routes(client: Client, ledger: Ledger, lender: str) -> APIRouter:
    """One lender's cases."""
    routes = APIRouter(prefix="/v1/cases", tags=["cases"])

    @routes.get("")
    async def cases() -> list[Row]:
        """The book: every case, all episodes."""
        return await case_list(ledger, lender)

    @routes.get("/{loan_id}")
    async def case(loan_id: LoanId) -> Row:
        """The loan's latest episode with its contacts, tasks and payments."""
        return await case_view(ledger, lender, loan_id)

    @routes.get("/{loan_id}/explanation")
    async def case_explanation(loan_id: LoanId) -> list[Row]:
        """Every decision of the latest episode: rule, facts, clock and next time."""
        return await explanation(ledger, lender, loan_id)

    @routes.post("/{loan_id}/messages")
    async def tell(
        loan_id: LoanId, message: Annotated[Message, Body()], response: Response, idempotency_key: IdempotencyKey = None
    ) -> Answer:  # fmt: skip
        """Tells the case what happened; its answer says whether that changed anything, and why."""
        key = idempotency_key or str(uuid.uuid4())
        response.headers["Idempotency-Key"] = key
        current = await latest_case(ledger, lender, loan_id)
        if isinstance(message, ComplaintMade | ComplaintAnswered):
            reference = message.reference if isinstance(message, ComplaintMade) else message.complaint
            current = await case_complained_of(ledger, lender, loan_id, reference)
            if current["closed_at"]:
                return await told_closed(ledger, current, message)
        body = message.model_dump(mode="json", exclude_unset=True) | {"kind": message.kind}
        answer = await told(client, current, body, key)
        # Sent again by the same key, it counts once with the others as well.
        await tell_others(client, ledger, current["case_id"], {"reference": f"update {key}"} | body)
        return answer

    return routes
