"""The explanation of a case, as everybody may read it."""

from case_in_ledger import request, write

from ledger.reading import explanation
from ledger.store import Ledger
from statemachine.decision import Line


class TestTheExplanation:
    async def test_names_no_rule_that_tells_of_the_person(self, ledger: Ledger, case_id: str) -> None:
        hidden = Line(kind="refused", rule="GB/capacity", reason="mental capacity is in doubt",
                      facts={"citation": "CONC 7.10", "step": "call"})  # fmt: skip
        moved = Line(kind="made", reason="inside the permitted window",
                     facts={"moved_by": "GB/capacity", "judged_by": ["GB/hours", "RU/minor"]})  # fmt: skip
        plain = Line(kind="refused", rule="GB/hours", reason="too late", facts={"citation": "CONC 7.9"})
        asked = request(case_id, 2).model_copy(update={"lines": (hidden, moved, plain)})
        await write(ledger, asked)

        lines = (await explanation(ledger, "harbour", case_id.split(":")[2]))[-3:]

        shown = [(line["rule"], line["reason"], line["facts"]) for line in lines]
        assert shown[0] == ("restricted", "restricted", {"step": "call"})
        assert shown[1][2] == {"moved_by": "restricted", "judged_by": ["GB/hours", "restricted"]}
        assert shown[2] == ("GB/hours", "too late", {"citation": "CONC 7.9"})
