"""Rules of docker-compose.yml, checked without an engine; each rule is seen to reject a file that breaks it."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from entrypoints.cli import app

Compose = dict[str, Any]
Rule = Callable[[Compose], Iterator[str]]

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
ENV_EXAMPLE = (PROJECT / "deploy" / ".env.example").read_text(encoding="utf-8")

_VARIABLE = re.compile(r"\$\{(\w+)(:-|:\?)?[^}]*\}")
_SECRET = re.compile(r"PASSWORD|PWD|TOKEN|PAGE_KEYS|SECRET|CREDENTIAL|SMTP_URL")
_LOGIN_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]*@")


def read(text: str) -> Compose:
    """The file's content, merge keys resolved."""
    content: Compose = YAML(typ="safe", pure=True).load(text)
    return content


def named_here(text: str) -> set[str]:
    """The variables an .env file names, those commented out too."""
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", text, re.MULTILINE))


def strings(value: Any) -> Iterator[str]:
    """Every text in a tree."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, str):
        yield value
    elif not isinstance(value, (bool, int, float, type(None))):
        for part in value:
            yield from strings(part)


def unknown_dependencies(compose: Compose) -> Iterator[str]:
    """Whom a service waits for exists, and can reach the condition it waits for."""
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            if other not in services:
                yield f"{name} depends on {other}, which is no service"
            elif how["condition"] == "service_healthy" and "healthcheck" not in services[other]:
                yield f"{name} waits for {other} to be healthy, which has no health check"
            elif how["condition"] == "service_completed_successfully" and not one_shot(services[other]):
                yield f"{name} waits for {other} to end, which is restarted for ever"


def one_shot(service: Compose) -> bool:
    """Runs to its end, tried again when it fails."""
    return str(service["restart"]).startswith("on-failure")


def unexplained_variables(compose: Compose) -> Iterator[str]:
    """A variable has a default or is required, and .env.example explains it."""
    for text in strings(compose):
        for name, fallback in _VARIABLE.findall(text):
            if not fallback:
                yield f"{name} has no default and is not required: a forgotten one would be empty"
            if name not in named_here(ENV_EXAMPLE):
                yield f"{name} is not in deploy/.env.example"
        if "$" in _VARIABLE.sub("", text):
            yield f"{text} has a variable in another notation"


def literal_secrets(compose: Compose) -> Iterator[str]:
    """A secret comes from outside the file, and has no default."""
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if _SECRET.search(key) and not re.fullmatch(r"\$\{\w+:\?[^}]+\}", value):
                yield f"{name}: {key} holds a literal value"
    for text in strings(compose):
        if _LOGIN_IN_URL.search(_VARIABLE.sub("", text)):
            yield f"{text} holds a password"


def open_ports(compose: Compose) -> Iterator[str]:
    """Only this machine reaches a port."""
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            if not str(port).startswith("127.0.0.1:"):
                yield f"{name}: port {port} is open to the network"


def floating_images(compose: Compose) -> Iterator[str]:
    """An image is named with its full version."""
    for name, service in compose["services"].items():
        if not re.search(r":\d+\.\d+(\.\d+)?(-\w+)?$", service["image"]):
            yield f"{name}: image {service['image']} is not pinned"


def unknown_commands(compose: Compose) -> Iterator[str]:
    """What a service runs of ours exists, with the options it is given."""
    for name, service in compose["services"].items():
        words = service.get("command", [])
        if words[:1] != ["leeway"]:
            continue
        command: Any = typer.main.get_command(app)
        rest = words[1:]
        while hasattr(command, "commands") and rest:
            command, rest = command.commands.get(rest[0]), rest[1:]
        if command is None or hasattr(command, "commands"):
            yield f"{name}: no such command: {' '.join(words)}"
            continue
        try:
            command.make_context("leeway", list(rest))
        except Exception as error:
            yield f"{name}: {' '.join(words)}: {error}"


def unscalable(compose: Compose) -> Iterator[str]:
    """Any number of workers may run beside each other, and whatever falls over is started again."""
    for name, service in compose["services"].items():
        if "restart" not in service:
            yield f"{name} is not restarted"
        if "container_name" in service or (name == "worker" and "ports" in service):
            yield f"{name} cannot run twice"


def unread_settings(compose: Compose) -> Iterator[str]:
    """Every LEEWAY_ variable a service of ours is given is one it reads."""
    known = set(
        re.findall(r"\bLEEWAY_\w+", (PROJECT / "entrypoints" / "settings.py").read_text(encoding="utf-8"))
    )
    for name in ("migrate", "worker", "api", "page"):
        for key in compose["services"][name]["environment"]:
            if key.startswith("LEEWAY_") and key not in known:
                yield f"{name}: nothing reads {key}"


RULES: tuple[Rule, ...] = (
    unknown_dependencies, unexplained_variables, literal_secrets, open_ports, floating_images, unknown_commands,
    unscalable, unread_settings,
)  # fmt: skip


def schema_says(path: Path) -> subprocess.CompletedProcess[str]:
    """The Compose specification's own schema, as check-jsonschema brings it."""
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(check, check=False, capture_output=True, text=True)


class TestComposeFile:
    def test_follows_the_compose_specification(self) -> None:
        checked = schema_says(PROJECT / "docker-compose.yml")

        assert checked.returncode == 0, checked.stdout

    def test_of_which_an_unknown_key_is_no_part(self, tmp_path: Path) -> None:
        twin = tmp_path / "docker-compose.yml"
        twin.write_text(TEXT.replace("    healthcheck:", "    helthcheck:", 1), encoding="utf-8")

        checked = schema_says(twin)

        assert checked.returncode == 1
        assert "helthcheck" in checked.stdout

    @pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
    def test_has_none_of(self, rule: Rule) -> None:
        assert list(rule(read(TEXT))) == []

    @pytest.mark.parametrize(
        ("rule", "sound", "broken", "named"),
        [
            (unknown_dependencies, "migrate: {condition", "migrant: {condition", "migrant"),
            (unknown_dependencies, "temporal-schema: {condition: service_completed_successfully}",
             "temporal-schema: {condition: service_healthy}", "temporal-schema"),
            (unknown_dependencies, "postgres: {condition: service_healthy}",
             "postgres: {condition: service_completed_successfully}", "postgres"),
            (unexplained_variables, "${LEEWAY_LENDER:?", "${LEEWAY_LANDER:?", "LEEWAY_LANDER"),
            (unexplained_variables, "${LEEWAY_LENDER:?set it in .env, see deploy/.env.example}", "${LEEWAY_LENDER}",
             "LEEWAY_LENDER"),
            (unexplained_variables, "LEEWAY_LENDER: ${LEEWAY_LENDER:?set it in .env, see deploy/.env.example}",
             "LEEWAY_LENDER: $LEEWAY_LENDER", "$LEEWAY_LENDER"),
            (literal_secrets, "${POSTGRES_PASSWORD:?set it in .env, see deploy/.env.example}", "hunter2",
             "POSTGRES_PASSWORD"),
            (literal_secrets, "${LEEWAY_API_TOKEN:?set it", "${LEEWAY_API_TOKEN:-set it", "LEEWAY_API_TOKEN"),
            (literal_secrets, "//leeway@postgres", "//leeway:hunter2@postgres", "hunter2"),
            (open_ports, "127.0.0.1:${TEMPORAL_PORT", "${TEMPORAL_PORT", "temporal: port"),
            (open_ports, "127.0.0.1:${LEEWAY_API_PORT", "0.0.0.0:${LEEWAY_API_PORT", "api: port"),
            (floating_images, "postgres:18.6-trixie", "postgres:latest", "postgres:latest"),
            (floating_images, "temporalio/ui:2.54.1", "temporalio/ui", "temporalio/ui"),
            (unknown_commands, "[leeway, worker]", "[leeway, workers]", "workers"),
            (unknown_commands, "[leeway, api, --host,", "[leeway, api, --hots,", "--hots"),
            (unscalable, "[leeway, worker]", "[leeway, worker]\n    container_name: worker", "worker"),
            (unscalable, "[leeway, worker]", '[leeway, worker]\n    ports: ["127.0.0.1:1:1"]', "worker"),
            (unscalable, "    restart: unless-stopped\n    shm_size", "    shm_size", "postgres"),
            (unread_settings, "LEEWAY_LENDER:", "LEEWAY_LANDER:", "LEEWAY_LANDER"),
        ],
    )  # fmt: skip
    def test_would_be_refused(self, rule: Rule, sound: str, broken: str, named: str) -> None:
        twin = TEXT.replace(sound, broken, 1)
        assert twin != TEXT

        faults = list(rule(read(twin)))

        assert faults
        assert any(named in fault for fault in faults)

    def test_runs_what_the_tests_run(self) -> None:
        embedded = subprocess.run(
            [str(Path(sys.executable).with_name("temporal")), "--version"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        services = read(TEXT)["services"]

        server = services["temporal"]["image"].removeprefix("temporalio/server:")
        assert f"Server {server}," in embedded
        assert f"UI {services['temporal-ui']['image'].removeprefix('temporalio/ui:')})" in embedded
        for tools in ("temporal-schema", "temporal-namespace"):
            assert services[tools]["image"] == f"temporalio/admin-tools:{server}"

    def test_names_our_image_by_the_projects_version(self) -> None:
        version = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "version"
        ]

        assert {read(TEXT)["services"][name]["image"] for name in ("migrate", "worker", "api", "page")} == {
            f"leeway:{version}"
        }

    def test_tells_a_worker_who_speaks(self) -> None:
        """The defaults are a demonstration's; real letters must never go out in its name."""
        worker = read(TEXT)["services"]["worker"]["environment"]

        for field in (
            "LENDER_NAME",
            "REPLY_TO",
            "HELP_LINE",
            "MAIL_FROM",
            "SMTP_URL",
            "SMS_URL",
            "SMS_TOKEN",
            "LENDER",
        ):
            assert worker[f"LEEWAY_{field}"].startswith(f"${{LEEWAY_{field}:?")


class TestEnvExample:
    def test_explains_what_the_file_reads_and_nothing_else(self) -> None:
        assert named_here(ENV_EXAMPLE) == {name for name, _ in _VARIABLE.findall(TEXT)}

    def test_holds_no_value(self) -> None:
        assert re.findall(r"^[A-Z_]+=.+$", ENV_EXAMPLE, re.MULTILINE) == []


class TestImage:
    def test_is_given_every_package_and_the_policies(self) -> None:
        project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
        let_in = set(
            re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
        )

        assert let_in >= {
            *project["tool"]["setuptools"]["packages"],
            "policies",
            "bootstrap.py",
            "requirements",
        }
        assert all((PROJECT / name).exists() for name in let_in)

    def test_does_not_run_as_root(self) -> None:
        dockerfile = (PROJECT / "deploy" / "Dockerfile").read_text(encoding="utf-8")

        assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["leeway"]
