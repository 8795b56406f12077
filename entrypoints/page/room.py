"""Behind the button: the case as its borrower sees it, the forms, and what is said in them, told to the case."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from temporalio.client import Client

from contracts.case_run import QUERY, CaseView
from entrypoints.page.form_token import counted_by, form_token
from entrypoints.page.forms import FORMS
from entrypoints.page.rendering import Rendering
from entrypoints.page.shown import parts_of_plan
from entrypoints.page.step import ACKNOWLEDGING, Standing, Step, form_of_plan, plan_step, said_again, step
from entrypoints.page.visits import Visit
from entrypoints.page.words import LANGUAGES, words_in
from entrypoints.problem import Problem
from entrypoints.routes.telling import told
from entrypoints.signalling import tell_others
from ledger.store import Ledger
from statemachine.policy import HousePolicy

_SAYS_AT_MOST = timedelta(seconds=10)
_CANNOT_NOW = 422
"""Status of a form that comes back with what is to be checked."""
_HAS_CLOSED = 409
_GOES_ON_ELSEWHERE = ("referred", "sold", "withdrawn")

Fields = Mapping[str, Sequence[str]]


class Room(NamedTuple):
    """A proven browser: what it has open, in which language, under which path, and its secret."""

    visit: Visit
    language: str
    root: str
    secret: str

    def place(self, name: str = "", said: str = "") -> str:
        """Where a page of this room is."""
        path = f"{self.root}/{self.language}" + (f"/{name}" if name else "")
        return f"{path}?said={said}" if said else path


class Rooms:
    """Answers proven browsers. Raises RPCError or OperationalError while a server does not answer."""

    def __init__(
        self, client: Client, ledger: Ledger, rendering: Rendering, now: Callable[[], datetime]
    ) -> None:
        self._client, self._ledger, self._rendering, self._now = client, ledger, rendering, now
        self._houses: dict[str, HousePolicy] = {}

    async def home(self, room: Room, said: str) -> Response:
        """What is owed and why, where things stand, and what can be done."""
        if room.visit.outcome:
            return self._closed(room)
        standing = await self._standing(room)
        page = self._page("home", room, shown=standing.shown, ways=standing.ways, said=_known(room, said))
        return HTMLResponse(page)

    async def form(self, room: Room, name: str, said: str) -> Response:
        """The form, filled in with what is known."""
        if room.visit.outcome:
            return self._closed(room)
        standing = await self._standing(room)
        if standing.shown.is_time_barred and name in ACKNOWLEDGING:
            return RedirectResponse(room.place(), 303)
        return self._asked(room, name, standing, Step(), {}, said=_known(room, said))

    async def said(self, room: Room, name: str, fields: Fields) -> Response:
        """What came in a form: told to the case, or shown again with what is to be checked."""
        if room.visit.outcome:
            return self._closed(room)
        standing, words = await self._standing(room), words_in(room.language)
        if standing.shown.is_time_barred and name in ACKNOWLEDGING:
            return RedirectResponse(room.place(), 303)
        key = counted_by(f"{room.root}/{name}", fields)
        if standing.knows(key):
            return RedirectResponse(room.place(said=_known(room, said_again(name, fields))), 303)
        if name == "plan":
            next_step = plan_step(fields, standing, words)
        else:
            next_step = step(FORMS[name], fields, standing, words, key)
        if next_step.message is not None:
            try:
                next_step = await self._told(room, next_step, key)
            except Problem as problem:
                if problem.status_code != _HAS_CLOSED:
                    raise
                return self._closed(room)
        if next_step.is_told:
            place = "plan" if next_step.leads_to_plan else ""
            return RedirectResponse(room.place(place, next_step.said), 303)
        return self._asked(room, name, standing, next_step, fields)

    async def _told(self, room: Room, what: Step, key: str) -> Step:
        """The same update that operators send, under the form's own key: sent twice, it counts once."""
        assert what.message is not None
        case = {"case_id": room.visit.case_id, "loan_id": room.visit.loan_id, "outcome": room.visit.outcome}
        try:
            answer = await told(self._client, case, what.message, key)
        except Problem as problem:
            if problem.status_code != _CANNOT_NOW:
                raise
            return what.refused(str(problem.detail))
        reference = {"reference": f"update {key}"}
        await tell_others(self._client, self._ledger, room.visit.case_id, reference | what.message)
        return what.taken() if answer.accepted else what.already()

    async def _standing(self, room: Room) -> Standing:
        handle = self._client.get_workflow_handle(room.visit.case_id)
        view: CaseView = await handle.query(QUERY, result_type=CaseView, rpc_timeout=_SAYS_AT_MOST)
        if view.policy_sha256 not in self._houses:
            self._houses[view.policy_sha256] = (await self._ledger.snapshot(view.policy_sha256)).house
        now = max(self._now(), room.visit.known_at or self._now())
        return Standing.of(view.case, self._houses[view.policy_sha256], now)

    def _asked(
        self, room: Room, name: str, standing: Standing, what: Step, fields: Fields, said: str = ""
    ) -> Response:
        form = form_of_plan(standing) if name == "plan" else FORMS[name]
        words = words_in(room.language)
        given = dict(fields) if what.is_wrong or what.offer else standing.known(form.name)
        facts = {
            "form": form, "shown": standing.shown, "facts": standing.limits(words), "given": given, "said": said,
            "mistakes": what.mistakes, "token": form_token(room.secret, name),
            "problem": words(what.problem, reply_to=self._rendering.reply_to) if what.problem else "",
            "names": {language: words_in(language)("name") for language in LANGUAGES},
        }  # fmt: skip
        if name == "plan":
            facts |= _plan_facts(standing, what)
        status = _CANNOT_NOW if what.is_wrong else 200
        return HTMLResponse(self._page("plan" if name == "plan" else "form", room, name, **facts), status)

    def _closed(self, room: Room) -> Response:
        how = "elsewhere" if room.visit.outcome in _GOES_ON_ELSEWHERE else "closed"
        return HTMLResponse(self._page("closed", room, how=how))

    def _page(self, template: str, room: Room, name: str = "", **facts: Any) -> str:
        place = f"/{name}" if name else ""
        return self._rendering.page(template, room.language, root=room.root, place=place, **facts)


def _plan_facts(standing: Standing, what: Step) -> dict[str, Any]:
    plan = what.offer or standing.offer
    return {
        "offer": parts_of_plan(plan),
        "fingerprint": standing.fingerprint(plan) if plan else "",
        "is_review": what.offer is not None,
        "can_decline": standing.case.offer is not None,
    }


def _known(room: Room, said: str) -> str:
    """What may be confirmed; anything else that stands in an address is nothing."""
    return said if f"said.{said}" in words_in(room.language) else ""
