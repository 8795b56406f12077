"""How many questions a second `leeway contact check --batch` answers, beside reading and writing the same lines alone.

`python bench/batch.py [LINES]`: mixed policies, places, channels, facts and histories, the same with every run.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from entrypoints.contact.batch import answer_lines
from entrypoints.contact.desk import Desk

SEED, LINES, ROUNDS = 7, 20_000, 3
PLACES = (
    ("CN", None, "Asia/Shanghai"), ("CN", "XJ", None), ("US", "MA", "America/New_York"), ("US", "CA", None),
    ("US", "TX", None), ("GB", None, "Europe/London"), ("IN", None, "Asia/Kolkata"), ("RU", None, "Europe/Moscow"),
    ("AU", "VIC", "Australia/Melbourne"), ("KR", None, "Asia/Seoul"), ("ID", None, None), ("PH", None, "Asia/Manila"),
)  # fmt: skip
RESULTS = {
    "email": ("sent", "failed"), "sms": ("sent",), "visit": ("visited", "not_met"),
    "phone": ("no_answer", "connected", "conversation", "unknown"),
}  # fmt: skip
FACTS = ("dispute", "signed_plan=2026-03-05", "text_consent=2026-05-01", "hours_agreed", "hospital")


def questions(count: int) -> Iterator[bytes]:
    """Lines as an office would send them."""
    dice = Random(SEED)
    for _ in range(count):
        country, subdivision, zone = dice.choice(PLACES)
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=dice.randrange(365 * 1440))
        channels = list(RESULTS)
        asked = {
            "policy": dice.choice(("platform-a", "platform-b", "platform-c")), "country": country,
            "subdivision": subdivision, "zone": zone, "channel": dice.choice(channels), "at": at.isoformat(),
            "facts": [dice.choice(FACTS)] if dice.random() < 0.1 else None,
            "history": [
                {"at": (at - timedelta(minutes=dice.randrange(14 * 1440))).isoformat(), "channel": channel,
                 "result": dice.choice(RESULTS[channel])}
                for channel in dice.choices(channels, k=dice.choice((0, 0, 1, 3, 8)))
            ],
        }  # fmt: skip
        yield json.dumps({name: value for name, value in asked.items() if value}).encode() + b"\n"


def fastest(work: Callable[[], object]) -> float:
    """Seconds of one processor in the fastest of a few rounds: another's work beside it slows no figure."""
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> None:
    """Prints lines a second and the ratio."""
    lines = list(questions(int(sys.argv[1]) if len(sys.argv) > 1 else LINES))
    desk, out = Desk.shipped(date(2026, 1, 1)), io.BytesIO()
    if errors := answer_lines(desk, lines, out):
        sys.exit(f"{errors} of {len(lines)} lines are errors: nothing to measure")
    bare = fastest(lambda: [json.dumps(json.loads(line)) for line in lines])
    batch = fastest(lambda: answer_lines(desk, lines, io.BytesIO()))
    allowed = sum(json.loads(answer)["allowed"] for answer in out.getvalue().splitlines())
    print(
        f"batch: {len(lines) / batch:,.0f} lines/s of one processor ({len(lines):,} lines, {allowed:,} allowed, seed {SEED})"
    )
    print(f"json loads and dumps of the same lines: {len(lines) / bare:,.0f} lines/s")
    print(f"ratio: the batch takes {batch / bare:.1f} times as long")


if __name__ == "__main__":
    main()
