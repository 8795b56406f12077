"""What a refusal must leave as it was."""

from typing import Any

from case_on_server import CaseOnServer


async def everything(case: CaseOnServer) -> tuple[Any, ...]:
    """The case, its lines in the ledger, its row and its tasks."""
    tasks = await case.ledger.read("tasks", case_id=case.handle.id)
    return (await case.view()).case, await case.lines(), await case.row(), tasks
