"""`/v1/calendars/{token}.ics`: a person's calendar under a secret address, since calendar programs send no bearer token."""

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Response

from entrypoints.access.gate import guarded
from gateways.visit_calendar import visit_calendar
from ledger.calendar_link import CalendarLinks
from ledger.store import Ledger

_HEADERS = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}


class Feed(Response):
    """iCalendar."""

    media_type = "text/calendar; charset=utf-8"


def calendar_routes(ledger: Ledger, lender: str) -> APIRouter:
    """The calendars of one lender's people. A wrong or ended address answers as one that never was."""
    routes = guarded("/v1/calendars", "calendars")
    links = CalendarLinks(ledger, lender)

    @routes.get("/{token}.ics", response_class=Feed)
    async def calendar(token: str) -> Feed:
        """Calls and visits of the person who was given this address."""
        person = await links.person(token)
        if person is None:
            raise HTTPException(404)
        feed = visit_calendar(await links.tasks(person, datetime.now(UTC)), person, lender)
        return Feed(feed, headers=_HEADERS)

    return routes
