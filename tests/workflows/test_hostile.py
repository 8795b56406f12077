"""What an adversarial reader tried against a running case."""

from dataclasses import replace
from datetime import timedelta

from case_on_server import CaseOnServer, Office
from test_stopping import with_an_email_on_its_way


class TestCase:
    async def test_survives_field_names_made_to_choke_it(self, office: Office) -> None:
        """NUL cannot be written to PostgreSQL, and two megabytes do not fit into a request."""
        case = await office.opened()
        await case.handle.signal("payment", {"a\x00b": 1, "x" * 500_000: 1})
        for number in range(120):
            await case.handle.signal("payment", {f"{number}" + "y" * 2_000: 1})
        await case.alive()

        answer = await case.tell("payment", reference="P", amount_minor=100, currency="CNY")

        assert answer.accepted
        assert len(await case.lines("absorbed")) == 121

    async def test_does_not_say_what_a_part_payment_has_made_untrue(self, office: Office) -> None:
        """The message on its way names the old balance; it is planned anew and says the new one, once."""
        case = await with_an_email_on_its_way(office)
        await case.tell("payment", reference="part", amount_minor=20_000, currency="CNY")
        await case.skip(timedelta(minutes=10))
        await case.alive()

        assert "a message came meanwhile" in (await case.lines("refused"))[0]["reason"]
        assert all("1,200.00" not in message.body for message in case.received())

    async def test_takes_a_call_back_when_a_hold_comes(self, office: Office) -> None:
        """A person must not call the house of someone who died because a task was left lying."""
        case = await self.called(office)
        (before,) = await calls(case)
        await case.tell("hold", reason="death")
        (after,) = await calls(case)

        assert (before["due_at"] is not None, before["withdrawn_at"]) == (True, None)
        assert after["withdrawn_at"] is not None

    async def called(self, office: Office) -> CaseOnServer:
        """A case whose first revisit is in a person's hands."""
        case = replace(await office.opened(policy="platform-c"), has_field_team=False)
        await case.advance_until(lambda view: bool(view.case.appointment and view.case.appointment.made_at))
        return case


async def calls(case: CaseOnServer) -> list[dict[str, object]]:
    """The case's calls and visits."""
    rows = await case.ledger.read("tasks", case_id=case.handle.id)
    return [row for row in rows if row["kind"] in ("phone", "visit")]
