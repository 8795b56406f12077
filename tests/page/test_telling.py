"""What is said on the page, in the case and in its ledger: on the real servers."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from borrower import Borrower, Street, opened, sent, token_in


def fingerprint_in(page: httpx.Response) -> str:
    """Which plan a page shows."""
    found = re.search(r'name="agrees" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def today(street: Street, borrower: Borrower) -> Any:
    """The borrower's day on the case's own clock."""
    return (await street.time.now(borrower.handle)).date()


class TestHome:
    async def test_says_what_is_owed_and_why(self, street: Street, borrower: Borrower) -> None:
        await borrower.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
        async with street.browser() as browser:
            page = await opened(browser, borrower)

        assert page.status_code == 200
        for said in ("CNY 1,000.00", "CNY 1,200.00", "− CNY 200.00", borrower.loan.loan_id):
            assert said in page.text, said


class TestForm:
    async def test_becomes_an_update_and_a_line(self, street: Street, borrower: Borrower) -> None:
        day = await today(street, borrower) + timedelta(days=10)
        async with street.browser() as browser:
            await opened(browser, borrower)
            answer = await sent(browser, borrower, "promise", amount="300", due_on=str(day))

            assert (answer.status_code, answer.headers["Location"]) == (
                303,
                f"/{borrower.token}/en?said=promise",
            )
            page = await browser.get(answer.headers["Location"])
        assert "Your promise is noted" in page.text
        [line] = await borrower.lines("promise")
        assert line["facts"] == {"amount_minor": 30_000, "due_on": str(day)}

    async def test_sent_twice_counts_once(self, street: Street, borrower: Borrower) -> None:
        day = await today(street, borrower) + timedelta(days=10)
        async with street.browser() as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/promise"
            data = {"token": token_in(await browser.get(place)), "amount": "300", "due_on": str(day)}
            answers = await asyncio.gather(*[browser.post(place, data=data) for _ in range(2)])

        assert [answer.status_code for answer in answers] == [303, 303]
        assert len(await borrower.lines("promise")) == 1

    @pytest.mark.parametrize(
        ("form", "fields", "kind", "said"),
        [
            ("dispute", {"reason": "I paid on Monday"}, "hold", "dispute"),
            ("difficulty", {"needs": ["pause", "evening"], "words": "a letter"}, "hold", "difficulty"),
            ("contact", {"stop": ["sms"], "not_before": "10:00", "not_on": ["sun"], "language": "zh-TW"}, "preference",
             "contact"),
            ("complaint", {"about": "conduct", "text": "called at work"}, "complaint", "complaint"),
            ("plan", {"declines": "yes"}, "absorbed", ""),
        ],
    )  # fmt: skip
    async def test_is_taken_in(
        self, street: Street, borrower: Borrower, form: str, fields: dict[str, Any], kind: str, said: str
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            answer = await sent(browser, borrower, form, **fields)

        assert answer.status_code == (303 if said else 422), answer.text
        assert len(await borrower.lines(kind)) == 1
        if said:
            assert answer.headers["Location"].endswith(f"?said={said}")

    async def test_keeps_the_need_out_of_the_ledger_and_in_the_case(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            await sent(browser, borrower, "difficulty", needs=["evening"], words="calls to my sister")

        [hold] = (await borrower.view()).case.holds
        assert (hold.by, hold.support_need) == ("borrower", "Contact in the evening; calls to my sister")
        assert "sister" not in str(await borrower.lines("hold"))


class TestPlan:
    async def test_that_is_shown_is_the_one_that_is_agreed(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/plan"
            shown = await browser.get(place)
            agreed = await browser.post(
                place, data={"token": token_in(shown), "agrees": fingerprint_in(shown)}
            )
            page = await browser.get(agreed.headers["Location"])

        case = (await borrower.view()).case
        assert case.stage == "plan_active"
        assert case.plan is not None
        assert shown.text.count("<tr>") - 1 == len(case.plan.instalments)
        assert "Your plan is agreed" in page.text

    async def test_that_is_named_is_looked_at_before_it_is_agreed(
        self, street: Street, borrower: Borrower
    ) -> None:
        first = await today(street, borrower) + timedelta(days=20)
        async with street.browser() as browser:
            await opened(browser, borrower)
            named = {"parts": "3", "first_due_on": str(first), "proposes": "yes"}
            review = await sent(browser, borrower, "plan", **named)
            assert "Is this right?" in review.text
            assert (await borrower.view()).case.plan is None
            agreed = {**named, "agrees": fingerprint_in(review), "token": token_in(review)}
            del agreed["proposes"]
            await browser.post(f"/{borrower.token}/en/plan", data=agreed)

        plan = (await borrower.view()).case.plan
        assert plan is not None
        assert [part.amount_minor for part in plan.instalments] == [40_000] * 3
        assert plan.instalments[0].due_on == first

    async def test_that_is_not_the_one_that_was_shown_is_not_agreed(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            answer = await sent(browser, borrower, "plan", agrees="another")

        assert answer.status_code == 422
        assert "The plan has changed" in answer.text
        assert (await borrower.view()).case.plan is None

    async def test_follows_from_a_budget(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            figures = {"wages": "5,000", "housing": "2000", "food": "2000.50", "payday": "5", "adults": "2"}
            answer = await sent(browser, borrower, "budget", **figures)
            page = await browser.get(answer.headers["Location"])
            assert "leaves you what you need first" in page.text
            agreed = await browser.post(
                f"/{borrower.token}/en/plan",
                data={"token": token_in(page), "agrees": fingerprint_in(page)},
            )

        assert agreed.status_code == 303
        assert (await borrower.view()).case.stage == "plan_active"

    async def test_above_what_a_budget_leaves_is_answered_with_the_nearest(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            await sent(browser, borrower, "budget", wages="5000", housing="2000", food="2700", payday="5")
            answer = await sent(browser, borrower, "plan", proposes="yes", parts="2")
            page = await browser.get(answer.headers["Location"])

        assert answer.headers["Location"].endswith("/plan?said=plan_nearest"), answer.text
        assert "the nearest that does" in page.text

    async def test_is_a_pause_where_nothing_is_left(self, street: Street, borrower: Borrower) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            answer = await sent(browser, borrower, "budget", wages="1000", housing="2000")
            page = await browser.get(answer.headers["Location"])

        assert "leave nothing for a plan, and that is all right" in page.text
        assert [hold.reason for hold in (await borrower.view()).case.holds] == ["hardship"]
