"""`POST /v1/cases` and `/v1/cases/bulk`: overdue loans become cases, each episode once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Response
from pydantic import Field, ValidationError
from pydantic_core import to_json

from contracts.loan import LoanFacts, OverdueLoan
from contracts.loan_event import Instant
from entrypoints.access.gate import Calling, guarded
from entrypoints.book import Book, Placed, Placing
from entrypoints.problem import Problem, mistake
from entrypoints.routes.strictly import strictly
from lending.value import Strict, Value

LOANS_AT_MOST = 1000
"""In one request of many."""

_EXAMPLE = {
    "loan_id": "A-1001", "borrower_id": "B-101", "name": "Chen Jingyi", "balance_minor": 120000, "currency": "CNY",
    "overdue_since": "2026-10-20", "email": "chen@example.com", "phones": ["+8612000000001"], "language": "en",
    "country": "CN", "zones": ["Asia/Shanghai"], "policy": "platform-a",
}  # fmt: skip


class NewCase(LoanFacts):
    """A loan that is overdue. With `as_of`, when that was known, a loan that was cured before opens its next episode."""

    as_of: Instant | None = None


class CaseOpened(Value):
    """The case of the loan's episode. `already_closed`: it has ended, and the loan is not known to be overdue again."""

    loan_id: str
    case_id: str
    opening: Literal["opened", "already_open", "already_closed"]


class NewCases(Strict):
    """Up to a thousand loans, each as `POST /v1/cases` takes one; a row that cannot be read keeps no other back."""

    loans: Annotated[
        list[dict[str, Any]], Field(min_length=1, max_length=LOANS_AT_MOST, examples=[[_EXAMPLE]])
    ]


class Row(Value):
    """What became of one loan, in the order in which they were given."""

    loan_id: str | None
    opening: Literal["opened", "already_open", "already_closed", "refused"]
    case_id: str | None = None
    errors: tuple[dict[str, str], ...] = ()


class CasesOpened(Value):
    """How many of each, and each one."""

    counts: dict[str, int]
    rows: tuple[Row, ...]


def opening_routes(book: Book) -> APIRouter:
    """Ways for overdue loans to come in."""
    routes = guarded("/v1/cases", "cases")

    @routes.post(
        "", status_code=201, responses={200: {"model": CaseOpened, "description": "It was there already"}}
    )
    async def open_case(
        caller: Calling, told: Annotated[NewCase, strictly(NewCase), Body(examples=[_EXAMPLE])], response: Response
    ) -> CaseOpened:  # fmt: skip
        """Opens the case of an overdue loan; the same loan and episode again answers the same case."""
        placing, now = _placing(caller.lender, told), datetime.now(UTC)
        if unfit := book.unfit(placing.loan, now):
            field, _, reason = unfit.partition(": ")
            raise Problem(422, unfit, errors=[{"field": field, "reason": reason}])
        [placed] = await book.place_all([placing], now)
        opened = _opened(placing, placed)
        response.status_code = 201 if opened.opening == "opened" else 200
        return opened

    @routes.post("/bulk")
    async def open_cases(caller: Calling, told: NewCases) -> CasesOpened:
        """Opens many at once: good rows are opened, each other one is answered with its mistakes."""
        now = datetime.now(UTC)
        read = [_read(book, caller.lender, row, now) for row in told.loans]
        placings = [one for one in read if isinstance(one, Placing)]
        done = iter(zip(placings, await book.place_all(placings, now), strict=True))
        rows = [one if isinstance(one, Row) else _row(*next(done)) for one in read]
        return CasesOpened(counts=Counter(row.opening for row in rows), rows=tuple(rows))

    return routes


def _placing(lender: str, told: NewCase) -> Placing:
    facts = {name: getattr(told, name) for name in LoanFacts.model_fields}
    return Placing(OverdueLoan(lender=lender, **facts), told.as_of)


def _opened(placing: Placing, placed: Placed) -> CaseOpened:
    return CaseOpened.model_validate({"loan_id": placing.loan.loan_id, "case_id": placed.case_id,
                                      "opening": placed.opening.replace(" ", "_")})  # fmt: skip


def _row(placing: Placing, placed: Placed) -> Row:
    return Row.model_validate(_opened(placing, placed).model_dump())


def _read(book: Book, lender: str, told: Mapping[str, Any], now: datetime) -> Placing | Row:
    try:
        placing = _placing(lender, NewCase.model_validate_json(to_json(told)))
    except ValidationError as error:
        return _refused(told, [mistake({**item, "loc": ("body", *item["loc"])}) for item in error.errors()])
    if unfit := book.unfit(placing.loan, now):
        field, _, reason = unfit.partition(": ")
        return _refused(told, [{"field": field, "reason": reason}])
    return placing


def _refused(told: Mapping[str, Any], errors: Sequence[dict[str, str]]) -> Row:
    loan_id = told.get("loan_id")
    return Row(loan_id=loan_id if isinstance(loan_id, str) else None, opening="refused", errors=tuple(errors))
