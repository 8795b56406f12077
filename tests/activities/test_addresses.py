"""Which address or number the door uses: none that bounced or is a stranger's, and the next one where one is used up."""

from at_the_door import AT_NOON, NOON, CaseAtDoor, activity_at, rules, utc
from desk import DAY, EMAIL, MINUTE, PHONE, SMS, Gateways, Open, Under, desks

from contracts.carry_out import Made, Refused
from contracts.delivery_receipt import DeliveryReceipt, recipient_digest
from ledger.receipts import take_receipt
from ledger.store import Ledger
from statemachine.stage import Channel

VISIT = Channel.VISIT


async def bounced(
    ledger: Ledger, case: CaseAtDoor, step: str = "notice", status: str = "hard_bounce", at: str | None = None
) -> None:
    """The provider says that the message of this step came back."""
    rows = await ledger.read("contacts", case_id=case.case.case_id)
    [key] = [row["key"] for row in rows if row["step"] == step]
    receipt = DeliveryReceipt(
        reference=key, status=status, recipient_sha256=recipient_digest(at) if at else None
    )
    found = await take_receipt(ledger, "harbour", receipt, AT_NOON)
    assert found is not None


async def numbers_used(ledger: Ledger, case: CaseAtDoor) -> list[str]:
    """The address or number of each contact, in order."""
    rows = await ledger.read("borrower_contacts", lender="harbour", borrower_id=case.loan.borrower_id,
                             since=utc(NOON) - 9 * DAY, key="")  # fmt: skip
    return [row["number"] for row in sorted(rows, key=lambda row: row["at"])]


class TestBouncedAddress:
    async def test_is_refused_on_every_loan_of_the_person_until_another_is_on_record(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        case = await opened()
        assert isinstance(await activity_at(case.door(gateways), case.contact(EMAIL), AT_NOON), Made)
        await bounced(ledger, case)
        other = await opened(borrower_id=case.loan.borrower_id, email=case.loan.email)
        refused = await activity_at(other.door(gateways), other.contact(EMAIL), AT_NOON)
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.reachable) == (
            "no address that works for email on record", (SMS, PHONE, VISIT),
        )  # fmt: skip
        await ledger.put_loans([other.loan.model_copy(update={"email": "new@example.test"})], AT_NOON)
        assert isinstance(await activity_at(other.door(gateways), other.contact(EMAIL), AT_NOON), Made)

    async def test_is_not_held_against_by_a_soft_bounce(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1)
        assert await desk.made(EMAIL, AT_NOON)
        for status in ("soft_bounce", "rejected"):
            await bounced(ledger, desk.case, f"{desk.case.loan.loan_id}_1", status)
        assert await desk.made(EMAIL, AT_NOON + MINUTE)

    async def test_is_not_the_one_that_a_forwarded_mail_came_back_from(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        """The borrower's mailbox passed it on to one that is gone: theirs is good."""
        [desk] = await desks(opened, gateways, 1)
        assert await desk.made(EMAIL, AT_NOON)
        await bounced(ledger, desk.case, f"{desk.case.loan.loan_id}_1", at="old@elsewhere.test")
        assert await desk.made(EMAIL, AT_NOON + MINUTE)
        await bounced(
            ledger, desk.case, f"{desk.case.loan.loan_id}_2", at=f"<{desk.case.loan.email}>".upper()
        )
        assert isinstance(await desk.knocks(EMAIL, AT_NOON + 2 * MINUTE), Refused)

    async def test_counts_as_a_failed_contact_and_frees_the_cap(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1, snapshot=rules(one_a_day=(1, 1)))
        assert await desk.made(EMAIL, AT_NOON)
        assert (await desk.refused(SMS, AT_NOON))[0] == "one_a_day"
        await bounced(ledger, desk.case, f"{desk.case.loan.loan_id}_1")
        assert await desk.made(SMS, AT_NOON + MINUTE)
        assert (await desk.refused(SMS, AT_NOON + 2 * MINUTE))[0] == "one_a_day"

    async def test_bars_its_own_channel_only(self, ledger: Ledger, opened: Open, gateways: Gateways) -> None:
        """A landline takes no texts, and rings."""
        [desk] = await desks(opened, gateways, 1)
        assert await desk.made(SMS, AT_NOON)
        await bounced(ledger, desk.case, f"{desk.case.loan.loan_id}_1")
        assert isinstance(await desk.knocks(SMS, AT_NOON), Refused)
        assert await desk.made(PHONE, AT_NOON)


class TestSecondNumber:
    TWO = ("+8613800000001", "+8613800000002")

    async def test_is_used_once_the_first_has_bounced(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1, phones=self.TWO)
        assert await desk.made(SMS, AT_NOON)
        await bounced(ledger, desk.case, f"{desk.case.loan.loan_id}_1")
        assert await desk.made(SMS, AT_NOON + MINUTE)
        assert await numbers_used(ledger, desk.case) == list(self.TWO)

    async def test_is_called_where_the_dials_to_the_first_are_used_up(
        self, ledger: Ledger, opened: Open, gateways: Gateways, under: Under
    ) -> None:
        """CN/dial-attempts: six a day to one number; the person may be connected to three times a day."""
        [desk] = await desks(opened, gateways, 1, snapshot=under("CN"), phones=self.TWO)
        for n in range(6):
            await desk.agency_reports(AT_NOON, result="no_answer", number=self.TWO[0], collector="lender",
                                      reference=f"{desk.case.loan.loan_id}/{n}")  # fmt: skip
        assert await desk.made(PHONE, AT_NOON + MINUTE)
        assert (await numbers_used(ledger, desk.case))[-1] == self.TWO[1]

    async def test_is_not_called_while_the_first_may_be(
        self, ledger: Ledger, opened: Open, gateways: Gateways
    ) -> None:
        [desk] = await desks(opened, gateways, 1, phones=self.TWO)
        assert await desk.made(PHONE, AT_NOON)
        assert await numbers_used(ledger, desk.case) == [self.TWO[0]]
