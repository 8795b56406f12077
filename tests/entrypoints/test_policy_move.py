"""`leeway policy move` on the command line: what it wants, and what it says of cases it cannot move."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from entrypoints import cli, policies
from entrypoints.moving import Moved


class TestMove:
    @pytest.mark.parametrize(
        ("words", "field"), [(("--reason", " ", "--by", "Ms Chen"), "--reason"), (("--reason", "law", "--by", " "), "--by")]
    )  # fmt: skip
    def test_names_an_empty_word_before_it_looks_for_servers(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], field: str
    ) -> None:
        monkeypatch.setenv("LEEWAY_HOME", str(tmp_path / "nothing"))
        answer = CliRunner().invoke(cli.app, ["policy", "move", *words])
        assert isinstance(answer.exception, ValueError)
        assert str(answer.exception).startswith(f"{field}: is empty")

    def test_wants_a_name(self) -> None:
        assert CliRunner().invoke(cli.app, ["policy", "move", "--reason", "law"]).exit_code == 2

    def test_names_the_cases_whose_policy_is_gone_and_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            policies, "with_servers", lambda work: Moved(without_policy=["case:harbour:L-1:1"])
        )
        answer = CliRunner().invoke(cli.app, ["policy", "move", "--reason", "law", "--by", "Ms Chen"])
        assert answer.exit_code == 1
        assert "1 under a policy that is gone" in answer.stdout
        assert "case:harbour:L-1:1" in answer.stderr
