# Everything a newcomer types. Each target sets up what it needs.
SHELL := /bin/bash
# Where this is set, every start compiles the sources anew.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
FAULT ?= none

.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench bench-change bench-verdict clean docs

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Seatrial and its tools into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## the runbook, carried out on a local Kubernetes with real JVMs; FAULT=oom|crash|leak|image|… lets it go wrong
	@$(BIN)/python demo/run.py --fault $(FAULT)

test: $(STAMP) check ## everything: the checks, then the tests on the real local cluster
	@$(BIN)/pytest -m cluster -rs --durations=10

check: $(STAMP) ## format, lint, types, import contracts, pure and story tests: under 30 s
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy & types=$$!; $(BIN)/lint-imports --no-cache; imports=$$?; wait $$types && exit $$imports
	@$(BIN)/deptry --no-ansi src
	@$(BIN)/pytest -m "not cluster" -n 2

fix: $(STAMP) ## format, and repair what can be repaired mechanically
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(STAMP) ## speed and memory, side by side with peers; results in bench/results/
	@for one in startup checking deploy; do $(BIN)/python bench/$$one.py || exit 1; done

bench-change: $(STAMP) ## the diff of 500 objects, near and far, beside kubectl diff
	@$(BIN)/python bench/change.py

bench-verdict: $(STAMP) ## how soon and at what cost a rollout is judged, beside kubectl, Helm, kubedog and the official client
	@$(BIN)/python bench/verdict.py

docs: $(STAMP) ## print the documents that come from the code
	@$(BIN)/python docs/print.py

clean: ## bring the local clusters down and remove what was built here
	@-test -x $(BIN)/seatrial && for name in seatrial test; do $(BIN)/seatrial cluster down --name $$name; done
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo/exchange-service/target
