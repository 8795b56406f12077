"""A borrower moves across the world while the case runs: from the door's first no on it keeps their new hours."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from case_on_server import CaseOnServer, Office

from entrypoints.book import Opening

NEW_YORK = ("America/New_York",)
OPENS, CLOSES = time(9, 30), time(19)
"""The window of platform-c for messages, as its file says it; in Shanghai it is night then."""


async def moved(office: Office, case: CaseOnServer, zones: tuple[str, ...]) -> None:
    """The loan system sends the loan again, with where the borrower lives now."""
    loan = case.loan.model_copy(update={"zones": zones})
    assert await office.book().open(loan, datetime.now(UTC)) is Opening.ALREADY_OPEN
    case.loan = loan


def local_time(instant: datetime) -> time:
    """The time of day in New York."""
    return instant.astimezone(ZoneInfo(NEW_YORK[0])).time()


class TestBorrowerWhoMoves:
    async def test_is_refused_once_by_the_old_clock_and_reached_by_the_new_one_ever_after(
        self, office: Office
    ) -> None:
        case = await office.opened(policy="platform-c")
        planned_at = (await case.view()).next_at
        assert planned_at is not None
        assert not OPENS <= local_time(planned_at) < CLOSES
        await moved(office, case, NEW_YORK)
        view = await case.advance_until(lambda view: view.case.contacts_made == 3)
        assert view.case.account.zones == NEW_YORK
        contacts = await case.contacts()
        assert [row["status"] for row in contacts] == ["made"] * 3
        assert all(OPENS <= local_time(row["settled_at"]) < CLOSES for row in contacts)
        # The first was planned by the old clock; the others needed no second look, so they were planned by the new.
        assert len(await case.lines("refused")) == 1
        planned = [row["planned_at"] for row in contacts[1:]]
        assert all(OPENS <= local_time(instant) < CLOSES for instant in planned)
