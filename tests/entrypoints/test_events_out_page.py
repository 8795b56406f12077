"""docs/connecting/events-out.md: every command it shows is run, and its event is one as it is sent."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.append(str(Path(__file__).parents[1] / "activities"))

from at_the_door import CaseAtDoor

from activities.announcement import TOLD
from entrypoints.embedded.parts import Endpoints
from entrypoints.webhooks_out import deliver, new_key
from gateways.webhook_out import WebhookSender
from ledger.outbox import WAITS, Outbox
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.receiver import Receiver

PAGE = (Path(__file__).parents[2] / "docs" / "connecting" / "events-out.md").read_text(encoding="utf-8")
BLOCK = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()
SPANS = re.findall(r"`(leeway [^`]+)`", PAGE)

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(servers: Endpoints, tmp_path: Path) -> Run:
    """Runs a command for a lender of this test's own."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    known = os.environ | {
        "PATH": path,
        "DATABASE_URL": servers.database_url,
        "LEEWAY_LENDER": f"e-{uuid4().hex[:8]}",
    }

    def command(line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            shlex.split(line, comments=True),
            env=known,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return command


class TestThePage:
    async def test_shows_commands_that_all_work(self, run: Run) -> None:
        """In the order of the page; what sends for ever is told to stop after one round."""
        lines = [*BLOCK, *(line if line != "leeway webhook deliver" else f"{line} --once" for line in SPANS)]

        done = [await asyncio.to_thread(run, line) for line in lines]

        assert [(one.args, one.stdout, one.stderr) for one in done if one.returncode] == []
        assert len(SPANS) == 7
        assert done[0].stdout.startswith("whsec_")

    async def test_shows_an_event_as_it_is_sent(self, ledger: Ledger, outside: Outside) -> None:
        shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
        lender, now = f"e-{uuid4().hex[:8]}", datetime.now(UTC)
        async with Receiver() as receiver, WebhookSender() as sender:
            receiver.key = new_key()
            assert await Outbox(ledger).add(lender, "core", receiver.url, receiver.key, (shown["type"],), now)
            await CaseAtDoor.opened(ledger, outside, lender=lender)
            await deliver(Outbox(ledger), sender, now)

        [event] = receiver.taken
        assert (event.keys(), event["data"].keys()) == (shown.keys(), shown["data"].keys())
        assert shown["data"]["because"][0].keys() == event["data"]["because"][0].keys()

    def test_lists_every_type_of_event(self) -> None:
        listed = set()
        for row in re.findall(r"^\| (`leeway\.[^|]+) \|", PAGE, re.MULTILINE):
            first, *others = re.findall(r"`([a-z._]+)`", row)
            stem = first.rpartition(".")[0]
            listed |= {first, *(f"{stem}{one}" if one.startswith(".") else one for one in others)}

        assert listed == {"leeway.case.moved", "leeway.contact.made", *TOLD.values()}

    def test_says_when_it_is_tried_again(self) -> None:
        assert [one for one in WAITS if one < timedelta(hours=1)] == [
            timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30),
        ]  # fmt: skip
        hours = ", ".join(str(one // timedelta(hours=1)) for one in WAITS[3:-1])
        assert f"after 5 s, 5 min, 30 min, {hours} and 24 hours" in PAGE
        assert WAITS[-1] == timedelta(hours=24)
