"""What the lender says of itself stands in texts, senders and subjects: it may not tell of a debt either."""

from entrypoints.settings import Settings
from gateways.words import words_in


class TellingVoice(ValueError):
    """What the lender says of itself tells others of a debt. Names the setting and the word."""


def refuse_telling_voice(settings: Settings) -> None:
    """Raises TellingVoice, before anything is sent."""
    voice = settings.voice
    said = {"LEEWAY_LENDER_NAME": voice.name, "LEEWAY_REPLY_TO": voice.reply_to, "LEEWAY_HELP_LINE": voice.help_line,
            "LEEWAY_MAIL_FROM": settings.mail_from}  # fmt: skip
    wrong = [
        f"{setting}: {word!r} in {told!r} may be read by others; write what tells of no money owed"
        for setting, told in said.items()
        if (word := words_in().word_of_debt(told))
    ]
    if wrong:
        raise TellingVoice("\n".join(wrong))
