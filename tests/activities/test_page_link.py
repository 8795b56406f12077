"""The link to the borrower's page, as the door writes it into e-mails and texts."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from at_the_door import AT_NOON, RULE_BOOK, VOICE, CaseAtDoor, Crash, CrashesAfterSending, activity_at

from activities.carry_out import CarryingOut
from activities.door import Door
from contracts.page_link import LINK_LIVES, PageLinks, sha256_of
from gateways.receipt import Gateway
from statemachine.stage import Channel

Open = Callable[..., Awaitable[CaseAtDoor]]
Gateways = dict[Channel, Gateway]

OLD, NEW = "o" * 32, "n" * 32
URL = "https://pay.example"
LINKS = PageLinks(URL, (OLD,))
MINUTE = timedelta(minutes=1)


def door(case: CaseAtDoor, gateways: Gateways, links: PageLinks | None = LINKS) -> CarryingOut:
    """A door that knows where borrowers reach their page."""
    return CarryingOut(case.ledger, Door(case.ledger, gateways, VOICE, RULE_BOOK, links))


def links_in(text: str) -> list[str]:
    """The tokens of the links in a message."""
    return re.findall(rf"{URL}/(\S+)", text)


async def kept(case: CaseAtDoor, channel: Channel) -> list[str]:
    """What the ledger keeps of the notice's link."""
    key = case.contact(channel).contact
    assert key is not None
    return [row["sha256"] for row in await case.ledger.read("links_of_contact", contact_key=key.key)]


class TestLink:
    @pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
    async def test_stands_in_every_email_and_text(
        self, opened: Open, gateways: Gateways, channel: Channel
    ) -> None:
        case = await opened()
        await activity_at(door(case, gateways), case.contact(channel), AT_NOON)

        [message] = case.received()
        [token] = links_in(message.body)
        assert re.fullmatch("[a-z2-7]{20}", token)
        assert await kept(case, channel) == [sha256_of(token)]

    async def test_is_nowhere_in_the_ledger_itself(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        await activity_at(door(case, gateways), case.contact(Channel.EMAIL), AT_NOON)

        [token] = links_in(case.received()[0].body)
        written = f"{await case.lines()}{await case.contacts()}{await case.tasks()}"
        assert token not in written

    async def test_tells_nothing_of_the_loan(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        await activity_at(door(case, gateways), case.contact(Channel.EMAIL), AT_NOON)

        [token] = links_in(case.received()[0].body)
        assert case.loan.loan_id.lower() not in token
        assert case.loan.borrower_id.lower() not in token

    async def test_is_the_same_when_the_send_is_repeated(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        request = case.contact(Channel.SMS)
        dying = {**gateways, Channel.SMS: CrashesAfterSending(gateways[Channel.SMS])}
        with pytest.raises(Crash):
            await activity_at(door(case, dying), request, AT_NOON)
        newer = PageLinks(URL, (NEW, OLD))

        sent = gateways[Channel.SMS]
        texts: list[str] = []

        class Listening:
            takes_key = True

            async def send(self, **asked: object) -> object:
                texts.append(str(asked["message"].body))  # type: ignore[attr-defined]
                return await sent.send(**asked)  # type: ignore[arg-type]

        listening: Gateways = {**gateways, Channel.SMS: Listening()}  # type: ignore[dict-item]
        await activity_at(door(case, listening, newer), request, AT_NOON + MINUTE)

        assert texts == [case.received()[0].body]

    async def test_is_made_with_the_newest_key(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        await activity_at(
            door(case, gateways, PageLinks(URL, (NEW, OLD))), case.contact(Channel.EMAIL), AT_NOON
        )

        [token] = links_in(case.received()[0].body)
        key = case.contact(Channel.EMAIL).contact
        assert key is not None
        assert PageLinks(URL, (NEW,)).is_signed(token, key.key)
        assert not PageLinks(URL, (OLD,)).is_signed(token, key.key)

    async def test_is_left_out_where_there_is_no_page(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        await activity_at(door(case, gateways, None), case.contact(Channel.EMAIL), AT_NOON)

        assert "http" not in case.received()[0].body
        assert await kept(case, Channel.EMAIL) == []

    async def test_is_not_made_for_a_call(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        request = case.contact(Channel.PHONE, template="revisit")
        await activity_at(door(case, gateways), request, AT_NOON)

        [task] = await case.tasks()
        assert URL not in task["talk_sheet"]
        assert await kept(case, Channel.PHONE) == []

    async def test_expires(self, opened: Open, gateways: Gateways) -> None:
        case = await opened()
        await activity_at(door(case, gateways), case.contact(Channel.EMAIL), AT_NOON)
        [sha256] = await kept(case, Channel.EMAIL)

        async def opens(at: object, secret: str) -> bool:
            rows = await case.ledger.read(
                "bind_link", sha256=sha256, bound=secret, now=at, until=at, lender="harbour"
            )
            return bool(rows)

        assert not await opens(AT_NOON + LINK_LIVES + MINUTE, "a")
        assert await opens(AT_NOON + LINK_LIVES - MINUTE, "a")


class TestKeys:
    @pytest.mark.parametrize(
        ("url", "keys", "setting"),
        [
            ("pay.example", (OLD,), "LEEWAY_PAGE_URL"),
            ("ftp://pay.example", (OLD,), "LEEWAY_PAGE_URL"),
            ("https://pay.example/page", (OLD,), "LEEWAY_PAGE_URL"),
            ("https://pay.example?a=b", (OLD,), "LEEWAY_PAGE_URL"),
            (URL, (), "LEEWAY_PAGE_KEYS"),
            (URL, (OLD, "short"), "LEEWAY_PAGE_KEYS"),
        ],
    )
    def test_that_cannot_be_used_are_named(self, url: str, keys: tuple[str, ...], setting: str) -> None:
        with pytest.raises(ValueError, match=setting):
            PageLinks(url, keys)

    def test_are_in_no_error(self) -> None:
        with pytest.raises(ValueError) as refused:  # noqa: PT011
            PageLinks(URL, ("hunter2",))
        assert "hunter2" not in str(refused.value)
