"""Fineract's REST API: what is read of loans, and the pauses that are written."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from gateways.fineract.access import Access
from gateways.fineract.book import BookAddress, BookClient, BookLoan, BookPart, Day, Debtor, ListedLoan, read
from gateways.fineract.refusal import FineractRefused, FineractUnavailable, NoSuchLoan

_LONGEST_WAIT_SECONDS = 60.0
_LONGEST_ANSWER_BYTES = 32 * 1024 * 1024
_COME_BACK = {408, 425, 429}


class LoanPage(NamedTuple):
    """Some rows of the list of loans, and how many there are in all."""

    rows: list[ListedLoan]
    total: int


class _Today(BookPart):
    type: str
    date: Day


class _Action(BookPart):
    action: str
    start_date: Day


class FineractApi:
    """`async with FineractApi(access) as fineract:`. Every verb raises FineractUnavailable once its tries are used up,
    and FineractRefused for a no and for an answer that cannot be used. ValueError for a bad address."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._base = _base(access.url)
        self.answered_at: datetime | None = None
        """The latest instant that Fineract's own clock can have shown in an answer so far."""
        headers = {"Fineract-Platform-TenantId": access.tenant, "Accept": "application/json"}
        if access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        self._client = httpx.AsyncClient(
            headers=headers,
            auth=httpx.BasicAuth(access.user, access.password) if access.user and not access.token else None,
            timeout=access.timeout_seconds,
            mounts={"all://127.0.0.1": None, "all://localhost": None},  # no proxy leads to this machine
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def business_date(self) -> date | None:
        """Fineract's own today; None where it keeps none and lives by its tenant's calendar."""
        try:
            return read(_Today, await self._get("businessdate/BUSINESS_DATE"), "businessdate").date
        except NoSuchLoan:
            return None

    async def loans(self, offset: int, limit: int) -> LoanPage:
        """Rows of the list by id; the list knows no better place than an offset."""
        asked = {"offset": offset, "limit": limit, "orderBy": "id", "sortOrder": "ASC"}
        page = await self._get("loans", asked)
        rows, total = (
            (page.get("pageItems"), page.get("totalFilteredRecords"))
            if isinstance(page, dict)
            else (None, None)
        )
        if not isinstance(rows, list) or not isinstance(total, int):
            raise FineractRefused("loans: a page has totalFilteredRecords and pageItems")
        return LoanPage([read(ListedLoan, row, f"loans: pageItems.{n}") for n, row in enumerate(rows)], total)

    async def loan(self, loan_id: int) -> BookLoan:
        """The loan with its transactions. Raises NoSuchLoan."""
        body = await self._get(f"loans/{loan_id}", {"associations": "transactions"})
        return read(BookLoan, body, f"loans/{loan_id}")

    async def debtor(self, client_id: int) -> Debtor:
        """The client, with their first address in use where the book keeps addresses."""
        client = read(BookClient, await self._get(f"clients/{client_id}"), f"clients/{client_id}")
        try:
            listed = await self._get(f"client/{client_id}/addresses")
        except FineractRefused:
            return Debtor(client)
        place = f"client/{client_id}/addresses"
        rows = [read(BookAddress, one, place) for one in listed] if isinstance(listed, list) else []
        return Debtor(client, next((one for one in rows if one.is_active), None))

    async def resumed_on(self, loan_id: int) -> list[date]:
        """The days on which a pause of the loan was ended early."""
        listed = await self._get(f"loans/{loan_id}/delinquency-actions")
        if not isinstance(listed, list):
            raise FineractRefused(f"loans/{loan_id}/delinquency-actions: a list is expected")
        actions = [
            read(_Action, one, f"loans/{loan_id}/delinquency-actions.{n}") for n, one in enumerate(listed)
        ]
        return [one.start_date for one in actions if one.action.upper() == "RESUME"]

    async def pause(self, loan_id: int, start_on: date, end_on: date) -> None:
        """No delinquency is counted from the first day to before the last. Raises FineractRefused with Fineract's word.

        Tried once: what became of a try without an answer is seen in the loan.
        """
        days = {"startDate": start_on.isoformat(), "endDate": end_on.isoformat()}
        await self._act(loan_id, {"action": "pause"} | days)

    async def resume(self, loan_id: int, on: date) -> None:
        """Ends the pause in force on Fineract's own today, which `on` must be. Tried once, as `pause` is."""
        await self._act(loan_id, {"action": "resume", "startDate": on.isoformat()})

    async def _act(self, loan_id: int, action: Mapping[str, str]) -> None:
        body = {**action, "dateFormat": "yyyy-MM-dd", "locale": "en"}
        url = f"{self._base}/loans/{loan_id}/delinquency-actions"
        try:
            await self._try(self._client.build_request("POST", url, json=body))
        except _Again as again:
            raise FineractUnavailable(str(again)) from None

    async def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        request = self._client.build_request("GET", f"{self._base}/{path}", params=dict(params or {}))
        for wait_seconds in (*self._access.waits_seconds, None):
            try:
                return await self._try(request)
            except _Again as again:
                if wait_seconds is None:
                    raise FineractUnavailable(str(again)) from None
                await asyncio.sleep(max(wait_seconds, again.wait_seconds))
        raise AssertionError("the last try either answers or raises")

    async def _try(self, request: httpx.Request) -> Any:
        try:
            async with asyncio.timeout(self._access.timeout_seconds):
                reply = await self._client.send(request, stream=True)
                try:
                    body = await _body(reply)
                finally:
                    await reply.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            raise _Again(f"{type(error).__name__}: Fineract did not answer") from None
        self._note_clock(reply)
        _check(reply, body, request.url.path)
        try:
            return json.loads(body, parse_float=Decimal)
        except (ValueError, ArithmeticError, RecursionError):
            raise FineractRefused(f"{request.url.path}: HTTP {reply.status_code}, but no JSON") from None

    def _note_clock(self, reply: httpx.Response) -> None:
        with suppress(ValueError, TypeError):
            at = parsedate_to_datetime(reply.headers.get("Date", "")).astimezone(UTC) + timedelta(seconds=1)
            self.answered_at = max(at, self.answered_at or at)


class _Again(Exception):
    """Not now; perhaps after `wait_seconds`."""

    def __init__(self, reason: str, wait_seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


async def _body(reply: httpx.Response) -> bytes:
    body = bytearray()
    async for part in reply.aiter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER_BYTES:
            raise FineractRefused(f"HTTP {reply.status_code}: longer than {_LONGEST_ANSWER_BYTES} bytes")
    return bytes(body)


def _check(reply: httpx.Response, body: bytes, path: str) -> None:
    """Raises what a status other than 2xx means."""
    status = reply.status_code
    if reply.is_success:
        return
    if status in _COME_BACK or status >= 500:
        told = reply.headers.get("Retry-After", "")
        wait_seconds = min(float(told), _LONGEST_WAIT_SECONDS) if told.isascii() and told.isdigit() else 0.0
        raise _Again(f"HTTP {status}: Fineract says to come back", wait_seconds)
    if status == 404:
        raise NoSuchLoan(f"{path}: Fineract has nothing there")
    said = _words(body)
    where = "; see LEEWAY_FINERACT_USER, LEEWAY_FINERACT_TOKEN" if status in (401, 403) else ""
    raise FineractRefused(f"{path}: HTTP {status}{said}{where}")


def _words(body: bytes) -> str:
    """Fineract's code for what is wrong; its sentences may name a person and are not shown."""
    try:
        told = json.loads(body)
        errors = told.get("errors") or [told]
        code = errors[0].get("userMessageGlobalisationCode")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
    printable = "".join(letter for letter in code if letter.isprintable()) if isinstance(code, str) else ""
    return f": {printable[:200]}" if printable else ""


def _base(url: str) -> str:
    """The address without a closing slash. The error says nothing of it: there may be a login in it."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.query or parsed.fragment:
        raise ValueError("LEEWAY_FINERACT_URL: no address: write https://host/fineract-provider/api/v1")
    return str(parsed).rstrip("/")
