"""bootstrap.py, run as a user runs it, in a tiny checkout of its own with a package index of one wheel."""

import ast
import hashlib
import os
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
BACKEND = Path(__file__).with_name("tiny_backend.py")
TINY = """[build-system]
requires = []
build-backend = "tiny_backend"
backend-path = ["."]
[project]
name = "tiny"
version = "1.0"
"""


class Index(SimpleHTTPRequestHandler):
    """A package index whose answers pip would like to keep in its cache."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A tiny checkout with this bootstrap.py; its locks name one wheel, on the index that pip is set up for."""
    tiny, wheels, settings = tmp_path / "checkout", tmp_path / "wheels", tmp_path / "home" / ".config" / "pip"
    for directory in (tiny / "requirements", wheels, settings):
        directory.mkdir(parents=True)
    shutil.copy(CHECKOUT / "bootstrap.py", tiny)
    shutil.copytree(CHECKOUT / "bootstrap", tiny / "bootstrap")
    shutil.copy(BACKEND, tiny)
    (tiny / "pyproject.toml").write_text(TINY)
    wheel: Path = runpy.run_path(str(BACKEND))["make_wheel"](wheels, "dependency")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for group in ("run", "embedded", "test"):
        (tiny / "requirements" / f"{group}.lock").write_text(f"dependency==1.0 --hash=sha256:{digest}\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(wheels))) as index:
        threading.Thread(target=index.serve_forever, daemon=True).start()
        where = f"127.0.0.1:{index.server_port}"
        links = f"find-links = http://{where}/\ntrusted-host = {where}\n"  # a cache is for trusted hosts
        (settings / "pip.conf").write_text(f"[global]\nno-index = true\n{links}")
        yield tiny
        index.shutdown()


def bootstrap(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.defpath, "HOME": str(checkout.parent / "home")}
    return run([sys.executable, "bootstrap.py", *arguments], checkout, env)


def run(
    command: list[str], cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, cwd=cwd, env=env, capture_output=True, text=True)


def can_import(checkout: Path, module: str) -> bool:
    python = str(checkout / ".venv" / "bin" / "python")
    return run([python, "-c", f"import {module}"], checkout.parent).returncode == 0


class TestBootstrap:
    def test_installs_once_for_a_group_and_those_it_holds_and_writes_nothing_elsewhere(
        self, checkout: Path
    ) -> None:
        first = bootstrap(checkout, "embedded")
        assert first.returncode == 0, first.stderr
        assert "Installing requirements/embedded.lock" in first.stdout
        assert can_import(checkout, "dependency, tiny")
        assert not can_import(checkout, "pip")
        assert [path.name for path in (checkout.parent / "home").iterdir()] == [".config"]
        again, smaller = bootstrap(checkout, "embedded"), bootstrap(checkout, "run")
        assert [(r.returncode, r.stdout, r.stderr) for r in (again, smaller)] == [(0, "", "")] * 2
        assert "Installing requirements/test.lock" in bootstrap(checkout, "test").stdout

    def test_makes_a_new_venv_where_the_checkout_was_moved(self, checkout: Path) -> None:
        shutil.rmtree(checkout / "bootstrap")  # without pip it stops after the venv, which is quick
        assert "Making" in bootstrap(checkout, "run").stdout
        assert "Making" not in bootstrap(checkout, "run").stdout
        moved = checkout.rename(checkout.with_name("moved"))
        assert "Making" in bootstrap(moved, "run").stdout

    def test_refuses_a_package_the_lock_does_not_know_and_begins_again_next_time(
        self, checkout: Path
    ) -> None:
        lock = checkout / "requirements" / "run.lock"
        right = lock.read_text()
        lock.write_text(f"dependency==1.0 --hash=sha256:{'0' * 64}\n")
        refused = bootstrap(checkout, "run")
        assert refused.returncode == 1
        assert "DO NOT MATCH THE HASHES" in refused.stderr
        assert not can_import(checkout, "dependency")
        lock.write_text(right)
        again = bootstrap(checkout, "run")  # whatever an unfinished install left behind is not built upon
        assert again.returncode == 0
        assert "Making" in again.stdout
        assert can_import(checkout, "dependency")

    def test_refuses_a_pip_that_is_not_the_one_it_knows(self, checkout: Path) -> None:
        [wheel] = (checkout / "bootstrap").glob("pip-*.whl")
        wheel.write_bytes(wheel.read_bytes() + b"x")
        refused = bootstrap(checkout, "run")
        assert refused.returncode == 1
        assert "restore the file from version control" in refused.stderr
        assert not can_import(checkout, "dependency")

    def test_names_its_groups(self, checkout: Path) -> None:
        assert bootstrap(checkout, "everything").stderr == "usage: python3 bootstrap.py run|embedded|test\n"
        assert not (checkout / ".venv").exists()


class TestOldPython:
    def test_gets_one_line_with_the_found_the_needed_and_the_way_out(self) -> None:
        pretend = "import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path('bootstrap.py')"
        refused = run([sys.executable, "-c", pretend], CHECKOUT)
        assert refused.returncode == 1
        [line] = refused.stderr.splitlines()
        assert "3.11 or newer" in line
        assert "this is 3.9.18" in line
        assert "make PYTHON=python3.12 demo" in line

    def test_can_read_the_syntax(self) -> None:
        ast.parse((CHECKOUT / "bootstrap.py").read_text(), feature_version=(3, 6))
