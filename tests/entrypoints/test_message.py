"""`leeway message`: any message, for any case or sample facts, read before anybody gets it."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from api_caller import LENDER
from typer.testing import CliRunner

from contracts.page_link import TOKEN_PATTERN
from entrypoints import cli, message
from entrypoints.settings import from_environment
from gateways.policy_file import policies_in, wanted_templates
from ledger.reading import case_view
from ledger.store import Ledger
from lending.reason import LANGUAGES
from simulator.time import SkippedTime
from statemachine.stage import Tone

Opened = Callable[..., Awaitable[str]]
NOTHING = message.Wish(None, None, None, None)


def asked(*words: str) -> str:
    """What the command answers."""
    answer = CliRunner().invoke(cli.app, ["message", *words])
    assert answer.exit_code == 0, answer.exception
    return answer.stdout


class TestPreview:
    def test_shows_a_text_of_sample_facts_with_its_segments(self) -> None:
        words = (
            "--policy",
            "platform-c",
            "--template",
            "reminder",
            "--channel",
            "sms",
            "--language",
            "zh-TW",
        )

        told = json.loads(asked("preview", *words, "--tone", "caring", "--json"))

        assert told["file"] == "shared/reminder.caring.sms.zh-TW.j2"
        assert (told["segments"], told["subject"], told["tone"]) == (3, None, "caring")
        assert "https://pay.example/specimen" in told["body"]
        assert told["body"] in asked("preview", *words, "--tone", "caring")
        assert "3 segments" in asked("preview", *words, "--tone", "caring")

    def test_shows_a_letter_with_its_subject(self) -> None:
        shown = asked("preview", "--policy", "platform-a", "--template", "notice")

        assert "Subject: About your account with Meridian Savings Bank" in shown
        assert "https://pay.example/specimen" in shown
        assert "the link is a specimen" in shown
        assert "segments" not in shown

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            ((), "policy: name one"),
            (("--policy", "platform-x"), "policy: 'platform-x' is none"),
            (("--policy", "platform-c", "--template", "nope"), "template: platform-c has no nope"),
            (("--policy", "platform-c", "--template", "notice", "--channel", "visit"), "no notice by visit"),
            (("--policy", "platform-c", "--channel", "fax"), "channel: 'fax'"),
            (("--policy", "platform-c", "--language", "fr"), "language: 'fr'"),
            (("--policy", "platform-c", "--tone", "stern"), "tone: 'stern'"),
            (("A-1001", "--policy", "platform-c"), "policy: 'platform-c' beside a loan"),
        ],
    )
    def test_names_what_it_cannot_use(self, words: tuple[str, ...], complaint: str) -> None:
        answer = CliRunner().invoke(cli.app, ["message", "preview", *words])

        assert isinstance(answer.exception, ValueError)
        assert complaint in str(answer.exception)


class TestPreviewOfACase:
    async def test_is_of_the_contact_that_comes_next_and_leaves_no_trace(
        self, skipped_time: SkippedTime, ledger: Ledger, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        known = replace(from_environment(), lender=LENDER, page_url="https://pay.harbour.example/")
        before = await case_view(ledger, LENDER, loan_id)

        shown = await message._of_case(skipped_time.client, ledger, known, loan_id, NOTHING)
        told = message._told(shown)

        assert (told["template"], told["channel"], told["language"], told["tone"]) == (
            "notice",
            "email",
            "en",
            "plain",
        )
        assert "Li Wei" in told["body"]
        assert known.voice.name in told["body"]
        assert re.search(rf"https://pay\.harbour\.example/{TOKEN_PATTERN}\b", told["body"])
        assert await case_view(ledger, LENDER, loan_id) == before

    async def test_of_a_case_on_hold_needs_a_template_and_is_caring(
        self, skipped_time: SkippedTime, ledger: Ledger, open_case: Opened
    ) -> None:
        loan_id = await open_case()
        known = replace(from_environment(), lender=LENDER)
        handle = skipped_time.client.get_workflow_handle(f"case:{LENDER}:{loan_id}:1")
        await handle.signal("hardship_reported", {"support_need": "a call in the evening"})
        assert await skipped_time.settle(handle)

        with pytest.raises(ValueError, match=r"no contact comes next .*on hold: hardship"):
            await message._of_case(skipped_time.client, ledger, known, loan_id, NOTHING)
        wish = message.Wish("reminder", "sms", "zh-CN", None)
        told = message._told(await message._of_case(skipped_time.client, ledger, known, loan_id, wish))

        assert told["file"] == "shared/reminder.caring.sms.zh-CN.j2"


class TestList:
    def test_shows_the_whole_matrix(self) -> None:
        rows = json.loads(asked("list", "--json"))

        wanted = sum(len(wanted_templates(policy.house)) for policy in policies_in().values())
        assert len(rows) == wanted
        assert all(set(row[tone]) == set(LANGUAGES) for row in rows for tone in Tone)

    def test_of_one_policy_says_whose_file_speaks(self) -> None:
        lines = asked("list", "--policy", "platform-c").splitlines()

        assert ["platform-c", "notice", "email", "platform-c", "shared"] in [line.split() for line in lines]
