"""`leeway crm sync`: the lender's CRM gets each borrower's history, and tells who looks after them and what was noted."""

import asyncio
import sys
from dataclasses import dataclass, field
from typing import Annotated

import typer

from entrypoints import settings
from entrypoints.connect import database_url
from entrypoints.until_stopped import until_stopped
from gateways.crm import (
    EVENTS_AT_MOST,
    BorrowerRef,
    Crm,
    CrmRefused,
    CrmUnavailable,
    HistoryEvent,
    TokenRefused,
)
from gateways.crm_http import HttpCrm
from ledger.crm import CrmShelf
from ledger.store import Ledger

BORROWERS_PAGE = 200

app = typer.Typer(no_args_is_help=True, help="The lender's CRM.")


@dataclass
class Synced:
    """What one round did. `refused` names each borrower the CRM will not take, and why."""

    borrowers: int = 0
    events: int = 0
    notes: int = 0
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        done = f"{self.borrowers} borrowers, {self.events} events told, {self.notes} notes taken"
        return "\n".join((done, *self.refused))


class CrmSync:
    """One lender's history on its way to their CRM, and the CRM's word on its way back."""

    def __init__(self, ledger: Ledger, crm: Crm, lender: str) -> None:
        self._shelf = CrmShelf(ledger, lender)
        self._crm = crm
        self._lender = lender

    async def round(self) -> Synced:
        """Every borrower once; a refusal for one does not keep the next waiting.

        Raises CrmUnavailable and TokenRefused: the next round goes on where this one ended.
        """
        synced, after = Synced(), ""
        while page := await self._shelf.borrowers(after, BORROWERS_PAGE):
            for borrower_id in page:
                for step in (self._tell, self._hear):  # what is refused here keeps no deletion waiting
                    try:
                        await step(borrower_id, synced)
                    except TokenRefused:
                        raise
                    except CrmRefused as error:
                        synced.refused.append(f"{borrower_id}: {error}")
                synced.borrowers += 1
            after = page[-1]
        return synced

    async def _tell(self, borrower_id: str, synced: Synced) -> None:
        """In the order written down. The cursor moves only once the CRM has accepted: a crash repeats, never skips."""
        while rows := await self._shelf.unsent(borrower_id, EVENTS_AT_MOST):
            events = [_event(row) for row in rows]
            await self._crm.push(BorrowerRef(self._lender, borrower_id), events)
            await self._shelf.accepted(borrower_id, rows[-1]["recorded"])
            synced.events += len(events)

    async def _hear(self, borrower_id: str, synced: Synced) -> None:
        while True:
            mark = await self._shelf.mark(borrower_id)
            told = await self._crm.owner_and_notes(BorrowerRef(self._lender, borrower_id), mark)
            if told.more and told.mark == mark:
                raise CrmRefused(f"mark: {mark!r} again, though there is more; each answer must move it on")
            owner = {"owner_id": told.owner.id, "name": told.owner.name} if told.owner else None
            notes = [
                {"note_id": note.id, "text": note.text, "author": note.author, "written_at": note.at,
                 "is_deleted": note.deleted}
                for note in told.notes
            ]  # fmt: skip
            is_taken = await self._shelf.take(borrower_id, mark, told.mark, owner, notes)
            synced.notes += len(notes) if is_taken else 0
            if not (is_taken and told.more):
                return


def _event(row: dict[str, object]) -> HistoryEvent:
    told = {name: value for name, value in row.items() if name not in ("recorded", "event_id")}
    return HistoryEvent.model_validate(told | {"id": row["event_id"]})


@app.command()
def sync(
    once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False,
    every_seconds: Annotated[int, typer.Option(min=1, help="From the end of a round to the next.")] = 60,
) -> None:
    """Tells the CRM what is new of every borrower, and takes its owner and notes. With --once, exit code 1 when
    something was refused or the CRM did not answer; what was accepted stays so, and the next run goes on from there."""
    known = settings.from_environment()
    if not known.crm_url:
        raise ValueError("LEEWAY_CRM_URL: not set; write the CRM's address there, see docs/connecting.md")
    crm = HttpCrm(known.crm_url, known.crm_token)
    if not asyncio.run(_synced(known, crm, None if once else every_seconds)):
        raise typer.Exit(1)


async def _synced(known: settings.Settings, http: HttpCrm, every_seconds: int | None) -> bool:
    """Round after round until told to stop; without `every_seconds` one, and whether all of it went well."""
    stopped = asyncio.create_task(until_stopped())
    async with Ledger(database_url(known), connections=2) as ledger, http as crm:
        while True:
            rounds = asyncio.create_task(_round_told(CrmSync(ledger, crm, known.lender)))
            await asyncio.wait((rounds, stopped), return_when=asyncio.FIRST_COMPLETED)
            if stopped.done():
                rounds.cancel()
                await asyncio.wait((rounds,))
                return True
            if every_seconds is None:
                stopped.cancel()
                return rounds.result()
            rounds.result()
            await asyncio.wait((stopped,), timeout=every_seconds)


async def _round_told(sync: CrmSync) -> bool:
    try:
        synced = await sync.round()
    except (TokenRefused, CrmUnavailable) as error:
        print(f"leeway: {error}", file=sys.stderr, flush=True)
        return False
    print(synced, flush=True)
    return not synced.refused
