"""The link to the borrower's page that an e-mail or a text carries, kept in the transaction that reserves it."""

from datetime import datetime

from contracts.carry_out import PlannedContact
from contracts.page_link import LINK_LIVES, PageLink, PageLinks
from ledger.entry import Entry
from statemachine.stage import Channel

WITH_LINK = (Channel.EMAIL, Channel.SMS)


async def link_of(entry: Entry, planned: PlannedContact, links: PageLinks | None) -> PageLink | None:
    """The contact's link, the same at every try; None where there is no page, or a person makes the contact."""
    if links is None or planned.contact.channel not in WITH_LINK:
        return None
    kept = await entry.run("links_of_contact", {"contact_key": planned.key})
    return links.minted(planned.key, {row["sha256"] for row in kept})


async def keep_link(
    entry: Entry, case_id: str, planned: PlannedContact, link: PageLink | None, now: datetime
) -> None:
    """From here on the link opens the case's page, for thirty days."""
    if link is not None:
        await entry.run("put_page_link", {"sha256": link.sha256, "contact_key": planned.key, "case_id": case_id,
                                          "expires_at": now + LINK_LIVES})  # fmt: skip
