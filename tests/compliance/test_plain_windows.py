"""On plain windows, without holidays and clock changes, opening-hours-py is a second opinion."""

from datetime import date, datetime, time, timedelta
from random import Random

from opening_hours import OpeningHours
from oracle import WEEKDAYS, Question, World, is_open
from oracle_engine import asked, law_of

OFFSET = timedelta(hours=5, minutes=45)
CALENDAR = {
    "weekdays": (0, 1, 2, 3, 4), "off": (), "on": (), "holidays": (), "provisional_from": None, "widen_days": 0,
    "valid_from": date(2025, 1, 1), "valid_until": date(2028, 12, 31),
}  # fmt: skip
ASK = {"channel": "sms", "purpose": "routine", "recipient": "borrower", "place": "home", "debt": "", "number": "",
       "by": "lender", "people": 1}  # fmt: skip


def windows(rng: Random) -> list[dict[str, object]]:
    """One to four, on any weekdays, some of them over midnight."""
    found: list[dict[str, object]] = []
    for n in range(rng.randint(1, 4)):
        opens, closes = rng.sample(
            [f"{hour:02}:{minute}" for hour in range(24) for minute in ("00", "30")], 2
        )
        days = rng.sample(WEEKDAYS, rng.randint(1, 7))
        closes = rng.choice((closes, closes, "24:00"))
        found.append({"rule": f"w{n}", "channels": ["sms"], "days": days, "opens": opens, "closes": closes})
    return found


def written(openings: list[dict[str, object]]) -> str:
    """As OpenStreetMap writes opening hours: a rule after a comma adds to those before it."""
    return ", ".join(
        ",".join(day[:2].capitalize() for day in WEEKDAYS if day in str(one["days"]))
        + f" {one['opens']}-{one['closes']}"
        for one in openings
    )


class TestPlainWindows:
    def test_open_when_opening_hours_py_says_so(self) -> None:
        rng = Random(14)
        opened = 0
        for _ in range(200):
            openings = windows(rng)
            house = {"windows": openings}
            engine = asked(*law_of(World([], house, CALENDAR)), Question(("Asia/Kathmandu",), ASK))
            theirs = OpeningHours(written(openings))
            for _ in range(50):
                local = datetime(2026, 1, 1) + timedelta(minutes=30 * rng.randrange(730 * 48))
                local += rng.choice((timedelta(), timedelta(minutes=-1), timedelta(minutes=1)))

                expected = theirs.is_open(local)

                assert expected == engine.allows(local - OFFSET), f"{local} {written(openings)}"
                assert expected == is_open(openings, CALENDAR, "Asia/Kathmandu", local - OFFSET)
                opened += expected
        assert 1_000 < opened < 9_000

    def test_opens_next_when_opening_hours_py_says_so(self) -> None:
        rng = Random(15)
        for _ in range(500):
            openings = windows(rng)
            engine = asked(
                *law_of(World([], {"windows": openings}, CALENDAR)), Question(("Asia/Kathmandu",), ASK)
            )
            theirs = OpeningHours(written(openings))
            local = datetime.combine(
                date(2026, 1, 1) + timedelta(days=rng.randrange(700)), time(rng.randrange(24), 17)
            )

            answer = engine.earliest(local - OFFSET)

            expected = local if theirs.is_open(local) else theirs.next_change(local)
            assert answer.kind == "permitted"
            assert expected == answer.at.replace(tzinfo=None) + OFFSET
