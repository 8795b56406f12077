"""The door: the last and only judge of a contact. Judge, reserve, send, settle, announce.

Never twice: the reservation is committed under the contact's key before anything is sent. What a crash leaves
reserved is sent again only where the provider takes the key; otherwise it is unknown, and a person checks.
Never outside: judged here by the server's clock, whatever retries and outages came between.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.announcement import contact_made, stage_moved
from activities.clock import ServerClock
from activities.hand_over import hand_over, handed_over
from activities.judgement import Judgement, Passed, refused
from activities.letter import write_letter
from activities.linking import keep_link, link_of
from activities.out_of_reach import looked_for
from contracts.carry_out import CASE_CHANGED, CarryOut, Failed, Made, PlannedContact, Refused
from contracts.lender_voice import LenderVoice
from contracts.page_link import PageLinks
from contracts.snapshot import PolicySnapshot
from gateways.message import Message, MessageError
from gateways.receipt import Gateway, NotSent, OutcomeUnknown
from gateways.rule_book import RuleBook
from ledger.address import is_lost, reachable
from ledger.entry import Entry, Row
from ledger.store import Ledger
from statemachine.decision import Line, Task
from statemachine.hold_kind import shown_held, shown_reason, shown_rule
from statemachine.ladder import LATE_AFTER
from statemachine.stage import Channel

Answer = Made | Refused | Failed

_SEND_TIMEOUT_SECONDS = 20.0
_PROVIDERS_REMEMBER_KEYS = timedelta(hours=1)  # the shortest promise of a provider we know is a day


class Door:
    """Bound to a ledger, the ways out, and the lender's voice. Phone and visit become tasks for people."""

    def __init__(
        self, ledger: Ledger, gateways: Mapping[Channel, Gateway], voice: LenderVoice, rule_book: RuleBook,
        links: PageLinks | None = None,
    ) -> None:  # fmt: skip
        self._ledger, self._links = ledger, links
        self._rule_book = rule_book
        self._gateways = gateways
        self._voice = voice
        self._snapshots: dict[str, PolicySnapshot] = {}

    async def knock(self, request: CarryOut, planned: PlannedContact, clock: ServerClock) -> Answer:
        """One contact, at most once. Raises a retryable ApplicationError when it is known not to have left."""
        snapshot = await self._snapshot(request.policy_sha256)
        async with self._ledger.entry(request.lender, request.borrower_id) as entry:
            verdict = await self._admit(entry, request, planned, snapshot, clock.now())
        if not isinstance(verdict, _Admitted):
            return verdict
        return await self._send(request, planned, verdict, clock)

    async def _admit(
        self,
        entry: Entry,
        request: CarryOut,
        planned: PlannedContact,
        snapshot: PolicySnapshot,
        now: datetime,
    ) -> "Answer | _Admitted":
        row = await self._row(entry, request, planned)
        before = await entry.find_contact(planned.key)
        if before and before["status"] != "released":
            settled = await self._known(entry, request, planned, before, now)
            if settled is not None:
                return settled
        is_repeat = before is not None and before["status"] == "reserved"
        number = str(before["number"]) if before is not None and is_repeat else ""
        judgement = Judgement(entry, request, planned, now, number)
        verdict = await self._judge(judgement, request, planned, row, snapshot, now)
        verdict = await looked_for(entry, request, planned, judgement, row, snapshot, self._rule_book, verdict, now,
                                   self._voice)  # fmt: skip
        message, link = None, await link_of(entry, planned, self._links)
        if isinstance(verdict, Passed):
            try:
                message = write_letter(snapshot.house.id, planned, row, self._voice, now, link and link.url)
            except MessageError as error:
                verdict = refused(row, "message", str(error), None)
        if isinstance(verdict, Refused):
            if is_repeat:
                return await self._unknown(entry, request, planned, now)
            await self._write_refusal(entry, request, planned, verdict, now)
            return verdict
        assert message is not None
        await entry.reserve(request, planned, row["language"], verdict.number, now)
        await keep_link(entry, request.case_id, planned, link, now)
        if planned.contact.channel not in self._gateways:
            return await self._hand_to_person(entry, request, planned, message, now, verdict)
        return _Admitted(message, verdict.number, verdict, may_have_left=is_repeat)

    async def _row(self, entry: Entry, request: CarryOut, planned: PlannedContact) -> Row:
        """The case's row. One that is older than the case and says otherwise, in a ledger that was restored, is written
        anew; one of this very request may have been moved on by an earlier try."""
        row = await entry.case_at_door(request.case_id)
        if row["number"] >= request.projection.number or not _what_changed(row, planned):
            return row
        await entry.project(request.case_id, request.projection, request.policy_sha256)
        return await entry.case_at_door(request.case_id)

    async def _known(
        self, entry: Entry, request: CarryOut, planned: PlannedContact, before: Row, now: datetime
    ) -> Answer | None:
        """What an earlier try of this very contact already settled; None where it may be sent again by its key."""
        if before["status"] == "made":
            return await handed_over(entry, request, planned, before["settled_at"])
        if before["status"] == "unknown":
            return Made(at=before["settled_at"], is_certain=False)
        if before["status"] == "failed":
            return Failed(reason=before["reason"])
        gateway = self._gateways.get(planned.contact.channel) if planned.contact.channel else None
        is_fresh = now - before["reserved_at"] < _PROVIDERS_REMEMBER_KEYS
        if gateway is not None and gateway.takes_key and is_fresh:
            return None
        return await self._unknown(entry, request, planned, now)

    async def _judge(
        self,
        judgement: Judgement,
        request: CarryOut,
        planned: PlannedContact,
        row: Row,
        snapshot: PolicySnapshot,
        now: datetime,
    ) -> Refused | Passed:
        """Is it still wanted, can it arrive, and does the law permit it now?"""
        if changed := _what_changed(row, planned):
            return refused(row, CASE_CHANGED, f"the case changed: {changed}", now)
        channel = planned.contact.channel
        if channel is not None and channel not in reachable(row):
            what = "no address that works" if is_lost(row, channel) else "no address"
            return refused(row, CASE_CHANGED, f"{what} for {channel} on record", now)
        verdict = await judgement.passed(row, snapshot, self._rule_book)
        # A part payment, perhaps: what was to be said is out of date.
        if isinstance(verdict, Passed) and row["number"] > request.projection.number:
            return refused(row, CASE_CHANGED, "a message came meanwhile; the contact is planned anew", now)
        return verdict

    async def _write_refusal(
        self, entry: Entry, request: CarryOut, planned: PlannedContact, refusal: Refused, now: datetime
    ) -> None:
        facts = {
            "citation": refusal.citation,
            "step": planned.contact.step,
            "channel": planned.contact.channel,
        }
        line = Line(kind="refused", rule=refusal.rule, reason=refusal.reason + _lateness(request, now),
                    facts=facts, next_at=refusal.next_at)  # fmt: skip
        number = request.projection.number
        await entry.add_lines(request.case_id, f"{number}.refused", (line,), now)
        stalled = None if refusal.next_at else shown_rule(refusal.rule, refusal.reason)
        shown = shown_reason(refusal.rule, refusal.reason)
        await entry.show_refusal(request.case_id, number, stalled, shown, refusal.next_at)

    async def _hand_to_person(
        self,
        entry: Entry,
        request: CarryOut,
        planned: PlannedContact,
        message: Message,
        now: datetime,
        verdict: Passed,
    ) -> Made:
        """A call or a visit is made by a person, before the window closes: its task is written in the very transaction that
        reserves it, and withdrawn by whatever closes, holds or settles the case."""
        await hand_over(entry, request, planned, message.body, now, verdict)
        await self._settle_made(entry, request, planned, f"task {planned.contact.step}", now, verdict)
        return await handed_over(entry, request, planned, now, verdict.is_unreachable)

    async def _send(
        self, request: CarryOut, planned: PlannedContact, admitted: "_Admitted", clock: ServerClock
    ) -> Answer:
        channel = planned.contact.channel
        assert channel is not None
        gateway, key, to = self._gateways[channel], planned.key, admitted.address
        try:
            left_s = (admitted.verdict.closes_at - clock.now()).total_seconds()
            if left_s <= 0:
                raise NotSent("the window closed", final=False)
            timeout_s = min(_SEND_TIMEOUT_SECONDS, left_s)
            receipt = await gateway.send(key=key, to=to, message=admitted.message, timeout_s=timeout_s)
        except NotSent as error:
            async with self._ledger.entry(request.lender, request.borrower_id) as entry:
                answer = await self._not_sent(entry, request, planned, admitted, error, clock.now())
            if answer is not None:
                return answer
            raise ApplicationError(
                f"{key}: not sent, {error.reason}; tried again",
                type="NotSent",
                category=ApplicationErrorCategory.BENIGN,
            ) from None
        except OutcomeUnknown:
            async with self._ledger.entry(request.lender, request.borrower_id) as entry:
                return await self._unknown(entry, request, planned, clock.now())
        async with self._ledger.entry(request.lender, request.borrower_id) as entry:
            await self._settle_made(entry, request, planned, receipt.provider_reference, clock.now(),
                                    admitted.verdict)  # fmt: skip
        return Made(at=clock.now())

    async def _not_sent(
        self,
        entry: Entry,
        request: CarryOut,
        planned: PlannedContact,
        admitted: "_Admitted",
        error: NotSent,
        now: datetime,
    ) -> Answer | None:
        """What a try that did not leave settles; None: it is tried again. A second try by its key says nothing of
        the first, which may have left: that stays reserved, and a no for good is left to a person."""
        if admitted.may_have_left:
            return await self._unknown(entry, request, planned, now) if error.final else None
        await entry.settle(planned.key, "failed" if error.final else "released", now, reason=error.reason)
        return Failed(reason=error.reason) if error.final else None

    async def _settle_made(
        self, entry: Entry, request: CarryOut, planned: PlannedContact, reference: str, now: datetime,
        verdict: Passed,
    ) -> None:  # fmt: skip
        number = request.projection.number
        before = await entry.case_at_door(request.case_id)
        await entry.settle(planned.key, "made", now, reference=reference)
        events = [contact_made(request, planned, now)]
        # A message that came meanwhile changed what follows; then only the contact itself is told here.
        is_latest = before["number"] <= number
        lines = _explained(planned, verdict)
        lines = lines if is_latest else lines[:1]
        await entry.add_lines(request.case_id, f"{number}.made", lines, now)
        if is_latest:
            await entry.add_tasks(request.case_id, f"{number}.made", planned.tasks_if_made, now)
            await entry.project(request.case_id, planned.projection_if_made, request.policy_sha256)
        if is_latest and before["stage"] != planned.projection_if_made.stage:
            told = request.model_copy(
                update={"projection": planned.projection_if_made, "lines": planned.lines_if_made}
            )
            events.append(stage_moved(told, before["stage"], now))
        for event in events:
            await entry.announce(event["id"], request.case_id, event, now)

    async def _unknown(self, entry: Entry, request: CarryOut, planned: PlannedContact, now: datetime) -> Made:
        await entry.settle(planned.key, "unknown", now, reason="the provider never answered")
        note = f"{planned.contact.step}: was it received? The provider never answered"
        task = Task(kind="unknown_outcome", note=note)
        await entry.add_task(request.case_id, f"{planned.key}/unknown", task, now)
        return Made(at=now, is_certain=False)

    async def _snapshot(self, sha256: str) -> PolicySnapshot:
        if sha256 not in self._snapshots:
            self._snapshots[sha256] = await self._ledger.snapshot(sha256)
        return self._snapshots[sha256]


class _Admitted(NamedTuple):
    """Reserved and ready to go out. `may_have_left`: an earlier try was handed over, and nobody knows its end."""

    message: Message
    address: str
    verdict: Passed
    may_have_left: bool


def _explained(planned: PlannedContact, verdict: Passed) -> tuple[Line, ...]:
    """The lines of a made contact; its own says by which rules it was judged, and cites the one that moved it."""
    made, *rest = planned.lines_if_made
    facts = made.facts | {"judged_by": verdict.judged_by}
    if verdict.citation is not None:
        facts["citation"] = verdict.citation
    return (made.model_copy(update={"facts": facts}), *rest)


def _lateness(request: CarryOut, now: datetime) -> str:
    """An outage is named also where its end met a closed door."""
    planned = request.contact
    if planned is None or now - planned.planned_at <= LATE_AFTER:
        return ""
    return f"; it was planned for {planned.planned_at:%Y-%m-%d %H:%M}Z and came to the door too late"


def _what_changed(row: Row, planned: PlannedContact) -> str | None:
    """What a message changed while the contact was on its way: closed, held, paid, or at another stage by now."""
    if row["outcome"] or row["held"]:
        return str(row["outcome"] or ", ".join(shown_held(row["held"])))
    if row["balance_minor"] <= 0:
        return "nothing is owed"
    return None if row["stage"] == planned.contact.stage else f"its stage is {row['stage']}"
