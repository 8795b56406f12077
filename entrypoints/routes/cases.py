"""`/v1/cases`: cases to read, messages to tell them."""

from typing import Annotated

from fastapi import APIRouter, Body, Path
from temporalio.client import Client

from contracts.case_run import Answer
from entrypoints.access.caller import Caller
from entrypoints.access.gate import Calling, guarded
from entrypoints.access.repeats import WriteKey
from entrypoints.access.role import Right, right_to_tell
from entrypoints.routes.paging import Paged
from entrypoints.routes.telling import told, told_closed, update_id
from entrypoints.signalling import tell_others
from ledger.complaints import case_complained_of
from ledger.entry import Row
from ledger.reading import case_page, case_view, explanation, history, latest_case
from ledger.store import Ledger
from statemachine.complaint_message import ComplaintAnswered, ComplaintMade
from statemachine.messages import Message

LoanId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["A-1001"])]

_PAYMENT = {"kind": "payment", "reference": "PAY-1", "amount_minor": 8000, "currency": "CNY"}


def case_routes(client: Client, ledger: Ledger) -> APIRouter:
    """Cases of the caller's lender."""
    routes = guarded("/v1/cases", "cases")

    @routes.get("")
    async def cases(caller: Calling, pages: Paged) -> list[Row]:
        """The book: every case, all episodes."""
        found = await case_page(ledger, caller.lender, pages.after(str, int), pages.limit + 1)
        return pages.cut(found, lambda case: (case["loan_id"], case["episode"]))

    @routes.get("/{loan_id}")
    async def case(caller: Calling, loan_id: LoanId) -> Row:
        """The loan's latest episode with its contacts, tasks and payments."""
        return await case_view(ledger, caller.lender, loan_id)

    @routes.get("/{loan_id}/explanation")
    async def case_explanation(caller: Calling, loan_id: LoanId, pages: Paged) -> list[Row]:
        """Every decision of the latest episode: rule, facts, clock and next time."""
        return pages.of(await explained(ledger, caller, loan_id), lambda line: (line["seq"],), int)

    @routes.get("/{loan_id}/timeline")
    async def timeline(caller: Calling, loan_id: LoanId, pages: Paged) -> list[Row]:
        """What is recorded of the loan's borrower, over all their loans: contacts, repayments, promises, plans, notes."""
        rows = await history(ledger, caller.lender, loan_id)
        places = {row["event_id"]: place for place, row in enumerate(rows)}
        return pages.of(rows, lambda row: (row["at"], places[row["event_id"]]), str, int)

    _telling(routes, client, ledger)
    return routes


async def explained(ledger: Ledger, caller: Caller, loan_id: str) -> list[Row]:
    """The lines as this caller may read them. Raises NoSuchCase."""
    return await explanation(ledger, caller.lender, loan_id, with_findings=caller.may(Right.READ_PEOPLE))


def _telling(routes: APIRouter, client: Client, ledger: Ledger) -> None:
    @routes.post("/{loan_id}/messages")
    async def tell(
        caller: Calling, key: WriteKey, loan_id: LoanId, message: Annotated[Message, Body(examples=[_PAYMENT])]
    ) -> Answer:  # fmt: skip
        """Tells the case what happened; its answer says whether that changed anything, and why."""
        right = right_to_tell(message.kind)
        caller.check(right)
        is_decision = caller.may(Right.DECIDE) and right in (Right.DECIDE, Right.STATE_BALANCE)
        by = caller.deciding(message.by) if is_decision else caller.acting(message.by)
        said = message.model_copy(update={"by": by})
        current = await latest_case(ledger, caller.lender, loan_id)
        if isinstance(said, ComplaintMade | ComplaintAnswered):
            reference = said.reference if isinstance(said, ComplaintMade) else said.complaint
            current = await case_complained_of(ledger, caller.lender, loan_id, reference)
            if current["closed_at"]:
                return await told_closed(ledger, current, said)
        body = said.model_dump(mode="json", exclude_unset=True) | {"kind": said.kind}
        # The name of a machine's key changes when it is rotated; a decision is known by who made it.
        update = update_id(caller, key, body if is_decision else body | {"by": message.by})
        answer = await told(client, current, body, key, update)
        # Sent again by the same key, it counts once with the others as well.
        await tell_others(client, ledger, current["case_id"], {"reference": f"update {update}"} | body)
        return answer
