"""The stand-in outside: it keeps what it is given, fails when asked to, and shows what came."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateways.mail import MailGateway
from gateways.message import Message
from gateways.receipt import NotSent, OutcomeUnknown
from gateways.sms import SmsGateway
from simulator.outside import Delivered, Outside


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    """An outside of this test's own."""
    async with Outside(tmp_path) as local:
        yield local


async def mail(outside: Outside, to: str, subject: str, body: str, *, timeout_s: float = 20) -> None:
    """An e-mail by the real gateway; its key is the subject."""
    gateway = MailGateway(outside.smtp_url, "Lender <care@lender.example>")
    await gateway.send(key=subject, to=to, message=Message(subject=subject, body=body), timeout_s=timeout_s)


async def text(outside: Outside, to: str, body: str, *, key: str, token: str | None = None) -> httpx.Response:
    """A text, as a provider's customer sends it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(
            outside.sms_url,
            json={"to": to, "text": body, "reference": key},
            headers={"Idempotency-Key": key, "Authorization": f"Bearer {token or outside.sms_token}"},
        )


async def inbox(outside: Outside, **query: str) -> str:
    """The inbox page."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(outside.inbox_url, params=query)
    assert answer.status_code == 200
    return answer.text


class TestMailServer:
    async def test_takes_mail_from_any_client(self, outside: Outside) -> None:
        letter = EmailMessage()
        letter["Subject"], letter["From"], letter["To"] = "您好", "a@lender.example", "b@example.org"
        letter.set_content("第一行\n\nsecond")

        def speak() -> None:
            with smtplib.SMTP("127.0.0.1", int(outside.smtp_url.rsplit(":", 1)[1])) as client:
                client.send_message(letter)

        await asyncio.to_thread(speak)

        (arrived,) = outside.messages
        assert (arrived.to, arrived.subject, arrived.body) == ("b@example.org", "您好", "第一行\n\nsecond")
        assert arrived.received_at.utcoffset() is not None

    async def test_takes_a_thousand_at_once(self, outside: Outside) -> None:
        gateway = MailGateway(outside.smtp_url, "Lender <care@lender.example>")
        letter = Message(subject="s", body="x")

        await asyncio.gather(
            *(
                gateway.send(key=f"k{n}", to=f"b{n}@example.org", message=letter, timeout_s=60)
                for n in range(1000)
            )
        )

        assert sorted(message.to for message in outside.messages) == sorted(
            f"b{n}@example.org" for n in range(1000)
        )


class TestProvider:
    async def test_gives_the_same_id_for_the_same_key_and_stores_once(self, outside: Outside) -> None:
        answers = [await text(outside, "+44", "hello", key=key) for key in ("a", "a", "b")]

        assert [answer.status_code for answer in answers] == [202, 202, 202]
        assert [answer.json()["id"] for answer in answers] == ["sms-1", "sms-1", "sms-2"]
        assert len(outside.messages) == 2

    async def test_refuses_a_wrong_token_and_a_missing_key(self, outside: Outside) -> None:
        assert (await text(outside, "+44", "hello", key="a", token="wrong")).status_code == 401
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(outside.sms_url, json={"to": "+44"})).status_code == 422
        assert outside.messages == []


class TestFaults:
    async def test_come_in_order_and_once_each_on_their_own_channel(self, outside: Outside) -> None:
        outside.fail_next("email", "refuse")
        outside.fail_next("email", "busy")
        outside.fail_next("sms", "busy")

        finals = []
        for _ in range(2):
            with pytest.raises(NotSent) as refused:
                await mail(outside, "b@example.org", "s", "x")
            finals.append(refused.value.final)
        await mail(outside, "b@example.org", "s", "x")

        assert finals == [True, False]
        assert (await text(outside, "+44", "hello", key="a")).status_code == 503
        assert (await text(outside, "+44", "hello", key="a")).status_code == 202
        assert len(outside.messages) == 2

    async def test_hanging_after_accepting_has_stored_the_message(self, outside: Outside) -> None:
        outside.fail_next("email", "hang_after_accept")

        with pytest.raises(OutcomeUnknown):
            await mail(outside, "b@example.org", "s", "x", timeout_s=2)

        assert [message.subject for message in outside.messages] == ["s"]

    async def test_still_hanging_do_not_keep_the_outside_from_closing(self, tmp_path: Path) -> None:
        async with Outside(tmp_path) as outside:
            outside.fail_next("email", "hang_after_accept")
            outside.fail_next("sms", "hang_after_accept")
            sms = SmsGateway(outside.sms_url, outside.sms_token)
            waiting = [
                asyncio.create_task(mail(outside, "b@example.org", "s", "x")),
                asyncio.create_task(
                    sms.send(key="k", to="+44", message=Message(subject=None, body="x"), timeout_s=20)
                ),
            ]
            while len(outside.messages) < 2:  # noqa: ASYNC110 - the outside has no event to wait for
                await asyncio.sleep(0.01)

        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(ended[0], OutcomeUnknown)


class TestMemory:
    async def test_outlives_a_restart_keys_and_all(self, tmp_path: Path) -> None:
        async with Outside(tmp_path) as first:
            await mail(first, "b@example.org", "您好", "x\r\u2028y")
            await text(first, "+44", "hello", key="a")
        async with Outside(tmp_path) as second:
            assert second.messages == first.messages
            assert (await text(second, "+44", "hello", key="a")).json() == {"id": "sms-2"}
            assert len(second.messages) == 2

    async def test_loses_only_the_line_a_kill_has_torn(self, tmp_path: Path) -> None:
        async with Outside(tmp_path) as first:
            await text(first, "+44", "hello", key="a")
            await text(first, "+44", "again", key="b")
        kept = tmp_path / "delivered.jsonl"
        kept.write_bytes(kept.read_bytes()[:-20])

        async with Outside(tmp_path) as second:
            assert [message.body for message in second.messages] == ["hello"]
            await text(second, "+44", "again", key="b")
        async with Outside(tmp_path) as third:
            assert [message.body for message in third.messages] == ["hello", "again"]


class TestInbox:
    async def test_says_when_it_is_empty(self, outside: Outside) -> None:
        assert "Nothing has arrived yet" in await inbox(outside)

    async def test_shows_both_channels_and_languages_newest_first(self, outside: Outside) -> None:
        await mail(outside, "wang@example.org", "关于您的账户", "王小明，您好")
        await text(outside, "+447700900123", "a message about your account", key="case:m:LN-7:1/notice/1")

        page = await inbox(outside)

        shown = (
            "a message about your account",
            "+447700900123",
            "关于您的账户",
            "王小明，您好",
            "wang@example.org",
        )
        places = [page.index(words) for words in shown]
        assert max(places[:2]) < min(places[2:])
        assert "简体中文" in page
        assert 'lang="zh-CN"' in page

    async def test_makes_hostile_text_harmless(self, outside: Outside) -> None:
        bad = "<script>alert(1)</script><img src=x onerror='y'>"
        await mail(outside, "b@example.org", bad, bad)
        await text(outside, bad, bad, key=bad.replace("'", ""))

        page = await inbox(outside, loan='"><script>', to="<script>", channel="<b>") + await inbox(outside)

        assert "<script" not in page
        assert "<img" not in page
        assert "&lt;script&gt;alert(1)" in page

    async def test_asks_nothing_of_the_network(self, outside: Outside) -> None:
        await mail(outside, "b@example.org", "s", "x")
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(outside.inbox_url)

        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "http://" not in answer.text
        assert "https://" not in answer.text

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ({}, ["one", "two", "three"]),
            ({"loan": "LN-1"}, ["one", "three"]),
            ({"loan": "LN-10"}, ["two"]),
            ({"to": "+4477"}, ["three"]),
            ({"to": "asha"}, ["one"]),
            ({"channel": "email"}, ["one", "two"]),
            ({"channel": "email", "loan": " LN-1 "}, ["one"]),
            ({"loan": "LN-[1]"}, []),
        ],
        ids=str,
    )
    async def test_can_be_narrowed(self, outside: Outside, query: dict[str, Any], shown: list[str]) -> None:
        await mail(outside, "asha@example.org", "one", "Loan: LN-1")
        await mail(outside, "wang@example.org", "two", "Loan: LN-10")
        await text(outside, "+447700900123", "three", key="case:m:LN-1:1/notice/1")

        page = await inbox(outside, **query)

        assert [word for word in ("one", "two", "three") if f">{word}<" in page] == shown


class TestDelivered:
    @pytest.mark.parametrize(
        ("body", "language"),
        [
            ("Dear Ann", "en"),
            ("Ann，您好", "zh-CN"),
            ("您的账户与李時中联络", "zh-CN"),
            ("您的帳戶請聯絡", "zh-TW"),
        ],
    )
    def test_knows_its_language(self, body: str, language: str) -> None:
        arrived = Delivered("sms", "+44", None, body, "k", received_at=None)  # type: ignore[arg-type]

        assert arrived.language == language
