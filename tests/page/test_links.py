"""Who gets in by a link, and what everybody else is told: the same, to the byte."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from borrower import LENDER, LINKS, PRESS, URL, Borrower, Street, opened, sent, token_in

from contracts.delivery_receipt import DeliveryReceipt
from contracts.page_link import LINK_LIVES, PageLinks
from entrypoints.page.form_token import form_token
from entrypoints.page.visits import SESSION_LIVES, Visits
from entrypoints.page.words import LANGUAGES, words_in
from ledger.receipts import take_receipt
from statemachine.stage import Outcome

Answer = tuple[int, bytes, list[tuple[bytes, bytes]]]


def told(answer: httpx.Response) -> Answer:
    """All that somebody is told: status, body, headers in their order."""
    return answer.status_code, answer.content, answer.headers.raw


def tampered(token: str) -> str:
    """The token with one letter changed."""
    return ("b" if token[0] == "a" else "a") + token[1:]


@pytest.fixture
def clock() -> "Clock":
    """A clock that the test moves; it begins where cases on skipped time may be."""
    return Clock(datetime.now(UTC))


class Clock:
    """What time it is for the page."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class TestStart:
    async def test_is_the_same_for_a_link_that_opens_and_one_that_was_made_up(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            answers = [await browser.get(f"/{token}") for token in (borrower.token, tampered(borrower.token))]

        assert told(answers[0]) == told(answers[1])
        assert answers[0].status_code == 200

    async def test_tells_nothing_and_binds_nothing(self, street: Street, borrower: Borrower) -> None:
        """Link scanners come before the borrower does."""
        async with street.browser() as scanner:
            for _ in range(3):
                page = await scanner.get(f"/{borrower.token}")
                await scanner.head(f"/{borrower.token}")
            assert not scanner.cookies
        for personal in (borrower.loan.name, borrower.loan.loan_id, "1,200", borrower.token):
            assert personal not in page.text
        async with street.browser() as browser:
            assert (await opened(browser, borrower)).status_code == 200


class TestLinkThatDoesNotOpen:
    """Guessed, tampered, expired, replayed, of another lender, of a closed case, made with a key that is gone."""

    @pytest.fixture
    async def neutral(self, street: Street) -> Answer:
        """What is told of a link that never was."""
        async with street.browser() as browser:
            return told(await browser.post(f"/{'a' * 20}", data=PRESS))

    async def test_says_how_to_reach_the_lender(self, neutral: Answer) -> None:
        assert neutral[0] == 404
        for word in (b"care@harbour.example", b"\xe6\xad\xa4\xe9\xa1\xb5\xe9\x9d\xa2"):
            assert word in neutral[1]

    async def test_when_it_was_tampered_with(
        self, street: Street, borrower: Borrower, neutral: Answer
    ) -> None:
        async with street.browser() as browser:
            assert told(await browser.post(f"/{tampered(borrower.token)}", data=PRESS)) == neutral

    @pytest.mark.parametrize(
        "token", ["a", "A" * 20, "a" * 21, "a" * 19 + "1", "robots.txt", "..%2f", "%00", "图" * 20]
    )
    async def test_when_it_is_none(self, street: Street, neutral: Answer, token: str) -> None:
        async with street.browser() as browser:
            assert told(await browser.post(f"/{token}", data=PRESS)) == neutral

    async def test_when_another_browser_has_it(
        self, street: Street, borrower: Borrower, neutral: Answer
    ) -> None:
        async with street.browser() as first, street.browser() as second:
            await opened(first, borrower)
            assert told(await second.post(f"/{borrower.token}", data=PRESS)) == neutral
            again = await first.post(f"/{borrower.token}", data=PRESS)
            assert again.status_code == 303

    async def test_when_it_has_expired(
        self, street: Street, borrower: Borrower, neutral: Answer, clock: Clock
    ) -> None:
        async with street.browser(now=clock) as browser:
            await opened(browser, borrower)
            clock.now = (await street.time.now(borrower.handle)) + LINK_LIVES
            assert told(await browser.post(f"/{borrower.token}", data=PRESS)) == neutral
            assert told(await browser.get(f"/{borrower.token}/en")) == neutral

    async def test_when_nobody_reads_where_it_went(
        self, street: Street, borrower: Borrower, neutral: Answer
    ) -> None:
        """The address came back as unusable: whoever has it now gets nothing, nor does who had it open."""
        [contact] = await street.ledger.read("contacts", case_id=borrower.handle.id)
        async with street.browser() as first, street.browser() as second:
            page = await opened(first, borrower)
            assert page.status_code == 200
            bounce = DeliveryReceipt(reference=contact["key"], status="hard_bounce", code="5.1.1")
            assert await take_receipt(street.ledger, LENDER, bounce, datetime.now(UTC))
            assert told(await second.post(f"/{borrower.token}", data=PRESS)) == neutral
            assert told(await first.get(f"/{borrower.token}/en")) == neutral
            assert told(await first.post(f"/{borrower.token}", data=PRESS)) == neutral

    async def test_when_its_case_has_closed(
        self, street: Street, borrower: Borrower, neutral: Answer
    ) -> None:
        await borrower.tell("withdraw", reason="sold back", by="Ms Chen")
        async with street.browser() as browser:
            assert told(await browser.post(f"/{borrower.token}", data=PRESS)) == neutral

    async def test_when_it_is_of_another_lenders_book(
        self, street: Street, borrower: Borrower, neutral: Answer
    ) -> None:
        async with street.browser(lender="another-lender") as browser:
            assert told(await browser.post(f"/{borrower.token}", data=PRESS)) == neutral
        async with street.browser() as browser:
            await opened(browser, borrower)
            stolen = dict(browser.cookies)
        async with street.browser(lender="another-lender") as browser:
            browser.cookies.update(stolen)
            assert told(await browser.get(f"/{borrower.token}/en")) == neutral

    async def test_when_its_key_is_gone(self, street: Street, borrower: Borrower, neutral: Answer) -> None:
        newer = PageLinks(URL, ("n" * 32,))
        async with street.browser(links=newer) as browser:
            assert told(await browser.post(f"/{borrower.token}", data=PRESS)) == neutral
        async with street.browser(links=PageLinks(URL, ("n" * 32, "k" * 32))) as browser:
            assert (await browser.post(f"/{borrower.token}", data=PRESS)).status_code == 303

    @pytest.mark.parametrize("place", ["en", "en/promise", "en/plan", "fr", "en/none", "en/promise/x"])
    async def test_when_nobody_has_opened_it(
        self, street: Street, borrower: Borrower, neutral: Answer, place: str
    ) -> None:
        async with street.browser() as browser:
            assert told(await browser.get(f"/{borrower.token}/{place}")) == neutral

    async def test_runs_the_same_statements_as_one_that_opens(
        self, street: Street, borrower: Borrower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        read = type(street.ledger).read

        async def noting(ledger: Any, name: str, **params: Any) -> Any:
            asked.append(name)
            return await read(ledger, name, **params)

        monkeypatch.setattr(type(street.ledger), "read", noting)
        visits = Visits(street.ledger, LINKS, LENDER, lambda: datetime.now(UTC))
        runs = []
        for token in (borrower.token, tampered(borrower.token)):
            asked.clear()
            await visits.opened(token, "a browser's secret")
            runs.append(tuple(asked))

        assert runs[0] == runs[1]


class TestSession:
    async def test_keeps_its_secret_to_itself(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            answer = await browser.post(f"/{borrower.token}", data=PRESS)

        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Secure-leeway=")
        for said in ("HttpOnly", "Secure", "SameSite=strict", f"Path=/{borrower.token}", "Max-Age=2592000"):
            assert said in cookie, said
        assert borrower.token not in cookie.partition(";")[0]

    async def test_ends_after_half_an_hour_and_the_button_opens_it_again(
        self, street: Street, borrower: Borrower, clock: Clock
    ) -> None:
        async with street.browser(now=clock) as browser:
            await opened(browser, borrower)
            clock.now += SESSION_LIVES - timedelta(minutes=1)
            assert (await browser.get(f"/{borrower.token}/en")).status_code == 200
            clock.now += SESSION_LIVES - timedelta(minutes=1)  # counted from the last page
            assert (await browser.get(f"/{borrower.token}/en")).status_code == 200
            clock.now += SESSION_LIVES + timedelta(minutes=1)
            assert (await browser.get(f"/{borrower.token}/en")).status_code == 404
            assert (await opened(browser, borrower)).status_code == 200

    async def test_that_has_ended_loses_nothing_that_was_typed(
        self, street: Street, borrower: Borrower, clock: Clock
    ) -> None:
        async with street.browser(now=clock) as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/dispute"
            form = {"token": token_in(await browser.get(place)), "reason": "a long story, slowly written"}
            clock.now += SESSION_LIVES + timedelta(minutes=1)
            assert (await browser.get(f"/{borrower.token}/en")).status_code == 404
            answer = await browser.post(place, data=form)
            assert (answer.status_code, answer.headers["Location"]) == (
                303,
                f"/{borrower.token}/en?said=dispute",
            )
            assert (await browser.get(answer.headers["Location"])).status_code == 200

        [hold] = (await borrower.view()).case.holds
        assert hold.why == "a long story, slowly written"

    async def test_that_has_ended_is_renewed_by_its_own_browsers_own_form_alone(
        self, street: Street, borrower: Borrower, clock: Clock
    ) -> None:
        async with street.browser(now=clock) as browser, street.browser(now=clock) as stranger:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/dispute"
            form = {"token": token_in(await browser.get(place)), "reason": "not mine"}
            neutral = told(await stranger.post(f"/{'a' * 20}", data=PRESS))
            clock.now += SESSION_LIVES + timedelta(minutes=1)
            assert told(await stranger.post(place, data=form)) == neutral
            own = {**form, "token": form_token("s" * 43, "dispute")}
            cookie = {"Cookie": f"__Secure-leeway={'s' * 43}"}
            assert told(await stranger.post(place, data=own, headers=cookie)) == neutral
            assert told(await browser.post(place, data={**form, "token": "x"})) == neutral
            assert (await browser.get(f"/{borrower.token}/en")).status_code == 404
            clock.now = (await street.time.now(borrower.handle)) + LINK_LIVES
            assert told(await browser.post(place, data=form)) == neutral

        assert await borrower.lines("hold") == []

    async def test_says_kindly_that_a_case_has_closed(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            await borrower.tell("withdraw", reason="sold back", by="Ms Chen")
            for place in ("en", "en/promise"):
                page = await browser.get(f"/{borrower.token}/{place}")
                assert page.status_code == 200
                assert "no longer with us" in page.text
                assert borrower.loan.loan_id not in page.text
            assert (await opened(browser, borrower)).status_code == 200

    async def test_says_of_a_closed_case_whether_it_goes_on_elsewhere(
        self, street: Street, borrower: Borrower, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A matter that was sold or referred goes on: "nothing is open" would have somebody leave letters unread."""
        visit_of, outcomes = Visits.of, list(Outcome)

        async def closed(*given: Any, **named: Any) -> Any:
            visit = await visit_of(*given, **named)
            return visit and visit._replace(outcome=str(outcome))

        async with street.browser() as browser:
            await opened(browser, borrower)
            monkeypatch.setattr(Visits, "of", closed)
            for outcome, language in product(outcomes, LANGUAGES):
                page = await browser.get(f"/{borrower.token}/{language}")
                said = [
                    how for how in ("elsewhere", "closed") if words_in(language)(f"{how}.text") in page.text
                ]
                goes_on = outcome in (Outcome.REFERRED, Outcome.SOLD, Outcome.WITHDRAWN)
                assert said == (["elsewhere"] if goes_on else ["closed"]), (outcome, language)
                assert borrower.loan.loan_id not in page.text

    async def test_of_a_paid_case_says_that_nothing_is_open(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            await borrower.tell("payment", reference="P-1", amount_minor=120_000, currency="CNY")
            page = await browser.get(f"/{borrower.token}/en")

        assert "Nothing is open" in page.text

    async def test_of_one_borrower_never_shows_anothers_case(self, street: Street) -> None:
        one, other = await street.borrower(), await street.borrower()
        async with street.browser() as browser:
            page = await opened(browser, one)
            assert other.loan.loan_id not in page.text
            secret = browser.cookies["__Secure-leeway"]
            for place in ("en", "en/promise", "en/plan"):
                cookie = {"Cookie": f"__Secure-leeway={secret}"}
                answer = await browser.get(f"/{other.token}/{place}", headers=cookie)
                assert answer.status_code == 404
                assert other.loan.loan_id not in answer.text


class TestForm:
    async def test_of_another_site_is_refused(self, street: Street, borrower: Borrower) -> None:
        """Without the cookie, without the form's token, or said by the browser to come from elsewhere."""
        async with street.browser() as browser, street.browser() as stranger:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/dispute"
            token = token_in(await browser.get(place))
            form = {"token": token, "reason": "not mine"}
            neutral = told(await stranger.post(f"/{'a' * 20}", data=PRESS))
            elsewhere = {"Sec-Fetch-Site": "cross-site"}
            assert told(await stranger.post(place, data=form)) == neutral
            assert told(await browser.post(place, data={"reason": "not mine"})) == neutral
            assert told(await browser.post(place, data=form | {"token": f"{token}x"})) == neutral
            assert told(await browser.post(place, data=form, headers=elsewhere)) == neutral
            assert told(await browser.post(f"/{borrower.token}", data=PRESS, headers=elsewhere)) == neutral
            assert await borrower.lines("hold") == []
            assert (await browser.post(place, data=form)).status_code == 303

    async def test_of_another_place_or_browser_is_refused(self, street: Street) -> None:
        one, other = await street.borrower(), await street.borrower()
        async with street.browser() as browser, street.browser() as second:
            await opened(browser, one)
            await opened(second, other)
            token = token_in(await browser.get(f"/{one.token}/en/promise"))
            form = {"token": token, "reason": "not mine"}
            assert (await browser.post(f"/{one.token}/en/dispute", data=form)).status_code == 404
            assert (await second.post(f"/{other.token}/en/dispute", data=form)).status_code == 404
        assert await one.lines("hold") == await other.lines("hold") == []

    async def test_that_is_sent_again_later_is_confirmed_and_counts_once(
        self, street: Street, borrower: Borrower
    ) -> None:
        day = (await street.time.now(borrower.handle)).date() + timedelta(days=5)
        async with street.browser() as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/promise"
            form = {"token": token_in(await browser.get(place)), "amount": "1200", "due_on": str(day)}
            answers = [await browser.post(place, data=form) for _ in range(3)]

        assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
            (303, f"/{borrower.token}/en?said=promise")
        }
        assert len(await borrower.lines("promise")) == 1

    async def test_names_the_fields_to_check_and_changes_nothing(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            answer = await sent(browser, borrower, "promise", amount="-5", due_on="2020-01-01")

        assert answer.status_code == 422
        assert "<title>Please check:" in answer.text
        for field in ("amount", "due_on"):
            assert f'href="#{field}"' in answer.text
            assert f'id="{field}-error"' in answer.text
            assert f'aria-describedby="{field}-hint {field}-error"' in answer.text
        assert await borrower.lines("promise") == []
