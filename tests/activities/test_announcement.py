"""What the outside is told of a line: listed facts, and no word that a person wrote."""

from typing import Any

import pytest
from at_the_door import AT_NINE

from activities.announcement import TOLD, contact_made, stage_moved, told
from contracts.carry_out import CarryOut, PlannedContact, Projection
from statemachine.case import Wishes
from statemachine.decision import Contact, Line
from statemachine.stage import Channel, Stage

LISTED = {"hold": "hardship", "since": "2027-03-03", "until": None, "amount_minor": 5, "due_on": "2027-03-09",
          "instalments": []}  # fmt: skip
UNLISTED = {"by": "Ms Chen", "note": "her mother", "why": "divorce", "text": "words", "situation": "ill",
            "support_need": "large print", "in_place_of": {"by": "Mr Wu"}, "surplus_minor": 7, "reference": "P-1"}  # fmt: skip
ALWAYS = {"rule", "stage", "balance_minor"}


@pytest.fixture
def request_of() -> CarryOut:
    """A request of a case that was moved by a rule for few eyes."""
    row = Projection(
        number=2, as_of=AT_NINE, stage=Stage.REVISIT, outcome=None, held=(), stalled=None, balance_minor=100,
        strategy="standard", risk_tier=None, wishes=Wishes(), language="en", next_at=None, waiting_for="",
    )  # fmt: skip
    line = Line(kind="stalled", rule="KR/hospital", reason="contact stops: hospital", facts=UNLISTED)
    return CarryOut(case_id="case:harbour:L:1", lender="harbour", borrower_id="B", policy_sha256="", lines=(line,),
                    projection=row, decided_at=AT_NINE)  # fmt: skip


class TestAnnouncement:
    @pytest.mark.parametrize("kind", sorted(TOLD))
    def test_of_a_line_carries_listed_facts_and_no_other(self, request_of: CarryOut, kind: str) -> None:
        line = Line(kind=kind, reason="her mother died", rule="house/rule", facts=LISTED | UNLISTED)
        event = told(request_of, line, "2.0", AT_NINE)
        assert event is not None
        assert {name: event["data"][name] for name in LISTED} == LISTED
        assert set(event["data"]) == set(LISTED) | ALWAYS
        assert "mother" not in str(event)

    @pytest.mark.parametrize("kind", ["visit", "complaint", "fact", "opened", "refused", "closed"])
    def test_is_made_of_nothing_else(self, request_of: CarryOut, kind: str) -> None:
        assert told(request_of, Line(kind=kind, reason="r", facts=LISTED), "2.0", AT_NINE) is None

    def test_names_no_rule_for_few_eyes(self, request_of: CarryOut) -> None:
        moved: dict[str, Any] = stage_moved(request_of, "notice", AT_NINE)["data"]
        assert moved["because"] == [{"what": "stalled", "rule": "restricted"}]
        contact = Contact(
            step="s", stage=Stage.NOTICE, attempt=1, channel=Channel.SMS, template="notice", wanted_at=AT_NINE
        )
        planned = PlannedContact(
            contact=contact, key="K", planned_at=AT_NINE, moved_by="RU/minor", lines_if_made=(), tasks_if_made=(),
            projection_if_made=request_of.projection,
        )  # fmt: skip
        assert contact_made(request_of, planned, AT_NINE)["data"]["moved_by"] == "restricted"
