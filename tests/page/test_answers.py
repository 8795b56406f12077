"""What every answer of the page has, and what none has: headers, sizes, pace, hostile words."""

import re

import httpx
import psycopg
import pytest
from borrower import PRESS, VOICE, Borrower, Street, opened, sent

from entrypoints.page.guard import BODY_AT_MOST_BYTES
from entrypoints.page.pace import Pace, network_of
from entrypoints.page.words import LANGUAGES, words_in

HOSTILE = "<script>alert(1)</script>\u202e \"'><img src=x onerror=alert(1)>{{7*7}}"


async def every_answer(browser: httpx.AsyncClient, borrower: Borrower) -> dict[str, httpx.Response]:
    """One of each kind."""
    return {
        "start": await browser.get(f"/{borrower.token}"),
        "bound": await browser.post(f"/{borrower.token}", data=PRESS),
        "home": await browser.get(f"/{borrower.token}/en"),
        "form": await browser.get(f"/{borrower.token}/en/budget"),
        "wrong": await sent(browser, borrower, "promise", amount="x"),
        "taken": await sent(browser, borrower, "dispute", reason="not mine"),
        "no such page": await browser.get("/docs/none/such/page"),
        "no such method": await browser.put(f"/{borrower.token}"),
        "too large": await browser.post(
            f"/{borrower.token}/en/dispute", data={"reason": "x" * (BODY_AT_MOST_BYTES + 1)}
        ),
        "no form": await browser.post(f"/{borrower.token}/en/dispute", json={"reason": "x"}),
        "style": await browser.get("/page.css"),
        "health": await browser.get("/healthz"),
    }


class TestEveryAnswer:
    async def test_has_the_headers_that_keep_it_private(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            answers = await every_answer(browser, borrower)

        for name, answer in answers.items():
            headers = answer.headers
            assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';"), (
                name
            )
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], name
            assert headers["Cache-Control"] == "no-store", name
            assert headers["Referrer-Policy"] == "no-referrer", name
            assert headers["X-Robots-Tag"] == "noindex, nofollow", name
            assert headers["X-Content-Type-Options"] == "nosniff", name
            assert headers["Strict-Transport-Security"], name
            assert not {"server", "allow", "x-powered-by"} & set(headers), name

    async def test_has_no_script_and_nothing_from_elsewhere(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            answers = await every_answer(browser, borrower)

        for name, answer in answers.items():
            assert not re.search(r"<script|\son\w+=|javascript:|https?://|style=", answer.text), name

    async def test_has_the_status_that_fits_and_no_trace(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            answers = await every_answer(browser, borrower)

        assert {name: answer.status_code for name, answer in answers.items()} == {
            "start": 200, "bound": 303, "home": 200, "form": 200, "wrong": 422, "taken": 303, "no such page": 404,
            "no such method": 405, "too large": 413, "no form": 404, "style": 200, "health": 200,
        }  # fmt: skip
        shut = answers["no such page"].content
        for name in ("no such method", "too large", "no form"):
            assert answers[name].content == shut, name

    @pytest.mark.parametrize("error", [ZeroDivisionError("Li Wei"), psycopg.OperationalError("Li Wei")])
    async def test_of_something_unforeseen_is_neutral_and_logs_no_words(
        self, street: Street, borrower: Borrower, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
        error: Exception,
    ) -> None:  # fmt: skip
        async def broken(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("entrypoints.page.visits.Visits.of", broken)
        async with street.browser() as browser:
            answer = await browser.get(f"/{borrower.token}/en")

        assert answer.status_code == (503 if isinstance(error, psycopg.OperationalError) else 500)
        assert "Please try again in a moment" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Li Wei" not in answer.text + caplog.text


class TestHostileWords:
    async def test_of_a_form_are_shown_as_words(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            answer = await sent(browser, borrower, "promise", amount=HOSTILE, due_on=HOSTILE)

        assert "&lt;script&gt;" in answer.text
        assert "<script" not in answer.text
        assert "<img" not in answer.text

    async def test_of_a_lender_are_shown_as_words(self, street: Street, borrower: Borrower) -> None:
        voice = VOICE.model_copy(update={"name": HOSTILE, "reply_to": HOSTILE, "help_line": HOSTILE})
        async with street.browser(voice=voice) as browser:
            pages = [await browser.get(f"/{borrower.token}"), await opened(browser, borrower)]

        for page in pages:
            assert "&lt;script&gt;" in page.text
            assert "<script" not in page.text
            assert "\u202e" not in page.text
            assert "49" not in re.findall(r"\{\{.*?\}\}|\b49\b", page.text)

    async def test_as_a_name_are_not_shown_at_all(self, street: Street) -> None:
        borrower = await street.borrower(name="<script>Li</script>Wei")
        async with street.browser() as browser:
            page = await opened(browser, borrower)

        assert "Wei" not in page.text

    async def test_of_a_restricted_hold_are_nowhere(self, street: Street, borrower: Borrower) -> None:
        await borrower.tell("hold", reason="bereavement", note="his mother", support_need="time")
        async with street.browser() as browser:
            page = await opened(browser, borrower)

        assert "Routine messages are paused for now" in page.text
        for word in ("bereavement", "mother", "restricted", "hold"):
            assert word not in page.text.lower().replace("household", "").replace("press and hold", ""), word

    async def test_in_an_address_confirm_nothing(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            page = await browser.get(f"/{borrower.token}/en", params={"said": HOSTILE})

        assert page.status_code == 200
        assert 'class="said"' not in page.text


class TestPace:
    def test_lets_so_many_through_and_begins_again(self) -> None:
        now = [0.0]
        pace = Pace(2, 60.0, lambda: now[0])

        assert [pace.allows("a") for _ in range(3)] == [True, True, False]
        assert pace.allows("b")
        now[0] = 60.0
        assert pace.allows("a")

    def test_takes_a_home_for_one(self) -> None:
        assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9")
        assert network_of("2001:db8:1:3::4") != network_of("2001:db8:1:2::4")
        assert network_of("192.0.2.1") != network_of("192.0.2.2")

    async def test_too_fast_is_answered_neutrally(
        self, street: Street, borrower: Borrower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("entrypoints.page.app._POSTS_PER_LINK", 2)
        async with street.browser() as browser:
            answers = [await browser.post(f"/{borrower.token}", data=PRESS) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [303, 303, 429]
        assert borrower.loan.loan_id not in answers[-1].text
        says_to_wait(answers[-1])

    async def test_of_one_address_too_fast_is_told_when_to_come_again(
        self, street: Street, borrower: Borrower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("entrypoints.page.app._ASKINGS_PER_ADDRESS", 2)
        async with street.browser() as browser:
            answers = [await browser.get(f"/{borrower.token}") for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        says_to_wait(answers[-1])


def says_to_wait(answer: httpx.Response) -> None:
    """In every language, and to a machine: nothing is shut for good."""
    assert answer.headers["Retry-After"] == "60"
    for language in LANGUAGES:
        assert words_in(language)("later.title") in answer.text
