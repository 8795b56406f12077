"""What is said on the page, in the case and in its ledger: on the real servers."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from borrower import Borrower, Street, barred, opened, sent, token_in

from entrypoints.page.form_token import form_token


def fingerprint_in(page: httpx.Response) -> str:
    """Which plan a page shows."""
    found = re.search(r'name="agrees" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def as_shown(page: httpx.Response) -> dict[str, Any]:
    """What a browser sends of a form that nobody has touched."""
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", page.text):
        told = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if told.get("type") not in ("checkbox", "radio") or " checked" in tag:
            fields.setdefault(told["name"], []).append(told["value"])
    return fields


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

    async def test_says_how_the_sum_comes_about_where_the_loan_system_has_corrected_it(
        self, street: Street, borrower: Borrower
    ) -> None:
        """What the page shows adds up: opened, less what was paid, and the correction beside it."""
        await borrower.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
        await borrower.tell("balance", overdue_minor=130_000, currency="CNY")
        await borrower.tell("payment", reference="P-2", amount_minor=10_000, currency="CNY")
        async with street.browser() as browser:
            page = await opened(browser, borrower)

        sums = re.findall(r"<dd>([+−]?) ?CNY ([0-9,.]+)</dd>", page.text)
        *parts, total = [(sign, float(amount.replace(",", ""))) for sign, amount in sums]
        assert parts == [("", 1200.0), ("−", 200.0), ("−", 100.0), ("+", 300.0)]
        assert total == ("", sum(-amount if sign == "−" else amount for sign, amount in parts))
        assert "Changed in our books, as of" in page.text

    async def test_says_nothing_of_a_correction_where_there_is_none(
        self, street: Street, borrower: Borrower
    ) -> None:
        await borrower.tell("balance", overdue_minor=120_000, currency="CNY")
        async with street.browser() as browser:
            page = await opened(browser, borrower)

        assert "Changed in our books" not in page.text
        assert "We have counted no payment" in page.text


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


class TestContactForm:
    async def test_that_was_open_while_another_device_stopped_a_channel_does_not_allow_it_again(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/contact"
            stale = as_shown(await browser.get(place))
            elsewhere = {"stop": ["sms"], "not_before": "10:00", "not_on": ["sun"], "language": "zh-TW"}
            await borrower.tell("contact_preference", **elsewhere)
            answer = await browser.post(place, data=stale | {"stop": ["phone"]})

        assert answer.status_code == 303
        case = (await borrower.view()).case
        wishes = case.wishes
        assert (set(wishes.stopped), f"{wishes.not_before}", wishes.not_on) == (
            {"sms", "phone"},
            "10:00:00",
            ("sun",),
        )
        assert case.account.language == "zh-TW"

    async def test_allows_what_it_showed_as_stopped_and_what_is_no_longer_ticked(
        self, street: Street, borrower: Borrower
    ) -> None:
        wishes = {
            "stop": ["sms", "visit"],
            "not_before": "10:00",
            "not_after": "17:00",
            "not_on": ["sun", "sat"],
        }
        await borrower.tell("contact_preference", **wishes)
        async with street.browser() as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/contact"
            shown = as_shown(await browser.get(place))
            assert (shown["stop"], shown["not_on"]) == (["sms", "visit"], ["sat", "sun"])
            changed = {"stop": ["visit"], "not_before": "", "not_on": ["sun"]}
            await browser.post(place, data=shown | changed)

        kept = (await borrower.view()).case.wishes
        assert (kept.stopped, f"{kept.not_before}", f"{kept.not_after}", kept.not_on) == (
            ("visit",), "00:00:00", "17:00:00", ("sun",),
        )  # fmt: skip

    async def test_keeps_what_it_showed_first_when_it_comes_back_with_a_mistake(
        self, street: Street, borrower: Borrower
    ) -> None:
        async with street.browser() as browser:
            await opened(browser, borrower)
            place = f"/{borrower.token}/en/contact"
            stale = as_shown(await browser.get(place))
            await borrower.tell("contact_preference", stop=["sms"])
            again = as_shown(await browser.post(place, data=stale | {"not_before": "later"}))
            await browser.post(place, data=again | {"not_before": "11:00"})

        wishes = (await borrower.view()).case.wishes
        assert (wishes.stopped, f"{wishes.not_before}") == (("sms",), "11:00:00")


class TestPromise:
    async def test_beside_an_open_one_has_the_last_day_that_the_case_takes(
        self, street: Street, borrower: Borrower
    ) -> None:
        made_at = await street.time.now(borrower.handle)
        first = made_at.astimezone(ZoneInfo("Asia/Shanghai")).date()
        await borrower.tell("promise", amount_minor=10_000, due_on=str(first + timedelta(days=62)))
        await street.time.advance(borrower.handle, timedelta(days=10))
        async with street.browser() as browser:
            await opened(browser, borrower)
            last = first + timedelta(days=62)
            page = await browser.get(f"/{borrower.token}/en/promise")
            assert f"to {last.day} {last:%B %Y}." in page.text
            late = await sent(browser, borrower, "promise", amount="50", due_on=str(last + timedelta(days=1)))
            taken = await sent(browser, borrower, "promise", amount="50", due_on=str(last))

        assert (late.status_code, taken.status_code) == (422, 303)


class TestTimeBarredDebt:
    """What could make it enforceable again is not offered, and the page says why."""

    async def test_offers_no_plan_promise_or_budget_and_says_why(self, street: Street) -> None:
        borrower = await barred(street)
        async with street.browser() as browser:
            page = await opened(browser, borrower)
            assert "The period in which this debt could be enforced has passed" in page.text
            for name in ("plan", "promise", "budget"):
                assert f"/en/{name}" not in page.text, name
                answer = await browser.get(f"/{borrower.token}/en/{name}")
                assert (answer.status_code, answer.headers["Location"]) == (303, f"/{borrower.token}/en")
            for name in ("dispute", "difficulty", "contact", "complaint"):
                assert f"/en/{name}" in page.text, name

    async def test_takes_none_of_them_from_a_form_that_was_open_before(self, street: Street) -> None:
        borrower = await barred(street)
        day = await today(street, borrower)
        forms = {
            "promise": {"amount": "10", "due_on": str(day)}, "budget": {"wages": "5000"},
            "plan": {"parts": "2", "agrees": "x"},
        }  # fmt: skip
        async with street.browser() as browser:
            await opened(browser, borrower)
            for name, fields in forms.items():
                token = form_token(browser.cookies["__Secure-leeway"], name)
                answer = await browser.post(f"/{borrower.token}/en/{name}", data={"token": token, **fields})
                assert answer.headers["Location"] == f"/{borrower.token}/en", name

        assert await borrower.lines("promise", "budget", "plan", "plan_offered", "absorbed") == []
        assert (await borrower.view()).case.is_time_barred


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
