# Every target can be run alone. The environment is made on first use and whenever the lock changes.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUN_TESTS := $(BIN)/python -m pytest -n auto -q -m "not long"

.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

dev: $(READY)  ## Make the development environment in .venv

demo: $(READY)  ## Three nodes of three territories publish, follow and verify each other
	$(BIN)/entrepot demo

test: $(READY) check  ## Everything a change must pass
	$(RUN_TESTS)

check: $(READY)  ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python schema/tools/bundle.py --check
	$(BIN)/python clients/python/tools/make_sync.py --check

fix: $(READY)  ## Mend format and what the linter can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python schema/tools/bundle.py
	$(BIN)/python clients/python/tools/make_sync.py

test-long: $(READY)  ## Tests that take minutes: hundreds of kills, many seeds
	$(BIN)/python -m pytest -q -m long -s

bench: $(READY)  ## Measure everything beside its peers (needs git, Node.js and npm for them); two hours
	$(BIN)/python -m bench

bench-quick: $(READY)  ## The same in small; three minutes
	$(BIN)/python -m bench --quick

mutants: $(READY)  ## Bend one rule of the node at a time, and see that the conformance suite tells (docs/conformance.md)
	$(BIN)/python -m mutants

interop: $(READY)  ## Judge records, logs, witnesses and schemas with other people's software (needs Node.js, npm, nginx and Go)
	$(BIN)/python -m pytest -q -s tests/interop

browser: $(READY)  ## Open every page in Chromium and judge it (needs Chromium and npm)
	$(BIN)/python -m pytest -q -s tests/browser

lock: $(READY)  ## Renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links --no-annotate --extra dev --extra conformance --extra postgres --extra s3 -o requirements.lock pyproject.toml

clean:  ## Remove what make made
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help dev demo test check fix test-long bench bench-quick mutants interop browser lock clean
