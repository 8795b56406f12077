"""A borrower nobody reaches: the law says whether a third person may be asked, once, and nothing goes beyond it."""

from at_the_door import AT_NOON, CaseAtDoor, activity_at
from desk import DAY, EMAIL, MINUTE, PHONE, Desk, Gateways, Open, Under, desks

from contracts.carry_out import Made, Refused
from ledger.entry import Row
from ledger.reading import standing_still
from ledger.store import Ledger
from statemachine.people_messages import FactTold

NO_ADDRESS = {"email": None, "phones": ()}


async def unanswered(desk: Desk, days: int, per_day: int = 1) -> None:
    """Calls of our own that nobody took, on so many days until yesterday."""
    for day in range(1, days + 1):
        for n in range(per_day):
            await desk.agency_reports(
                AT_NOON - day * DAY + n * MINUTE, result="no_answer", collector="lender"
            )


async def search(case: CaseAtDoor) -> dict[str, Row]:
    """The open tasks of the search, by kind."""
    kinds = ("find_contact", "third_person")
    return {
        task["kind"]: task
        for task in await case.tasks()
        if task["kind"] in kinds and not task["withdrawn_at"]
    }


async def third_persons(ledger: Ledger, case: CaseAtDoor) -> list[Row]:
    """What the limits count as contacts with third persons."""
    rows = await ledger.read("borrower_contacts", lender="harbour", borrower_id=case.loan.borrower_id,
                             since=AT_NOON - 9 * DAY, key="")  # fmt: skip
    return [row for row in rows if row["recipient"] == "third_person"]


async def unreachable_since(ledger: Ledger, case: CaseAtDoor) -> object:
    """What the case's row shows."""
    rows = await ledger.read("cases", lender="harbour", loan_id=case.loan.loan_id)
    return rows[0]["unreachable_since"]


class TestWhoDoesNotAnswer:
    async def test_on_three_days_in_a_row_is_searched_for_by_one_third_person(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await unanswered(desk, 3)
        answer = await desk.knocks(PHONE, AT_NOON)
        assert isinstance(answer, Made)
        assert answer.is_unreachable
        found = await search(desk.case)
        assert found.keys() == {"find_contact", "third_person"}
        assert "a third person may be asked once" in found["find_contact"]["note"]
        assert len(await third_persons(ledger, desk.case)) == 1
        assert await unreachable_since(ledger, desk.case) is not None

        await unanswered(desk, 1)
        await desk.knocks(PHONE, AT_NOON + DAY)
        assert len(await third_persons(ledger, desk.case)) == 1
        assert [task["kind"] for task in await desk.case.tasks()].count("third_person") == 1

    async def test_reads_no_word_of_the_debt_to_the_third_person(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await unanswered(desk, 3)
        await desk.knocks(PHONE, AT_NOON)
        sheet = (await search(desk.case))["third_person"]["talk_sheet"]
        assert sheet
        for word in ("1,200", "1200", "debt of", "balance", desk.case.loan.loan_id):
            assert word not in sheet

    async def test_on_two_days_is_not_searched_for_however_often_they_were_called(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await unanswered(desk, 2, per_day=2)
        answer = await desk.knocks(PHONE, AT_NOON)
        assert isinstance(answer, Made)
        assert not answer.is_unreachable
        assert await search(desk.case) == {}
        assert await unreachable_since(ledger, desk.case) is None

    async def test_is_never_searched_for_where_the_third_person_refused(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await desk.case.told(FactTold(name="third_person_refused"), AT_NOON - DAY)
        await unanswered(desk, 3)
        await desk.knocks(PHONE, AT_NOON)
        found = await search(desk.case)
        assert found.keys() == {"find_contact"}
        assert "CN/third-person" in found["find_contact"]["note"]
        assert "refused" in found["find_contact"]["note"]
        assert await third_persons(ledger, desk.case) == []

    async def test_is_left_in_peace_where_the_law_knows_no_such_search(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("GB"))
        await unanswered(desk, 9)
        await desk.knocks(PHONE, AT_NOON)
        assert await search(desk.case) == {}

    async def test_and_is_reached_again_is_searched_for_no_more(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await unanswered(desk, 3)
        await desk.knocks(PHONE, AT_NOON)
        await desk.reports("met", AT_NOON + MINUTE)
        answer = await desk.knocks(PHONE, AT_NOON + DAY)
        assert isinstance(answer, Made)
        assert answer.is_unreachable is False
        assert await search(desk.case) == {}
        assert await unreachable_since(ledger, desk.case) is None


class TestNoChannelLeft:
    async def test_says_by_which_rule_nobody_else_may_be_asked(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        case = await opened(snapshot=under("CN"), **NO_ADDRESS)
        answer = await activity_at(case.door(gateways), case.contact(None), AT_NOON)
        assert isinstance(answer, Refused)
        assert answer.rule == "no_channel"
        assert "no third person may be asked: failed contacts on 0 days" in answer.reason
        assert "CN/third-person" in answer.reason
        assert await third_persons(ledger, case) == []
        assert await unreachable_since(ledger, case) is not None

    async def test_is_counted_by_its_reason(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        def of(rows: list[Row], why: str) -> int:
            return sum(row["cases"] for row in rows if row["why"] == why)

        before = await standing_still(ledger, "harbour")
        case = await opened(snapshot=under("CN"), **NO_ADDRESS)
        await activity_at(case.door(gateways), case.contact(None), AT_NOON)
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await unanswered(desk, 3)
        await desk.knocks(PHONE, AT_NOON)
        after = await standing_still(ledger, "harbour")
        for why in ("no_channel", "unreachable"):
            assert of(after, why) == of(before, why) + 1

    async def test_ends_with_an_address_on_record(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        case = await opened(snapshot=under("CN"), **NO_ADDRESS)
        await activity_at(case.door(gateways), case.contact(None), AT_NOON)
        await ledger.put_loans([case.loan.model_copy(update={"email": "new@example.test"})], AT_NOON)
        answer = await activity_at(case.door(gateways), case.contact(None), AT_NOON + 7 * DAY)
        assert isinstance(answer, Refused)
        assert EMAIL in answer.reachable
