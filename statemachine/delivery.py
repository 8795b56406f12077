"""What became of each try to reach a borrower, as far as it is known: words that only go forward."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from lending.value import Value
from statemachine.stage import Channel


class Delivery(StrEnum):
    """The words on one message, each further than those before it: of two, in whatever order they come, the further
    one holds. A provider says `delivered` when the next server took a message, so a hard bounce may follow it."""

    SENT = "sent"
    SOFT_BOUNCE = "soft_bounce"
    OPTED_OUT = "opted_out"
    DELIVERED = "delivered"
    REJECTED = "rejected"
    HARD_BOUNCE = "hard_bounce"
    BARRED = "barred"

    @property
    def rank(self) -> int:
        """How far it is."""
        return _ORDER.index(self)

    @property
    def has_arrived(self) -> bool:
        """Whether it is, or may be, with the borrower."""
        return self in (Delivery.SENT, Delivery.DELIVERED)


_ORDER = tuple(Delivery)

TRIES_AT_MOST = 60
"""How many tries a case carries from run to run; the newest stay."""


class Try(Value):
    """One try of one step by one channel, made `at`; `word_at` is when the last word on it came. Not certain: it was
    handed over, and the provider never answered."""

    step: str
    attempt: int
    channel: Channel
    at: datetime
    word: Delivery = Delivery.SENT
    word_at: datetime | None = None
    is_certain: bool = True

    @property
    def is_proven(self) -> bool:
        """Whether it went out and did not come back, as far as anybody can show."""
        return self.word is Delivery.DELIVERED or (self.is_certain and self.word.has_arrived)


Tries = tuple[Try, ...]


def told(tries: Tries, one: Try) -> Tries:
    """The tries with `one` among them: a new one, or the further of two words on the same."""
    before = find(tries, one.step, one.attempt)
    if before is None:
        return (*tries, one)[-TRIES_AT_MOST:]
    if one.word.rank <= before.word.rank:
        return tries
    later = before.model_copy(update={"word": one.word, "word_at": one.word_at})
    return tuple(later if each is before else each for each in tries)


def find(tries: Tries, step: str, attempt: int) -> Try | None:
    """This very try, if it is known."""
    return next((one for one in tries if (one.step, one.attempt) == (step, attempt)), None)


def of_step(tries: Tries, step: str) -> Tries:
    """All tries of one step."""
    return tuple(one for one in tries if one.step == step)


def next_attempt(tries: Iterable[Try]) -> int:
    """The number of a step's next attempt, which none of its tries had."""
    return 1 + max((one.attempt for one in tries), default=0)
