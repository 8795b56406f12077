"""What loan systems say reaches its case, on the real servers: in order, once, and never lost."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from loan_system import QUEUE, TODAY, LoanSystem

from contracts.lender_voice import LenderVoice
from contracts.loan_event import Unread
from entrypoints.embedded.parts import Endpoints
from entrypoints.worker import case_worker, ways_out
from ledger.store import Ledger
from simulator.outside import Outside
from simulator.time import SkippedTime

VOICE = LenderVoice(name="Harbour Savings", reply_to="care@harbour.example", help_line="an advice service")
DONE, UNKNOWN, CLOSED = ("done", ""), ("parked", "unknown_loan"), ("parked", "closed_case")


@pytest.fixture(scope="module")
async def turns(servers: Endpoints) -> AsyncIterator[Ledger]:
    """The drain's own connections."""
    async with Ledger(servers.database_url, connections=20) as ledger:
        yield ledger


@pytest.fixture(scope="module")
async def loan_system(
    skipped_time: SkippedTime, ledger: Ledger, turns: Ledger, outside: Outside
) -> AsyncIterator[Callable[[], LoanSystem]]:
    """Makes a loan system with one loan, whose cases are worked."""
    gateways = ways_out(outside.smtp_url, "care@harbour.example", outside.sms_url, outside.sms_token)
    async with case_worker(skipped_time.client, ledger, gateways, VOICE, task_queue=QUEUE):
        yield lambda: LoanSystem(skipped_time, ledger, turns)


@pytest.fixture
def core(loan_system: Callable[[], LoanSystem]) -> LoanSystem:
    """One loan system."""
    return loan_system()


def soon() -> datetime:
    """Later than anything that has been learned by now."""
    return datetime.now(UTC) + timedelta(hours=1)


class TestAnOverdueLoan:
    async def test_becomes_a_case(self, core: LoanSystem) -> None:
        case = await core.case_after(core.overdue())

        assert (case["balance_minor"], case["episode"]) == (120_000, 1)

    async def test_that_is_told_again_changes_nothing(self, core: LoanSystem) -> None:
        case = await core.case_after(core.overdue(), core.overdue(), core.overdue(balance_minor=5))

        assert (case["balance_minor"], case["episode"]) == (120_000, 1)

    async def test_told_again_as_of_a_later_instant_corrects_the_balance(self, core: LoanSystem) -> None:
        case = await core.case_after(
            core.overdue(as_of=24), core.overdue(90_000, as_of=48), core.overdue(5, as_of=12)
        )

        assert case["balance_minor"] == 90_000

    async def test_of_a_policy_that_is_not_there_is_parked_with_the_field(self, core: LoanSystem) -> None:
        await core.says(core.overdue(policy="platform-z"), core.overdue(zones=("Mars/Base",)))
        await core.drain.until_empty()

        assert await core.became() == [("parked", "refused")] * 2
        notes = [row["note"] for row in await core.inbox.events(core.lender)]
        assert [note.partition(":")[0] for note in notes] == ["policy", "zones"]


class TestAPayment:
    async def test_counts_once_by_its_reference_whichever_way_it_comes(self, core: LoanSystem) -> None:
        case = await core.case_after(core.overdue(), core.paid("P-1", 20_000), core.paid("P-1", 20_000))

        assert case["balance_minor"] == 100_000
        assert await core.became() == [DONE] * 3

    async def test_is_accepted_once_by_its_event(self, core: LoanSystem) -> None:
        assert await core.says(core.paid("P-1", 5, event_id="x"), core.paid("P-1", 5, event_id="x")) == 1
        assert await core.says(core.paid("P-1", 5, event_id="x")) == 0

    async def test_of_an_unknown_loan_waits_and_is_applied_when_the_loan_is_there(
        self, core: LoanSystem
    ) -> None:
        await core.says(core.paid("P-1", 20_000), core.bounced("P-2"), core.paid("P-2", 7_000))
        await core.drain.until_empty()
        assert await core.became() == [UNKNOWN] * 3

        case = await core.case_after(core.overdue())

        assert case["balance_minor"] == 100_000
        assert await core.became() == [DONE] * 4

    async def test_booked_before_the_loan_was_overdue_is_in_the_balance_already(
        self, core: LoanSystem
    ) -> None:
        case = await core.case_after(core.paid("P-1", 20_000, hour=-30), core.overdue())

        assert case["balance_minor"] == 120_000
        assert await core.became() == [DONE] * 2
        note = (await core.inbox.events(core.lender))[0]["note"]
        assert "in the balance already" in note

    async def test_booked_by_the_instant_of_the_facts_is_in_the_balance_already(
        self, core: LoanSystem
    ) -> None:
        case = await core.case_after(
            core.paid("P-1", 20_000, hour=24), core.overdue(as_of=24), core.paid("P-2", 1_000, hour=25)
        )

        assert case["balance_minor"] == 119_000

    async def test_in_another_currency_is_parked(self, core: LoanSystem) -> None:
        case = await core.case_after(core.overdue(), core.paid("P-1", 20_000, currency="EUR"))

        assert case["balance_minor"] == 120_000
        assert await core.became() == [DONE, ("parked", "refused")]

    async def test_after_the_end_is_parked_but_not_when_it_was_counted(self, core: LoanSystem) -> None:
        case = await core.case_after(
            core.overdue(), core.paid("P-1", 120_000), core.paid("P-1", 120_000), core.paid("P-2", 500)
        )

        assert case["outcome"] == "cured"
        assert await core.became() == [DONE, DONE, DONE, CLOSED]


class TestABalance:
    async def test_of_zero_cures(self, core: LoanSystem) -> None:
        case = await core.case_after(core.overdue(), core.stated(0, core.at(50)))

        assert case["outcome"] == "cured"

    async def test_that_is_overdue_again_after_a_cure_opens_a_new_episode(self, core: LoanSystem) -> None:
        """A reversal alone does not: it waits for the loan system's word, and is in that."""
        await core.case_after(core.overdue(), core.paid("P-1", 120_000), core.bounced("P-1"))
        assert await core.became() == [DONE, DONE, CLOSED]

        case = await core.case_after(core.stated(120_000, soon(), since=TODAY - timedelta(days=10)))

        assert (case["episode"], case["balance_minor"], case["outcome"]) == (2, 120_000, None)
        assert await core.became() == [DONE] * 4

    async def test_older_than_the_cure_opens_nothing(self, core: LoanSystem) -> None:
        case = await core.case_after(
            core.overdue(),
            core.paid("P-1", 120_000),
            core.stated(50_000, core.at(20)),
            core.overdue(as_of=21),
        )

        assert (case["episode"], case["outcome"]) == (1, "cured")
        assert await core.became() == [DONE, DONE, CLOSED, DONE]

    async def test_moves_the_day_since_which_the_loan_is_overdue(self, core: LoanSystem) -> None:
        since = TODAY - timedelta(days=3)

        case = await core.case_after(core.overdue(), core.stated(60_000, core.at(200), since=since))

        assert case["overdue_since"] == since.isoformat()


class TestAClosedLoan:
    @pytest.mark.parametrize("reason", ["sold", "charged_off", "cancelled"])
    async def test_is_withdrawn_with_the_reason(self, core: LoanSystem, reason: str) -> None:
        case = await core.case_after(core.overdue(), core.closed(reason))

        assert case["outcome"] == "withdrawn"

    async def test_that_was_paid_off_while_money_is_owed_is_a_contradiction_until_the_money_comes(
        self, core: LoanSystem
    ) -> None:
        await core.case_after(core.overdue())
        await core.case_after(core.closed("paid"))
        assert await core.became() == [DONE, ("parked", "contradiction")]

        case = await core.case_after(core.paid("P-1", 120_000))

        assert case["outcome"] == "cured"
        assert await core.became() == [DONE] * 3


class TestWhatIsParked:
    async def test_can_be_replayed(self, core: LoanSystem) -> None:
        unknown = Unread(lender=core.lender, source="core", event_id="u", body={"type": "loan.moved"},
                         reason="unknown_type", note="what is it?")  # fmt: skip
        await core.says(unknown, core.paid("P-1", 5))
        await core.drain.until_empty()
        assert await core.became() == [("parked", "unknown_type"), UNKNOWN]

        assert await core.inbox.replay(core.lender, None) == 2

        assert [state for state, _ in await core.became()] == ["waiting"] * 2
        await core.drain.until_empty()
        assert [state for state, _ in await core.became()] == ["parked"] * 2

    async def test_is_counted_by_reason_with_the_age_of_the_oldest(self, core: LoanSystem) -> None:
        await core.says(core.paid("P-1", 5), core.paid("P-2", 5))
        await core.drain.until_empty()
        await core.says(core.paid("P-3", 5))

        counts = [row for row in await core.inbox.counts(soon()) if row["lender"] == core.lender]

        assert [(row["state"], row["reason"], row["events"]) for row in counts] == [
            ("parked", "unknown_loan", 2),
            ("waiting", "", 1),
        ]
        assert all(row["oldest_seconds"] >= 3600 for row in counts)


class TestWhatIsForgotten:
    async def test_is_what_applied_events_said_and_not_that_they_were_told(self, core: LoanSystem) -> None:
        payment = core.paid("P-1", 20_000)
        await core.case_after(core.overdue(), payment)
        await core.says(core.paid("P-2", 5, currency="EUR"))
        await core.drain.until_empty()

        assert await core.inbox.forget(core.lender, datetime.now(UTC) - timedelta(days=1)) == 0
        assert await core.inbox.forget(core.lender, soon()) == 2

        numbers = [row["inbound_id"] for row in await core.inbox.events(core.lender)]
        bodies = [(await core.inbox.event(core.lender, number))["body"] for number in numbers]
        assert bodies[:2] == [{}, {}]
        assert bodies[2]["reference"] == "P-2", "it is parked"
        assert await core.says(payment) == 0
