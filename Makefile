# Every target makes .venv first, when it is not there yet. Another Python: make PYTHON=python3.12 demo
PYTHON ?= python3
IN_VENV = .venv/bin/

.PHONY: demo up test check lock clean embedded-parts test-parts

demo: embedded-parts  ## see it work, on real servers
	$(IN_VENV)leeway demo

up: embedded-parts  ## the servers and a worker in real time, until Ctrl-C
	$(IN_VENV)leeway up

test: test-parts
	$(IN_VENV)pytest -n auto --dist loadfile

check: test-parts
	$(IN_VENV)ruff check .
	$(IN_VENV)ruff format --check .
	$(IN_VENV)mypy
	$(IN_VENV)lint-imports

embedded-parts:
	@$(PYTHON) bootstrap.py embedded

test-parts:
	@$(PYTHON) bootstrap.py test

# For maintainers, after a change in pyproject.toml; needs uv. Each lock holds the versions of the one before.
COMPILE = uv pip compile --universal --generate-hashes --no-annotate --no-emit-index-url --no-header --python-version 3.11 -q pyproject.toml requirements/setuptools.in

lock:
	$(COMPILE) -o requirements/run.lock
	$(COMPILE) --extra embedded -c requirements/run.lock -o requirements/embedded.lock
	$(COMPILE) --extra embedded --extra test -c requirements/embedded.lock -o requirements/test.lock

clean:  # not .leeway: that is data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
