"""What is known of a person, over all their loans at a lender: closed ones too.

The latest word about the person, on whichever loan, holds on every loan. What closes stays until a later word ends it,
what opens ends with the case it was told of, and a hold for the person's sake stops all of their loans. A channel that a
complaint is about rests until it is answered; so does every loan where it is about more than one debt.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from statemachine.case import Wishes
from statemachine.complaints import complaint_of
from statemachine.fact import OF_ONE_DEBT, PERMISSIONS, Fact, FactName
from statemachine.people import wishes_after
from statemachine.people_messages import PreferenceChanged
from statemachine.stage import Channel

Row = Mapping[str, Any]


class Stop(NamedTuple):
    """Why nobody is contacted, in words for everybody, and until when; None: nobody knows."""

    reason: str
    until: datetime | None


class Person(NamedTuple):
    """`holds` are those of the person's other loans that stop this one too; `has_complained`: a complaint on another
    loan, which concerns the person, waits for its answer."""

    wishes: Wishes
    facts: tuple[Fact, ...]
    holds: tuple[Fact, ...]
    has_complained: bool = False

    def stop_at(self, at: datetime) -> Stop | None:
        """What stops this loan for another one's sake: an open complaint, or the hold that lasts longest of those in
        force. None: nothing."""
        if self.has_complained:
            return Stop(
                "a complaint on another case of this person is not answered yet; answer it there", None
            )
        in_force = [
            hold for hold in self.holds if hold.since <= at and (hold.until is None or at < hold.until)
        ]
        longest = max(in_force, key=lambda hold: (hold.until is None, hold.until or at), default=None)
        if longest is None:
            return None
        return Stop("a hold on another case of this person is in force; release it there", longest.until)


class _Word(NamedTuple):
    """The latest word on one fact: None where it is over. `is_open`: its case still is."""

    fact: Fact | None
    at: datetime
    is_open: bool


def person(words: Iterable[Row], facts: Iterable[Row]) -> Person:
    """The person of the ledger's rows `borrower_words` (in order of time) and `borrower_facts`."""
    wishes, told = Wishes(), dict[FactName, _Word]()
    complaints: dict[tuple[str, str], Row] = {}
    for word in words:
        said = word["facts"]
        if word["kind"] == "preference":
            wishes = wishes_after(wishes, PreferenceChanged.model_validate(said))
        elif word["kind"] == "complaint":
            complaints[word["case_id"], said["reference"]] = word
        elif word["kind"] == "complaint_answered":
            complaints.pop((word["case_id"], said["complaint"]), None)
        elif (name := FactName(said["name"])) not in OF_ONE_DEBT:
            told[name] = _Word(_fact(said, word["at"]), word["at"], word["is_open"])
    known = list(facts)
    holds = tuple(_holds_elsewhere(known, told))
    own = (fact for row in known if row["is_own"] and (fact := _of(row)).name not in PERMISSIONS)
    resting = (word["facts"].get("channel") for word in complaints.values())
    stopped = {*wishes.stopped, *(Channel(channel) for channel in resting if channel)}
    wishes = wishes.model_copy(update={"stopped": tuple(sorted(stopped))})
    has_complained = any(_holds_this(word) for word in complaints.values())
    return Person(wishes, (*own, *_in_force(told), *holds), holds, has_complained)


def _holds_this(word: Row) -> bool:
    """Whether a complaint on another loan stops this one, too. The loan's own does that by a hold."""
    return not word["is_own"] and complaint_of(word["facts"]).holds_the_person


def _fact(said: Row, told_at: datetime) -> Fact | None:
    if not said["given"]:
        return None
    since, until = (said.get(name) and datetime.fromisoformat(said[name]) for name in ("since", "until"))
    return Fact(FactName(said["name"]), since or told_at, until)


def _in_force(told: Mapping[FactName, _Word]) -> Iterator[Fact]:
    for name, word in told.items():
        if word.fact is not None and (word.is_open or name not in PERMISSIONS):
            yield word.fact


def _holds_elsewhere(known: Iterable[Row], told: Mapping[FactName, _Word]) -> Iterator[Fact]:
    """A closed case can release its holds no more: a later word that the fact is over does."""
    for row in known:
        hold = _of(row)
        if row["is_own"] or not row["is_hold"] or hold.name in OF_ONE_DEBT:
            continue
        word = told.get(hold.name)
        is_over = word is not None and word.fact is None and word.at > hold.since
        if row["is_open"] or not is_over:
            yield hold


def _of(row: Row) -> Fact:
    return Fact(FactName(row["name"]), row["since"], row["until"])
