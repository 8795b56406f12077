"""`leeway up` and `leeway worker`: real time, real clock."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from rich.console import Console

from contracts.case_run import SEARCH_ATTRIBUTES
from entrypoints.access.keys import Keys
from entrypoints.connect import NoWayOut, database_url, temporal_client
from entrypoints.embedded.parts import embedded_parts
from entrypoints.intake import drain_of
from entrypoints.page.serving import links_of, page_beside
from entrypoints.settings import SAMPLE_VOICE, Settings
from entrypoints.sweeping import book_of, sweep_worker
from entrypoints.telling_voice import refuse_telling_voice
from entrypoints.until_stopped import until_stopped
from entrypoints.webhooks_out import deliver_for_ever
from entrypoints.worker import case_worker, ways_out
from gateways.rule_book import RuleBook
from ledger.migrate import migrate
from ledger.store import Ledger


def run_up(settings: Settings, console: Console) -> None:
    """Embedded servers, migrated, with a worker and a local inbox for what has no provider; until Ctrl-C."""
    refuse_telling_voice(settings)
    with embedded_parts(settings.home, search_attributes=SEARCH_ATTRIBUTES) as servers:
        migrate(servers.database_url)
        asyncio.run(_work(settings, console, servers.temporal_address, servers.temporal_ui_url))


def run_worker(settings: Settings, console: Console) -> None:
    """A worker on servers that run elsewhere; until it is told to stop."""
    if not settings.smtp_url or not settings.sms_url:
        raise NoWayOut(
            "LEEWAY_SMTP_URL and LEEWAY_SMS_URL: set both, a worker must be able to reach borrowers"
        )
    if settings.voice == SAMPLE_VOICE:
        raise NoWayOut(
            "LEEWAY_LENDER_NAME, LEEWAY_REPLY_TO and LEEWAY_HELP_LINE: say who writes to borrowers"
        )
    refuse_telling_voice(settings)
    asyncio.run(_work(settings, console, None, None))


async def _work(settings: Settings, console: Console, address: str | None, ui_url: str | None) -> None:
    async with AsyncExitStack() as parts:
        client = await temporal_client(settings, address)
        ledger = await parts.enter_async_context(Ledger(database_url(settings)))
        smtp_url, sms_url, token = settings.smtp_url, settings.sms_url, settings.sms_token
        if not (smtp_url and sms_url):
            from simulator.outside import Outside  # its mail server is no part of a production install

            inbox = await parts.enter_async_context(Outside(settings.home / "inbox"))
            console.print(f"No provider is set: e-mails and texts go to {inbox.inbox_url}")
            smtp_url = smtp_url or inbox.smtp_url
            sms_url, token = (sms_url, token) if sms_url else (inbox.sms_url, inbox.sms_token)
        gateways = ways_out(smtp_url, settings.mail_from, sms_url, token)
        rule_book = RuleBook.shipped()
        await ledger.publish_packs(rule_book.packs, datetime.now(UTC))
        links = links_of(settings)
        if ui_url and not (
            settings.smtp_url or settings.sms_url
        ):  # a link to this machine is for its own inbox
            links = await parts.enter_async_context(page_beside(settings, settings.home, client, ledger))
            console.print(f"Borrowers' page: {links.base_url}, by the link in each message")
        drain = await parts.enter_async_context(drain_of(client, ledger, database_url(settings), rule_book))
        worker = case_worker(client, ledger, gateways, settings.voice, rule_book=rule_book, links=links)
        await parts.enter_async_context(worker)
        await parts.enter_async_context(sweep_worker(client, ledger, book_of(settings)))
        if ui_url:
            console.print(f"Temporal's Web UI: {ui_url}")
        if (
            ui_url
            and not settings.api_token
            and (key := await Keys(ledger).first(settings.lender, datetime.now(UTC)))
        ):
            console.print(f"The API's first key, shown this once: {key}", soft_wrap=True, highlight=False)
        console.print("Ready: `leeway import FILE` brings loans in. Ctrl-C stops; nothing is lost.")
        at_work = [asyncio.create_task(deliver_for_ever(ledger)), asyncio.create_task(drain.run())]
        await until_stopped()
        for work in at_work:
            work.cancel()
        await asyncio.wait(at_work)
