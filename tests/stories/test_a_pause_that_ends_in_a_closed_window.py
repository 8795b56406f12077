"""A pause that ends at night, before a weekend, is followed by the next permitted instant: Monday's first hour."""

from case_on_server import Office
from timeline import day_of, local, timeline, to_day


class TestPauseThatEndsInAClosedWindow:
    async def test_is_followed_by_the_next_permitted_instant(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")
        friday = await day_of(case, 4)
        await case.tell("hold", reason="operator", until=str(friday))
        await to_day(case, 8)
        assert await timeline(case) == [
            (0, "hold: operator"),
            (0, "a person: hold_review"),
            (5, "over: operator"),
            (7, "notice by email"),
        ]
        [contact] = await case.contacts("made")
        at = local(contact["reserved_at"], case)
        assert (f"{at:%A}", at.hour) == ("Monday", 9)
