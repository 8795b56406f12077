"""A browser window without scripts, and what axe and a ruler find wrong in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from borrower import Borrower, Street
from playwright.async_api import Browser, BrowserContext, Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (320, 390, 1280)
PICTURES = Path(__file__).parents[2] / "build" / "page"

PATIENCE_MS = 120_000
"""How long the browser may take for anything: it is one of many on a machine at work."""

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def window(browser: Browser, **settings: Any) -> AsyncIterator[Page]:
    """A telephone's window in which no script runs."""
    usual = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": False}
    context = await browser.new_context(**usual | settings)
    context.set_default_timeout(PATIENCE_MS)
    yield await context.new_page()
    await context.close()


async def enter(page: Page, street: Street, borrower: Borrower, language: str = "en") -> str:
    """Opens the link as its borrower does, and goes to a language; returns where the pages of this link are."""
    root = f"{street.links.base_url}/{borrower.token}"
    await page.goto(root)
    await page.get_by_role("button").click()
    await page.wait_for_url(f"{root}/*")
    await page.goto(f"{root}/{language}")
    return root


async def faults(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it stands in the window, on a small telephone by day and on another by night; takes
    its pictures."""
    html, cookies = await page.content(), await page.context.cookies()
    browser = page.context.browser
    assert browser is not None
    found = []
    for scheme, width in (("light", WIDTHS[0]), ("dark", WIDTHS[1])):
        context = await browser.new_context(color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies(cookies)  # type: ignore[arg-type]
        found += await _faults(context, page.url, html, name, width)
        await context.close()
    return [f"{name}: {fault}" for fault in found]


async def _faults(context: BrowserContext, url: str, html: str, name: str, width: int) -> list[str]:
    """axe brings a script, which the page's own rules would not let in: the same bytes, shown once more."""
    page = await context.new_page()
    await page.route(url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    await page.set_viewport_size({"width": width, "height": 844})
    await page.goto(url)
    result = await Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    found = [f"{width}: {one['id']}: {_where(one)}" for one in result.response["violations"]]
    for wide in WIDTHS:
        await page.set_viewport_size({"width": wide, "height": 844})
        if await page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            found.append(f"{wide}: scrolls sideways")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.set_viewport_size({"width": width, "height": 844})
    await page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
    return found


def _where(violation: dict[str, Any]) -> str:
    return "; ".join(node["html"][:160] for node in violation["nodes"][:3])
