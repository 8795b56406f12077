"""The page as people use it: without scripts, some by keyboard alone, on the real servers from the message to the ledger."""

import re
from datetime import timedelta

import pytest
from borrower import Borrower, Street
from playwright.async_api import Browser, Page, expect
from window import enter, window


async def tab_to(page: Page, name: str, presses: int = 60) -> None:
    """Moves the focus by the Tab key until it stands on what has this name."""
    wanted = page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first
    for _ in range(presses):
        await page.keyboard.press("Tab")
        if await page.locator(":focus").count() and await has_focus(page, name):
            return
    raise AssertionError(f"{name} is not reached by the keyboard: {await wanted.count()} on the page")


async def has_focus(page: Page, name: str) -> bool:
    """Whether what has the focus says `name`."""
    return name in (await page.locator(":focus").inner_text())


class TestKeyboard:
    async def test_agrees_to_a_plan_from_the_link_to_the_ledger(
        self, street: Street, chromium: Browser
    ) -> None:
        borrower = await street.borrower()
        async with window(chromium) as page:
            await page.goto(f"{street.links.base_url}/{borrower.token}")
            await tab_to(page, "Open my page")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Your page at Harbour Savings")
            await page.goto(f"{street.links.base_url}/{borrower.token}/en")
            await tab_to(page, "Look at this plan")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", level=1)).to_have_text("Choose or propose a plan")
            await tab_to(page, "Agree to this plan")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("status")).to_contain_text("Your plan is agreed")

        case = (await borrower.view()).case
        [line] = await borrower.lines("plan")
        assert case.plan is not None
        assert line["facts"]["instalments"] == [
            part.model_dump(mode="json") for part in case.plan.instalments
        ]

    async def test_skips_to_the_content(self, street: Street, chromium: Browser) -> None:
        borrower = await street.borrower()
        async with window(chromium) as page:
            await enter(page, street, borrower)
            await page.keyboard.press("Tab")
            assert await has_focus(page, "Skip to the content")
            await page.keyboard.press("Enter")
            await page.wait_for_url(re.compile("#main$"))


class TestTouch:
    @pytest.mark.parametrize(
        ("language", "way", "send", "thanks"),
        [("zh-CN", "有不对的地方", "提交", "谢谢您告诉我们"), ("zh-TW", "有不對的地方", "送出", "謝謝您告訴我們"),
         ("en", "Something is wrong", "Send", "Thank you for telling us")],
    )  # fmt: skip
    async def test_tells_in_each_language(
        self, street: Street, chromium: Browser, language: str, way: str, send: str, thanks: str
    ) -> None:
        borrower = await street.borrower()
        async with window(chromium, viewport={"width": 320, "height": 640}) as page:
            await enter(page, street, borrower, language)
            assert await page.locator("html").get_attribute("lang") == language
            await page.get_by_role("link", name=way).click()
            await page.locator("textarea").fill("<b>不对</b> not mine")
            await page.get_by_role("button", name=send).click()
            await expect(page.get_by_role("status")).to_contain_text(thanks)

        [hold] = (await borrower.view()).case.holds
        assert (hold.reason, hold.why, hold.by) == ("dispute", "<b>不对</b> not mine", "borrower")

    async def test_switches_language_and_stays_where_it_is(self, street: Street, chromium: Browser) -> None:
        borrower = await street.borrower()
        async with window(chromium) as page:
            root = await enter(page, street, borrower)
            await page.goto(f"{root}/en/promise")
            await page.get_by_role("link", name="繁體中文").click()
            await page.wait_for_url(f"{root}/zh-TW/promise")
            await expect(page.get_by_role("heading", level=1)).to_have_text("承諾還款")

    async def test_begins_in_the_language_of_the_message(self, street: Street, chromium: Browser) -> None:
        borrower = await street.borrower(language="zh-CN")
        async with window(chromium) as page:
            await page.goto(f"{street.links.base_url}/{borrower.token}")
            await page.get_by_role("button").click()
            await page.wait_for_url(re.compile("/zh-CN$"))


class TestMistake:
    async def test_has_the_focus_and_leads_to_its_field(self, street: Street, chromium: Browser) -> None:
        borrower = await street.borrower()
        day = (await street.time.now(borrower.handle)).date() + timedelta(days=8)
        async with window(chromium) as page:
            root = await enter(page, street, borrower)
            await page.goto(f"{root}/en/promise")
            await page.get_by_label("Amount").fill("1.000.000")
            await page.get_by_label("Day").fill(str(day))
            await page.get_by_role("button", name="Send").click()
            await expect(page.locator(".summary")).to_be_focused()
            await expect(page).to_have_title("Please check: Promise a payment – your page at Harbour Savings")
            await page.get_by_role("link", name="Write an amount above 0").click()
            await expect(page.get_by_label("Amount")).to_be_focused()
            await expect(page.get_by_label("Amount")).to_have_value("1.000.000")
            await page.get_by_label("Amount").fill("１，000.00")
            await page.get_by_role("button", name="Send").click()
            await expect(page.get_by_role("status")).to_contain_text("Your promise is noted")

        [line] = await borrower.lines("promise")
        assert line["facts"] == {"amount_minor": 100_000, "due_on": str(day)}


class TestSecondBrowser:
    async def test_is_told_nothing(self, street: Street, chromium: Browser) -> None:
        borrower: Borrower = await street.borrower()
        async with window(chromium) as first, window(chromium) as second:
            root = await enter(first, street, borrower)
            await second.goto(root)
            await second.get_by_role("button").click()
            await expect(second.get_by_role("heading", level=2).last).to_have_text("This page does not open")
            assert borrower.loan.loan_id not in await second.content()
            await first.reload()
            assert borrower.loan.loan_id in await first.content()
