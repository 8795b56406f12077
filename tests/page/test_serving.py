"""Who may reach the page, and that it is not opened to the world by mistake."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from borrower import VOICE, Street
from rich.console import Console

from entrypoints.page.serving import NotForBorrowers, links_of, page_beside, refuse_open_page, run_page
from entrypoints.settings import Settings, from_environment
from entrypoints.telling_voice import TellingVoice, refuse_telling_voice
from entrypoints.up import run_up, run_worker

KEY = "k" * 32


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of a process that was told nothing, but for who speaks."""
    for name in os.environ:
        if name.startswith("LEEWAY_"):
            monkeypatch.delenv(name)
    return dataclasses.replace(from_environment(), voice=VOICE)


class TestPage:
    def test_is_not_served_without_an_address(self, settings: Settings) -> None:
        with pytest.raises(NotForBorrowers, match="LEEWAY_PAGE_URL"):
            run_page(settings, "127.0.0.1", 8090)

    def test_is_not_served_without_keys(self, settings: Settings) -> None:
        with pytest.raises(ValueError, match="LEEWAY_PAGE_KEYS"):
            run_page(dataclasses.replace(settings, page_url="https://pay.example"), "127.0.0.1", 8090)

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
    def test_is_not_served_to_others_without_https(self, settings: Settings, host: str) -> None:
        known = dataclasses.replace(settings, page_url="http://pay.example", page_keys=(KEY,))
        links = links_of(known)
        assert links is not None
        with pytest.raises(NotForBorrowers, match="https"):
            refuse_open_page(known, links, host)
        refuse_open_page(known, links, "127.0.0.1")

    def test_is_not_served_to_others_in_a_sample_name(self, settings: Settings) -> None:
        known = dataclasses.replace(
            settings, voice=from_environment().voice, page_url="https://pay.example", page_keys=(KEY,)
        )
        links = links_of(known)
        assert links is not None
        with pytest.raises(NotForBorrowers, match="LEEWAY_LENDER_NAME"):
            refuse_open_page(known, links, "0.0.0.0")
        refuse_open_page(dataclasses.replace(known, voice=VOICE), links, "0.0.0.0")

    @pytest.mark.parametrize(
        ("field", "told", "word"),
        [("name", "Harbour Debt Recovery", "debt"), ("reply_to", "collections@harbour.example", "collections"),
         ("help_line", "欠款咨询热线 0800 555 0199", "欠")],
    )  # fmt: skip
    def test_is_not_served_in_a_voice_that_tells_of_a_debt(
        self, settings: Settings, field: str, told: str, word: str
    ) -> None:
        voice = VOICE.model_copy(update={field: told})
        known = dataclasses.replace(settings, voice=voice, page_url="https://pay.example", page_keys=(KEY,))
        with pytest.raises(TellingVoice, match=rf"LEEWAY_\w+: '{word}' in"):
            run_page(known, "127.0.0.1", 8090)

    async def test_beside_a_desk_opens_yesterdays_links_still(
        self, settings: Settings, street: Street, tmp_path: Path
    ) -> None:
        minted = []
        for _ in range(2):
            async with (
                page_beside(settings, tmp_path, street.time.client, street.ledger) as links,
                httpx.AsyncClient() as http,
            ):
                minted.append(links.minted("a contact").sha256)
                assert (await http.get(f"{links.base_url}/{'a' * 20}")).status_code == 200
                assert (await http.get(f"{links.base_url}/healthz")).text == "alive"

        assert minted[0] == minted[1]
        assert (tmp_path / "page.key").stat().st_mode & 0o077 == 0


class TestWorker:
    @pytest.mark.parametrize("run", [run_up, run_worker])
    def test_does_not_start_in_a_voice_that_tells_of_a_debt(
        self, settings: Settings, run: Callable[[Settings, Console], None]
    ) -> None:
        voice = VOICE.model_copy(update={"name": "Harbour Loans"})
        known = dataclasses.replace(settings, voice=voice, smtp_url="smtp://x", sms_url="https://x")
        with pytest.raises(TellingVoice, match="LEEWAY_LENDER_NAME: 'loans' in 'Harbour Loans'"):
            run(known, Console())

    def test_may_have_a_short_number_for_a_help_line(self, settings: Settings) -> None:
        voice = VOICE.model_copy(update={"reply_to": "95588", "help_line": "12348"})
        refuse_telling_voice(dataclasses.replace(settings, voice=voice))
