"""A case in Markdown, for the Web UI: what an operator wants to know at a glance. Nothing personal."""

from datetime import datetime

from lending.days import days_past_due, local_text
from lending.money import format_minor
from statemachine.case import Case
from statemachine.hold_kind import shown_rule
from statemachine.limitation import limitation_of
from statemachine.policy import HousePolicy
from workflows.upcoming import Upcoming


def markdown(case: Case, coming: Upcoming, now: datetime, house: HousePolicy) -> str:
    """The case's current details."""
    account = case.account
    rows = {
        "Stage": f"**{case.stage}**" + (f" ({case.outcome})" if case.outcome else ""),
        "Owed": format_minor(max(0, case.balance_minor), account.currency)
        + f" of {format_minor(account.balance_minor, account.currency)}",
        "Days past due": str(days_past_due(account.overdue_since, now, account.zones)),
        "Next": "closed" if case.is_closed else coming.why,
        "Policy": f"{case.policy}, strategy {case.strategy}",
        "Contacts made": str(case.contacts_made),
    }
    if case.assessment:
        rows["Risk"] = f"{case.assessment.tier} ({case.assessment.score}): {case.assessment.words()}"
    if case.holds:
        rows["On hold"] = ", ".join(case.shown_holds)
    if case.stalled:
        rows["Stalled"] = f"⚠ {shown_rule(case.stalled)}"
    if case.is_unreachable:
        rows["Unreachable"] = "⚠ does not answer; see the task `find_contact`"
    if case.open_promises:
        rows["Promised"] = "; ".join(
            f"{format_minor(promise.amount_minor, account.currency)} by {promise.due_on}"
            for promise in case.open_promises
        )
    if case.plan:
        rows["Plan"] = (
            f"{len(case.plan.instalments)} instalments, the last on {case.plan.instalments[-1].due_on}"
        )
    if case.wishes.stopped:
        rows["Stopped channels"] = ", ".join(case.wishes.stopped)
    rows |= _for_people(case, house)
    table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
    return f"| | |\n|---|---|\n{table}\n\n_Written {local_text(now, account.zones)}._"


def _for_people(case: Case, house: HousePolicy) -> dict[str, str]:
    """What waits for people: a proposal, complaints, and the day after which no court can be asked."""
    rows = {}
    if case.proposal:
        by = _cell(case.proposal.by)
        rows["Proposed"] = (
            f"**{case.proposal.decision}** by {by}, {case.proposal.at:%Y-%m-%d}; another must approve"
        )
    if case.open_complaints:
        rows["Complaints"] = "; ".join(
            f"{_cell(one.reference)} about {one.about}, answer due {one.due_on}"
            for one in case.open_complaints
        )
    if found := limitation_of(case, house):
        ended = "⚠ time-barred since " if case.is_time_barred else ""
        rows["Limitation"] = f"{ended}{found.ends_on} (from {found.because} of {found.runs_from})"
    return rows


def _cell(text: str) -> str:
    """What people typed, as it may stand in a table of Markdown."""
    kept = (f"\\{letter}" if letter in "\\|`*_[]<>" else letter for letter in text)
    return " ".join("".join(kept).split())
