"""`leeway case explain` names the rule and its citation for every contact made, moved or refused."""

from datetime import UTC, datetime, time
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from at_the_door import NOON, WEDNESDAY, rules, utc
from desk import DAY, EMAIL, MINUTE, PHONE, Desk, Gateways, Open, Under, desks
from rich.console import Console

from entrypoints.tables import explanation_table
from gateways.receipt import Gateway
from ledger.reading import explanation
from statemachine import messages
from statemachine.stage import Channel, HoldReason

AUCKLAND = "Pacific/Auckland"
EIGHT_THERE = datetime.combine(WEDNESDAY + DAY, time(8), ZoneInfo(AUCKLAND)).astimezone(UTC)
NIGHT = "CN/night (GB/T 45251-2025 cl. 5.3)"
CALLS = "CN/connected-calls (GB/T 45251-2025)"


async def explained(desk: Desk, kind: str) -> list[str]:
    """What the table says of each line of this kind, on one long line each."""
    loan = desk.case.loan
    lines = await explanation(desk.case.ledger, loan.lender, loan.loan_id)
    told = []
    for line in [line for line in lines if line["kind"] == kind]:
        earlier = lines[: lines.index(line) + 1]
        written = StringIO()
        Console(width=4000, file=written).print(explanation_table(earlier))
        text = written.getvalue()
        told.append(" ".join(text[text.rindex(f"  {kind} ") :].split()))
    return told


class TestExplanation:
    async def test_of_a_moved_contact_names_what_moved_it_when_planned_and_when_made(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), zones=(AUCKLAND,))
        [planned] = await explained(desk, "planned")
        assert f"rule {NIGHT}" in planned
        assert await desk.made(EMAIL, EIGHT_THERE, moved_by="CN/night")
        [made] = await explained(desk, "made")
        assert f"moved by {NIGHT}" in made

    async def test_of_a_refused_contact_names_what_refused_it_and_until_when(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), zones=(AUCKLAND,))
        await desk.refused(EMAIL, utc(NOON))
        [refused] = await explained(desk, "refused")
        assert f"rule {NIGHT} · step " in refused
        assert f"channel email · next {EIGHT_THERE:%Y-%m-%d %H:%M} UTC" in refused

    async def test_of_a_made_contact_names_every_rule_in_force_it_was_judged_by(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        assert await desk.made(PHONE, utc(NOON))
        [made] = await explained(desk, "made")
        judged_by = made[made.index("judged by ") :]
        assert NIGHT in judged_by
        assert CALLS in judged_by
        assert "test/always (house policy)" in judged_by
        assert "CN/visits" not in judged_by  # no rule of calls

    async def test_leaves_out_a_rule_that_is_no_law_yet(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        snapshot = under("CN")
        [pack] = snapshot.law
        later = WEDNESDAY + DAY
        [night, *rest] = pack.rules
        pack = pack.model_copy(update={"rules": (night.model_copy(update={"effective_from": later}), *rest)})
        [desk] = await desks(opened, gateways, 1, snapshot=snapshot.model_copy(update={"law": (pack,)}))
        assert await desk.made(PHONE, utc(NOON))
        assert NIGHT not in (await explained(desk, "made"))[0]

    @pytest.mark.parametrize(
        ("message", "rule"),
        [
            (messages.PreferenceChanged(stop=(EMAIL,)), "stopped_channel (the borrower's wish)"),
            (messages.HoldPlaced(reason=HoldReason.DEATH), "case_changed (Leeway: "),
        ],
        ids=["a wish", "a hold"],
    )
    async def test_of_what_no_law_refused_says_whose_rule_it_was(
        self, opened: Open, gateways: dict[Channel, Gateway], message: Any, rule: str
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=rules())
        await desk.case.told(message)
        await desk.refused(EMAIL, utc(NOON) + MINUTE)
        [refused] = await explained(desk, "refused")
        assert f"rule {rule}" in refused

    async def test_of_a_made_contact_leaves_out_what_was_lifted_and_names_the_wishes(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        await desk.case.told(messages.PreferenceChanged(not_before=time(8)))
        await desk.case.told(messages.PlanAccepted(instalments=3))
        plan = desk.case.case.plan
        assert plan is not None
        about = {"template": "plan_due", "instalment": plan.instalments[0], "instalment_number": 1}
        assert await desk.made(EMAIL, utc(NOON), **about)
        [made] = await explained(desk, "made")
        assert "CN/signed-plan" not in made  # lifted for the reminder of a kept plan
        assert "wished_hours (the borrower's wish)" in made

    async def test_of_a_made_contact_says_where_no_law_is_known(
        self, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1, country="HK")
        assert await desk.made(EMAIL, utc(NOON))
        [made] = await explained(desk, "made")
        assert "no law known for HK: only the house's rules" in made

    async def test_keeps_a_citation_that_a_later_line_of_the_same_rule_lacks(self) -> None:
        usual: dict[str, Any] = {"at": "2027-03-03T10:00:00Z", "reason": "r", "facts": {}, "next_at": None}
        lines = [
            usual | {"kind": "planned", "rule": "CN/night", "facts": {"citation": "GB/T 45251"}},
            usual | {"kind": "stalled", "rule": "CN/night"},
            usual | {"kind": "made", "rule": "", "facts": {"moved_by": "CN/night"}},
        ]
        written = StringIO()
        Console(width=400, file=written).print(explanation_table(lines))
        assert "moved by CN/night (GB/T 45251)" in written.getvalue()

    async def test_of_a_moved_contact_cites_what_moved_it_in_json_too(
        self, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"))
        assert await desk.made(EMAIL, utc(NOON), moved_by="CN/night")
        loan = desk.case.loan
        lines = await explanation(desk.case.ledger, loan.lender, loan.loan_id)
        [made] = [line["facts"] for line in lines if line["kind"] == "made"]
        assert (made["moved_by"], made["citation"]) == ("CN/night", "GB/T 45251-2025 cl. 5.3")
