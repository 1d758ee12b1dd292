# Everything works from a bare checkout: set-up runs by itself, and only when the lock has changed.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 3# tests at once, a file each; some of them wait for other processes
SEED ?= $(shell printf %d 0x$$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1))# of draws
PYTEST := $(BIN)/python -m pytest
TOGETHER := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
MEASURED := tests/unit/mechanism tests/unit/store tests/contract/test_databases.py
export PYTHONDONTWRITEBYTECODE =# else every process of a test reads all its source anew
SERVERS := postgres or prefect or browser or servers

.DEFAULT_GOAL := help
.PHONY: help setup demo test unit long faults check bench fix screens lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install into .venv (done by the others when needed)

$(READY): requirements.lock pyproject.toml
	@PYTHON=$(PYTHON) ./setup.sh $(VENV)
	@touch $(READY)

demo: $(READY) ## start everything on loopback, with people who answer
	@$(BIN)/convene demo

test: $(READY) ## run the whole test suite: SQLite, PostgreSQL, and a browser where there is one
	@$(PYTEST) $(TOGETHER)

unit: $(READY) ## rules and rooms alone, without servers, in seconds
	@$(PYTEST) $(TOGETHER) -q -m 'not ($(SERVERS))' tests/unit

long: $(READY) ## every property by TIMES=20 as many examples (SEED=n draws them again)
	@echo "make long TIMES=$(or $(TIMES),20) SEED=$(SEED)"
	@TIMES=$(or $(TIMES),20) $(PYTEST) $(TOGETHER) -q -m hypothesis --hypothesis-profile long --hypothesis-seed $(SEED)

faults: $(READY) ## the whole fault matrix, for hours (CASES=pairs or a number, by SEED=n); counts in var/faults/
	@echo "make faults CASES=$(or $(CASES),all) SEED=$(SEED)"
	@FAULT_CASES=$(or $(CASES),all) FAULT_SEED=$(SEED) $(PYTEST) -q tests/faults/test_matrix.py

check: $(READY) ## lint, types, import contracts, coverage of the rules, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/convene playbook check
	@! test -e .git || $(BIN)/pre-commit run --all-files itself
	@$(BIN)/python -m coverage run -m pytest -q $(MEASURED)
	@$(BIN)/coverage report --include='mechanism/*,store/ledger.py' --fail-under=100 --skip-covered
	@$(MAKE) --no-print-directory test

bench: $(READY) ## benchmarks beside their limits (BENCH=name runs one), JSON in var/bench/
	@$(BIN)/python -m benchmarks $(BENCH)

fix: $(READY) ## format, and mend what can be mended by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screens: $(READY) ## take the screenshots in docs/ anew, from a running demonstration
	@$(BIN)/python -m docs.screens

lock: $(READY) ## resolve the dependencies anew; releases younger than a week wait
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --quiet \
		--exclude-newer "$$(date -u -d '7 days ago' +%Y-%m-%d)" \
		--group dev pyproject.toml --output-file requirements.lock
