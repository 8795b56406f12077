"""The port to a lender's own list of overdue loans, wherever it is kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from contracts.loan import OverdueLoan


class BookRefused(ValueError):
    """The list as a whole cannot be used; asking again changes nothing. What is wrong, and what to do."""


@dataclass(frozen=True)
class ListedLoan:
    """One loan of the list. `loan` None: nothing is overdue on it, or its row has `mistakes`, each as `field: rule`.

    `as_of` is when the list was true, None where it does not say. `row` is the row as it was read.
    """

    loan_id: str
    loan: OverdueLoan | None
    as_of: datetime | None
    mistakes: tuple[str, ...]
    row: Mapping[str, str]

    @property
    def is_nothing(self) -> bool:
        """The list names the loan, to say that nothing is overdue on it."""
        return self.loan is None and not self.mistakes


class LoanBook(Protocol):
    """Reads, and changes nothing. Raises BookRefused; anything else means: ask again later."""

    @property
    def lender(self) -> str:
        """Whose list it is."""

    async def page(self, after: str, at_most: int, today: date) -> list[ListedLoan]:
        """The loans after this one, in an order of the list's own; fewer than asked for are the last."""

    async def present(self, loan_ids: Collection[str], today: date) -> Mapping[str, ListedLoan]:
        """Those of these loans that are in the list at this moment."""
