# Short names for the things people do. Options go in ARGS: make up ARGS="--port 9150"
EROS := .venv/bin/eros
PYTEST := .venv/bin/python -m pytest
.DEFAULT_GOAL := help
.PHONY: help setup up down status test check synth snapshot docs format bench conformance exit clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Python 3.13, .venv and the locked packages; nothing when they are there
	@./bootstrap

up: setup ## a running local EROS: engine, plan, sample data, jobs, 21 tests
	@$(EROS) up $(ARGS)

down: setup ## stop it; the data stays
	@$(EROS) down $(ARGS)

status: setup ## what runs here
	@$(EROS) status $(ARGS)

test: setup ## every test, with lint and types
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
	@$(PYTEST) -n 2 --dist loadfile $(ARGS)

check: setup ## GoogleSQL gate and plan policies
	@$(EROS) check $(ARGS)

synth: setup ## write every stack to cdktf.out
	@.venv/bin/python main.py

snapshot: setup ## renew the plan snapshots after a wanted change
	@$(PYTEST) tests/plan --snapshot-update -q $(ARGS)

docs: setup ## write the generated parts of the documents
	@$(EROS) docs $(ARGS)

format: setup ## format Python
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .

bench: setup ## figures of speed; nothing asserts them
	@.venv/bin/python -m benchmarks $(ARGS)

conformance: setup ## the plans against a real Terraform provider, where one is configured
	@$(PYTEST) tests/conformance -n 0 $(ARGS)

exit: setup ## proof that cdktn, the fork of the archived CDKTF, makes the same plans
	@.venv/bin/python scripts/exit_to_cdktn.py

clean: ## remove what is generated, never data
	@rm -rf cdktf.out .pytest_cache .mypy_cache .ruff_cache .hypothesis
