"""A debt whose time ends: told in time, then never chased silently; a person decides, and a knowing promise revives it."""

from datetime import date, timedelta

import pytest
from case_on_server import Office
from temporalio.client import WorkflowUpdateFailedError
from timeline import timeline, to_day

from statemachine.stage import Channel, Stage


class TestTimeBarredDebt:
    async def test_goes_to_a_person_and_comes_back_with_words_that_say_so(self, office: Office) -> None:
        """Overdue so long that the last day is 200 days off; a hold keeps everybody silent until it has passed."""
        policy = office.policies["platform-a"]
        email_revisits = policy.house.revisits.model_copy(
            update={"channels": (Channel.EMAIL,), "template": "notice"}
        )
        house = policy.house.model_copy(update={"revisits": email_revisits})
        away = office.away(policy.model_copy(update={"house": house}))
        async with away.worker():
            since = (await (await office.opened()).today()) - timedelta(days=3 * 365 - 200)
            case = await away.opened(policy="platform-a", overdue_since=since)
            await case.tell("hold", reason="operator")
            ends_on = (await case.row())["limitation_on"]
            assert 195 < (ends_on - await case.today()).days < 205
            await to_day(case, 30)
            [alert] = await case.lines("limitation")
            assert str(ends_on) in alert["reason"]
            await to_day(case, 210)
            view = await case.view()
            assert view.case.stage is Stage.ESCALATION
            assert view.case.time.barred_on == ends_on
            assert await case.contacts("made") == []
            row = await case.row()
            assert row["is_time_barred"]
            assert (await case.tasks())["escalation"] == 1

            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await case.tell("escalation_decision", decision="refer", by="Ms Chen")
            assert "decision: the debt is time-barred since" in str(refused.value.cause)
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await case.tell("escalation_decision", decision="sell", by="Ms Chen")
            assert "note: the debt is time-barred since" in str(refused.value.cause)

            await case.tell("promise", amount_minor=1_000, due_on=str(await case.today()))
            assert (await case.view()).case.is_time_barred, "nobody had told them"
            await case.tell("release", reason="operator")
            await case.tell("escalation_decision", decision="back_to_revisit", by="Mr Wu")
            await to_day(case, 260)
            [made] = await case.contacts("made")
            assert made["step"].startswith("revisit")
            assert (await case.view()).case.time.told_on is not None
            await case.tell("promise", amount_minor=1_000, due_on=str(await case.today()))
            assert not (await case.view()).case.is_time_barred
            assert (await case.row())["limitation_on"] == (await case.today()).replace(
                year=(await case.today()).year + 3
            )
            assert "time barred" in [text for _, text in await timeline(case)]

    async def test_that_arrives_so_is_never_asked_for(self, office: Office) -> None:
        case = await office.opened(policy="platform-c", overdue_since=date(2019, 3, 5))
        await to_day(case, 10)
        assert await case.contacts() == []
        assert (await case.view()).case.stage is Stage.ESCALATION
