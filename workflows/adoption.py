"""Moving a running case to other rules: a new law, calendar or version of its policy. Explicit, and recorded."""

from pydantic import ValidationError

from contracts.case_run import Adoption
from statemachine.case import Case
from statemachine.decision import Decision, Line, absorbed
from statemachine.policy import HousePolicy
from statemachine.step import aligned
from statemachine.transitions import LADDER


def read_adoption(body: object) -> Adoption | str:
    """What the signal carries, or why it cannot be read."""
    try:
        return Adoption.model_validate(body)
    except ValidationError as error:
        item = error.errors()[0]
        return f"adopt: {'.'.join(map(str, item['loc']))[:120]}: {item['msg'][:120]}; send it with `leeway policy move`"


def adopted(case: Case, adoption: Adoption, before_sha256: str) -> Decision:
    """The case under its new rules: whatever it waited for, or stalled on, is planned again."""
    house = adoption.snapshot.house
    if adoption.sha256 == before_sha256:
        return absorbed(case, "these rules are in force already")
    if case.is_closed:
        return absorbed(case, "the case is closed; its rules stay as they were")
    if problem := _unfit(case, house):
        return absorbed(case, f"{problem}; the case stays under {case.policy}")
    facts = {"from": before_sha256[:12], "to": adoption.sha256[:12], "policy": house.name, "by": adoption.by}
    line = Line(kind="rules_moved", reason=adoption.reason, facts=facts)
    changes = {
        "policy": house.name,
        "retry_at": None,
        "moved_by": None,
        "stalled": None,
        "failed_channels": (),
    }
    return aligned(Decision(case=case.model_copy(update=changes), lines=(line,)), house)


def _unfit(case: Case, house: HousePolicy) -> str | None:
    if house.id != case.policy.partition("@")[0]:
        return f"{house.id} is another policy"
    if case.strategy not in house.strategies:
        return f"{house.name} has no strategy {case.strategy}"
    if case.stage in LADDER and case.stage not in house.shape:
        return f"{house.name} has no stage {case.stage}"
    return None
