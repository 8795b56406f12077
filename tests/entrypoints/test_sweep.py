"""The nightly sweep on the real servers: the list and Leeway say the same afterwards, and a half list closes nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from lender_list import Lender, now
from temporalio.client import ScheduleSpec, WorkflowFailureError

from contracts.lender_voice import LenderVoice
from contracts.sweep import SweepRun
from entrypoints.embedded.parts import Endpoints
from entrypoints.sweeping import put_schedule, sweep_worker
from entrypoints.worker import case_worker, ways_out
from gateways.loan_book import ListedLoan, LoanBook
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime
from workflows.sweep_book import PAGES_A_RUN

VOICE = LenderVoice(name="Harbour Credit", reply_to="care@harbour.example", help_line="an advice service")
CASES = "sweep-tests"


@pytest.fixture(scope="module")
async def turns(servers: Endpoints) -> AsyncIterator[Ledger]:
    """The drain's own connections."""
    async with Ledger(servers.database_url, connections=10) as ledger:
        yield ledger


@pytest.fixture(scope="module")
async def lenders(
    servers: Endpoints, skipped_time: SkippedTime, ledger: Ledger, turns: Ledger, outside: Outside
) -> AsyncIterator[Callable[[], Lender]]:
    """Makes lenders whose cases are worked."""
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    async with case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=CASES):
        yield lambda: Lender.made(skipped_time, ledger, turns, servers.database_url, CASES)


@asynccontextmanager
async def swept_by(
    time: SkippedTime, ledger: Ledger, lender: Lender, book: LoanBook | None = None
) -> AsyncIterator[Lender]:
    """The lender, with a worker for its sweeps alone."""
    lender.queue = f"sweep-{uuid4().hex[:8]}"
    async with sweep_worker(time.client, ledger, book or lender.view(), lender.queue):
        yield lender


@pytest.fixture
async def lender(
    lenders: Callable[[], Lender], skipped_time: SkippedTime, ledger: Ledger
) -> AsyncIterator[Lender]:
    """A lender with an empty list, and a worker that sweeps it."""
    async with swept_by(skipped_time, ledger, lenders()) as made:
        yield made


async def refusal(lender: Lender, **terms: int) -> str:
    """What a sweep that was refused says; the report says the same."""
    with pytest.raises(WorkflowFailureError) as raised:
        await lender.sweeps(**terms)
    told = str(raised.value.cause.__cause__)
    assert (await lender.shelf.sweeps(1))[0]["refused"] in told
    return told


class TestASweep:
    async def test_opens_a_case_for_every_loan_in_the_list(self, lender: Lender) -> None:
        lender.lists(*range(10))

        swept = await lender.sweeps()

        assert (swept.loans, swept.cases, swept.absent) == (10, 0, 0)
        assert await lender.applied() == {f"L-{number:03}": (120_000, None) for number in range(10)}
        assert set((await lender.found()).values()) == {("new", "told")}

    async def test_run_twice_changes_nothing(self, lender: Lender) -> None:
        lender.lists(*range(6))
        await lender.sweeps()
        await lender.sweeps()  # nothing was applied in between
        assert (await lender.told(), await lender.found()) == (6, {})
        await lender.applied()

        swept = await lender.sweeps()

        assert (swept.loans, swept.cases, swept.absent) == (6, 6, 0)
        assert (await lender.told(), await lender.found()) == (6, {})

    async def test_brings_the_facts_of_open_cases_up_to_date(self, lender: Lender, ledger: Ledger) -> None:
        lender.lists(*range(4))
        await lender.sweeps()
        await lender.applied()
        lender.lists(1, balance="700.50")
        lender.lists(2, email="other@example.test", overdue_since="2026-10-02")

        await lender.sweeps()
        cases = await lender.applied()

        assert [balance for balance, _ in cases.values()] == [120_000, 70_050, 120_000, 120_000]
        assert await lender.found() == {"L-001": ("changed", "told"), "L-002": ("changed", "told")}
        imported = await ledger.read("loan_imported", lender=lender.lender, loan_id="L-002")
        assert "other@example.test" in imported[0]["imported"]
        await lender.sweeps()
        assert await lender.found() == {}

    async def test_cures_what_is_in_the_list_no_more_or_with_nothing(self, lender: Lender) -> None:
        lender.lists(*range(8))
        await lender.sweeps()
        await lender.applied()
        lender.unlists(3)
        lender.lists(5, balance="0.0000")

        await lender.sweeps()
        cases = await lender.applied()

        assert [loan for loan, (_, outcome) in cases.items() if outcome == "cured"] == ["L-003", "L-005"]
        assert await lender.found() == {"L-003": ("cured", "told"), "L-005": ("cured", "told")}
        await lender.sweeps()
        assert await lender.found() == {}

    async def test_opens_the_next_episode_of_what_is_listed_again(self, lender: Lender) -> None:
        lender.lists(1, 2)
        await lender.sweeps()
        await lender.applied()
        lender.unlists(1)
        await lender.sweeps()
        await lender.applied()
        lender.lists(1, balance="5.00")

        await lender.sweeps()
        await lender.applied()

        assert await lender.found() == {"L-001": ("again", "told")}
        assert [(row["loan_id"], row["episode"], row["outcome"]) for row in await lender.cases()] == [
            ("L-001", 1, "cured"), ("L-001", 2, None), ("L-002", 1, None),
        ]  # fmt: skip

    async def test_parks_a_bad_row_once_and_takes_the_others(self, lender: Lender) -> None:
        lender.lists(1, 2, 4)
        lender.lists(3, currency="RMB", policy="platform-z")
        await lender.sweeps()
        await lender.applied()

        await lender.sweeps()

        assert set(await lender.applied()) == {"L-001", "L-002", "L-004"}
        assert await lender.found() == {"L-003": ("unreadable", "parked in the inbox")}
        [parked] = await lender.inbox.events(lender.lender, state="parked")
        assert (parked["loan_id"], parked["reason"]) == ("L-003", "unreadable")
        assert "currency: not an ISO 4217 currency code" in parked["note"]
        assert "policy: no such policy" in parked["note"]

    async def test_never_takes_an_id_with_a_space_around_it(self, lender: Lender) -> None:
        lender.lists(1, 2)
        await lender.sweeps()
        await lender.applied()
        lender.unlists(2)
        lender.lists(1000, loan_id="L-002 ")
        lender.lists(1001, loan_id=" L-003")

        for _ in range(2):
            await lender.sweeps()
            cases = await lender.applied()

            assert cases == {"L-001": (120_000, None), "L-002": (120_000, None)}
            unreadable = ("unreadable", "parked in the inbox")
            assert await lender.found() == {"L-002": unreadable, "L-003": unreadable}
        parked = await lender.inbox.events(lender.lender, state="parked")
        assert (
            sorted(one["note"] for one in parked)
            == ["loan_id: has a space around it; trim it in the view"] * 2
        )

    async def test_cures_a_loan_with_nothing_as_of_its_own_row(self, lender: Lender) -> None:
        lender.alters("alter table overdue_loans add as_of timestamptz")
        lender.lists(1, 2)
        before = now()
        await lender.sweeps()
        await lender.applied()
        lender.lists(1, as_of="2099-01-01T00:00:00Z")
        lender.lists(2, balance="0", as_of=before)  # before it was overdue

        await lender.sweeps()
        cases = await lender.applied()

        assert await lender.found() == {"L-002": ("cured", "told")}
        assert cases["L-002"] == (120_000, None)

    async def test_does_not_judge_by_a_list_older_than_the_case(self, lender: Lender) -> None:
        lender.alters("alter table overdue_loans add as_of timestamptz")
        before = now()
        lender.lists(1, 2, as_of=before)
        await lender.sweeps()
        await lender.applied()
        lender.lists(2, 3, as_of=before)  # the list of last night, in which loan 1 was not yet
        lender.unlists(1)

        await lender.sweeps()
        cases = await lender.applied()

        assert cases["L-001"] == (120_000, None)

    async def test_of_many_pages_continues_as_new(self, lender: Lender, skipped_time: SkippedTime) -> None:
        lender.lists(*range(PAGES_A_RUN // 2 + 5))
        await lender.sweeps(page=1)
        await lender.applied()

        swept = await lender.sweeps(page=1)

        assert swept.loans + swept.cases > PAGES_A_RUN
        handle = skipped_time.client.get_workflow_handle(f"sweep:{lender.lender}:by-hand")
        assert (await handle.describe()).run_id != swept.sweep_id
        assert await lender.found() == {}


class TestAListThatCannotBeBelieved:
    @pytest.fixture
    async def full(self, lender: Lender) -> Lender:
        """Twenty loans, each with a case."""
        lender.lists(*range(20))
        await lender.sweeps()
        await lender.applied()
        return lender

    @pytest.mark.parametrize("gone", [6, 15, 20])
    async def test_closes_nothing_until_somebody_says_that_it_is_whole(self, full: Lender, gone: int) -> None:
        full.unlists(*range(gone))
        before = await full.told()

        told = await refusal(full)

        assert f"{gone} of 20 open cases are not in the list" in told
        assert await full.told() == before
        assert {outcome for _, outcome in (await full.applied()).values()} == {None}
        assert [what for what, done in (await full.found()).values() if not done] == ["absent"] * gone

        await full.sweeps(may_close_percent=100)
        assert sum(outcome == "cured" for _, outcome in (await full.applied()).values()) == gone

    @pytest.mark.parametrize("zeros", [6, 20])
    async def test_because_it_is_full_of_zeros_closes_nothing(self, full: Lender, zeros: int) -> None:
        full.lists(*range(zeros), balance="0")
        before = await full.told()

        told = await refusal(full)

        assert f"{zeros} of 20 open cases are not in the list as overdue" in told
        assert f"20 loans, {zeros} with a balance of 0" in told
        assert await full.told() == before
        assert {outcome for _, outcome in (await full.applied()).values()} == {None}

        await full.sweeps(may_close_percent=100)
        assert sum(outcome == "cured" for _, outcome in (await full.applied()).values()) == zeros

    async def test_because_it_has_only_zeros_closes_not_even_a_small_book(self, lender: Lender) -> None:
        lender.lists(1, 2)
        await lender.sweeps()
        await lender.applied()
        lender.lists(1, 2, balance="0")

        assert "which has 2 loans, 2 with a balance of 0" in await refusal(lender)
        assert {outcome for _, outcome in (await lender.applied()).values()} == {None}

    async def test_because_it_is_another_lenders_is_refused_with_both_names(
        self, lenders: Callable[[], Lender], skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        lender, other = lenders(), lenders()
        other.lists(1)

        async with swept_by(skipped_time, ledger, lender, other.view()):
            told = await refusal(lender)

        assert f"the sweep is of {lender.lender}, and this worker reads the list of {other.lender}" in told
        assert (await lender.told(), await other.told()) == (0, 0)

    async def test_because_it_is_empty_closes_not_even_a_small_book(self, lender: Lender) -> None:
        lender.lists(1, 2)
        await lender.sweeps()
        await lender.applied()
        lender.unlists(1, 2)

        assert "which has 0 loans" in await refusal(lender)
        assert {outcome for _, outcome in (await lender.applied()).values()} == {None}

    @pytest.mark.parametrize(
        ("altered", "says"),
        [
            ("drop table overdue_loans", 'relation "overdue_loans" does not exist'),
            (
                "alter table overdue_loans drop balance",
                "required columns are missing: balance or balance_minor",
            ),
            ("alter table overdue_loans add mail text", "unknown columns: mail"),
        ],
    )
    async def test_because_it_is_another_is_refused_with_what_is_wrong(
        self, lender: Lender, altered: str, says: str
    ) -> None:
        lender.alters(altered)

        assert says in await refusal(lender)

    async def test_because_there_is_none_is_refused_with_what_to_set(
        self, lenders: Callable[[], Lender], skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        lender = lenders()
        lender.queue = f"sweep-{uuid4().hex[:8]}"
        async with sweep_worker(skipped_time.client, ledger, None, lender.queue):
            assert "LEEWAY_BOOK_URL: not set" in await refusal(lender)


class Returning:
    """A list in which loan 1 is again, between the first look for it and the second."""

    def __init__(self, lender: Lender) -> None:
        self._lender, self._view, self._looks = lender, lender.view(), 0
        self.lender = lender.lender

    async def page(self, after: str, at_most: int, today: date) -> list[ListedLoan]:
        return await self._view.page(after, at_most, today)

    async def present(self, loan_ids: Collection[str], today: date) -> Mapping[str, ListedLoan]:
        found = await self._view.present(loan_ids, today)
        self._looks += 1
        if self._looks == 1:
            self._lender.lists(1)
        return found


class TestAListThatChangesWhileItIsRead:
    async def test_cures_nothing_that_is_back_at_the_second_look(
        self, lenders: Callable[[], Lender], skipped_time: SkippedTime, ledger: Ledger
    ) -> None:
        lender = lenders()
        lender.lists(1, 2, 3)
        async with swept_by(skipped_time, ledger, lender):
            await lender.sweeps()
        await lender.applied()
        lender.unlists(1, 2)

        async with swept_by(skipped_time, ledger, lender, Returning(lender)):
            await lender.sweeps()
        cases = await lender.applied()

        assert [loan for loan, (_, outcome) in cases.items() if outcome == "cured"] == ["L-002"]
        assert await lender.found() == {"L-001": ("back", "nothing"), "L-002": ("cured", "told")}


class TestASweepThatIsKilled:
    async def test_goes_on_at_its_page_and_tells_everything_once(
        self, lenders: Callable[[], Lender], servers: Endpoints
    ) -> None:
        lender = lenders()
        lender.lists(*range(40))
        lender.queue = f"sweep-{uuid4().hex[:8]}"
        script = str(Path(__file__).with_name("sweeping_process.py"))
        at = (servers.database_url, servers.temporal_address, lender.lender, lender.book_url, lender.queue)
        sweep = asyncio.create_task(lender.sweeps(per_second=40))
        for at_least in (8, 24):
            process = await asyncio.create_subprocess_exec(sys.executable, script, *at)
            async with asyncio.timeout(120):
                while await lender.told() < at_least:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            process.kill()
            await process.wait()
        process = await asyncio.create_subprocess_exec(sys.executable, script, *at)
        swept = await sweep
        process.kill()
        await process.wait()

        assert (swept.loans, await lender.told()) == (40, 40)
        assert len(await lender.applied()) == 40
        assert len(await lender.shelf.sweeps(10)) == 1


class TestTheSchedule:
    async def test_sweeps_by_itself_and_may_be_changed(
        self, lender: Lender, skipped_time: SkippedTime
    ) -> None:
        lender.lists(1)
        sweep = SweepRun(lender=lender.lender)
        for minute in ("30", "45"):
            spec = ScheduleSpec(cron_expressions=[f"{minute} 2 * * *"], time_zone_name="Asia/Shanghai")
            await put_schedule(skipped_time.client, sweep, spec, lender.queue)
        handle = skipped_time.client.get_schedule_handle(f"sweep:{lender.lender}")
        assert (await handle.describe()).schedule.spec.calendars[0].minute[0].start == 45

        await handle.trigger()

        async with asyncio.timeout(60):
            while not [one for one in await lender.shelf.sweeps(1) if one["ended_at"]]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await handle.delete()
        assert await lender.found() == {"L-001": ("new", "told")}
