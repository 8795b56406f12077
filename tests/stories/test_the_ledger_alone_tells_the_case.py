"""Whatever happened in a case, its ledger's lines alone tell stage, balance, promises and holds."""

import sys
from pathlib import Path

from case_on_server import CaseOnServer, Office
from household import budget
from timeline import day_of, to_day

sys.path.append(str(Path(__file__).parents[1] / "statemachine"))

from ledger_reading import LedgerReading


async def as_told(office: Office, case: CaseOnServer) -> tuple[str, int, list[str], int]:
    """Stage, balance, the promises' states, and how many holds are in force, from the lines in PostgreSQL."""
    terms = office.policies[case.loan.policy].house.promise
    reading = LedgerReading(case.loan.balance_minor, case.loan.zones, terms)
    for line in await case.lines():
        reading.read(line["at"], line["kind"], line["facts"])
    states = [promise.state for promise in reading.promises]
    return reading.stage, reading.balance_minor, states, reading.holds.total()


async def as_known(case: CaseOnServer) -> tuple[str, int, list[str], int]:
    """The same, from the case on the server."""
    known = (await case.view()).case
    states = [str(promise.state) for promise in known.promises]
    return str(known.stage), known.balance_minor, states, len(known.holds)


class TestLedger:
    async def test_tells_of_promises_holds_a_plan_and_its_end(self, office: Office) -> None:
        case = await office.opened(policy="platform-a")

        async def both_say() -> tuple[str, int, list[str], int]:
            told = await as_told(office, case)
            assert told == await as_known(case)
            return told

        await to_day(case, 1)
        for amount_minor in (20_000, 10_000):
            await case.tell("promise", amount_minor=amount_minor, due_on=str(await day_of(case, 3)))
        await case.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
        assert await both_say() == ("reminder", 100_000, ["kept", "open"], 0)
        await to_day(case, 7)
        await case.tell("payment_reversed", payment="P-1")
        assert await both_say() == ("reminder", 120_000, ["broken", "broken"], 1)
        await case.tell("hold", reason="illness", since=str(await day_of(case, 2)))
        await case.tell("hold", reason="death", until=str(await day_of(case, 40)))
        assert await both_say() == ("reminder", 120_000, ["open", "open"], 3)
        await to_day(case, 30)
        await case.tell("release", reason="illness")
        await case.tell("budget", statement=budget(600_000, await day_of(case, 4)))
        await case.tell("plan_accepted", instalments=3)
        assert await both_say() == ("plan_active", 120_000, [], 1)
        await case.advance_until(lambda view: view.case.stage == "revisit")
        assert await both_say() == ("revisit", 120_000, [], 0)
