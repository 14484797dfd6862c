# Every target needs only make and a Python of at least 3.11; `make` alone starts the demo server.
#
#   make run      serve on 127.0.0.1:4000 in development mode, with the demo tenant
#   make test     every test; the long ones at a tenth of their counts
#   make check    format, lint, types, import contracts, documentation
#   make soak     the fault, property and import tests at their full counts
#   make bench    our figures beside those of our peers, in one run
#   make lock     resolve the dependencies anew into requirements.lock
#   make clean    remove what the targets above made, .venv included
#
# PYTHON=… chooses the interpreter of a new .venv; ARGS=… is handed to pytest, bench or serve.

.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Twice quiet: errors only.
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
STAMP := $(VENV)/.setup-done
LOCK_GROUPS := test lint bench build
CODE := src tests bench

.PHONY: run setup test check soak bench lock clean

run: setup
	@$(BIN)/tenantry serve --dev --demo $(ARGS)

setup: $(STAMP)
	@:

# The stamp is touched last, so a set-up that was interrupted runs again.
$(STAMP): requirements.lock pyproject.toml tools/create-venv
	@PYTHON="$(PYTHON)" sh tools/create-venv $(VENV)
	@echo "setup: installing what requirements.lock names into $(VENV)"
	@$(PIP_INSTALL) --require-hashes --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "setup: done"

test: setup
	@$(BIN)/pytest -n3 --dist=worksteal $(ARGS)

check: setup
	@$(BIN)/ruff format --check --quiet --diff $(CODE)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy --no-error-summary $(CODE)
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest -q -m docs tests/contracts

# A soak test may take as long as a hundred kills take; the limit only ends one that hangs.
soak: setup
	@TENANTRY_SOAK=1 $(BIN)/pytest -m soak -n2 --dist=worksteal --timeout 1800 $(ARGS)

bench: setup
	@$(BIN)/python -m bench $(ARGS)

# uv resolves for every platform at once; it is installed here only, since nobody else needs it.
lock:
	@PYTHON="$(PYTHON)" sh tools/create-venv $(VENV)
	@test -x $(BIN)/uv || $(PIP_INSTALL) uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--all-extras $(addprefix --group ,$(LOCK_GROUPS)) --output-file requirements.lock pyproject.toml
	@echo "lock: requirements.lock is up to date; make setup installs it"

clean:
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
