"""The figures of a book, each by its definition; and Prometheus's, which tell of nobody."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_caller import TOKEN, caller, problem
from psycopg.types.json import Jsonb

from ledger.store import Ledger
from simulator.time import SkippedTime

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SPAN = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}

_CASE = """insert into overdue_case (case_id, lender, loan_id, borrower_id, episode, policy, policy_sha256, currency,
    opened_balance_minor, overdue_since, opened_at, number, stage, outcome, held, balance_minor, strategy, wishes,
    language, waiting_for, closed_at)
values (%(case_id)s, %(lender)s, %(loan_id)s, 'B', 1, 'p@1', %(lender)s, 'CNY', 100, %(overdue_since)s, %(opened_at)s, 1,
    %(stage)s, %(outcome)s, '{}', 100, 'standard', '{}', 'en', '', %(closed_at)s)"""
_LINE = """insert into decision (case_id, seq, key, at, kind, rule, reason, facts, chain)
values (%(case_id)s, %(seq)s, %(seq)s::text, %(at)s, %(kind)s, '', '', %(facts)s, '')"""


class Figures:
    """A book of a lender of its own."""

    def __init__(self, ledger: Ledger, http: httpx.AsyncClient, lender: str) -> None:
        self._ledger, self.http, self.lender, self._seq = ledger, http, lender, 0

    async def case(self, overdue_since: date, **changes: Any) -> str:
        """A case on record."""
        loan_id = f"L-{uuid4().hex[:8]}"
        row = {"case_id": f"case:{self.lender}:{loan_id}:1", "lender": self.lender, "loan_id": loan_id, "stage": "reminder",
               "outcome": None, "closed_at": None, "opened_at": SINCE - DAY, "overdue_since": overdue_since}  # fmt: skip
        async with self._ledger.transaction() as entry:
            await entry.run("put_snapshot", {"sha256": self.lender, "policy": "p@1", "body": Jsonb({})})
            await entry._connection.execute(_CASE, row | changes)
        return str(row["case_id"])

    async def line(self, case_id: str, kind: str, at: datetime = SINCE, **facts: Any) -> None:
        """A line of the case."""
        self._seq += 1
        row = {"case_id": case_id, "seq": self._seq, "at": at, "kind": kind, "facts": Jsonb(facts)}
        async with self._ledger.transaction() as entry:
            await entry._connection.execute(_LINE, row)

    async def told(self) -> dict[str, Any]:
        """The figures of October."""
        answer = await self.http.get("/v1/kpis", params=SPAN)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def figures(skipped_time: SkippedTime, ledger: Ledger) -> AsyncIterator[Figures]:
    """An empty book."""
    lender = f"l-{uuid4().hex[:8]}"
    async with caller(skipped_time.client, ledger, lender) as http:
        yield Figures(ledger, http, lender)


class TestTheFigures:
    async def test_of_an_empty_book_have_no_rates(self, figures: Figures) -> None:
        told = await figures.told()

        assert (told["open_cases"], told["cure_rate"], told["promises"]["kept_rate"]) == ([], None, None)
        assert {roll["roll_rate"] for roll in told["rolls"]} == {None}

    async def test_count_cases_by_stage_and_by_outcome(self, figures: Figures) -> None:
        since = date(2026, 9, 20)
        await figures.case(since)
        await figures.case(since, opened_at=SINCE)
        await figures.case(since, stage="closed", outcome="cured", closed_at=SINCE + DAY)
        await figures.case(since, stage="closed", outcome="withdrawn", closed_at=UNTIL - DAY)
        await figures.case(since, stage="closed", outcome="cured", closed_at=UNTIL)  # in November

        told = await figures.told()

        assert told["open_cases"] == [
            {"name": "reminder", "currency": "CNY", "cases": 2, "balance_minor": 200}
        ]
        assert [(one["name"], one["cases"]) for one in told["closed_cases"]] == [
            ("cured", 1),
            ("withdrawn", 1),
        ]
        assert (told["opened"], told["cured"], told["cure_rate"]) == (1, 1, 0.5)

    async def test_roll_by_days_past_due(self, figures: Figures) -> None:
        await figures.case(date(2026, 9, 20))  # 11 days, then 42
        await figures.case(date(2026, 9, 21), stage="closed", outcome="cured", closed_at=SINCE + DAY)
        await figures.case(date(2026, 9, 21), stage="closed", outcome="sold", closed_at=SINCE + DAY)
        await figures.case(date(2026, 9, 30), opened_at=SINCE + DAY)  # not there at the beginning
        await figures.case(date(2026, 1, 1))  # already in the last bucket

        rolls = {roll["days_past_due"]: roll for roll in (await figures.told())["rolls"]}

        assert rolls["0-29"] == {"days_past_due": "0-29", "cases": 3, "rolled": 1, "cured": 1, "closed": 1,
                                 "roll_rate": 0.3333}  # fmt: skip
        assert (rolls["90+"]["cases"], rolls["90+"]["rolled"]) == (1, 0)

    async def test_count_promises_and_who_was_reached(self, figures: Figures) -> None:
        case_id = await figures.case(date(2026, 9, 20))
        for kind in ("promise_kept", "promise_kept", "promise_kept", "promise_broken"):
            await figures.line(case_id, kind)
        await figures.line(case_id, "promise_broken", at=UNTIL)
        for result in ("conversation", "met", "right_party", "no_answer", "third_person"):
            await figures.line(case_id, "visit", result=result)

        told = await figures.told()

        assert told["promises"] == {"kept": 3, "broken": 1, "kept_rate": 0.75}
        assert told["contacts"] == {"outcomes": 5, "right_party": 3, "right_party_rate": 0.6}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"since": "2026-11-01T00:00:00Z"}, "since"),
            ({"since": "2026-10-01T00:00:00"}, "since"),
            ({"until": "9999-12-31T23:59:59Z"}, "until"),
            ({"until": "0001-01-01T00:00:00Z"}, "until"),
        ],
    )
    async def test_are_of_a_time_that_can_be(
        self, figures: Figures, changes: dict[str, str], field: str
    ) -> None:
        refused = problem(await figures.http.get("/v1/kpis", params=SPAN | changes), 422)

        assert refused["errors"][0]["field"] == field


class TestMetrics:
    async def test_count_by_route_and_tell_of_nobody(self, figures: Figures) -> None:
        await figures.http.get("/v1/cases/L-secret-loan")
        await figures.http.get("/nowhere/L-secret-loan")
        await figures.http.request("BREW", "/v1/cases")

        answer = await figures.http.get("/metrics", headers={"Authorization": ""})

        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert 'leeway_http_requests_total{route="GET /v1/cases/{loan_id}",status="404"} 1.0' in answer.text
        assert 'route="GET none",status="404"' in answer.text
        assert "leeway_inbox_events" in answer.text
        for word in ("secret", "BREW", figures.lender, TOKEN):
            assert word not in answer.text
