"""What the borrower wishes, what is told of them, and the lender taking the case back."""

from datetime import datetime

from statemachine.case import Case, Wishes
from statemachine.decision import Decision, Line, Task, absorbed
from statemachine.fact import Fact, FactName
from statemachine.people_messages import FactTold, PreferenceChanged, Withdrawn
from statemachine.person_name import is_nobody
from statemachine.policy import HousePolicy
from statemachine.stage import Outcome
from statemachine.transitions import Trigger, move
from statemachine.transitions import absorbed as reason_absorbed


def preference_changed(case: Case, event: PreferenceChanged, now: datetime, policy: HousePolicy) -> Decision:
    """The borrower's wishes hold from this moment; the next contact is planned again under them."""
    if reason := reason_absorbed(case.stage, Trigger.PREFERENCE_CHANGED):
        return absorbed(case, reason)
    account = case.account.model_copy(update={"language": event.language}) if event.language else case.account
    update = {"wishes": wishes_after(case.wishes, event), "account": account, "failed_channels": (),
              "retry_at": None}  # fmt: skip
    wishes = event.model_dump(mode="json", exclude={"kind", "reference", "by"}, exclude_defaults=True)
    return Decision(
        case=case.model_copy(update=update),
        lines=(Line(kind="preference", reason="wishes noted", facts=wishes),),
    )


def refused_wish(case: Case, event: PreferenceChanged) -> str | None:
    """Why the wish cannot be kept: the field, the value, what to do."""
    start = event.not_before or case.wishes.not_before
    end = event.not_after or case.wishes.not_after
    if start and start == end:
        return f"not_before: {start} must differ from not_after; to bar a channel, stop it"
    if len(set(event.not_on or ())) == 7:
        return "not_on: all seven days are barred; to end contact, tell the fact cease_requested"
    return None


def refused_fact(event: FactTold, now: datetime) -> str | None:
    """Why the fact cannot be as it is told: the field, the value, what to do."""
    if event.since and event.since > now:
        return f"since: {event.since} is still to come; a fact is told once it is known"
    if event.until and event.until <= (event.since or now):
        return f"until: {event.until} must be later than since ({event.since or now})"
    return None


def wishes_after(wishes: Wishes, event: PreferenceChanged) -> Wishes:
    """What the borrower wants once `event` is added to their wishes so far."""
    stopped = (set(wishes.stopped) | set(event.stop)) - set(event.allow)
    changes: dict[str, object] = {"stopped": tuple(sorted(stopped))}
    wished = ("not_before", "not_after", "not_on", "not_at", "representative")
    changes |= {name: told for name in wished if (told := getattr(event, name)) is not None}
    return wishes.model_copy(update=changes)


def fact_told(case: Case, event: FactTold, now: datetime, policy: HousePolicy) -> Decision:
    """The fact holds from `since`, or is over; the next contact is planned again under it."""
    if reason := reason_absorbed(case.stage, Trigger.PREFERENCE_CHANGED):
        return absorbed(case, reason)
    told = Fact(event.name, event.since or now, event.until)
    kept = tuple(fact for fact in case.facts if fact.name is not event.name)
    facts = (*kept, told) if event.given else kept
    update = {"facts": facts, "failed_channels": (), "retry_at": None}
    said = event.model_dump(mode="json", include={"name", "given", "since", "until", "by"}, exclude_none=True)
    reason = f"{event.name} {'noted' if event.given else 'is over'}"
    tasks: tuple[Task, ...] = ()
    if event.name is FactName.AUTOMATION_REFUSED and event.given:
        note = "the borrower wants no decision by a machine alone: choose the strategy"
        tasks = (Task(kind="strategy_review", note=note),)
    return Decision(
        case=case.model_copy(update=update),
        lines=(Line(kind="fact", reason=reason, facts=said),),
        tasks=tasks,
    )


def unnamed(event: object) -> str | None:
    """Why the case is not taken back at nobody's word. Asked of an answer that somebody waits for; a machine's signal is
    taken in, and its line says that it named nobody."""
    if isinstance(event, Withdrawn) and is_nobody(event.by):
        return f"by: {event.by!r} names nobody; write who takes the case back"
    return None


def withdrawn(case: Case, event: Withdrawn, now: datetime, policy: HousePolicy) -> Decision:
    """The lender takes the case back; nothing more goes out."""
    if reason := reason_absorbed(case.stage, Trigger.WITHDRAWN):
        return absorbed(case, reason)
    changes = {"stage": move(policy.shape, case.stage, Trigger.WITHDRAWN), "outcome": Outcome.WITHDRAWN}
    return Decision(
        case=case.model_copy(update=changes),
        lines=(
            Line(kind="closed", reason=f"withdrawn: {event.reason}", facts={"by": event.by or "unnamed"}),
        ),
    )
