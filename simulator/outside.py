"""The outside for demos and tests: a real SMTP server, an SMS provider, and an inbox to read what came."""

import asyncio
import json
import re
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as mail_policy
from pathlib import Path
from typing import Annotated, Literal, Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel

from simulator.http_server import served

Channel = Literal["email", "sms"]
Fault = Literal["refuse", "busy", "hang_after_accept", "bounce_later"]

_SMTP_ANSWER = {"refuse": "550 5.1.1 no such user", "busy": "451 4.3.0 try again later"}
_HTTP_STATUS = {"refuse": 422, "busy": 503}
_PAGE = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
).get_template("inbox.html.j2")
_WRITTEN_OTHERWISE = ("们户贷联络这时请缴还说为与账", "們戶貸聯絡這時請繳還說為與帳")
_ONLY_ITS_OWN = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
}


@dataclass(frozen=True)
class Delivered:
    """One message as the outside got it. `received_at` is real time, also when cases skip time."""

    channel: Channel
    to: str
    subject: str | None
    body: str
    key_or_message_id: str
    received_at: datetime

    @property
    def language(self) -> str:
        """By its characters, as the wire does not say: `zh-CN`, `zh-TW` where more are written as in Taiwan, else `en`."""
        if not re.search("[\u4e00-\u9fff]", self.body):
            return "en"
        counted = [sum(self.body.count(letter) for letter in letters) for letters in _WRITTEN_OTHERWISE]
        return "zh-TW" if counted[1] > counted[0] else "zh-CN"

    def names_loan(self, loan: str) -> bool:
        """Whether this loan id stands in the text or the key; LN-1 is not LN-10."""
        pattern = rf"(?<![\w-]){re.escape(loan)}(?![\w-])"
        return any(
            re.search(pattern, text) for text in (self.subject or "", self.body, self.key_or_message_id)
        )


class Outside:
    """`async with Outside(home) as outside:` runs the servers on free ports of 127.0.0.1.

    What was delivered stands in `messages`, oldest first, and in `home/delivered.jsonl`, which is read again
    at the next start: a provider does not forget a key because a demo was restarted.
    """

    sms_token = "the-stand-ins-token"
    smtp_url: str
    sms_url: str
    inbox_url: str

    def __init__(self, home: Path) -> None:
        self.messages: list[Delivered] = []
        self._file = home / "delivered.jsonl"
        self._sms_ids: dict[str, str] = {}
        self._faults: dict[Channel, deque[Fault]] = {"email": deque(), "sms": deque()}
        self._closing = asyncio.Event()
        self.receipts: list[dict[str, str]] = []
        """What became of every message, as `POST /v1/receipts` takes it; whoever reads it hands it on."""

    def fail_next(self, channel: Channel, kind: Fault) -> None:
        """The next message by `channel` is refused for good, told to come back, taken without an answer, or taken and
        bounced later: then it reaches nobody."""
        self._faults[channel].append(kind)

    async def __aenter__(self) -> Self:
        self._read_earlier()
        self._log = self._file.open("a", encoding="utf-8")
        mailbox = _Mailbox(self)
        self._smtp = await asyncio.get_running_loop().create_server(
            mailbox.connection, "127.0.0.1", 0, backlog=1024
        )
        self._mailbox = mailbox
        self.smtp_url = f"smtp://127.0.0.1:{self._smtp.sockets[0].getsockname()[1]}"
        self._http = served(_app(self))
        self.inbox_url = await self._http.__aenter__()
        self.sms_url = f"{self.inbox_url}sms"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._smtp.close()
        self._mailbox.hang_up()
        await self._http.__aexit__(None, None, None)
        self._log.close()

    def take_mail(self, to: str, subject: str, body: str, message_id: str) -> None:
        """Store one e-mail."""
        bounces = self.fault("email", "bounce_later") is not None
        if not bounces:
            self._keep(Delivered("email", to, subject, body, message_id, datetime.now(UTC)))
        self._owe_receipt(message_id, bounces)

    def take_sms(self, to: str, text: str, key: str) -> str:
        """The provider's id of this text; the same key is the same text, stored once."""
        if key not in self._sms_ids:
            bounced = f"sms-back-{len(self.receipts)}"
            if self.fault("sms", "bounce_later"):
                self._sms_ids[key] = bounced
            else:
                self._keep(Delivered("sms", to, None, text, key, datetime.now(UTC)))
            self._owe_receipt(self._sms_ids[key], bounces=self._sms_ids[key] == bounced)
        return self._sms_ids[key]

    def fault(self, channel: Channel, *kinds: Fault) -> Fault | None:
        """Take the channel's next fault, if it is one of these kinds."""
        waiting = self._faults[channel]
        return waiting.popleft() if waiting and waiting[0] in kinds else None

    async def hang(self) -> None:
        """Say nothing for as long as the outside runs."""
        await self._closing.wait()

    def _owe_receipt(self, reference: str, bounces: bool) -> None:
        word = {"status": "hard_bounce", "code": "5.1.1"} if bounces else {"status": "delivered"}
        self.receipts.append({"reference": reference} | word)

    def _keep(self, delivered: Delivered) -> None:
        self._know(delivered)
        line = asdict(delivered) | {"received_at": delivered.received_at.isoformat()}
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()

    def _know(self, delivered: Delivered) -> None:
        self.messages.append(delivered)
        if delivered.channel == "sms":
            self._sms_ids[delivered.key_or_message_id] = f"sms-{len(self.messages)}"

    def _read_earlier(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch(mode=0o600)
        whole, newline, _torn = self._file.read_bytes().rpartition(
            b"\n"
        )  # a kill may have torn the last line
        with self._file.open("r+b") as file:
            file.truncate(len(whole + newline))
        for line in whole.splitlines():
            facts = json.loads(line)
            self._know(Delivered(**facts | {"received_at": datetime.fromisoformat(facts["received_at"])}))


class _Mailbox:
    """What aiosmtpd calls when mail comes in."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._connections: WeakSet[SMTP] = WeakSet()

    def connection(self) -> SMTP:
        connection = SMTP(self, hostname="outside.localhost", loop=asyncio.get_running_loop())
        self._connections.add(connection)
        return connection

    def hang_up(self) -> None:
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if kind := self._outside.fault("email", "refuse", "busy"):
            return _SMTP_ANSWER[kind]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)  # as we did not ask for decoded data
        mail = message_from_bytes(envelope.content, policy=mail_policy)
        body = str(mail.get_content()).replace("\r\n", "\n").rstrip("\n")
        for to in envelope.rcpt_tos:
            self._outside.take_mail(to, str(mail["Subject"]), body, str(mail["Message-ID"]))
        if self._outside.fault("email", "hang_after_accept"):
            await self._outside.hang()
        return "250 2.0.0 taken"


class _Text(BaseModel):
    to: str
    text: str
    reference: str


def _app(outside: Outside) -> FastAPI:
    """POST /sms is the provider, GET / the inbox."""
    app = FastAPI(title="The outside", docs_url=None, redoc_url=None, openapi_url=None)

    @app.post("/sms", status_code=202)
    async def sms(
        text: _Text, idempotency_key: Annotated[str, Header()], authorization: Annotated[str, Header()] = ""
    ) -> dict[str, str]:
        if authorization != f"Bearer {outside.sms_token}":
            raise HTTPException(401, "wrong or no bearer token")
        if kind := outside.fault("sms", "refuse", "busy"):
            raise HTTPException(_HTTP_STATUS[kind], kind)
        provider_id = outside.take_sms(text.to, text.text, idempotency_key)
        if outside.fault("sms", "hang_after_accept"):
            await outside.hang()
        return {"id": provider_id}

    @app.get("/")
    async def inbox(loan: str = "", to: str = "", channel: str = "") -> HTMLResponse:
        shown = [
            message
            for message in reversed(outside.messages)
            if to.strip() in message.to
            and channel in ("", message.channel)
            and (not loan.strip() or message.names_loan(loan.strip()))
        ]
        page = _PAGE.render(shown=shown, of=len(outside.messages), loan=loan, to=to, channel=channel)
        return HTMLResponse(page, headers=_ONLY_ITS_OWN)

    return app
