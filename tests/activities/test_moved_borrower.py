"""A borrower who moves is judged by the clock they live by today, and the door's no says which one that is."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from at_the_door import AT_NOON, NINE, NOON, WEDNESDAY, CaseAtDoor, activity_at, utc

from contracts.carry_out import Made, Refused
from gateways.receipt import Gateway
from statemachine.decide import decide
from statemachine.events import ContactRefused
from statemachine.stage import Channel
from workflows.upcoming import upcoming

EMAIL = Channel.EMAIL
Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]
NEW_YORK = ("America/New_York",)
NINE_IN_NEW_YORK = datetime.combine(WEDNESDAY, NINE, ZoneInfo(NEW_YORK[0]))
AT_TEN = utc(NINE) + timedelta(hours=1)  # five in the morning in New York


async def imported_again(case: CaseAtDoor, **changes: Any) -> None:
    """The loan system sends the loan again, with what changed."""
    await case.ledger.put_loans([case.loan.model_copy(update=changes)], utc(NINE))


class TestBorrowerWhoMoved:
    async def test_is_not_contacted_at_a_permitted_hour_of_where_they_lived(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        request = case.contact(EMAIL, AT_TEN)
        await imported_again(case, zones=NEW_YORK)
        answer = await activity_at(case.door(gateways), request, AT_TEN)
        assert isinstance(answer, Refused)
        assert (answer.zones, answer.next_at) == (NEW_YORK, NINE_IN_NEW_YORK)
        assert (case.received(), await case.contacts()) == ([], [])

    async def test_is_contacted_at_a_permitted_hour_of_where_they_live_now(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        evening = utc(NOON) + timedelta(hours=10)  # five in New York; where they lived all is closed
        request = case.contact(EMAIL, evening)
        await imported_again(case, zones=NEW_YORK)
        assert isinstance(await activity_at(case.door(gateways), request, evening), Made)
        assert len(case.received()) == 1

    async def test_has_everything_planned_by_the_new_clock_from_the_refusal_on(
        self, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        assert upcoming(case.case, case.snapshot, AT_TEN).wake_at == AT_TEN  # planned by the old clock
        request = case.contact(EMAIL, AT_TEN)
        await imported_again(case, zones=NEW_YORK)
        answer = await activity_at(case.door(gateways), request, AT_TEN)
        assert isinstance(answer, Refused)
        assert request.contact is not None
        said = answer.model_dump(exclude={"kind"})
        refused = ContactRefused(contact=request.contact.contact, **said)
        moved = decide(case.case, refused, AT_TEN, case.snapshot.house).case
        assert moved.account.zones == NEW_YORK
        later = AT_TEN + timedelta(days=1)  # long after the refusal's own instant: by the clock alone
        coming = upcoming(moved, case.snapshot, later)
        assert coming.wake_at == NINE_IN_NEW_YORK + timedelta(days=1)

    @pytest.mark.parametrize("at", [AT_TEN, AT_NOON], ids=["early", "noon"])
    async def test_into_an_unknown_place_is_judged_by_the_last_known_clock(
        self, opened: Open, gateways: Gateways, at: datetime
    ) -> None:
        case = await opened(zones=NEW_YORK)
        request = case.contact(EMAIL, at)
        await imported_again(case, zones=())  # an import that knows less is no move
        answer = await activity_at(case.door(gateways), request, at)
        assert isinstance(answer, Refused)
        assert answer.zones == NEW_YORK
