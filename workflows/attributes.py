"""What operators filter cases by. One upsert, only when stage, hold or stall changes: each one is paid for."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from statemachine.case import Case
from statemachine.hold_kind import shown_rule

_STAGE = SearchAttributeKey.for_keyword("CaseStage")
_HOLD = SearchAttributeKey.for_keyword_list("HoldReason")
_STALLED = SearchAttributeKey.for_keyword("Stalled")

Attributes = tuple[str, tuple[str, ...], str]
"""Stage, hold reasons, what the case is stalled by."""


def attributes(case: Case) -> Attributes:
    """What the case's search attributes should say."""
    return case.stage, case.shown_holds, case.stalled or ""


def show(case: Case, shown: Attributes) -> Attributes:
    """Brings the search attributes up to date, if they are not; returns what they say."""
    stage, holds, stalled = attributes(case)
    if (stage, holds, stalled) != shown:
        held = _HOLD.value_set(list(holds)) if holds else _HOLD.value_unset()
        stuck = _STALLED.value_set(shown_rule(stalled)) if stalled else _STALLED.value_unset()
        workflow.upsert_search_attributes([_STAGE.value_set(stage), held, stuck])
    return stage, holds, stalled
