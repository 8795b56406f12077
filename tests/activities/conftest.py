"""Cases at the door, with the real ledger and the stand-in providers."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from at_the_door import CaseAtDoor
from desk import Under, third_party_under

from entrypoints.worker import ways_out
from gateways.receipt import Gateway
from gateways.rule_pack_file import packs_in
from ledger.store import Ledger
from simulator.outside import Outside
from statemachine.stage import Channel


@pytest.fixture
def gateways(outside: Outside) -> dict[Channel, Gateway]:
    """E-mail, which knows no key, and SMS, which takes one."""
    return ways_out(outside.smtp_url, "Harbour <care@harbour.example>", outside.sms_url, outside.sms_token)


@pytest.fixture
def opened(ledger: Ledger, outside: Outside) -> Callable[..., Awaitable[CaseAtDoor]]:
    """Opens a case; what differs from the usual loan and rules is given by name."""

    async def open_one(**changes: object) -> CaseAtDoor:
        return await CaseAtDoor.opened(ledger, outside, **changes)  # type: ignore[arg-type]

    return open_one


@pytest.fixture(scope="session")
def under(project: Path) -> Under:
    """A house under the published law of one place."""
    packs = packs_in(project / "policies" / "jurisdictions")
    return lambda place: third_party_under(packs[place])
