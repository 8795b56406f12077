"""What a rule demands, in a few words."""

from datetime import time

from compliance.exemption import counted
from compliance.origin import Origin
from compliance.rule import Counts, LimitRule, Opening, Span
from compliance.rule import Rule as AnyRule
from statemachine.case import Wishes

_DAYS = {"every": "every day", "working": "working days", "off": "days off"}
_COUNTED = {
    Counts.ATTEMPT: "dialled call", Counts.CONNECTED: "connected call", Counts.CONVERSATION: "conversation",
    Counts.SENT: "message", Counts.VISIT: "visit",
}  # fmt: skip


def demand(rule: AnyRule) -> str:
    """The rule in one clause, such as `08:00 to 22:00 every day`."""
    match rule.kind:
        case "hours":
            return ", ".join(opening_words(opening) for opening in rule.open)
        case "limit":
            return f"at most {_contacts(rule)} {_within(rule.span, rule.days)}, for each {rule.over}"
        case "pause":
            return f"a pause of {counted(rule.days, 'day')} after a conversation, for each {rule.over}"
        case "stop":
            return f"none while {rule.on} holds"
        case "needs":
            return "needs " + " or ".join(needed.words for needed in rule.any_of)
        case "people":
            return f"a visit by at least {rule.at_least} people"
        case "third_person":
            return f"a third person only after failed contacts on {counted(rule.after_failed, 'day')}" if (
                rule.after_failed
            ) else "no third person"  # fmt: skip


def opening_words(opening: Opening) -> str:
    """`09:00 to 18:00 working days`."""
    days = ", ".join(_DAYS.get(one, one) for one in opening.days)
    but = "" if opening.holidays == "open" else " but holidays"
    return f"{clock(opening.opens)} to {clock(opening.closes)} {days}{but}"


def wished_hours_words(wishes: Wishes) -> str:
    """`asked for 10:00 to 24:00, not on sun`."""
    hours = f"{clock(wishes.not_before or time.min)} to {clock(wishes.not_after or time.max)}"
    not_on = f", not on {', '.join(wishes.not_on)}" if wishes.not_on else ""
    return f"asked for {hours}{not_on}"


def channel_words(channel: str) -> str:
    """How a contact is made: `by phone`."""
    return {"email": "by e-mail", "sms": "by SMS", "visit": "by a visit"}.get(channel, f"by {channel}")


def citation_words(citation: str, force: str, origin: str) -> str:
    """A citation with the force of the law behind it; a house and a wish have no such degrees."""
    if origin == Origin.HOUSE:
        return "house policy"
    return f"{citation} ({force})" if origin == Origin.LAW else citation


def clock(at: time) -> str:
    """`HH:MM`; the end of a day is 24:00."""
    return "24:00" if at == time.max else f"{at:%H:%M}"


def _contacts(rule: LimitRule) -> str:
    """`1 visit`, `3 connected calls or messages`."""
    first, *others = (counted(rule.limit, _COUNTED[one]) for one in rule.counts)
    return " or ".join([first, *(other.partition(" ")[2] for other in others)])


def _within(span: Span, days: int | None) -> str:
    match span:
        case Span.CALENDAR_DAYS:
            return "on a calendar day" if days == 1 else f"in {days} calendar days"
        case Span.ROLLING_DAYS:
            return f"in {days} days to the second"
        case Span.EVER:
            return "ever"
        case _:
            return f"in a calendar {span}"
