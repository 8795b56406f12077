"""Every page and state in every language: nothing axe minds, nothing that scrolls sideways, from a small telephone to a
desk. The pictures lie in build/page."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from borrower import VOICE, Borrower, Street, barred
from playwright.async_api import Browser, Page, expect
from window import enter, faults, window

from entrypoints.page.forms import FORMS
from entrypoints.page.rendering import Rendering
from entrypoints.page.words import LANGUAGES, words_in

State = Callable[[Page, str], Awaitable[None]]

NEUTRAL = {"start": "/{token}", "shut": "/none-such"}


async def in_a_plan(street: Street, borrower: Borrower) -> None:
    """The case runs a plan, its first part is paid."""
    await borrower.tell("plan_accepted", instalments=3)
    await borrower.tell("payment", reference="P-1", amount_minor=40_000, currency="CNY")


async def promised(street: Street, borrower: Borrower) -> None:
    """A promise is open and a payment was counted."""
    day = (await street.time.now(borrower.handle)).date() + timedelta(days=9)
    await borrower.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
    await borrower.tell("promise", amount_minor=30_000, due_on=str(day))


async def disputed(street: Street, borrower: Borrower) -> None:
    """Told to be wrong, and told to be difficult."""
    await borrower.tell("dispute_opened", reason="paid on Monday")
    await borrower.tell("hardship_reported", support_need="a call")


async def held(street: Street, borrower: Borrower) -> None:
    """A hold that is for few eyes."""
    await borrower.tell("hold", reason="bereavement")


async def with_budget(street: Street, borrower: Borrower) -> None:
    """A budget is on record, and an offer that follows from it."""
    statement = {
        "currency": "CNY",
        "income": {"wages_minor": 500_000},
        "fixed_costs": {"housing_minor": 400_000},
    }
    await borrower.tell("budget", statement=statement)


async def corrected(street: Street, borrower: Borrower) -> None:
    """The loan system has corrected what is owed."""
    await borrower.tell("payment", reference="P-1", amount_minor=20_000, currency="CNY")
    await borrower.tell("balance", overdue_minor=130_000, currency="CNY")


CASES = {
    "open": None, "plan": in_a_plan, "promise": promised, "dispute": disputed, "held": held, "budget": with_budget,
    "corrected": corrected,
}  # fmt: skip


class TestNeutralPage:
    @pytest.mark.parametrize("name", NEUTRAL)
    async def test_has_no_fault(self, street: Street, chromium: Browser, name: str) -> None:
        async with window(chromium) as page:
            await page.goto(street.links.base_url + NEUTRAL[name].format(token="a" * 20))

            assert await faults(page, name) == []

    async def test_that_asks_to_wait_has_no_fault(self, street: Street, chromium: Browser) -> None:
        async with window(chromium) as page:
            url, later = f"{street.links.base_url}/{'a' * 20}", Rendering(VOICE).neutral("later")
            await page.route(url, lambda route: route.fulfill(body=later, content_type="text/html"))
            await page.goto(url)

            assert await faults(page, "later") == []


class TestFaults:
    """The twin: what a page must not have is seen."""

    @pytest.mark.parametrize(
        ("broken", "named"),
        [
            ('<input name="amount">', "label"),
            ('<p style="color: #aaa; background: #fff">pale</p>', "color-contrast"),
            ('<div style="width: 2000px; height: 9px"></div>', "scrolls sideways"),
            ('<button style="width: 12px; height: 12px; min-height: 0; padding: 0" aria-label="a"></button>'
             '<button style="width: 12px; height: 12px; min-height: 0; padding: 0" aria-label="b"></button>',
             "target-size"),
        ],
    )  # fmt: skip
    async def test_are_seen(self, street: Street, chromium: Browser, broken: str, named: str) -> None:
        async with window(chromium) as page:
            url = f"{street.links.base_url}/{'a' * 20}"
            await page.goto(url)
            html = (await page.content()).replace("</main>", f"{broken}</main>")
            await page.route(url, lambda route: route.fulfill(body=html, content_type="text/html"))
            await page.goto(url)

            assert any(named in fault for fault in await faults(page, "broken"))


class TestHome:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("case", CASES)
    async def test_has_no_fault(self, street: Street, chromium: Browser, language: str, case: str) -> None:
        borrower = await street.borrower(language="en")
        tell = CASES[case]
        if tell is not None:
            await tell(street, borrower)
        async with window(chromium) as page:
            root = await enter(page, street, borrower, language)
            await page.locator("summary").click()
            found = await faults(page, f"home-{case}-{language}")
            if case in ("open", "budget"):
                await page.goto(f"{root}/{language}/plan")
                found += await faults(page, f"plan-{case}-{language}")

        assert found == []


class TestForm:
    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_has_no_fault_empty_or_wrongly_filled_in(
        self, street: Street, chromium: Browser, language: str
    ) -> None:
        borrower = await street.borrower(language="en")
        found = []
        async with window(chromium) as page:
            root = await enter(page, street, borrower, language)
            for form in FORMS:
                await page.goto(f"{root}/{language}/{form}")
                found += await faults(page, f"form-{form}-{language}")
                if form == "contact":
                    await page.locator("[name=not_before]").fill("10:00")
                    await page.locator("[name=not_after]").fill("10:00")
                await page.locator("main form button").last.click()
                await expect(page.locator(".summary"), form).to_have_count(1)
                found += await faults(page, f"wrong-{form}-{language}")

        assert found == []

    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_of_a_plan_has_no_fault_when_it_is_named_or_wrong(
        self, street: Street, chromium: Browser, language: str
    ) -> None:
        borrower = await street.borrower(language="en")
        async with window(chromium) as page:
            root = await enter(page, street, borrower, language)
            await page.goto(f"{root}/{language}/plan")
            await page.locator("[name=parts]").fill("99")
            await page.locator("main form button").last.click()
            await expect(page.locator(".summary")).to_have_count(1)
            found = await faults(page, f"wrong-plan-{language}")
            await page.locator("input[name=parts]:visible").fill("4")
            await page.locator("main form button").last.click()
            await expect(page.get_by_text(words_in(language)("review.text"))).to_be_visible()
            found += await faults(page, f"review-{language}")
            await page.locator("main form button").first.click()
            await page.wait_for_url(re.compile("said=plan_agreed$"))
            found += await faults(page, f"agreed-{language}")

        assert found == []


class TestTimeBarredDebt:
    @pytest.mark.parametrize("language", LANGUAGES)
    async def test_has_no_fault(self, street: Street, chromium: Browser, language: str) -> None:
        borrower = await barred(street)
        async with window(chromium) as page:
            await enter(page, street, borrower, language)

            assert await faults(page, f"barred-{language}") == []


class TestClosedCase:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        ("kind", "fields"),
        [("withdraw", {"reason": "sold back", "by": "Ms Chen"}),
         ("payment", {"reference": "P-1", "amount_minor": 120_000, "currency": "CNY"})],
    )  # fmt: skip
    async def test_has_no_fault(
        self, street: Street, chromium: Browser, language: str, kind: str, fields: dict[str, Any]
    ) -> None:
        borrower = await street.borrower(language="en")
        async with window(chromium) as page:
            await enter(page, street, borrower, language)
            await borrower.tell(kind, **fields)
            await page.reload()

            assert await faults(page, f"closed-{kind}-{language}") == []
