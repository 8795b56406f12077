"""TLS on the way to the mail server: taken where offered, and true where it matters."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from gateways.mail import MailGateway
from gateways.message import Message
from gateways.receipt import NotSent

LETTER = Message(subject="About your account", body="Hello")

# A throwaway certificate for the name somebody.else.example, valid for nobody and nothing.
CERTIFICATE = """
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk/3GMTFSoMKH3RSq
ybcMqm/GqPheKFc3CXvx90/fooihRANCAAQMfjW35U/N1U1YQZaJLbu30d0/fX3q
L/1kgHrkvRsLR8tp5YAsQPNE7vSXjqFCZ1u4ZXBWNnNCzB6Y/YT3wpYr
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBlzCCAT2gAwIBAgIUdKlEYJdR9SMqpyiAcb8b8qfvb3YwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVc29tZWJvZHkuZWxzZS5leGFtcGxlMCAXDTI2MTEyMzIwMTgz
N1oYDzIxMjYxMDMwMjAxODM3WjAgMR4wHAYDVQQDDBVzb21lYm9keS5lbHNlLmV4
YW1wbGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQMfjW35U/N1U1YQZaJLbu3
0d0/fX3qL/1kgHrkvRsLR8tp5YAsQPNE7vSXjqFCZ1u4ZXBWNnNCzB6Y/YT3wpYr
o1MwUTAdBgNVHQ4EFgQUsv0FwOjQHJTnZkVllAcb6r2nQ4owHwYDVR0jBBgwFoAU
sv0FwOjQHJTnZkVllAcb6r2nQ4owDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNIADBFAiBp8FtBhuxikXJo66cyNfxI69Ulp5p1kFl3MdbbIgkDUAIhAMomQ6Xl
aF9opiUedkQvc4WEqUiv4e7wu/RFQTMcKvTo
-----END CERTIFICATE-----
"""


async def send(url: str, sender: str = "care@m.example") -> None:
    """One letter through the server at `url`."""
    await MailGateway(url, sender).send(key="k", to="asha@example.org", message=LETTER, timeout_s=5)


class Mailbox:
    """Keeps what an aiosmtpd server took, and under which conditions."""

    def __init__(self) -> None:
        self.taken: list[tuple[bool, Any, EmailMessage]] = []
        self.passwords: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, EmailMessage, policy=mail_policy)
        self.taken.append(
            (server.transport.get_extra_info("sslcontext") is not None, session.auth_data, mail)
        )
        return "250 2.0.0 taken"

    def let_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        self.passwords.append(login.password)
        return AuthResult(success=login.password == b"s:cr@t", auth_data=login.login)


@pytest.fixture
def worthless(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate no one should trust."""
    pem = tmp_path / "certificate.pem"
    pem.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@asynccontextmanager
async def server(
    mailbox: Mailbox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A mail server that offers a login always, and TLS as told; yields its port."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            mailbox, hostname="mail.test", loop=loop, tls_context=starttls, require_starttls=starttls is not None,
            auth_require_tls=False, authenticator=mailbox.let_in,
        )  # fmt: skip

    listener = await loop.create_server(connection, "127.0.0.1", 0, ssl=tls)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> str:
    """A host name that is not this machine's, though the address behind it is."""
    resolve = socket.getaddrinfo

    def pretend(host: Any, *rest: Any, **kinds: Any) -> Any:
        return resolve("127.0.0.1" if host == "mail.lender.example" else host, *rest, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", pretend)
    return "mail.lender.example"


class TestTls:
    async def test_is_taken_where_offered_and_the_login_with_it(self, worthless: ssl.SSLContext) -> None:
        mailbox = Mailbox()
        async with server(mailbox, starttls=worthless) as port:
            await send(f"smtp://care%40m:s%3Acr%40t@127.0.0.1:{port}")

        ((is_tls, user, _),) = mailbox.taken
        assert (is_tls, user) == (True, b"care@m")

    @pytest.mark.parametrize(("scheme", "offer"), [("smtp", "starttls"), ("smtps", "tls")])
    async def test_of_another_machine_needs_a_true_certificate(
        self, worthless: ssl.SSLContext, far_away: str, scheme: str, offer: str
    ) -> None:
        mailbox = Mailbox()
        async with server(mailbox, **{offer: worthless}) as port:
            with pytest.raises(NotSent) as refused:
                await send(f"{scheme}://u:s%3Acr%40t@{far_away}:{port}")

        assert refused.value.final is False
        assert (mailbox.taken, mailbox.passwords) == ([], [])

    async def test_is_not_asked_of_a_server_without_it_when_there_is_no_password(self, far_away: str) -> None:
        mailbox = Mailbox()
        async with server(mailbox) as port:
            await send(f"smtp://{far_away}:{port}")

        ((is_tls, user, _),) = mailbox.taken
        assert (is_tls, user) == (False, None)

    async def test_is_a_must_where_a_password_would_leave_this_machine(self, far_away: str) -> None:
        mailbox = Mailbox()
        async with server(mailbox) as port:
            with pytest.raises(NotSent) as refused:
                await send(f"smtp://u:s%3Acr%40t@{far_away}:{port}")

        assert refused.value.final is False
        assert (mailbox.taken, mailbox.passwords) == ([], [])


class TestSender:
    @pytest.mark.parametrize(
        "sender",
        ["明达银行（客户关怀） <care@m.example>", '"Loans, Ltd." <care@m.example>', "care@m.example"],
    )
    async def test_is_shown_as_given(self, worthless: ssl.SSLContext, sender: str) -> None:
        mailbox = Mailbox()
        async with server(mailbox, tls=worthless) as port:
            await send(f"smtps://127.0.0.1:{port}", sender)

        ((is_tls, _, mail),) = mailbox.taken
        assert is_tls
        assert str(mail["From"]) == sender
