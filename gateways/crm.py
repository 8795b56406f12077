"""A lender's CRM: it is told a borrower's history, and tells who looks after them and what was noted."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Protocol

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

EVENTS_AT_MOST = 100
"""Events in one push."""
NOTES_AT_MOST = 100
"""Notes in one answer."""

_CONTROLS = {number: None for number in (*range(32), *range(127, 160)) if chr(number) not in "\n\t"}


class CrmRefused(Exception):
    """The CRM will not take this, or its answer cannot be used: trying again as it stands is of no use.

    The text holds a status, the CRM's own words or a field of its answer, never what a note says.
    """


class TokenRefused(CrmRefused):
    """The CRM does not know us: no borrower is worth another try until LEEWAY_CRM_TOKEN is right."""


class CrmUnavailable(Exception):
    """The CRM did not answer, or said to come back; what was asked may be asked again."""


class BorrowerRef(NamedTuple):
    """A borrower, by ids alone."""

    lender: str
    borrower_id: str


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class HistoryEvent(_Wire):
    """One line of a borrower's history. `id` never names anything else; `at` is when it happened."""

    id: str
    kind: str
    at: AwareDatetime
    case_id: str | None
    what: str
    facts: dict[str, Any]


def _printable(value: object) -> object:
    """Without control characters: a terminal would obey them."""
    return value.translate(_CONTROLS) if isinstance(value, str) else value


_Id = Annotated[str, BeforeValidator(_printable), Field(min_length=1, max_length=200)]
_Text = Annotated[str, BeforeValidator(_printable), Field(max_length=4000)]


class Owner(_Wire):
    """Who looks after the borrower."""

    id: _Id
    name: _Id


class Note(_Wire):
    """A note as it stands now. The same `id` again replaces it; `deleted` takes it back, then only `id` is needed."""

    id: _Id
    text: _Text = ""
    author: Annotated[_Text, Field(max_length=200)] = ""
    at: AwareDatetime | None = None
    deleted: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> "Note":
        if not self.deleted and not (self.text and self.author and self.at):
            raise ValueError("a note that stands has text, author and at")
        return self


class OwnerAndNotes(_Wire):
    """The owner (None: nobody) and what was noted, changed or deleted since the mark that was asked with.

    `mark` is what to ask with next; `more`: there are further notes behind it.
    """

    owner: Owner | None
    notes: Annotated[tuple[Note, ...], Field(max_length=NOTES_AT_MOST, strict=False)]
    mark: _Id
    more: bool


class Crm(Protocol):
    """The port. Both verbs raise CrmRefused or CrmUnavailable, and may be repeated."""

    async def push(self, borrower: BorrowerRef, events: Sequence[HistoryEvent]) -> None:
        """Returns once the CRM has all of these, in their order; one it has already, by id, changes nothing.

        At most EVENTS_AT_MOST at once, ValueError otherwise.
        """
        ...

    async def owner_and_notes(self, borrower: BorrowerRef, since: str | None) -> OwnerAndNotes:
        """What the CRM says of the borrower; `since` is the mark of its last answer, None asks for everything."""
        ...
