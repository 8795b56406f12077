"""House policies: the shipped ones load, and a mistake is one line that says where it is."""

import re
from datetime import time
from pathlib import Path

import pytest

from compliance.pack import RulePack
from gateways.policy_file import POLICIES, policies_in, read_policy
from gateways.policy_terms import LONGEST_PLAN, RESTARTS_ON_DEMAND
from gateways.rule_pack_file import packs_in
from gateways.yaml_file import PolicyError

GOOD = """\
id: platform-z
version: 1
title: A small house
long_overdue_days: 90
strategies:
  standard:
    - {step: notice, stage: notice, after_days: 0, channels: [email], template: notice}
    - {step: reminder, stage: reminder, after_days: 5, channels: [sms, email], template: reminder}
revisits:
  every_days: [30]
  channels: [phone, visit]
  template: revisit
contact:
  windows:
    - {rule: hours, channels: [email, sms, phone, visit], days: working, opens: 09:00, closes: 12:30}
  caps:
    - {rule: one-a-day, channels: [email, sms, phone, visit], limit: 1, days: 1}
"""
REMINDER = "strategies.standard.1"
LAW = {
    "CN": RulePack.model_validate({"jurisdiction": "CN", "title": "A law", "rules": [
        {"id": "CN/night", "citation": "Act art. 5", "effective_from": "2020-01-01", "force": "must", "certainty": "H",
         "source": "test", "kind": "hours", "open": [{"opens": "08:00", "closes": "12:00"}]},
        {"id": "CN/calls", "citation": "Act art. 6", "effective_from": "2020-01-01", "force": "must", "certainty": "H",
         "source": "test", "kind": "limit", "counts": ["attempt"], "over": "person", "span": "calendar_days", "days": 1,
         "limit": 2, "channels": ["phone"]},
        {"id": "CN/people", "citation": "Act art. 7", "effective_from": "2020-01-01", "force": "must", "certainty": "H",
         "source": "test", "kind": "people", "at_least": 2, "channels": ["visit"]},
    ]}),
    "NZ": RulePack.model_validate({"jurisdiction": "NZ", "title": "A law", "rules": [
        {"id": "NZ/day", "citation": "Act art. 1", "effective_from": "2020-01-01", "force": "must", "certainty": "H",
         "source": "test", "kind": "hours", "open": [{"opens": "00:00", "closes": "24:00"}]},
    ]}),
}  # fmt: skip
IN_NEW_ZEALAND = GOOD.replace("  caps:\n", "  places: [NZ]\n  caps:\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a policy is written."""
    return tmp_path / "platform-z.yaml"


class TestShippedPolicies:
    def test_load_and_are_named_after_their_files(self, project: Path) -> None:
        files = {path.stem for path in (project / "policies").glob("platform-*.yaml")}

        found = policies_in()

        assert found.keys() == files == {"platform-a", "platform-b", "platform-c"}
        assert all(policy.house.id == name for name, policy in found.items())

    def test_are_the_same_after_a_journey_through_json(self) -> None:
        for policy in policies_in().values():
            assert type(policy).model_validate_json(policy.model_dump_json()) == policy


class TestReadPolicy:
    def test_takes_hours_written_without_quotes_as_they_stand(self, path: Path) -> None:
        """YAML 1.1 would read 12:30 as 750."""
        path.write_text(IN_NEW_ZEALAND)

        window = read_policy(path, LAW).contact.windows[0]

        assert (window.opens, window.closes) == (time(9), time(12, 30))

    def test_takes_24_as_the_end_of_the_day(self, path: Path) -> None:
        path.write_text(IN_NEW_ZEALAND.replace("12:30", "24:00"))

        assert read_policy(path, LAW).contact.windows[0].closes == time.max

    @pytest.mark.parametrize(
        ("right", "wrong", "at", "field", "complaint"),
        [
            ("title:", "titel: x\ntitle:", "titel", "titel", "Extra inputs are not permitted"),
            ("version: 1", "version: one", "version", "version", "integer"),
            ("version: 1", "version: 1\nversion: 2", "version: 2", "not YAML", "duplicate key"),
            ("long_overdue_days", "\tlong_overdue_days", "\t", "not YAML", "cannot start any token"),
            ("  standard:", "  usual:", "strategies", "strategies", "'standard' is missing"),
            ("stage: reminder", "stage: court", "stage: court", f"{REMINDER}.stage", "'notice', 'reminder'"),
            ("stage: notice", "stage: plan_offer", "standard", "strategies.standard", "must go notice → "),
            ("stage: notice", "stage: reminder", "standard", "strategies.standard", "must be a notice"),
            ("step: reminder", "step: notice", "standard", "strategies.standard", "must differ"),
            (
                "template: reminder",
                "template: lost",
                "template: lost",
                f"{REMINDER}.template",
                "lost.email.en",
            ),
            (
                "template: revisit",
                "template: lost",
                "template: lost",
                "revisits.template",
                "lost.visit.zh-CN",
            ),
            ("[sms, email], t", "[fax, email], t", "fax", f"{REMINDER}.channels.0", "'email', 'sms'"),
            ("contact:", "contacts:", "contacts", "contacts", "Extra inputs are not permitted"),
            ("rule: hours, ", "", "{channels", "contact.windows.0.rule", "Field required"),
            ("09:00", "25:00", "opens", "contact.windows.0.opens", "hour value"),
            ("09:00", "9", "opens", "contact.windows.0.opens", "write a time in quotes"),
            ("09:00", "09:00Z", "opens", "contact.windows.0.opens", "without an offset"),
            ("12:30", "09:00", "opens", "contact.windows.0.opens", "must differ from closes"),
            ("limit: 1", "limit: 0", "limit", "contact.caps.0.limit", "greater than or equal to 1"),
        ],
    )
    def test_names_file_line_and_column_of_a_mistake(
        self, path: Path, right: str, wrong: str, at: str, field: str, complaint: str
    ) -> None:
        text = GOOD.replace(right, wrong, 1)
        before = text[: text.index(at)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        path.write_text(text)

        with pytest.raises(PolicyError) as raised:
            read_policy(path, LAW)

        assert f"{path}:{line}:{column}: {field}: " in str(raised.value)
        assert complaint in str(raised.value)

    @pytest.mark.parametrize(
        ("content", "place", "complaint"),
        [
            (b"", "1:1", "a mapping of policy fields is expected"),
            (b"- a list\n", "1:1", "a mapping of policy fields is expected"),
            (b"id: platform-z\ntitle: caf\xe9\n", "2:11", "not UTF-8"),
        ],
    )
    def test_names_the_place_in_a_file_that_is_no_policy_at_all(
        self, path: Path, content: bytes, place: str, complaint: str
    ) -> None:
        path.write_bytes(content)

        with pytest.raises(PolicyError) as raised:
            read_policy(path, LAW)

        assert str(raised.value).startswith(f"{path}:{place}: ")
        assert complaint in str(raised.value)

    def test_names_every_mistake_at_once_each_on_its_line(self, path: Path) -> None:
        path.write_text(GOOD.replace("version: 1", "version: 0").replace("limit: 1", "limit: 0"))

        with pytest.raises(PolicyError) as raised:
            read_policy(path, LAW)

        assert [line.split(": ")[1] for line in str(raised.value).splitlines()] == [
            "version",
            "contact.caps.0.limit",
        ]


class TestHouseAndLaw:
    """A house may be stricter than the law of the places it is written for, never looser."""

    CAPS = "  caps:\n"

    def test_looser_hours_are_refused_with_the_law_they_break(self, path: Path) -> None:
        path.write_text(GOOD.replace(self.CAPS, "  places: [CN]\n" + self.CAPS))

        with pytest.raises(PolicyError) as raised:
            read_policy(path, LAW)

        assert str(raised.value) == (
            f"{path}:15:74: contact.windows.0.opens: 09:00 to 12:30 on working days is looser than CN/night "
            "(Act art. 5): 08:00 to 12:00 (every); the house may be stricter than the law, never looser"
        )

    def test_stricter_hours_are_taken(self, path: Path) -> None:
        path.write_text(GOOD.replace(self.CAPS, "  places: [CN]\n" + self.CAPS).replace("12:30", "12:00"))

        assert read_policy(path, LAW).contact.places == ("CN",)

    def test_hours_over_midnight_are_looser_too(self, path: Path) -> None:
        night = GOOD.replace(self.CAPS, "  places: [CN]\n" + self.CAPS).replace("12:30", "08:00")
        path.write_text(night)

        with pytest.raises(PolicyError, match="CN/night"):
            read_policy(path, LAW)

    @pytest.mark.parametrize(("limit", "is_looser"), [(2, False), (3, True)])
    def test_a_looser_cap_is_refused_with_the_law_it_breaks(
        self, path: Path, limit: int, is_looser: bool
    ) -> None:
        calls = f"    - {{rule: calls, channels: [phone], limit: {limit}, days: 1}}\n"
        path.write_text(
            GOOD.replace("12:30", "12:00").replace(self.CAPS, "  places: [CN]\n" + self.CAPS) + calls
        )

        if not is_looser:
            assert read_policy(path, LAW)
            return
        with pytest.raises(PolicyError) as raised:
            read_policy(path, LAW)
        assert str(raised.value) == (
            f"{path}:19:40: contact.caps.1.limit: 3 in 1 days is looser than CN/calls (Act art. 6): 2 in 1 days; "
            "the house may be stricter than the law, never looser"
        )

    def test_a_policy_for_another_place_is_not_measured_by_this_law(self, path: Path) -> None:
        path.write_text(IN_NEW_ZEALAND)

        assert read_policy(path, LAW)

    @pytest.mark.parametrize(
        ("places", "complaint"),
        [
            ("", "contact.places: is missing: name the places whose law the house keeps; there are CN, NZ"),
            ("  places: [NZ]\n  lender_place: CN\n", "contact.windows.0.opens: 09:00 to 12:30"),
            ("  places: [NZ]\n  lender_place: DE\n", "contact.lender_place: no rule pack for DE"),
        ],
    )
    def test_the_law_of_its_places_and_of_the_lenders_is_named_and_kept(
        self, path: Path, places: str, complaint: str
    ) -> None:
        path.write_text(GOOD.replace(self.CAPS, places + self.CAPS))

        with pytest.raises(PolicyError, match=re.escape(complaint)):
            read_policy(path, LAW)

    def test_fewer_visitors_than_the_law_asks_for_are_refused(self, path: Path) -> None:
        alone = GOOD.replace(self.CAPS, "  places: [CN]\n  visit_people: 1\n" + self.CAPS)
        path.write_text(alone.replace("12:30", "12:00"))

        with pytest.raises(PolicyError, match=r"contact\.visit_people: 1 is fewer than the 2 of CN/people"):
            read_policy(path, LAW)

    def test_more_contacts_in_longer_spans_are_refused_too(self, path: Path) -> None:
        many = "    - {rule: calls, channels: [phone], limit: 7, days: 3}\n"
        path.write_text(
            GOOD.replace("12:30", "12:00").replace(self.CAPS, "  places: [CN]\n" + self.CAPS) + many
        )

        with pytest.raises(PolicyError, match="7 in 3 days is looser than CN/calls"):
            read_policy(path, LAW)

    def test_a_place_without_a_rule_pack_is_a_mistake(self, path: Path) -> None:
        path.write_text(GOOD.replace(self.CAPS, "  places: [CN, XX]\n" + self.CAPS))

        with pytest.raises(PolicyError, match=r"contact\.places: no rule pack for XX; there are CN"):
            read_policy(path, LAW)


class TestTerms:
    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            (
                "answer_days: 10",
                "answer_days: 16",
                "complaints.answer_days: 16 calendar days are more than the 15",
            ),
            (
                "years: 3",
                "years: 4",
                "limitation.years: 4 years are longer than the 3 of limitation_years of CN",
            ),
        ],
    )
    def test_looser_than_the_law_of_the_places_are_refused(
        self, tmp_path: Path, old: str, new: str, says: str
    ) -> None:
        path = tmp_path / "platform-a.yaml"
        text = (POLICIES / path.name).read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(PolicyError) as raised:
            read_policy(path, packs_in())
        assert says in str(raised.value)

    def test_let_a_demand_restart_the_time_only_where_the_law_says_so(self, tmp_path: Path) -> None:
        packs = packs_in()
        terms = tuple(term for term in packs["CN"].terms if term.name != RESTARTS_ON_DEMAND)
        path = tmp_path / "platform-a.yaml"
        path.write_text((POLICIES / path.name).read_text(encoding="utf-8"), encoding="utf-8")
        with pytest.raises(
            PolicyError, match=r"limitation\.restarts: no term limitation_restarts_on_demand of CN"
        ):
            read_policy(path, {**packs, "CN": packs["CN"].model_copy(update={"terms": terms})})


class TestLongestPlan:
    def test_of_the_house_is_no_longer_than_the_law_of_its_places_lets_it_be(self, tmp_path: Path) -> None:
        packs = packs_in()
        [term] = [term for term in packs["CN"].terms if term.name == LONGEST_PLAN]
        others = tuple(other for other in packs["CN"].terms if other is not term)
        shorter = packs["CN"].model_copy(update={"terms": (term.model_copy(update={"value": 5}), *others)})
        path = tmp_path / "platform-a.yaml"
        path.write_text((POLICIES / path.name).read_text(encoding="utf-8"), encoding="utf-8")

        with pytest.raises(PolicyError) as raised:
            read_policy(path, {**packs, "CN": shorter})

        longest, instalments = str(raised.value).splitlines()
        assert (
            "plan.longest_plan_months: 60 months are longer than the 5 of longest_plan_months of CN"
            in longest
        )
        assert "plan.instalments: 6 months are longer than the 5" in instalments
