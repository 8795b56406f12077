"""A lender's own PostgreSQL: the table or view `overdue_loans`, one row for each loan that is overdue now.

Its columns are those of a placement, and `as_of`; docs/connecting/database-view.md.
"""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from compliance.places import Places
from contracts.loan import OverdueLoan
from gateways.cell_text import cell_text
from gateways.loan_book import BookRefused, ListedLoan
from gateways.placement_file import COLUMNS
from gateways.placement_row import Terms, read_loan
from gateways.table_file import Columns, TableError, check_columns, checked_lender
from gateways.table_row import CanonicalRow

VIEW = "overdue_loans"
VIEW_COLUMNS = Columns(COLUMNS.required, (*COLUMNS.optional, "as_of"))

_OPTIONS = "-c TimeZone=UTC -c default_transaction_read_only=on -c statement_timeout=60000"
_NAMES = sql.SQL("select * from {} limit 0").format(sql.Identifier(VIEW))
_FIRST = sql.SQL("select loan_id, to_jsonb(v)::text from {} v order by loan_id limit %s").format(
    sql.Identifier(VIEW)
)
_NEXT = sql.SQL(
    "select loan_id, to_jsonb(v)::text from {} v where loan_id > %s order by loan_id limit %s"
).format(sql.Identifier(VIEW))
_PRESENT = sql.SQL("select loan_id, to_jsonb(v)::text from {} v where loan_id = any(%s)").format(
    sql.Identifier(VIEW)
)


class OverdueView:
    """One lender's list. Only reads; each page has a connection of its own, so nothing is held open over a night."""

    def __init__(self, database_url: str, lender: str, policies: Collection[str], places: Places) -> None:
        self._database_url = database_url
        self.lender = checked_lender(lender)
        self._policies = policies
        self._places = places

    async def page(self, after: str, at_most: int, today: date) -> list[ListedLoan]:
        """See LoanBook. Raises psycopg.OperationalError while the database is away."""
        if not after:
            await self._check_columns()
        rows = await self._rows(_NEXT, (after, at_most)) if after else await self._rows(_FIRST, (at_most,))
        return self._read(rows, today)

    async def present(self, loan_ids: Collection[str], today: date) -> dict[str, ListedLoan]:
        """See LoanBook."""
        listed = self._read(await self._rows(_PRESENT, (list(loan_ids),)), today)
        return {one.loan_id: one for one in listed}

    def _read(self, rows: Sequence[tuple[Any, ...]], today: date) -> list[ListedLoan]:
        terms = Terms(self.lender, self._policies, self._places, today)
        seen: set[str] = set()
        return [self._listed(loan_id, text, terms, seen) for loan_id, text in rows]

    def _listed(self, loan_id: object, text: str, terms: Terms, seen: set[str]) -> ListedLoan:
        row = {name: cell_text(value) for name, value in json.loads(text, parse_float=Decimal).items()}
        name = cell_text(loan_id)
        if name != name.strip():
            return ListedLoan(name, None, None, ("loan_id: has a space around it; trim it in the view",), row)
        if name in seen:
            return ListedLoan(name, None, None, ("loan_id: in the list twice; list each loan once",), row)
        seen.add(name)
        try:
            as_of = _instant(row.get("as_of", ""))
        except ValueError as error:
            return ListedLoan(name, None, None, (str(error),), row)
        if _is_nothing(row):
            return ListedLoan(name, None, as_of, (), row)
        outcome = read_loan(CanonicalRow(1, row, None), terms)
        if isinstance(outcome, OverdueLoan):
            return ListedLoan(name, outcome, as_of, (), row)
        mistakes = tuple(f"{mistake.column}: {mistake}" for mistake in outcome)
        return ListedLoan(name, None, as_of, mistakes, row)

    async def _check_columns(self) -> None:
        async with await self._connection() as connection:
            try:
                found = (await connection.execute(_NAMES)).description or []
            except psycopg.ProgrammingError as error:
                raise _refused(error) from error
        names = [column.name for column in found]
        try:
            check_columns(names, VIEW_COLUMNS, f"{VIEW} has {', '.join(names)}")
        except TableError as error:
            raise BookRefused(f"{VIEW}: {error}") from None
        if found[names.index("loan_id")].type_code not in _TEXTS:
            raise BookRefused(f"{VIEW}.loan_id: not text; write loan_id::text in the view")

    async def _rows(self, statement: sql.Composed, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        async with await self._connection() as connection:
            try:
                return await (await connection.execute(statement, params)).fetchall()
            except (psycopg.ProgrammingError, psycopg.DataError) as error:
                raise _refused(error) from error

    async def _connection(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        try:
            return await psycopg.AsyncConnection.connect(
                self._database_url, autocommit=True, options=_OPTIONS, connect_timeout=10
            )
        except psycopg.ProgrammingError as error:
            raise BookRefused(f"LEEWAY_BOOK_URL: no address of a PostgreSQL: {error}") from None


_TEXTS = {25, 1043}
"""PostgreSQL's numbers of its types text and varchar."""


def _is_nothing(row: dict[str, str]) -> bool:
    """Nothing is overdue: the list may say so, instead of leaving the loan out."""
    told = [row[name] for name in ("balance", "balance_minor") if row.get(name)]
    return bool(told) and all(one == "0" for one in told)


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min
    if at.tzinfo is None:
        raise ValueError("as_of: not an instant with its offset; make the column timestamptz")
    return at.astimezone(UTC)


def _refused(error: psycopg.Error) -> BookRefused:
    words = str(error).splitlines()[0]
    return BookRefused(f"{VIEW}: {words}; docs/connecting/database-view.md has a view that can be read")
