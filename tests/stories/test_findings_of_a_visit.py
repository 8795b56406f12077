"""What a visit finds drives what comes next: a plan, a pause, a word in writing, a person's decision, another visit."""

from case_on_server import Office
from timeline import day_of, to_day
from visited import after_the_visit, tells, visited, visits


class TestFinding:
    async def test_of_an_income_that_allows_it_leads_to_a_plan(self, office: Office) -> None:
        case = await visited(office)
        findings = {"income": "less", "willingness": "willing", "wishes": "parts after payday"}
        await tells(case, findings=findings, next_step="plan")
        await to_day(case, 46)
        assert await after_the_visit(case) == [(37, "visit: met, next plan"), (37, "plan of 12 parts")]
        [line] = await case.lines("visit")
        assert line["facts"]["income"] == "less"
        assert line["facts"]["situation"] == "wishes: parts after payday"

    async def test_of_a_difficulty_leads_to_a_pause_and_a_person_who_helps(self, office: Office) -> None:
        case = await visited(office)
        await tells(case, findings={"support_needs": "an interpreter"}, next_step="hold")
        await to_day(case, 84)
        assert await after_the_visit(case) == [
            (37, "visit: met, next hold"),
            (37, "hold: hardship"),
            (37, "a person: hold_review"),
            (37, "a person: hardship_review"),
            (82, "over: hardship"),
            (84, "revisit_4 by phone"),
        ]
        assert "interpreter" not in str(await case.lines())

    async def test_that_a_word_would_help_leads_to_one_written_reminder_and_then_the_next_revisit(
        self, office: Office
    ) -> None:
        case = await visited(office)
        case.has_field_team = True
        await tells(case, next_step="reminder")
        await to_day(case, 68)
        assert await after_the_visit(case) == [
            (37, "visit: met, next reminder"),
            (44, "follow_up_4 by email"),
            (67, "revisit_5 by phone"),
            (67, "phone: not_met"),
        ]

    async def test_that_nobody_can_go_on_leads_to_a_named_persons_decision(self, office: Office) -> None:
        case = await visited(office)
        await tells(case, situation="has moved abroad", next_step="escalate")
        await to_day(case, 40)
        assert await after_the_visit(case) == [
            (37, "visit: met, next escalate"),
            (37, "stage: escalation"),
            (37, "a person: escalation"),
        ]

    async def test_that_more_must_be_learned_leads_to_another_visit_on_its_day(self, office: Office) -> None:
        case = await visited(office)
        case.has_field_team = True
        await tells(case, next_step="visit", next_visit_on=str(await day_of(case, 51)))
        await to_day(case, 52)
        assert await after_the_visit(case) == [
            (37, "visit: met, next visit"),
            (44, "set up: revisit_4 by visit"),
            (51, "revisit_4 by visit"),
            (51, "visit: not_met"),
        ]
        first, second = await visits(case)
        assert first["done_at"] is not None
        assert (second["people"], second["done_at"] is not None) == (2, True)
