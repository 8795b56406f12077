"""Mail over real SMTP: what is sent arrives once and whole, and what is reported is true."""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateways.mail import MailGateway
from gateways.message import Message
from gateways.receipt import NotSent, OutcomeUnknown, Receipt
from simulator.outside import Outside

SENDER = "Meridian Savings Bank <care@meridian.example>"
TO = "asha.private@example.org"
LETTER = Message(
    subject="关于您的账户: a suggestion", body="您好 Asha,\n.\n..two dots\nFrom here\n" + "long " * 400
)


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    """An outside of this test's own."""
    async with Outside(tmp_path) as local:
        yield local


async def send(
    url: str, *, to: str = TO, key: str = "case:m:LN-1:1/notice/1", timeout_s: float = 5
) -> Receipt:
    """One letter through the server at `url`."""
    return await MailGateway(url, SENDER).send(key=key, to=to, message=LETTER, timeout_s=timeout_s)


@asynccontextmanager
async def scripted(answers: dict[str, str | None]) -> AsyncIterator[str]:
    """A server that answers each command (and GREETING, and END of the data) as told; None hangs up, "" hangs."""
    told = {"GREETING": "220 hi", "EHLO": "250 me", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go",
            "END": "250 taken", "QUIT": "221 bye", "AUTH": "235 in", **answers}  # fmt: skip

    async def answer(writer: asyncio.StreamWriter, command: str) -> bool:
        if told[command] is None:
            return False
        if told[command]:
            writer.write(f"{told[command]}\r\n".encode())
        return True

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        alive, in_data = await answer(writer, "GREETING"), False
        while alive and (line := await reader.readline()):
            if in_data:
                if line == b".\r\n":
                    in_data, alive = False, await answer(writer, "END")
                continue
            command = line.split()[0].decode().upper()
            in_data = command == "DATA" and (told["DATA"] or "").startswith("354")
            alive = await answer(writer, command)
        writer.close()

    async with listening(serve) as port:
        yield f"smtp://127.0.0.1:{port}"


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """The port on which `serve` gets each connection."""
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def run() -> None:
            try:
                await serve(reader, writer)
            finally:
                writer.close()

        connections.add(asyncio.create_task(run()))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


class TestMailGateway:
    async def test_delivers_subject_and_body_as_written(self, outside: Outside) -> None:
        receipt = await send(outside.smtp_url)

        (arrived,) = outside.messages
        assert (arrived.channel, arrived.to) == ("email", TO)
        assert (arrived.subject, arrived.body) == (LETTER.subject, LETTER.body.rstrip("\n"))
        assert arrived.key_or_message_id == receipt.provider_reference

    async def test_derives_the_message_id_from_the_key_and_shows_nothing_of_it(
        self, outside: Outside
    ) -> None:
        ids = [(await send(outside.smtp_url, key=key)).provider_reference for key in ("LN-1", "LN-1", "LN-2")]

        assert ids[0] == ids[1] != ids[2]
        assert all(one.endswith("@meridian.example>") and "LN" not in one for one in ids)

    async def test_takes_no_key(self) -> None:
        assert MailGateway("smtp://localhost", SENDER).takes_key is False

    @pytest.mark.parametrize(
        ("answers", "is_final"),
        [
            ({"GREETING": "554 no service"}, False),
            ({"GREETING": "421 busy"}, False),
            ({"GREETING": None}, False),
            ({"EHLO": None}, False),
            ({"EHLO": "250-me\r\n250 AUTH PLAIN", "AUTH": "535 wrong password"}, False),
            ({"MAIL": "550 sender unknown"}, False),
            ({"MAIL": "451 later"}, False),
            ({"RCPT": f"550 5.1.1 <{TO}> unknown"}, True),
            ({"RCPT": f"553 5.1.3 <{TO}> is no mailbox name"}, True),
            ({"RCPT": f"450 4.2.1 <{TO}> full"}, False),
            ({"RCPT": "421 closing"}, False),
            ({"RCPT": "530 log in first"}, False),
            ({"RCPT": None}, False),
            ({"RCPT": ""}, False),
            ({"DATA": "451 later"}, False),
            ({"DATA": "554 no valid recipients"}, True),
            ({"END": "554 5.6.0 looks like spam"}, True),
            ({"END": "452 4.3.1 disk full"}, False),
            ({"END": "421 closing"}, False),
        ],
        ids=str,
    )
    async def test_reports_a_refusal_as_not_sent(
        self, answers: dict[str, str | None], is_final: bool
    ) -> None:
        async with scripted(answers) as url:
            url = url.replace("//", "//user:pw@") if "AUTH" in answers else url
            with pytest.raises(NotSent) as refused:
                await send(url, timeout_s=2)

        assert refused.value.final is is_final
        assert_tells_nothing(refused.value)

    @pytest.mark.parametrize("ending", [None, "", "gibberish", "299 perhaps"], ids=repr)
    async def test_knows_that_it_does_not_know(self, ending: str | None) -> None:
        async with scripted({"END": ending}) as url:
            with pytest.raises(OutcomeUnknown) as unknown:
                await send(url, timeout_s=2)

        assert_tells_nothing(unknown.value)

    @pytest.mark.parametrize("goodbye", [None, "500 what", "421 closing"], ids=repr)
    async def test_has_sent_once_the_server_took_it_however_it_says_goodbye(
        self, goodbye: str | None
    ) -> None:
        async with scripted({"QUIT": goodbye}) as url:
            assert (await send(url)).provider_reference

    async def test_reports_an_unreachable_server_as_not_sent(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

        with pytest.raises(NotSent) as refused:
            await send(f"smtp://127.0.0.1:{port}")

        assert refused.value.final is False

    async def test_never_reports_a_refused_address_as_sent(self, outside: Outside) -> None:
        outside.fail_next("email", "refuse")

        with pytest.raises(NotSent) as refused:
            await send(outside.smtp_url)

        assert refused.value.final is True
        assert outside.messages == []

    @pytest.mark.parametrize(
        "to",
        [
            "",
            "asha",
            "asha@",
            "a@b, c@d",
            "a@b>\r\nRCPT TO:<x@y",
            "a@b\n",
            "Asha <a@b.example>",
            "阿莎@b.example",
            "a@阿.example",
        ],
    )
    async def test_refuses_what_is_not_one_address(self, outside: Outside, to: str) -> None:
        with pytest.raises(NotSent) as refused:
            await send(outside.smtp_url, to=to)

        assert refused.value.final is True
        assert outside.messages == []

    async def test_lets_no_subject_add_a_header(self, outside: Outside) -> None:
        message = Message(subject="Hello\r\nBcc: all@lender.example\r\n\r\nx", body="Hello")

        await MailGateway(outside.smtp_url, SENDER).send(key="k", to=TO, message=message, timeout_s=5)

        assert [(mail.to, mail.subject, mail.body) for mail in outside.messages] == [
            (TO, "Hello Bcc: all@lender.example x", "Hello")
        ]

    @pytest.mark.parametrize(
        "sender", ["", "Meridian", "Meridian <care>", "M\r\nBcc: x <a@b.example>", "李 <李@b.example>"]
    )
    def test_refuses_a_sender_that_is_none(self, sender: str) -> None:
        with pytest.raises(ValueError, match="sender"):
            MailGateway("smtp://localhost", sender)

    @pytest.mark.parametrize(
        "url", ["", "localhost:25", "http://host", "smtp://", "smtp://u:s3cret@host/path"]
    )
    def test_refuses_a_url_without_repeating_its_password(self, url: str) -> None:
        with pytest.raises(ValueError, match="mail url") as refused:
            MailGateway(url, SENDER)

        assert "s3cret" not in str(refused.value)


def assert_tells_nothing(error: Exception) -> None:
    """Neither the error nor what a log would print of it holds an address or a text."""
    told = "".join(traceback.format_exception(error)) + repr(error)

    assert TO not in told
    assert "Asha" not in told
