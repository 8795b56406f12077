"""Once a borrower has told of a difficulty, what reaches them is kind: the real door sends no dunning sentence any more."""

from case_on_server import CaseOnServer, Office
from jinja2 import nodes
from timeline import timeline, to_day

from gateways.message import file_of
from gateways.policy_file import wanted_templates
from gateways.template import TEMPLATES, is_caring, tree_of
from statemachine.policy import HousePolicy
from statemachine.stage import Tone

SHORTEST = 12
"""Characters of a sentence that is told from others."""


def sentences(file: str) -> set[str]:
    """What a template says itself, in its own words."""
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    texts = (text.data for text in tree_of(source).find_all(nodes.TemplateData))
    return {line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= SHORTEST}


def dunning(house: HousePolicy) -> set[str]:
    """Every sentence of the house that only those may read who are in no difficulty."""
    sent = [wanted for wanted in wanted_templates(house) if wanted[1] in ("email", "sms")]
    plain = {file_of(house.id, *wanted, "en", Tone.PLAIN) for wanted in sent}
    kind = {file_of(house.id, *wanted, "en", Tone.CARING) for wanted in sent}
    harsh = {file for file in plain if not is_caring((TEMPLATES / file).read_text(encoding="utf-8"), file)}
    return {one for file in harsh for one in sentences(file)} - {
        one for file in kind for one in sentences(file)
    }


def spoken(case: CaseOnServer, among: set[str]) -> list[tuple[str, list[str]]]:
    """Each message that arrived: by which channel, and which of these sentences it holds."""
    return [(one.channel, sorted(said for said in among if said in one.body)) for one in case.received()]


class TestCaringVoice:
    async def test_speaks_in_the_next_text_after_a_hardship_and_in_all_that_follow(
        self, office: Office
    ) -> None:
        house = office.policies["platform-a"].house
        case = await office.opened(policy="platform-a")
        await to_day(case, 1)
        [(channel, asked)] = spoken(case, dunning(house))
        assert channel == "email"
        assert asked, "the notice before it was the plain one"

        await case.tell("hardship_reported", support_need="a call in the evening")
        await to_day(case, 150)

        assert [text for _, text in await timeline(case)].count("hold: hardship") == 1
        _, *later = spoken(case, dunning(house))
        assert len(later) >= 3
        assert later[0][0] == "sms"
        assert [said for _, said in later] == [[]] * len(later)
        text = case.received()[1].body
        assert "Nothing has to be done about your account" in text

    async def test_is_not_needed_where_nobody_told_of_a_difficulty(self, office: Office) -> None:
        """The twin: the same ladder without it is spoken in the plain voice."""
        house = office.policies["platform-a"].house
        case = await office.opened(policy="platform-a")
        await to_day(case, 8)

        assert [bool(said) for _, said in spoken(case, dunning(house))] == [True, True]
