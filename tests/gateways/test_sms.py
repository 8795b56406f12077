"""Texts over real HTTP: sent once under a key, and what is reported is true."""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateways.message import Message
from gateways.receipt import NotSent, OutcomeUnknown, Receipt
from gateways.sms import SmsGateway
from simulator.outside import Outside

TO = "+447700900123"
TEXT = Message(subject=None, body="明达银行 has a message about your account")
KEY = "case:m:LN-1:1/notice/1"


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    """An outside of this test's own."""
    async with Outside(tmp_path) as local:
        yield local


@pytest.fixture
def gateway(outside: Outside) -> SmsGateway:
    """The way to that outside."""
    return SmsGateway(outside.sms_url, outside.sms_token)


@asynccontextmanager
async def provider(answer: bytes) -> AsyncIterator[str]:
    """A provider that reads one request and says these bytes, then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.lower().splitlines() if b"content-length" in line
        )
        await reader.readexactly(length)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/sms"
    finally:
        server.close()


def http(status: int, body: str = "{}") -> bytes:
    """An HTTP answer."""
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def send(gateway: SmsGateway, *, key: str = KEY, timeout_s: float = 5) -> Receipt:
    """One text."""
    return await gateway.send(key=key, to=TO, message=TEXT, timeout_s=timeout_s)


class TestSmsGateway:
    async def test_delivers_the_text_as_written(self, outside: Outside, gateway: SmsGateway) -> None:
        receipt = await send(gateway)

        (arrived,) = outside.messages
        assert (arrived.channel, arrived.to, arrived.subject) == ("sms", TO, None)
        assert (arrived.body, arrived.key_or_message_id) == (TEXT.body, KEY)
        assert receipt.provider_reference == "sms-1"

    async def test_never_sends_twice_under_one_key(self, outside: Outside, gateway: SmsGateway) -> None:
        receipts = await asyncio.gather(*(send(gateway) for _ in range(5)))

        assert len(set(receipts)) == 1
        assert len(outside.messages) == 1
        assert gateway.takes_key is True

    async def test_sends_again_under_another_key(self, outside: Outside, gateway: SmsGateway) -> None:
        assert await send(gateway, key="a") != await send(gateway, key="b")
        assert len(outside.messages) == 2

    async def test_learns_of_a_lost_answer_by_sending_again(
        self, outside: Outside, gateway: SmsGateway
    ) -> None:
        outside.fail_next("sms", "hang_after_accept")

        with pytest.raises(OutcomeUnknown) as unknown:
            await send(gateway, timeout_s=2)

        assert_tells_nothing(unknown.value)
        assert (await send(gateway)).provider_reference == "sms-1"
        assert len(outside.messages) == 1

    @pytest.mark.parametrize(("fault", "is_final"), [("refuse", True), ("busy", False)])
    async def test_reports_a_refusal_as_not_sent(
        self, outside: Outside, gateway: SmsGateway, fault: str, is_final: bool
    ) -> None:
        outside.fail_next("sms", fault)  # type: ignore[arg-type]

        with pytest.raises(NotSent) as refused:
            await send(gateway)

        assert refused.value.final is is_final
        assert outside.messages == []

    async def test_with_a_wrong_token_has_not_sent_and_may_try_again(self, outside: Outside) -> None:
        with pytest.raises(NotSent, match="401") as refused:
            await send(SmsGateway(outside.sms_url, "wrong"))

        assert refused.value.final is False
        assert outside.messages == []

    @pytest.mark.parametrize("status", [400, 404, 422])
    async def test_takes_a_providers_no_as_final(self, status: int) -> None:
        async with provider(http(status, f'{{"error": "{TO} is no number"}}')) as url:
            with pytest.raises(NotSent) as refused:
                await send(SmsGateway(url, "t"))

        assert refused.value.final is True
        assert_tells_nothing(refused.value)

    @pytest.mark.parametrize("status", [301, 401, 402, 403, 408, 429, 500, 503])
    async def test_may_try_again_after_any_other_refusal(self, status: int) -> None:
        async with provider(http(status)) as url:
            with pytest.raises(NotSent) as refused:
                await send(SmsGateway(url, "t"))

        assert refused.value.final is False

    @pytest.mark.parametrize(
        "answer",
        [
            http(409),
            http(502),
            http(504),
            http(204, ""),
            http(200, "<html>please log in</html>"),
            http(200, "[]"),
            http(200, '{"id": null}'),
            http(200, '{"id": ""}'),
            http(200, '{"id": "sms-1"}')[:-4],
            b"",
            b"HTTP/1.1 2",
            b"gibberish\r\n\r\n",
        ],
        ids=repr,
    )
    async def test_knows_that_it_does_not_know(self, answer: bytes) -> None:
        async with provider(answer) as url:
            with pytest.raises(OutcomeUnknown) as unknown:
                await send(SmsGateway(url, "t"))

        assert_tells_nothing(unknown.value)

    async def test_takes_a_number_as_an_id(self) -> None:
        async with provider(http(201, '{"id": 77}')) as url:
            assert (await send(SmsGateway(url, "t"))).provider_reference == "77"

    async def test_reports_an_unreachable_provider_as_not_sent(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

        with pytest.raises(NotSent) as refused:
            await send(SmsGateway(f"http://127.0.0.1:{port}/sms", "t"))

        assert refused.value.final is False

    async def test_reaches_this_machine_without_a_proxy(
        self, outside: Outside, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        assert await send(SmsGateway(outside.sms_url, outside.sms_token))

    @pytest.mark.parametrize("url", ["", "127.0.0.1/sms", "ftp://host/sms", "https:///sms"])
    def test_refuses_a_url_that_is_none(self, url: str) -> None:
        with pytest.raises(ValueError, match="sms url"):
            SmsGateway(url, "t")


def assert_tells_nothing(error: Exception) -> None:
    """Neither the error nor what a log would print of it holds a number or a text."""
    told = "".join(traceback.format_exception(error)) + repr(error)

    assert TO not in told
    assert "about your account" not in told
