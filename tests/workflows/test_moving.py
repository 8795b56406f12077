"""Running cases brought under other rules: planned again at once, with the reason in the ledger, page by page."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from case_on_server import CaseOnServer, Office

from compliance.calendar import WorkingCalendar
from compliance.pack import RulePack
from contracts.case_run import ADOPT_SIGNAL, ROLL_SIGNAL
from entrypoints import moving
from entrypoints.embedded.parts import Endpoints
from entrypoints.moving import Move, Moved, Mover
from gateways.policy_file import Policy
from gateways.rule_book import RuleBook
from ledger.store import RewrittenLaw

SHANGHAI = ZoneInfo("Asia/Shanghai")


def afternoons(place: str = "CN", opens: str = "14:00") -> dict[str, RulePack]:
    """A law under which contact begins at two."""
    rule = {
        "id": f"{place}/afternoons", "citation": "Test Act art. 1", "effective_from": "2020-01-01", "force": "must",
        "certainty": "H", "source": "test", "kind": "hours", "open": [{"opens": opens, "closes": "22:00"}],
    }  # fmt: skip
    return {place: RulePack.model_validate({"jurisdiction": place, "title": "Test", "rules": [rule]})}


class EveryDayBook(RuleBook):
    """A law book whose calendar nobody else has: every day is worked."""

    def calendar(self, country: str, subdivision: str | None, today: date) -> WorkingCalendar | None:
        return WorkingCalendar(name="every day", weekdays=tuple(range(7)), off=frozenset(), source="test",
                               valid_from=date(2020, 1, 1), valid_until=date(2040, 12, 31))  # fmt: skip


async def move(office: Office, lender: str, book: RuleBook, **changes: Any) -> Moved:
    """`leeway policy move`, for one lender."""
    policies = changes.pop("policies", office.policies)
    mover = Mover(office.client, office.ledger, policies, book)
    return await mover.run(Move(lender, **{"reason": "the law changed", "by": "Ms Chen"} | changes))


@pytest.fixture(autouse=True)
def no_law_published_before(servers: Endpoints) -> None:
    """Packs are only ever added to; each test here has a law of its own."""
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("alter table rule_pack disable trigger rule_pack_is_append_only")
        connection.execute("delete from rule_pack")
        connection.execute("alter table rule_pack enable trigger rule_pack_is_append_only")


@pytest.fixture
def lender() -> str:
    """A lender of this test alone."""
    return f"l-{uuid4().hex[:8]}"


@pytest.fixture
async def case(office: Office, lender: str) -> CaseOnServer:
    """A case on Monday 08:00, waiting for its first window."""
    return await office.opened(policy="platform-a", lender=lender)


class TestCase:
    async def test_is_planned_again_under_the_new_law_and_says_why(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        before = await case.view()
        assert before.next_at is not None
        assert before.next_at.astimezone(SHANGHAI).time() < time(11)

        moved = await move(office, lender, RuleBook(afternoons()))
        await case.alive()

        after = await case.view()
        assert moved.told == [case.handle.id]
        assert after.next_at is not None
        assert time(14) <= after.next_at.astimezone(SHANGHAI).time() <= time(15)
        assert after.policy_sha256 != before.policy_sha256
        [line] = await case.lines("rules_moved")
        assert line["reason"] == "the law changed"
        assert line["facts"]["by"] == "Ms Chen"
        assert (line["facts"]["from"], line["facts"]["to"]) == (
            before.policy_sha256[:12], after.policy_sha256[:12],
        )  # fmt: skip
        row = await case.row()
        assert (row["policy_sha256"], row["next_at"]) == (after.policy_sha256, after.next_at)

    async def test_makes_its_contact_at_the_new_time_and_names_the_new_law(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        await move(office, lender, RuleBook(afternoons()))
        await case.advance(days=1)
        [contact] = await case.contacts("made")
        assert contact["settled_at"].astimezone(SHANGHAI).time() >= time(14)
        assert contact["moved_by"] == "CN/afternoons"
        [made] = await case.lines("made")
        assert {"rule": "CN/afternoons", "citation": "Test Act art. 1"} in made["facts"]["judged_by"]

    async def test_keeps_its_new_rules_when_it_rolls(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        await move(office, lender, RuleBook(afternoons()))
        await case.alive()
        sha256 = (await case.view()).policy_sha256
        await case.handle.signal(ROLL_SIGNAL)
        await case.advance(days=3)
        assert len(await case.run_ids()) == 2
        assert (await case.view()).policy_sha256 == sha256
        assert (await case.row())["policy_sha256"] == sha256

    async def test_that_stalled_for_want_of_a_calendar_goes_on_under_one(
        self, office: Office, lender: str
    ) -> None:
        case = await office.opened(policy="platform-a", lender=lender, country="XX", zones=("Asia/Shanghai",))
        await case.advance(days=2)
        assert (await case.view()).case.stalled == "no_calendar"
        await move(office, lender, EveryDayBook({}))
        await case.alive()
        assert (await case.view()).case.stalled is None

    async def test_stays_where_it_is_under_a_policy_that_has_no_place_for_it(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        policy = office.policies["platform-a"]
        late = await office.opened(policy="platform-a", lender=lender, overdue_since=date(2020, 1, 1))
        assert (await late.view()).case.strategy == "long_overdue"
        only = {"standard": policy.house.strategies["standard"]}
        house = policy.house.model_copy(update={"strategies": only, "version": 2})
        second = Policy(house=house, contact=policy.contact)
        await move(office, lender, RuleBook({}), policies={"platform-a": second})
        await late.alive()
        assert (await late.view()).case.policy == "platform-a@2"
        [line] = await late.lines("absorbed")
        assert "platform-a@2 has no strategy long_overdue" in line["reason"]
        assert (await case.view()).case.policy == "platform-a@2"

    async def test_takes_a_new_version_of_its_policy(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        policy = office.policies["platform-a"]
        second = policy.model_copy(update={"house": policy.house.model_copy(update={"version": 2})})
        await move(office, lender, RuleBook({}), policies={"platform-a": second})
        await case.alive()
        assert (await case.view()).case.policy == "platform-a@2"
        assert (await case.row())["policy"] == "platform-a@2"

    async def test_records_rules_that_cannot_be_read_and_lives(self, case: CaseOnServer) -> None:
        for body in ("rules", {"sha256": "x"}, None, ["a"]):
            await case.handle.signal(ADOPT_SIGNAL, body)
        assert await case.alive()
        assert len(await case.lines("absorbed")) == 4


class TestMove:
    async def test_tells_nobody_twice(self, office: Office, case: CaseOnServer, lender: str) -> None:
        book = RuleBook(afternoons())
        assert (await move(office, lender, book)).told == [case.handle.id]
        await case.alive()
        again = await move(office, lender, book)
        assert (again.told, again.unchanged) == ([], 1)

    async def test_that_is_only_asked_about_tells_nobody(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        asked = await move(office, lender, RuleBook(afternoons()), is_dry_run=True)
        await case.alive()
        assert asked.told == [case.handle.id]
        assert await case.lines("rules_moved") == []

    async def test_that_is_only_asked_about_leaves_a_draft_of_a_law_free_to_be_corrected(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        place = f"Y{chr(65 + datetime.now(UTC).microsecond % 26)}"
        await move(office, lender, RuleBook(afternoons(place, "13:00")), is_dry_run=True)
        await office.ledger.check_packs(afternoons(place), datetime.now(UTC))

    async def test_that_is_only_asked_about_publishes_nothing(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        policy = office.policies["platform-a"]
        second = policy.model_copy(update={"house": policy.house.model_copy(update={"title": lender})})
        book = RuleBook({})
        sha256 = book.snapshot(second, "CN", None, datetime.now(UTC).date()).sha256()
        asked = await move(office, lender, book, policies={"platform-a": second}, is_dry_run=True)
        assert asked.told == [case.handle.id]
        assert asked.text == "1 would be told of other rules, 0 unchanged"
        with pytest.raises(LookupError):
            await office.ledger.snapshot(sha256)
        await move(office, lender, book, policies={"platform-a": second})
        assert (await office.ledger.snapshot(sha256)).house == second.house

    async def test_without_a_reason_is_refused(self, office: Office, case: CaseOnServer, lender: str) -> None:
        with pytest.raises(ValueError, match="--reason: is empty"):
            await move(office, lender, RuleBook(afternoons()), reason=" ")
        await case.alive()
        assert await case.lines("rules_moved") == []

    async def test_reaches_every_case_page_by_page(
        self, office: Office, lender: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cases = [await office.opened(policy="platform-a", lender=lender) for _ in range(5)]
        monkeypatch.setattr(moving, "PAGE", 2)
        moved = await move(office, lender, RuleBook(afternoons()))
        assert sorted(moved.told) == sorted(case.handle.id for case in cases)

    async def test_leaves_a_closed_case_alone(self, office: Office, case: CaseOnServer, lender: str) -> None:
        await case.tell("withdraw", reason="sold", by="Ms Chen")
        await case.handle.result()
        moved = await move(office, lender, RuleBook(afternoons()))
        assert (moved.told, moved.ended) == ([], 0)

    async def test_is_refused_when_the_past_of_a_law_was_rewritten(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        place = f"Z{chr(65 + datetime.now(UTC).microsecond % 26)}"
        await office.ledger.publish_packs(afternoons(place), datetime.now(UTC) - timedelta(days=1))
        with pytest.raises(RewrittenLaw, match=f"{place}/afternoons from 2020-01-01 was changed"):
            await move(office, lender, RuleBook(afternoons(place, "13:00")))
        await case.alive()
        assert await case.lines("rules_moved") == []

    async def test_is_refused_when_a_law_is_gone(
        self, office: Office, case: CaseOnServer, lender: str
    ) -> None:
        await office.ledger.publish_packs(afternoons("ZZ"), datetime.now(UTC))
        with pytest.raises(RewrittenLaw, match="ZZ: its pack is gone: end its rules with effective_to"):
            await move(office, lender, RuleBook(afternoons()))
        await case.alive()
        assert await case.lines("rules_moved") == []
