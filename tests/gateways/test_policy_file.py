"""House policies: the shipped ones load, and a mistake is one line that says where it is."""

from datetime import time
from pathlib import Path

import pytest

from gateways.policy_file import PolicyError, policies_in, read_policy

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
        path.write_text(GOOD)

        window = read_policy(path).contact.windows[0]

        assert (window.opens, window.closes) == (time(9), time(12, 30))

    def test_takes_24_as_the_end_of_the_day(self, path: Path) -> None:
        path.write_text(GOOD.replace("12:30", "24:00"))

        assert read_policy(path).contact.windows[0].closes == time.max

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
            ("09:00", "9", "opens", "contact.windows.0.opens", "write local time as HH:MM"),
            ("09:00", "09:00Z", "opens", "contact.windows.0.opens", "without an offset"),
            ("12:30", "08:00", "opens", "contact.windows.0.opens", "must be earlier than closes (08:00:00)"),
            ("12:30", "09:00", "opens", "contact.windows.0.opens", "must be earlier than closes (09:00:00)"),
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
            read_policy(path)

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
            read_policy(path)

        assert str(raised.value).startswith(f"{path}:{place}: ")
        assert complaint in str(raised.value)

    def test_names_every_mistake_at_once_each_on_its_line(self, path: Path) -> None:
        path.write_text(GOOD.replace("version: 1", "version: 0").replace("limit: 1", "limit: 0"))

        with pytest.raises(PolicyError) as raised:
            read_policy(path)

        assert [line.split(": ")[1] for line in str(raised.value).splitlines()] == [
            "version",
            "contact.caps.0.limit",
        ]
