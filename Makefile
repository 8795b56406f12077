# Every target makes .venv first, when it is not there yet. Another Python: make PYTHON=python3.12 demo
PYTHON ?= python3
IN_VENV = .venv/bin/

.PHONY: demo up test fuzz browser budgets loop real-loans storm bench openapi oracle race mutate check risk-report docs lock clean embedded-parts test-parts

demo: embedded-parts  ## see it work, on real servers
	$(IN_VENV)leeway demo

up: embedded-parts  ## the servers and a worker in real time, until Ctrl-C
	$(IN_VENV)leeway up

test: test-parts
	$(IN_VENV)pytest -n auto --dist loadfile

browser: test-parts  ## the borrower's page in Debian's Chromium, every state and language; pictures in build/page
	tests/browser/install.sh
	$(IN_VENV)pytest tests/browser

FUZZ_SECONDS ?= 60
fuzz: test-parts  ## foreign bytes of every kind, a minute each: make fuzz FUZZ_SECONDS=3600 (Linux)
	for reader in bank_statement cloud_event placement transactions; do \
		$(IN_VENV)python tests/fuzz/foreign_bytes.py $$reader -max_total_time=$(FUZZ_SECONDS) || exit 1; done

race: test-parts  ## two workers, a thousand times, for the last permitted contact of one borrower
	LEEWAY_RACE_TRIES=1000 $(IN_VENV)pytest -s --timeout 1200 tests/activities/test_last_contact_race.py

oracle: export LEEWAY_ORACLE_CASES ?= 1000000
oracle: export LEEWAY_ORACLE_SEED ?= $(shell date +%s)
oracle: test-parts  ## the contact rules against a second, brute-force reading of them, on a million random cases
	$(IN_VENV)pytest -n auto --dist load tests/compliance/test_oracle.py tests/compliance/test_plain_windows.py

budgets: test-parts  ## a million random budgets; another million: make budgets LEEWAY_BUDGETS_SEED=7
	LEEWAY_BUDGETS=1000000 $(IN_VENV)pytest -s --timeout 0 tests/lending/test_million_budgets.py

loop: export LEEWAY_LOOP_LOANS ?= 500
loop: export LEEWAY_LOOP_DAYS ?= 365
loop: test-parts  ## a year of a Fineract book of 500 loans beside Leeway, with faults; afterwards both say the same
	$(IN_VENV)pytest -n 0 -s --timeout 3600 tests/acceptance/test_fineract_loop.py

real-loans: export LEEWAY_REAL_LOANS ?= 178
real-loans: test-parts  ## all the late loans of a real book, each for a year
	$(IN_VENV)pytest -n 0 --timeout 3600 tests/acceptance/test_lending_club.py

storm: export LEEWAY_STORM_PAYMENTS ?= 10000
storm: export LEEWAY_STORM_LOANS ?= 200
storm: export LEEWAY_STORM_KILLS ?= 5
storm: test-parts  ## 10,000 payments by webhook, repeated and out of order, while API and worker are killed five times
	$(IN_VENV)pytest -n 0 -s --timeout 3600 tests/acceptance/test_payment_storm.py

bench: test-parts  ## judging beside opening-hours-py and pandas; opening cases and webhooks beside bare Temporal; a million rows
	$(IN_VENV)python bench/judging.py
	$(IN_VENV)python bench/opening.py
	$(IN_VENV)python bench/webhook.py
	$(IN_VENV)python bench/importing.py

openapi: test-parts  ## the whole API against its description, with many examples
	LEEWAY_OPENAPI_PHASES=examples,coverage,fuzzing LEEWAY_OPENAPI_EXAMPLES=200 $(IN_VENV)pytest -n 0 -s --timeout 3600 tests/entrypoints/test_openapi.py

check: test-parts
	$(IN_VENV)ruff check .
	$(IN_VENV)ruff format --check .
	$(IN_VENV)mypy
	$(IN_VENV)lint-imports

risk-report: test-parts  ## scorecards learned from real loans, written as docs/risk.md; the same seed gives the same bytes
	$(IN_VENV)python tests/risk_report/write.py

docs: embedded-parts  ## after a change of the law, of a model of what people write, or of the table of states
	$(IN_VENV)python -m entrypoints.reference

mutate: test-parts  ## every number of every rule pack, changed: lists those that no test notices
	$(IN_VENV)python tests/compliance/mutate_packs.py

embedded-parts:
	@$(PYTHON) bootstrap.py embedded

test-parts:
	@$(PYTHON) bootstrap.py test

# For maintainers, after a change in pyproject.toml; needs uv. Each lock holds the versions of the one before.
COMPILE = uv pip compile --universal --generate-hashes --no-annotate --no-emit-index-url --no-header --python-version 3.11 -q pyproject.toml requirements/setuptools.in

lock:
	$(COMPILE) -o requirements/run.lock
	$(COMPILE) --extra embedded -c requirements/run.lock -o requirements/embedded.lock
	$(COMPILE) --extra embedded --extra browser --extra test -c requirements/embedded.lock -o requirements/test.lock

clean:  # not .leeway: that is data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
