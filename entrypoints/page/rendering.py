"""The page's HTML: templates with everything escaped, in one language, or in all where none is known yet."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from contracts.lender_voice import LenderVoice
from entrypoints.page.words import LANGUAGES, words_in
from gateways.message import one_line

FOLDER = Path(__file__).with_name("templates")
STYLE = FOLDER.joinpath("page.css").read_bytes()


class Rendering:
    """Writes pages in the lender's voice."""

    def __init__(self, voice: LenderVoice) -> None:
        spoken = {"lender": voice.name, "reply_to": voice.reply_to, "help_line": voice.help_line}
        self._voice = {name: one_line(text) for name, text in spoken.items()}
        self.reply_to = self._voice["reply_to"]

    def neutral(self, name: str) -> str:
        """A page that tells nothing of any case, in every language."""
        tongues = [words_in(language) for language in LANGUAGES]
        return _environment().get_template(f"{name}.html.j2").render(tongues=tongues, **self._voice)

    def page(self, name: str, language: str, **facts: Any) -> str:
        """A page for a proven browser."""
        template = _environment().get_template(f"{name}.html.j2")
        tongues = [words_in(one) for one in LANGUAGES]
        return template.render(t=words_in(language), tongues=tongues, **self._voice, **facts)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip
