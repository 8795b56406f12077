"""`leeway page`: the borrower's page, served on its own; and beside the servers of `leeway up` and the demo."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from temporalio.client import Client

from contracts.page_link import PageLinks
from entrypoints.api import LOOPBACK
from entrypoints.connect import database_url, temporal_client
from entrypoints.embedded.server import ports
from entrypoints.page.app import create_page
from entrypoints.settings import SAMPLE_VOICE, Settings
from entrypoints.telling_voice import refuse_telling_voice
from ledger.store import Ledger
from simulator.http_server import served

USUAL_PORT = 8090


class NotForBorrowers(ValueError):
    """The page would stand open without what keeps it safe."""


def links_of(settings: Settings) -> PageLinks | None:
    """What makes links, as it is set; None where there is no page. Raises ValueError, naming the setting."""
    return PageLinks(settings.page_url, settings.page_keys) if settings.page_url else None


def run_page(settings: Settings, host: str, port: int) -> None:
    """Serves the page until it is told to stop. Raises NotForBorrowers, ValueError, NothingRunning."""
    links = links_of(settings)
    if links is None:
        raise NotForBorrowers(
            "LEEWAY_PAGE_URL: not set; say where borrowers reach the page, with LEEWAY_PAGE_KEYS"
        )
    refuse_open_page(settings, links, host)
    refuse_telling_voice(settings)
    asyncio.run(_serve(settings, links, host, port))


def refuse_open_page(settings: Settings, links: PageLinks, host: str) -> None:
    """Beyond this machine the page is reached by https only, and speaks in a lender's name. Raises NotForBorrowers."""
    if host in LOOPBACK:
        return
    if not links.is_secure:
        raise NotForBorrowers(
            f"LEEWAY_PAGE_URL: {links.base_url} is not https; give the page a certificate, or listen on 127.0.0.1"
        )
    if settings.voice == SAMPLE_VOICE:
        raise NotForBorrowers(
            "LEEWAY_LENDER_NAME, LEEWAY_REPLY_TO and LEEWAY_HELP_LINE: say who speaks to borrowers"
        )


async def _serve(settings: Settings, links: PageLinks, host: str, port: int) -> None:
    client = await temporal_client(settings)
    async with Ledger(database_url(settings)) as ledger:
        app = create_page(client, ledger, settings.lender, settings.voice, links)
        # No log of addresses and links; who stands in front names the caller by FORWARDED_ALLOW_IPS.
        config = uvicorn.Config(app, host=host, port=port, server_header=False, access_log=False,
                                timeout_graceful_shutdown=30)  # fmt: skip
        await uvicorn.Server(config).serve()


@asynccontextmanager
async def page_beside(
    settings: Settings, home: Path, client: Client, ledger: Ledger
) -> AsyncIterator[PageLinks]:
    """The page on this machine for as long as the block lasts; yields what makes links to it. Its key is kept in `home`,
    so that yesterday's links still open."""
    if (links := links_of(settings)) is not None:
        yield links  # it is served elsewhere
        return
    port = next(ports(USUAL_PORT))
    links = PageLinks(f"http://127.0.0.1:{port}", (_own_key(home / "page.key"),))
    app = create_page(client, ledger, settings.lender, settings.voice, links)
    async with served(app, port):
        yield links


def _own_key(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text().strip()
