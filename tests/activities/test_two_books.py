"""The rules a case is pinned to and today's: a contact waits for the first instant that both permit."""

from datetime import time
from typing import Any

from at_the_door import ALL, VOICE, WEDNESDAY, CaseAtDoor, WeekdayBook, activity_at, rules, utc
from desk import EMAIL, PHONE, Gateways, Open

from activities.carry_out import CarryingOut
from activities.door import Door
from compliance.house import Window
from compliance.pack import RulePack
from contracts.carry_out import Made, Refused
from contracts.snapshot import PolicySnapshot


def hours(opens: str, closes: str) -> dict[str, RulePack]:
    """A law under which contact is made at these hours only."""
    rule = {
        "id": "CN/hours", "citation": "Test Act art. 1", "effective_from": "2020-01-01", "force": "must",
        "certainty": "H", "source": "test", "kind": "hours", "open": [{"opens": opens, "closes": closes}],
    }  # fmt: skip
    return {"CN": RulePack.model_validate({"jurisdiction": "CN", "title": "Test", "rules": [rule]})}


def pinned(opens: str, closes: str) -> PolicySnapshot:
    """A case of that law, in a house that is always open."""
    window = Window(rule="test/always", channels=ALL, opens=time(0), closes=time.max)
    snapshot = rules()
    contact = snapshot.contact.model_copy(update={"windows": (window,)})
    return snapshot.model_copy(update={"contact": contact, "law": tuple(hours(opens, closes).values())})


def door(case: CaseAtDoor, gateways: Gateways, today: dict[str, RulePack]) -> CarryingOut:
    """A door whose worker knows today's law."""
    return CarryingOut(case.ledger, Door(case.ledger, gateways, VOICE, WeekdayBook(today)))


class TestContact:
    async def answered(
        self, case: CaseAtDoor, gateways: Gateways, today: dict[str, RulePack], **more: Any
    ) -> Any:
        at = utc(more.pop("clock", time(8)))
        request = case.contact(more.pop("channel", EMAIL), at, **more)
        return await activity_at(door(case, gateways, today), request, at)

    async def test_waits_for_the_first_instant_that_both_books_permit(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened(snapshot=pinned("09:00", "12:00"))
        answer = await self.answered(case, gateways, hours("11:00", "14:00"))
        assert isinstance(answer, Refused)
        assert answer.next_at == utc(time(11), WEDNESDAY)

    async def test_is_refused_for_good_when_the_books_never_agree(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened(snapshot=pinned("09:00", "10:00"))
        answer = await self.answered(case, gateways, hours("11:00", "12:00"))
        assert isinstance(answer, Refused)
        assert (answer.rule, answer.next_at) == ("no_window", None)
        assert "leeway policy move" in answer.reason

    async def test_must_be_made_before_the_first_of_both_closes(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened(snapshot=pinned("09:00", "12:00"))
        more = {"clock": time(11, 30), "channel": PHONE, "template": "revisit"}
        assert isinstance(await self.answered(case, gateways, hours("11:00", "14:00"), **more), Made)
        assert [task["due_at"] for task in await case.tasks()] == [utc(time(12))]
