"""Every command on docs/connecting/api.md, run in order against the API, and the answers that the page shows."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import TOKEN

from entrypoints.access.gate import Gate
from entrypoints.access.keys import Keys
from entrypoints.access.role import Role
from entrypoints.api import create_api
from entrypoints.book import Book
from gateways.policy_file import Policy
from ledger.store import Ledger
from simulator.http_server import served
from simulator.time import SkippedTime

PAGE = (Path(__file__).parents[2] / "docs" / "connecting" / "api.md").read_text(encoding="utf-8")
QUEUE = "api-tests"


def commands(block: str) -> list[list[str]]:
    """The words of each curl command."""
    words = shlex.split(block)
    starts = [place for place, word in enumerate(words) if word == "curl"]
    return [words[start + 1 : end] for start, end in zip(starts, [*starts[1:], len(words)], strict=True)]


async def run(http: httpx.AsyncClient, words: list[str]) -> httpx.Response:
    """What curl would do with these words."""
    url, headers, body = "", {}, None
    rest = iter(words)
    for word in rest:
        if word == "--header":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "--json":
            body = json.loads(next(rest))
        elif word != "--no-buffer":
            assert word.startswith("http://127.0.0.1:8080/"), word
            url = word.removeprefix("http://127.0.0.1:8080/")
    return await http.request("GET" if body is None else "POST", url, headers=headers, json=body)


class TestThePage:
    async def test_has_commands_that_all_work_in_order(
        self, skipped_time: SkippedTime, ledger: Ledger, policies: dict[str, Policy], open_case: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr("entrypoints.routes.changes.LOOKS", 1)
        lender, now = f"l-{uuid4().hex[:8]}", datetime.now(UTC)
        key = await Keys(ledger).make(lender, "core", Role.LOAN_SYSTEM, now)
        desk = await Keys(ledger).make(lender, "desk", Role.OPERATOR, now)
        book = Book(skipped_time.client, ledger, policies, task_queue=QUEUE)
        app = create_api(skipped_time.client, ledger, Gate(ledger, lender, TOKEN), lender, book=book)
        blocks = re.findall(r"```(sh|json)\n(.*?)```", PAGE, re.DOTALL)
        assert len(blocks) > 6
        last: Any = None
        async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
            for language, block in blocks:
                if language == "json":
                    assert json.loads(block.replace("harbour", lender)) == last
                    continue
                for words in commands(block.replace("$KEY", key).replace("$DESK", desk)):
                    answer = await run(http, words)
                    assert answer.is_success, (words, answer.text)
                    last = answer.json() if "json" in answer.headers["content-type"] else answer.text
                    handle = skipped_time.client.get_workflow_handle(f"case:{lender}:A-1001:1")
                    assert await skipped_time.settle(handle)

    def test_explains_every_variable_of_the_sign_on(self, project: Path) -> None:
        source = (project / "entrypoints" / "access" / "sign_on.py").read_text(encoding="utf-8")

        assert set(re.findall(r'"(LEEWAY_OIDC_\w+)"', source)) <= set(
            re.findall(r"`(LEEWAY_OIDC_\w+)`", PAGE)
        )

    def test_names_only_pages_that_are_there(self, project: Path) -> None:
        linked = re.findall(r"\]\(([^)#:]+)\)", PAGE)

        assert linked
        assert [] == [link for link in linked if not (project / "docs" / "connecting" / link).exists()]
