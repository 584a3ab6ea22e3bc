# One line a target: `make` lists them. Nothing is needed but Python 3.11 or later and, the first
# time, an internet connection.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements/dev.txt requirements/redis.txt

# Hundreds of short processes would each compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env demo test check lint types unit simulation system chaos quality train bench schemas book lock clean

help:  ## list these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

env: $(VENV)/.installed  ## make the environment in .venv, or bring it up to date

# The stamp comes last: an install that was cut off is taken up again.
$(VENV)/.installed: $(LOCKS) pyproject.toml infra/make_env.sh
	@infra/make_env.sh $(VENV) requirements/dev.txt
	@touch $@

demo: env  ## a simulated school day on real Kafka and Redis; ends by itself
	@$(BIN)/banzhang demo

test: check system  ## everything: check, then the tests on real Kafka and Redis

check: lint  ## format, lint, types and the tests that need nothing; no network
	@$(MAKE) --no-print-directory -j2 types unit

lint: env
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: env
	@$(BIN)/mypy

unit: env
	@$(BIN)/pytest -q -n auto --dist worksteal -m "not system and not browser and not network"

simulation: env  ## only the ten thousand histories with faults at every point between two steps
	@$(BIN)/pytest -q -n auto -m simulation

system: env
	@$(BIN)/pytest -q -n 2 --dist loadfile -m "(system or network) and not chaos"

# A run that was stopped goes on where it was; `make chaos FAULTS=20` is a short one.
FAULTS := 200
chaos: env  ## faults of all kinds on a running stream, some 45 minutes; goes on if it was stopped
	@test -e build/scenarios-passed || $(BIN)/pytest -q -n 2 --dist loadfile -m chaos
	@mkdir -p build && touch build/scenarios-passed
	@$(BIN)/python -m tests.chaos --faults $(FAULTS); code=$$?; rm build/scenarios-passed; exit $$code

quality: env  ## how well texts are understood, a table a data set; fails below the floors
	@$(BIN)/python -m quality

train: env  ## train the model anew: weights, card and picture; the same bytes each time
	@$(BIN)/python -m quality.training

bench: env $(VENV)/.bench  ## measure against Faust, confluent-kafka and Quix Streams
	@$(BIN)/python -m bench

$(VENV)/.bench: requirements/bench.txt $(VENV)/.installed
	@infra/make_env.sh $(VENV) requirements/bench.txt
	@touch $@

schemas: env  ## write the JSON Schemas and the AsyncAPI file anew from the types
	@$(BIN)/python -m schemas.documents

book: env  ## write docs/covenants.md anew: each clause, what keeps it, which scenarios show it
	@$(BIN)/python -m banzhang.book

lock: env  ## write the locks anew: Python packages and Kafka's jars
	@infra/lock.sh $(BIN)/uv
	@$(BIN)/python -m infra.local.resolve_jars

clean:  ## remove the environment and what tools left; caches and data stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
