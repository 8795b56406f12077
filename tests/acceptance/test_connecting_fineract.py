"""docs/connecting/fineract.md: everything it shows is run or read as it stands, against the stand-in Fineract."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from entrypoints.access.gate import Gate
from entrypoints.api import create_api
from entrypoints.embedded.parts import Endpoints
from entrypoints.fineract.access import FineractSettings, fineract_settings
from entrypoints.fineract.commands import inlet_of
from gateways.fineract.mapping_file import load_mapping
from ledger.fineract import FineractShelf
from ledger.inbox import Inbox
from ledger.store import Ledger
from simulator.fineract_app import PREFIX, fineract_app
from simulator.fineract_year import BookYear
from simulator.http_server import served
from simulator.time import SkippedTime

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "connecting" / "fineract.md").read_text(encoding="utf-8")
SECRET = "0123456789abcdef0123456789"


def blocks(language: str) -> list[str]:
    """What the page shows in this language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@dataclass
class Connected:
    """A book, a lender of this test's own, and the environment that connects them."""

    year: BookYear
    url: str
    lender: str
    folder: Path
    environment: dict[str, str]

    async def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """One command of the page, in a folder where its files are."""
        return await asyncio.to_thread(
            subprocess.run,
            shlex.split(line),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
        )


@pytest.fixture
async def connected(servers: Endpoints, tmp_path: Path) -> AsyncIterator[Connected]:
    """A book of thirty loans, two months on."""
    year = BookYear(3, 30, datetime.now(UTC).date())
    for _ in range(60):
        year.day()
        year.ends()
    (tmp_path / "events.bin").write_bytes(
        b"".join(len(one).to_bytes(4, "big") + one for one in year.book.events)
    )
    (tmp_path / "mapping.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    lender = f"page-{uuid4().hex[:8]}"
    async with served(fineract_app(year.book)) as url:
        known = {name: value for name, value in os.environ.items() if not name.startswith("LEEWAY")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{known['PATH']}"
        yield Connected(year, url, lender, tmp_path, known | {
            "PATH": path, "DATABASE_URL": servers.database_url, "LEEWAY_LENDER": lender,
            "LEEWAY_FINERACT_URL": url.rstrip("/") + PREFIX, "LEEWAY_FINERACT_USER": "mifos",
            "LEEWAY_FINERACT_PASSWORD": "password", "LEEWAY_FINERACT_SECRET": SECRET,
            "LEEWAY_FINERACT_MAPPING": str(tmp_path / "mapping.yaml"),
        })  # fmt: skip


class TestPage:
    async def test_shows_commands_that_all_work(self, connected: Connected, ledger: Ledger) -> None:
        done = {line: await connected.run(line) for block in blocks("console") for line in block.splitlines()}

        assert [(one.args, one.stdout, one.stderr) for one in done.values() if one.returncode] == []
        assert "no open case: told" in done["leeway fineract sync --once"].stdout
        assert " taken, 0 known already, 0 parked" in done["leeway fineract events events.bin"].stdout
        told = await Inbox(ledger).events(connected.lender)
        assert {row["kind"] for row in told} == {"loan_overdue"}

    async def test_shows_a_report_of_the_words_that_are_used(self, connected: Connected) -> None:
        shown = (await connected.run("leeway fineract sync --once")).stdout.splitlines()
        pattern = r"loan \d+: [\d.]+ CNY overdue since [\d-]+ in the book and no open case: told"

        assert re.fullmatch(pattern, shown[0])
        assert re.search(f"^{pattern}$", PAGE, re.MULTILINE)

    async def test_shows_a_hook_that_reaches_leeway(
        self, connected: Connected, ledger: Ledger, skipped_time: SkippedTime
    ) -> None:
        known = fineract_settings(lambda name, otherwise: connected.environment.get(name, otherwise))
        assert isinstance(known, FineractSettings)
        api = create_api(skipped_time.client, ledger, Gate(ledger, connected.lender), connected.lender,
                         fineract=(inlet_of(ledger, known, connected.lender), known.secret))  # fmt: skip
        async with served(api) as leeway, httpx.AsyncClient(trust_env=False) as http:
            hook = blocks("json")[0].replace("https://leeway.example/", leeway).replace("SECRET", SECRET)
            tenant = {"Fineract-Platform-TenantId": "default"}
            made = await http.post(f"{connected.url.rstrip('/')}{PREFIX}/hooks", json=json.loads(hook), headers=tenant,
                                   auth=("mifos", "password"))  # fmt: skip
            assert made.status_code == 200
            headers, body = connected.year.book.hooks[-1]
            answer = await http.post(connected.year.book.payload_url, content=body, headers=headers)

        assert answer.status_code == 202
        ((loan_id, _),) = await FineractShelf(ledger, connected.lender).looks("", 10)
        assert int(loan_id) in connected.year.book.loans

    def test_shows_a_mapping_that_is_one(self, tmp_path: Path) -> None:
        (tmp_path / "mapping.yaml").write_text(blocks("yaml")[0], encoding="utf-8")

        assert load_mapping(tmp_path / "mapping.yaml").policy_of("Gold loan") == "platform-a"

    def test_explains_every_variable_that_is_read(self) -> None:
        source = (PROJECT / "entrypoints" / "fineract" / "access.py").read_text(encoding="utf-8")
        table = PAGE[: PAGE.index("## 2.")]

        assert set(re.findall(r'get\("(\w+)"', source)) == set(re.findall(r"`(LEEWAY_\w+)`", table))


class TestCommand:
    async def test_without_an_address_says_what_to_set(self, connected: Connected) -> None:
        del connected.environment["LEEWAY_FINERACT_URL"]

        done = await connected.run("leeway fineract sync --once")

        assert (done.returncode, done.stderr.splitlines()[-1][:28]) == (2, "leeway: LEEWAY_FINERACT_URL:")

    async def test_with_a_wrong_password_says_where_to_look(self, connected: Connected) -> None:
        connected.environment["LEEWAY_FINERACT_PASSWORD"] = "wrong"

        done = await connected.run("leeway fineract sync --once")

        assert done.returncode == 1
        assert "HTTP 401: error.msg.not.authenticated; see LEEWAY_FINERACT_USER" in done.stderr
        assert "wrong" not in done.stderr

    async def test_of_a_file_that_breaks_off_takes_what_came_before(self, connected: Connected) -> None:
        file = connected.folder / "events.bin"
        file.write_bytes(file.read_bytes()[:-3])

        done = await connected.run("leeway fineract events events.bin")

        assert done.returncode == 2
        assert " taken, 0 known already, 0 parked" in done.stdout
        assert "events.bin: byte " in done.stderr
