"""`leeway contact report`: what agencies and other systems did counts for the person, once, and anew when it changes."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "ledger"))

from case_in_ledger import open_case, request
from contact_question_asked import leeway

from compliance.ask import Ask
from compliance.history import History
from compliance.rule import Counts, LimitRule, Over, Span
from contracts.reported_contact import ReportedContact
from entrypoints.contact.commands import reported
from entrypoints.embedded.parts import Endpoints
from ledger.reading import NoSuchCase, history
from ledger.report import BadReport, Taken, report_contact
from ledger.store import Ledger
from statemachine.stage import Channel

MADE_AT = datetime(2026, 10, 9, 2, 0, tzinfo=UTC)
NOW = MADE_AT + timedelta(hours=1)
CONNECTED = LimitRule.model_construct(
    kind="limit", id="CN/x", channels=(Channel.PHONE,), counts=(Counts.CONNECTED,), over=Over.PERSON,
    span=Span.CALENDAR_DAYS, days=1, limit=3, across="all", not_counted=(),
)  # fmt: skip


@pytest.fixture
async def loan(ledger: Ledger) -> str:
    """The loan of a new case."""
    case_id = await open_case(ledger)
    return case_id.split(":")[2]


def call(
    loan: str, result: str = "no_answer", reference: str | None = None, **changes: Any
) -> ReportedContact:
    """An agency's call about the loan."""
    given = {"channel": "phone", "at": MADE_AT, "by": "agency-1", "number": "+8613800000001",
             "recipient": "borrower", "purpose": "routine"}  # fmt: skip
    return reported(given | changes, result, (loan,), reference)


async def known(ledger: Ledger, loan: str) -> History:
    """The contacts of the loan's borrower, as the door counts them."""
    asked = request(f"case:harbour:{loan}:1", 1)
    async with ledger.entry(asked.lender, asked.borrower_id) as entry:
        return await entry.borrower_contacts(asked, "", MADE_AT - timedelta(days=30))


async def connected(ledger: Ledger, loan: str) -> int:
    """How many connected calls a limit counts."""
    return len((await known(ledger, loan)).counted(CONNECTED, Ask(Channel.PHONE)))


class TestReport:
    async def test_counts_for_the_limits_of_the_person(self, ledger: Ledger, loan: str) -> None:
        assert await report_contact(ledger, "harbour", loan, call(loan, "connected"), NOW) is Taken.NEW

        assert await connected(ledger, loan) == 1

    async def test_told_twice_counts_once(self, ledger: Ledger, loan: str) -> None:
        told = [await report_contact(ledger, "harbour", loan, call(loan, "connected"), NOW) for _ in range(2)]

        assert told == [Taken.NEW, Taken.KNOWN]
        assert await connected(ledger, loan) == 1

    async def test_told_again_with_another_result_recounts(self, ledger: Ledger, loan: str) -> None:
        taken, counts = [], []
        for result in ("no_answer", "conversation", "misdialled"):
            taken.append(await report_contact(ledger, "harbour", loan, call(loan, result), NOW))
            counts.append(await connected(ledger, loan))

        assert taken == [Taken.NEW, Taken.RECOUNTED, Taken.RECOUNTED]
        assert counts == [0, 1, 0]

    async def test_of_other_contacts_counts_each(self, ledger: Ledger, loan: str) -> None:
        others: list[dict[str, Any]] = [
            {}, {"at": MADE_AT + timedelta(seconds=1)}, {"number": "+8613800000002"}, {"by": "agency-2"},
            {"reference": "a-1"}, {"reference": "a-2"},
        ]  # fmt: skip
        for other in others:
            assert (
                await report_contact(ledger, "harbour", loan, call(loan, "connected", **other), NOW)
                is Taken.NEW
            )

        assert await connected(ledger, loan) == len(others)

    async def test_by_two_at_once_counts_once(self, ledger: Ledger, loan: str) -> None:
        reports = (report_contact(ledger, "harbour", loan, call(loan, "connected"), NOW) for _ in range(8))

        assert sorted(await asyncio.gather(*reports)) == [Taken.KNOWN] * 7 + [Taken.NEW]
        assert await connected(ledger, loan) == 1

    async def test_is_shown_in_the_borrowers_history(self, ledger: Ledger, loan: str) -> None:
        await report_contact(ledger, "harbour", loan, call(loan, "conversation"), NOW)

        assert [(row["at"], row["kind"], row["what"]) for row in await history(ledger, "harbour", loan)] == [
            ("2026-10-09T02:00:00Z", "contact_reported", f"{loan} by phone: conversation (agency-1)")
        ]

    @pytest.mark.parametrize(
        ("field", "changes"),
        [
            ("at", {"at": MADE_AT - timedelta(days=1)}), ("number", {"number": "+8613800000009"}),
            ("collector", {"by": "agency-9"}), ("recipient", {"recipient": "third_person"}),
            ("purpose", {"purpose": "reply"}),
        ],
    )  # fmt: skip
    async def test_of_another_contact_under_a_known_reference_is_refused_and_changes_nothing(
        self, ledger: Ledger, loan: str, field: str, changes: dict[str, Any]
    ) -> None:
        reference = uuid4().hex
        await report_contact(ledger, "harbour", loan, call(loan, "no_answer", reference), NOW)

        with pytest.raises(
            BadReport, match=f"reference: {reference} is another contact, whose {field} differs"
        ):
            await report_contact(ledger, "harbour", loan, call(loan, "connected", reference, **changes), NOW)
        assert await connected(ledger, loan) == 0

    async def test_of_another_borrower_under_a_known_reference_is_refused(
        self, ledger: Ledger, loan: str
    ) -> None:
        reference, other = uuid4().hex, (await open_case(ledger)).split(":")[2]
        await report_contact(ledger, "harbour", loan, call(loan, "no_answer", reference), NOW)

        with pytest.raises(BadReport, match="whose borrower_id differs"):
            await report_contact(ledger, "harbour", other, call(other, "connected", reference), NOW)
        assert [await connected(ledger, one) for one in (loan, other)] == [0, 0]

    async def test_of_the_future_is_refused(self, ledger: Ledger, loan: str) -> None:
        with pytest.raises(BadReport, match="is later than now: report what has happened"):
            await report_contact(ledger, "harbour", loan, call(loan), MADE_AT - timedelta(seconds=1))

    async def test_of_an_unknown_loan_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(NoSuchCase, match="the ledger has no case for 'L-0' of lender 'harbour'"):
            await report_contact(ledger, "harbour", "L-0", call("L-0"), NOW)


class TestReportedContact:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"channel": "fax"}, "channel: 'fax': Input should be 'email', 'sms', 'phone' or 'visit'"),
            ({"result": "sent"}, "result: sent is nothing that comes of phone: write one of unknown, no_answer,"),
            ({"result": "rang"}, "result: 'rang': Input should be 'unknown'"),
            ({"channel": "email", "result": "sent"}, "number: not an e-mail address"),
            ({"number": "13800000001"}, "number: not an international number"),
            ({"channel": "visit", "result": "not_met"}, "number: a visit has none"),
            ({"by": "Agency One"}, "by: 'Agency One': 1 to 64 letters, digits"),
            ({"reference": "a/1"}, "reference: 'a/1': 1 to 64 letters, digits"),
        ],
    )  # fmt: skip
    def test_that_cannot_be_names_the_field_and_the_rule(self, changes: dict[str, str], error: str) -> None:
        given = {"result": "no_answer"} | changes

        with pytest.raises(ValueError, match=r".") as raised:
            call("L-1", given.pop("result"), given.pop("reference", None), **given)
        assert str(raised.value).startswith(error)

    def test_is_the_same_after_a_round_trip(self) -> None:
        told = call("L-1", "conversation", "a-1")

        assert ReportedContact.model_validate_json(told.model_dump_json()) == told

    def test_without_a_reference_gets_one_of_its_own_that_hides_the_number(self) -> None:
        first, again = call("L-1", "no_answer"), call("L-1", "conversation")

        assert first.reference == again.reference
        assert first.reference != call("L-2", "no_answer").reference
        assert "13800000001" not in first.reference


class TestCommand:
    def test_records_and_says_what_it_did(
        self, servers: Endpoints, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        loan = asyncio.run(_opened(servers.database_url))
        at = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0).isoformat()
        monkeypatch.setenv("DATABASE_URL", servers.database_url)
        monkeypatch.setenv("LEEWAY_LENDER", "harbour")
        words = ("report", loan, "--channel", "phone", "--at", at, "--by", "agency-1")

        assert leeway(monkeypatch, *words, "--result", "no_answer") == 0
        assert leeway(monkeypatch, *words, "--result", "conversation") == 0
        assert leeway(monkeypatch, *words, "--result", "sent") == 2
        said = capsys.readouterr()
        first, second = said.out.splitlines()
        assert first.startswith(
            f"new: phone at {at} by agency-1, no_answer; reference {at[:10].replace('-', '')}-"
        )
        assert second.startswith(f"recounted: phone at {at} by agency-1, conversation; ")
        assert said.err.startswith("leeway: result: sent is nothing that comes of phone")


async def _opened(database_url: str) -> str:
    """The loan of a new case, by a ledger of its own."""
    async with Ledger(database_url, connections=1) as ledger:
        return (await open_case(ledger)).split(":")[2]
