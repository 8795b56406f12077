"""Makes ./.venv and installs what one group of the locked requirements needs: `python3 bootstrap.py GROUP`.

GROUP is `run`, `embedded` (run and the servers for a demo) or `test` (embedded and the tests). A second run
does nothing; an interrupted one is begun again. Packages come from wherever pip is configured to look, each
checked against the hash in the lock. pip itself comes with the checkout, so that this works with a Python
that has neither pip nor ensurepip (Debian and Ubuntu without python3-venv), and all stays inside the checkout.

The syntax here must stay readable for Python 3.6: an old Python gets one clear line, not a syntax error.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

NEEDED = (3, 11)

if sys.version_info[:2] < NEEDED:
    sys.exit(
        "Leeway needs Python {}.{} or newer and this is {}.{}.{} ({}): "
        "name a newer one, as in `make PYTHON=python3.12 demo`".format(
            *NEEDED + tuple(sys.version_info[:3]) + (sys.executable,)
        )
    )

GROUPS = ("run", "embedded", "test")  # each holds the one before
CHECKOUT = Path(__file__).resolve().parent
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"
PIP = CHECKOUT / "bootstrap" / "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def main(arguments: list[str]) -> None:
    """Bring .venv up to the group; exits with one line when that cannot be done."""
    if len(arguments) != 1 or arguments[0] not in GROUPS:
        sys.exit(f"usage: python3 bootstrap.py {'|'.join(GROUPS)}")
    one_at_a_time = os.open(CHECKOUT, os.O_RDONLY)
    fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
    group = arguments[0]
    if not usable():
        print(f"Making {VENV} with Python {sys.version.split()[0]}", flush=True)
        venv.EnvBuilder(clear=True, symlinks=True).create(VENV)
    elif any(stamp(g).is_file() and stamp(g).read_text() == wanted(g) for g in GROUPS[GROUPS.index(group) :]):
        return
    install(group)


def usable() -> bool:
    """Whether .venv was made here, with this Python version, and was not left in the middle of an install."""
    try:
        made_as = (VENV / "pyvenv.cfg").read_text()
        question = [str(PYTHON), "-I", "-c", "import sys; print(sys.version_info[:2])"]
        answer = subprocess.run(question, check=False, capture_output=True, text=True)
    except OSError:
        return False
    same_python = answer.stdout.strip() == str(sys.version_info[:2])
    return same_python and str(VENV) in made_as and not UNFINISHED.exists()


def install(group: str) -> None:
    """Install the group's lock and the project itself, in place."""
    check_pip()
    print(f"Installing requirements/{group}.lock (a minute or so the first time)", flush=True)
    for g in GROUPS:
        stamp(g).unlink(missing_ok=True)
    UNFINISHED.touch()
    pip("--require-hashes", "--only-binary", ":all:", "-r", str(lock(group)))
    pip("--no-deps", "--no-build-isolation", "--no-index", "-e", str(CHECKOUT))
    stamp(group).write_text(wanted(group))
    UNFINISHED.unlink()


def check_pip() -> None:
    """Refuse a pip that is not the one this checkout was made with."""
    found = hashlib.sha256(PIP.read_bytes()).hexdigest() if PIP.is_file() else "no file"
    if found != PIP_SHA256:
        sys.exit(f"{PIP}: sha256 is {found}, must be {PIP_SHA256}: restore the file from version control")


def pip(*arguments: str) -> None:
    """Run `pip install` for .venv, under the user's own pip configuration."""
    options = ["--quiet", "--disable-pip-version-check", "--no-user"]
    if "PIP_CACHE_DIR" not in os.environ:
        options.append("--no-cache-dir")  # nothing outside the checkout unless asked for
    command = [str(PYTHON), str(PIP / "pip"), "install", *options, *arguments]
    if subprocess.run(command, check=False, cwd=CHECKOUT).returncode != 0:
        sys.exit("The install failed, see above; the next run begins it again")


def lock(group: str) -> Path:
    """The pinned requirements of a group."""
    return CHECKOUT / "requirements" / f"{group}.lock"


def stamp(group: str) -> Path:
    """The file that says for which inputs a group was installed."""
    return VENV / f"{group}.stamp"


def wanted(group: str) -> str:
    """What the stamp holds after an install from today's lock and pyproject.toml."""
    inputs = lock(group).read_bytes() + (CHECKOUT / "pyproject.toml").read_bytes() + PIP_SHA256.encode()
    return hashlib.sha256(inputs).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
