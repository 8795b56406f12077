"""E-mail over SMTP: one message, one connection, and a true answer about what became of it."""

import asyncio
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError as MalformedAddress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from gateways.message import Message, one_line
from gateways.receipt import NotSent, OutcomeUnknown, Receipt

_QUIT_S = 2.0
_NEVER = range(550, 560)
"""RFC 5321 4.2.1: 5x5x is the mail system's own no for good; 50x and 53x blame our commands or our login."""


class MailGateway:
    """Sends through the server at `url` (`smtp://user:pass@host:port`, or `smtps://` for TLS from the start).

    `sender` is `Name <address>`. TLS is used where the server offers it, is required where a password is sent,
    and its certificate is verified, except on this machine. SMTP knows no idempotency key: one try only.
    """

    takes_key = False

    def __init__(self, url: str, sender: str) -> None:
        self._sender = _sender(sender)
        self._server = _server(url)
        self._tls = _tls(self._server.hostname or "")

    async def send(self, *, key: str, to: str, message: Message, timeout_s: float) -> Receipt:
        """The receipt names the Message-ID, which is derived from `key`. Raises NotSent or OutcomeUnknown."""
        message_id = f"<{sha256(key.encode()).hexdigest()[:40]}@{self._sender.domain}>"
        mail = self._mail(message_id, to, message)
        client = self._client(timeout_s)
        handed_over = False
        failure: Exception
        try:
            async with asyncio.timeout(timeout_s):
                await client.connect()
                await client.mail(self._sender.addr_spec)
                await client.rcpt(to)
                handed_over = True
                await client.data(mail)
            await _goodbye(client)
            return Receipt(message_id)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            failure = error
        finally:
            client.close()
        raise _unsure(failure) if handed_over else _refusal(failure)

    def _mail(self, message_id: str, to: str, message: Message) -> bytes:
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["Message-ID"] = message_id
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["From"] = self._sender
        mail["To"] = _recipient(to)
        mail["Subject"] = " ".join((message.subject or "").split())
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices in answer
        mail.set_content(message.body)
        return mail.as_bytes()

    def _client(self, timeout_s: float) -> aiosmtplib.SMTP:
        has_password = self._server.username is not None
        is_remote = self._tls.verify_mode is ssl.CERT_REQUIRED
        over_tls = self._server.scheme == "smtps"
        return aiosmtplib.SMTP(
            hostname=self._server.hostname,
            port=self._server.port or (465 if over_tls else 587),
            username=unquote(self._server.username) if self._server.username else None,
            password=unquote(self._server.password or "") if has_password else None,
            use_tls=over_tls,
            start_tls=False if over_tls else True if has_password and is_remote else None,
            tls_context=self._tls,
            timeout=timeout_s,
            local_hostname=self._sender.domain,  # not this machine's name: looking that up may take seconds
        )


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    """The mail is taken over; whatever goes wrong now changes nothing."""
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await client.quit(timeout=_QUIT_S)


def _refusal(error: Exception) -> NotSent:
    """Why nothing left. Only a refused recipient is final; a refused login or sender is ours to mend."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        is_final = isinstance(error, aiosmtplib.SMTPRecipientRefused) and error.code in _NEVER
        return NotSent(f"{type(error).__name__} {error.code}", final=is_final)
    return NotSent(type(error).__name__, final=False)


def _unsure(error: Exception) -> NotSent | OutcomeUnknown:
    """A plain refusal of the content is an answer; everything else after the hand-over is not."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and 400 <= error.code < 600:
        return NotSent(f"{type(error).__name__} {error.code}", final=error.code in _NEVER)
    return OutcomeUnknown(f"{type(error).__name__} after the mail was handed over")


def _recipient(to: str) -> Address:
    try:
        to.encode("ascii")
        return Address(addr_spec=to)
    except (ValueError, IndexError, MalformedAddress):
        raise NotSent("not an e-mail address that SMTP can take (one, ASCII only)", final=True) from None


def _sender(sender: str) -> Address:
    name, address = parseaddr(sender)
    try:
        if one_line(sender) != sender:
            raise ValueError("it must be one line without control characters")
        address.encode("ascii")
        return Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError, MalformedAddress) as error:
        raise ValueError(f"sender: {sender!r} is not 'Name <address>' ({error})") from None


def _server(url: str) -> SplitResult:
    """Errors do not repeat the url: it may hold a password."""
    server = urlsplit(url)
    if server.scheme not in ("smtp", "smtps") or not server.hostname:
        raise ValueError("mail url: must be smtp://[user:pass@]host[:port] or smtps://...")
    if server.path.strip("/") or server.query:
        raise ValueError("mail url: ends after the port, without a path or a query")
    return server


def _tls(host: str) -> ssl.SSLContext:
    if not _is_this_machine(host):
        return ssl.create_default_context()
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    return unverified


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
