"""A CRM over real HTTP: told at least once and kept once; what it says is read strictly."""

import asyncio
import json
import re
import socket
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from gateways.crm import (
    EVENTS_AT_MOST,
    BorrowerRef,
    CrmRefused,
    CrmUnavailable,
    HistoryEvent,
    Note,
    Owner,
    TokenRefused,
)
from gateways.crm_http import HttpCrm
from simulator.crm import Fault, StandInCrm

LI = BorrowerRef("harbour", "B-1")
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
URL = "https://crm.example/api/leeway"
NOTHING = {"owner": None, "notes": [], "mark": "1", "more": False}
SECRET = "her husband left"
NOTE = {"id": "n1", "text": SECRET, "author": "Ms Chen", "at": "2026-03-02T09:00:00Z"}

PAGE = (
    (Path(__file__).parents[2] / "docs" / "connecting.md")
    .read_text(encoding="utf-8")
    .split("\n# A CRM\n")[1]
    .split("\n# ")[0]
)
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture
async def stand_in() -> AsyncIterator[StandInCrm]:
    """A CRM of this test's own."""
    async with StandInCrm() as crm:
        yield crm


@pytest.fixture
async def crm(stand_in: StandInCrm) -> AsyncIterator[HttpCrm]:
    """The way to it, without waits between tries."""
    async with HttpCrm(stand_in.url, stand_in.token, timeout_seconds=5, waits_seconds=(0, 0)) as http:
        yield http


@pytest.fixture
async def odd() -> AsyncIterator[HttpCrm]:
    """The way to a CRM that answers as the test says."""
    async with HttpCrm(URL, "t", waits_seconds=(0, 0)) as http:
        yield http


def events(count: int, first: int = 0) -> list[HistoryEvent]:
    """Payments, one a minute."""
    return [
        HistoryEvent(id=f"case:harbour:L-1:1/{n}.0", kind="payment", at=AT + timedelta(minutes=n),
                     case_id="case:harbour:L-1:1", what="payment counted", facts={"amount_minor": n})
        for n in range(first, first + count)
    ]  # fmt: skip


def kept(stand_in: StandInCrm) -> list[str]:
    """The ids the CRM has of Li, in order."""
    return [event["id"] for event in stand_in.events.get(LI.borrower_id, [])]


def assert_tells_nothing(error: BaseException) -> None:
    """Neither the error nor what a log would print of it holds a note's words or the token."""
    told = "".join(traceback.format_exception(error)) + repr(error)

    assert SECRET not in told
    assert "the-stand-ins-token" not in told


class TestPush:
    async def test_brings_every_event_whole_and_in_order(self, stand_in: StandInCrm, crm: HttpCrm) -> None:
        await crm.push(LI, events(3))

        assert stand_in.events[LI.borrower_id] == [event.model_dump(mode="json") for event in events(3)]

    async def test_again_changes_nothing(self, stand_in: StandInCrm, crm: HttpCrm) -> None:
        await crm.push(LI, events(3))
        await crm.push(LI, events(4))

        assert kept(stand_in) == [event.id for event in events(4)]

    @pytest.mark.parametrize("faults", [["busy"], ["broken"], ["broken", "busy"]])
    async def test_tries_again_where_the_crm_says_to_come_back(
        self, stand_in: StandInCrm, crm: HttpCrm, faults: list[Fault]
    ) -> None:
        stand_in.fail_next(*faults)

        await crm.push(LI, events(2))

        assert kept(stand_in) == [event.id for event in events(2)]

    async def test_gives_up_for_now_after_three_tries(self, stand_in: StandInCrm, crm: HttpCrm) -> None:
        stand_in.fail_next("broken", "broken", "broken")

        with pytest.raises(CrmUnavailable, match="500"):
            await crm.push(LI, events(1))

        assert kept(stand_in) == []

    async def test_is_kept_once_when_the_answer_was_lost(self, stand_in: StandInCrm) -> None:
        stand_in.fail_next("hang_after_accept")

        async with HttpCrm(stand_in.url, stand_in.token, timeout_seconds=1, waits_seconds=(0,)) as crm:
            await crm.push(LI, events(2))

        assert kept(stand_in) == [event.id for event in events(2)]
        assert set(stand_in.deliveries.values()) == {2}

    async def test_takes_a_refusal_as_final_with_the_crms_words(
        self, stand_in: StandInCrm, crm: HttpCrm
    ) -> None:
        stand_in.fail_next("refuse", "refuse")

        with pytest.raises(CrmRefused, match="HTTP 422: the stand-in was asked to fail"):
            await crm.push(LI, events(1))

        assert stand_in.faults_left == 1  # and was asked once only

    async def test_with_a_wrong_token_says_which_setting_is_wrong(self, stand_in: StandInCrm) -> None:
        async with HttpCrm(stand_in.url, "wrong") as crm:
            with pytest.raises(TokenRefused, match=r"HTTP 401.*LEEWAY_CRM_TOKEN"):
                await crm.push(LI, events(1))

    async def test_is_bounded(self, stand_in: StandInCrm, crm: HttpCrm) -> None:
        await crm.push(LI, events(EVENTS_AT_MOST))
        with pytest.raises(ValueError, match="push at most 100"):
            await crm.push(LI, events(EVENTS_AT_MOST + 1))

        assert len(kept(stand_in)) == EVENTS_AT_MOST

    @respx.mock
    async def test_goes_under_a_key_of_its_events(self, odd: HttpCrm) -> None:
        def accepts(request: httpx.Request) -> httpx.Response:
            told = json.loads(request.content)["events"]
            return httpx.Response(200, json={"accepted": [event["id"] for event in told]})

        route = respx.post(f"{URL}/events").mock(side_effect=accepts)
        for sent in (events(2), events(2), events(3)):
            await odd.push(LI, sent)
        await odd.push(BorrowerRef("harbour", "B-2"), events(2))

        keys = [call.request.headers["Idempotency-Key"] for call in route.calls]
        assert keys[0] == keys[1]
        assert len(set(keys)) == 3

    @respx.mock
    @pytest.mark.parametrize(
        "body", ['{"accepted": []}', "{}", "[]", "", "<html>log in</html>", '{"accepted": [1]}']
    )
    async def test_is_not_accepted_until_the_crm_names_every_id(self, odd: HttpCrm, body: str) -> None:
        respx.post(f"{URL}/events").respond(200, text=body)

        with pytest.raises(CrmRefused):
            await odd.push(LI, events(2))

    async def test_to_nobody_may_be_tried_again(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

        async with HttpCrm(f"http://127.0.0.1:{port}", "t", waits_seconds=(0,)) as crm:
            with pytest.raises(CrmUnavailable, match="ConnectError"):
                await crm.push(LI, events(1))

    async def test_to_one_that_says_nothing_may_be_tried_again(self, stand_in: StandInCrm) -> None:
        stand_in.fail_next("hang")

        async with HttpCrm(stand_in.url, stand_in.token, timeout_seconds=0.2, waits_seconds=()) as crm:
            with pytest.raises(CrmUnavailable):
                await crm.push(LI, events(1))

    @respx.mock
    @pytest.mark.parametrize("status", [301, 307, 400, 404, 409, 410, 422])
    async def test_is_refused_for_good_by_these(self, odd: HttpCrm, status: int) -> None:
        route = respx.post(f"{URL}/events").respond(status, headers={"Location": "https://elsewhere.example"})

        with pytest.raises(CrmRefused, match=str(status)):
            await odd.push(LI, events(1))

        assert route.call_count == 1

    @respx.mock
    @pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
    async def test_is_tried_again_after_these(self, odd: HttpCrm, status: int) -> None:
        route = respx.post(f"{URL}/events").respond(status)

        with pytest.raises(CrmUnavailable, match=str(status)):
            await odd.push(LI, events(1))

        assert route.call_count == 3

    @respx.mock
    @pytest.mark.parametrize(("told", "waited"), [("7", 7), ("3600", 30), ("soon", 0), ("-1", 0), ("", 0)])
    async def test_waits_as_long_as_the_crm_says_within_reason(
        self, odd: HttpCrm, monkeypatch: pytest.MonkeyPatch, told: str, waited: float
    ) -> None:
        waits: list[float] = []

        async def slept(seconds: float) -> None:
            waits.append(seconds)

        monkeypatch.setattr(asyncio, "sleep", slept)
        busy = httpx.Response(429, headers={"Retry-After": told})
        ids = [event.id for event in events(1)]
        respx.post(f"{URL}/events").mock(side_effect=[busy, httpx.Response(200, json={"accepted": ids})])

        await odd.push(LI, events(1))

        assert waits == [waited]

    @respx.mock
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ('{"error": "borrower is archived"}', "HTTP 422: borrower is archived"),
            ('{"error": "\\u001b[31mred\\n"}', "HTTP 422: [31mred"),
            (json.dumps({"error": "x" * 900}), f"HTTP 422: {'x' * 200}"),
            ('{"error": 7}', "HTTP 422"), ("<html>no</html>", "HTTP 422"), ("[]", "HTTP 422"), ("\xff", "HTTP 422"),
        ],
    )  # fmt: skip
    async def test_shows_the_crms_words_short_and_printable(self, odd: HttpCrm, body: str, said: str) -> None:
        respx.post(f"{URL}/events").respond(422, content=body.encode("latin-1"))

        with pytest.raises(CrmRefused) as refused:
            await odd.push(LI, events(1))

        assert str(refused.value) == said


class TestOwnerAndNotes:
    async def test_are_told_whole_the_first_time(self, stand_in: StandInCrm, crm: HttpCrm) -> None:
        stand_in.owners[LI.borrower_id] = {"id": "u1", "name": "Ms Chen"}
        stand_in.note(LI.borrower_id, "n1", "Prefers e-mail.", "Ms Chen", AT)

        told = await crm.owner_and_notes(LI, None)

        assert told.owner == Owner(id="u1", name="Ms Chen")
        assert told.notes == (Note(id="n1", text="Prefers e-mail.", author="Ms Chen", at=AT),)
        assert told.more is False

    async def test_are_told_as_far_as_they_changed_after_the_mark(
        self, stand_in: StandInCrm, crm: HttpCrm
    ) -> None:
        for name in ("n1", "n2"):
            stand_in.note(LI.borrower_id, name, "t", "a", AT)
        mark = (await crm.owner_and_notes(LI, None)).mark
        stand_in.delete_note(LI.borrower_id, "n1")

        told = await crm.owner_and_notes(LI, mark)

        assert told.notes == (Note(id="n1", deleted=True),)
        assert (await crm.owner_and_notes(LI, told.mark)).notes == ()

    async def test_come_in_pages(self, stand_in: StandInCrm, crm: HttpCrm) -> None:
        for number in range(150):
            stand_in.note(LI.borrower_id, f"n{number}", "t", "a", AT)

        first = await crm.owner_and_notes(LI, None)
        second = await crm.owner_and_notes(LI, first.mark)

        assert (len(first.notes), first.more, len(second.notes), second.more) == (100, True, 50, False)

    async def test_of_an_id_that_looks_like_a_path_are_asked_for_as_they_are(
        self, stand_in: StandInCrm, crm: HttpCrm
    ) -> None:
        stand_in.owners["../B&since=1"] = {"id": "u1", "name": "Ms Chen"}

        assert (await crm.owner_and_notes(BorrowerRef("harbour", "../B&since=1"), None)).owner

    @respx.mock
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"mark": None}, "mark"), ({"mark": 7}, "mark"), ({"mark": ""}, "mark"), ({"more": "no"}, "more"),
            ({"owner": {"id": "u1"}}, "owner.name"), ({"owner": "Ms Chen"}, "owner"), ({"next": 1}, "next"),
            ({"notes": [NOTE | {"at": "yesterday"}]}, "notes.0.at"),
            ({"notes": [NOTE | {"at": "2026-03-02T09:00:00"}]}, "notes.0.at"),
            ({"notes": [NOTE | {"removed": True}]}, "notes.0.removed"),
            ({"notes": [NOTE | {"text": SECRET * 999}]}, "notes.0.text"),
            ({"notes": [{"id": "n1", "text": SECRET}]}, "notes.0"),
            ({"notes": [NOTE | {"id": ""}]}, "notes.0.id"), ({"notes": [NOTE] * 101}, "notes"),
        ],
    )  # fmt: skip
    async def test_are_refused_with_the_field_that_is_not_as_documented(
        self, odd: HttpCrm, changes: dict[str, Any], field: str
    ) -> None:
        respx.get(f"{URL}/borrower").respond(200, json=NOTHING | changes)

        with pytest.raises(CrmRefused, match=rf"HTTP 200, {re.escape(field)}: ") as refused:
            await odd.owner_and_notes(LI, None)

        assert_tells_nothing(refused.value)

    @respx.mock
    async def test_lose_what_a_terminal_would_obey(self, odd: HttpCrm) -> None:
        note = NOTE | {"text": "a\u001b[2J\u0000b\nc\u009b1m"}
        respx.get(f"{URL}/borrower").respond(200, json=NOTHING | {"notes": [note]})

        assert (await odd.owner_and_notes(LI, None)).notes[0].text == "a[2Jb\nc1m"

    @respx.mock
    async def test_longer_than_any_page_are_not_read_to_the_end(self, odd: HttpCrm) -> None:
        respx.get(f"{URL}/borrower").respond(200, content=b" " * (5 * 1024 * 1024))

        with pytest.raises(CrmRefused, match="longer than"):
            await odd.owner_and_notes(LI, None)


class TestSettings:
    @pytest.mark.parametrize(
        "url",
        ["", "crm.example", "ftp://crm.example/", "https:///x", "https://crm.example/?a=1", "http://x:port"],
    )
    def test_with_a_url_that_is_none_are_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="LEEWAY_CRM_URL"):
            HttpCrm(url, "t")

    @pytest.mark.parametrize("token", ["", "  ", "t\u00f6ken"])
    def test_with_a_token_that_is_none_are_refused(self, token: str) -> None:
        with pytest.raises(ValueError, match="LEEWAY_CRM_TOKEN"):
            HttpCrm(URL, token)


class TestThePage:
    @respx.mock
    async def test_shows_a_push_as_it_is_sent_and_answered(self, odd: HttpCrm) -> None:
        sent, answer, _ = EXAMPLES
        route = respx.post(f"{URL}/events").respond(200, json=answer)

        await odd.push(BorrowerRef(sent["lender"], sent["borrower_id"]),
                       [HistoryEvent.model_validate_json(json.dumps(event)) for event in sent["events"]])  # fmt: skip

        request = route.calls.last.request
        assert json.loads(request.content) == sent
        assert request.headers["Authorization"] == "Bearer t"

    @respx.mock
    async def test_shows_owner_and_notes_as_they_are_asked_for_and_told(self, odd: HttpCrm) -> None:
        route = respx.get(f"{URL}/borrower").respond(200, json=EXAMPLES[2])

        told = await odd.owner_and_notes(BorrowerRef("harbour", "B-201"), "17")

        [query] = re.findall(r"`GET /borrower\?(\S+)`", PAGE)
        assert dict(route.calls.last.request.url.params) == dict(httpx.QueryParams(query))
        assert told.owner == Owner(id="u-7", name="Ms Chen")
        assert [note.deleted for note in told.notes] == [False, True]

    def test_names_every_kind_of_event(self) -> None:
        migrations = (Path(__file__).parents[2] / "ledger" / "migrations").glob("*.sql")
        views = [
            text
            for file in sorted(migrations)
            if "view borrower_history" in (text := file.read_text("utf-8"))
        ]
        kinds = set(re.findall(r"\('\w+', '(\w+)', (?:true|false)\)", views[-1])) | {
            "call",
            "contact_reported",
        }

        named = PAGE[PAGE.index("Kinds: ") : PAGE.index("**`GET")]
        assert set(re.findall(r"`(\w+)`", named)) - {"reference", "withdrawn"} == kinds
