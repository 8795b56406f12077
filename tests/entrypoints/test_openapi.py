"""The API's description, held against the API by schemathesis: no failure, no answer that was not described, no 500."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from api_caller import TOKEN

from contracts.loan import OverdueLoan
from entrypoints.access.gate import Gate
from entrypoints.access.who_may import ANYBODY, WHO_MAY
from entrypoints.api import create_api
from entrypoints.book import Book
from gateways.policy_file import Policy
from gateways.webhook_signature import WebhookKeys
from ledger.store import Ledger
from simulator.http_server import served
from simulator.time import SkippedTime

Opened = Callable[..., Awaitable[str]]
EXAMPLES = os.environ.get("LEEWAY_OPENAPI_EXAMPLES", "10")
PHASES = os.environ.get("LEEWAY_OPENAPI_PHASES", "examples,fuzzing")
QUEUE = "api-tests"
NOT_ASKED = (
    "positive_data_acceptance,"  # a message that is well formed may still be one that the case refuses
    "missing_required_header,"  # a webhook without its signature is not signed: 401, described as such
    "ensure_resource_availability,use_after_free"  # nothing is made under an id of ours and read back by it
)


@pytest.mark.timeout(3600)
class TestTheDescription:
    async def test_is_what_the_api_does(
        self, skipped_time: SkippedTime, ledger: Ledger, policies: dict[str, Policy], open_case: Opened,
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    ) -> None:  # fmt: skip
        monkeypatch.setattr("entrypoints.routes.changes.LOOKS", 1)
        lender, now = f"l-{uuid4().hex[:8]}", datetime.now(UTC)
        book = Book(skipped_time.client, ledger, policies, task_queue=QUEUE)
        loan = OverdueLoan(
            lender=lender, loan_id="A-1001", borrower_id="B-101", name="Li Wei", balance_minor=120_000, currency="CNY",
            overdue_since=now.date() - timedelta(days=10), language="en", country="CN", zones=("Asia/Shanghai",),
            policy="platform-c",
        )  # fmt: skip
        await book.open(loan, now)
        assert await skipped_time.settle(skipped_time.client.get_workflow_handle(f"case:{lender}:A-1001:1"))
        gate = Gate(ledger, lender, TOKEN, per_minute=10**9)
        app = create_api(skipped_time.client, ledger, gate, lender, WebhookKeys({}), book=book)

        async with served(app) as url:
            asking = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "schemathesis.cli", "run", f"{url}openapi.json", "--checks", "all",
                "--exclude-checks", NOT_ASKED, "--max-examples", EXAMPLES, "--continue-on-failure", "--no-color",
                "--header", f"Authorization: Bearer {TOKEN}", "--phases", PHASES, "--seed", "7",
                "--suppress-health-check", "all", "--workers", "4", "--request-timeout", "30", "--warnings", "off",
                cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            told, _ = await asking.communicate()

        assert asking.returncode == 0, told.decode()

    def test_says_of_every_route_who_may_and_what_it_may_be_answered(
        self, skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        document = create_api(skipped_time.client, ledger, Gate(ledger, "l"), "l").openapi()

        assert document["openapi"].startswith("3.1.")
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                is_guarded = WHO_MAY[f"{method.upper()} {path}"] is not ANYBODY
                assert bool(operation.get("security")) is is_guarded
                assert bool(operation.get("x-roles")) is is_guarded
                assert ("401" in operation["responses"]) >= is_guarded
                headers = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"]
                assert ("Idempotency-Key" in headers) is (is_guarded and method != "get")
                if method == "post" and is_guarded and "requestBody" in operation:
                    [content] = operation["requestBody"]["content"].values()
                    assert "example" in str(content) or "$ref" in content["schema"], path
