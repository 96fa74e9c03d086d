# Dialgate on one machine: Python 3.11+, git and make are enough. `make` alone lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
# Hundreds of processes start in the tests: each would compile every module anew, three times the work of its start.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run test test-sunday check format docs lock clean faults torture torture-control overload soak proofs api-fuzz audit-deps week fuzz replica-cost stop-drill senders-npm screenshots bench console-times bench-peers bench-profile

# Four at once also on two cores: much of the slow part waits. A file's tests share its servers, so it stays whole; the
# slow files begin (tests/conftest.py), where xdist alone would leave them to the end.
PYTEST = $(BIN)/pytest --numprocesses=4 --dist=loadfile --no-loadscope-reorder

# Passed on to the command a target runs, e.g. `make run ARGS="--port 9000"`, `make test ARGS="tests/ledger -x"`.
ARGS ?=

# The storms that the torture targets and fuzz raise; without a SEED a random one, which is printed.
SEED ?=
SECONDS ?= 60
COUNT ?= 20000
LEADS ?= 20000
STORM = --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

BIN := .venv/bin
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev
WHAT_INSTALL_READS := pyproject.toml uv.lock tools/install

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) ## install what is missing, then start everything on this machine with a sandbox call API
	@$(BIN)/dialgate up --config config/dialgate.yaml $(ARGS)

test: $(INSTALLED_DEV) ## install what the tests need, then run them, four at once
	$(PYTEST) $(ARGS)

test-sunday: $(INSTALLED_DEV) ## the same with every clock at the coming Sunday, 03:00 UTC; needs a C compiler
	tools/on-a-sunday $(PYTEST) $(ARGS)

check: $(INSTALLED_DEV) ## format, lint, types, import direction, house rules, lock file, generated pages, shipped configurations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/uv lock --check
	$(BIN)/python tools/reference.py --check
	$(BIN)/pytest -q tests/project
	tools/check-configs

format: $(INSTALLED_DEV) ## put the code in order: ruff format, and the fixes ruff is sure of
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED_DEV) ## rewrite the pages that are generated from the code
	$(BIN)/python tools/reference.py

lock: $(INSTALLED_DEV) ## rewrite uv.lock after a change of pyproject.toml
	$(BIN)/uv lock

faults: $(INSTALLED_DEV) ## fail at every step in every way, and check what is left (some 15 minutes; ARGS="--only kill")
	@PYTHONPATH=tests $(BIN)/python -m faults.matrix $(ARGS)

torture: $(INSTALLED_DEV) ## kill everything at random under load and count rings: SEED=1 SECONDS=60
	@PYTHONPATH=tests $(BIN)/python -m faults.torture $(STORM) $(ARGS)

torture-control: $(INSTALLED_DEV) ## the same storm on a plain receiver with RQ and Retry, which must fail
	@PYTHONPATH=tests $(BIN)/python -m faults.torture --control $(STORM) $(ARGS)

soak: $(INSTALLED_DEV) ## load with a kill every ten seconds, and what grows meanwhile: SECONDS=1200
	@PYTHONPATH=tests $(BIN)/python -u -m faults.soak $(STORM) $(ARGS)

proofs: $(INSTALLED_DEV) ## run every proof, write docs/proofs.md (an hour; ARGS="--only torture", ARGS=--resume, ARGS=--page)
	@PYTHONPATH=tests $(BIN)/python -u -m faults.proofs $(ARGS)

week: $(INSTALLED_DEV) ## live through a simulated week, and hold every ring against the promises: SEED=2 LEADS=20000
	@PYTHONPATH=tests $(BIN)/python -m simulation --leads $(LEADS) $(if $(SEED),--seed $(SEED)) $(ARGS)

overload: $(INSTALLED_DEV) ## load a receiver up to four times what it can take, and draw the curve (under a minute)
	@PYTHONPATH=tests $(BIN)/python -m faults.overload $(ARGS)

replica-cost: $(INSTALLED_DEV) ## what waiting for a replica costs (DIALGATE_REDIS_REPLICAS), as ratios (a minute)
	@PYTHONPATH=tests $(BIN)/python -m faults.replica_cost

stop-drill: $(INSTALLED_DEV) ## stop everything, an account … a number while three workers dial; prints when the last call went out
	@PYTHONPATH=tests $(BIN)/python -m acceptance.stop_drill $(ARGS)

api-fuzz: $(INSTALLED_DEV) ## ask every operation of the OpenAPI description COUNT made-up questions: COUNT=200
	API_FUZZ_EXAMPLES=$(if $(filter command line,$(origin COUNT)),$(COUNT),200) $(BIN)/pytest -q --timeout=0 tests/web/test_openapi_fuzz.py $(ARGS)

audit-deps: $(INSTALLED_DEV) ## known vulnerabilities of what uv.lock names; says so when it cannot ask (ARGS=--required fails then)
	@tools/audit-deps $(ARGS)

fuzz: $(INSTALLED_DEV) ## send mangled requests through every provider and print what came of them: SEED=1 COUNT=20000
	@PYTHONPATH=tests $(BIN)/python -m fuzz.storm --count $(COUNT) $(if $(SEED),--seed $(SEED)) $(ARGS)

bench: $(INSTALLED_DEV) ## measure Dialgate beside its peers and print tables (an hour; ARGS="--only accept --quick")
	@$(BIN)/python -m bench $(ARGS)

console-times: $(INSTALLED_DEV) ## how long the console's pages take with 100,000 events (minutes; ARGS="--events 1000 --times 5")
	@$(BIN)/python -m bench.console $(ARGS)

bench-peers: $(INSTALLED_DEV) ## install those peers under .bench/, each from its registry; what cannot be had is said
	@bench/peers/install

bench-profile: $(INSTALLED_DEV) ## where the time of one event or call goes: ARGS=receiver or ARGS=worker
	@$(BIN)/python -m bench.profiling $(ARGS)

senders-npm: $(INSTALLED_DEV) ## hold providers against the senders' own npm libraries; needs node 20 and npm
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	cp tests/senders/package.json tests/senders/package-lock.json "$$folder" && \
	npm ci --prefix "$$folder" --silent --no-audit --no-fund --ignore-scripts && \
	PYTHONPATH=tests $(BIN)/python -m senders.npm "$$folder"

screenshots: $(INSTALLED_DEV) ## take the console's pictures anew, docs/images/console-*.png; needs Chromium
	@PYTHONPATH=tests $(BIN)/python -m browser.screenshots $(ARGS)

clean: ## remove what was built or cached; the data folder .dialgate stays
	rm -rf .venv dist build htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than everything the installation depends on: the second run starts at once.
$(INSTALLED): $(WHAT_INSTALL_READS)
	@tools/install run
	@touch $@

$(INSTALLED_DEV): $(WHAT_INSTALL_READS)
	@tools/install dev
	@touch $(INSTALLED) $@
