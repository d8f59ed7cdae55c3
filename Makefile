# `make demo` shows it, `make test` tries it, `make check` reads it, `make docs` explains
# it. Each makes .venv, once, from Python 3.11 or later (`make PYTHON=...` for one in
# another place).

PYTHON := $(shell for p in python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
COMPOSE := $(shell docker compose version >/dev/null 2>&1 \
	&& echo docker compose || echo docker-compose)
BIN := .venv/bin

.PHONY: demo test chaos check docs bench format cluster clean

demo: .venv/examples.installed
	$(BIN)/python examples/affine.py
	$(BIN)/python examples/digits.py

# The suite runs under coverage from outside: pytest imports daskflow's own plugin
# before a coverage plugin of pytest would start to count. What uses a session runs on
# every scheduler, a cluster of processes included. Three parts run side by side: long
# tables, what starts and ends clusters and programs and so waits most of the time, and
# the rest, which is shown as it runs; what the others print comes at the end.
TABLES := tests/ops tests/oracle
STARTS := docs tests/chaos tests/programs $(addprefix tests/test_, cluster.py command.py compose.py \
    dashboard.py examples.py failures.py placement.py security.py wheel.py)
PYTEST := $(BIN)/coverage run -p -m pytest -q \
    --daskflow-scheduler=sync,threads,processes,cluster
test: .venv/dev.installed
	@rm -f .coverage*
	@$(PYTEST) $(TABLES) >.tables.log 2>&1 & tables=$$!; \
	$(PYTEST) $(STARTS) >.starts.log 2>&1 & starts=$$!; failed=0; \
	$(PYTEST) $(addprefix --ignore=, $(TABLES) $(STARTS)) || failed=1; \
	wait $$tables || failed=1; wait $$starts || failed=1; \
	cat .tables.log .starts.log; exit $$failed
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

# `make chaos ROUNDS=1 SEED=42` is what `make test` does of it, with those dice.
chaos: ROUNDS = 10
chaos: .venv/dev.installed
	@$(BIN)/python -m pytest -q -m chaos tests/chaos --chaos-rounds=$(ROUNDS) \
	    $(if $(SEED),--chaos-seed=$(SEED))

check: .venv/dev.installed
	@$(BIN)/ruff format --check --quiet --output-format concise
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

# The site, anew each time: what its pages say is in other files too.
docs: .venv/docs.installed
	@$(BIN)/sphinx-build -q -E -W --keep-going -c docs/sphinx docs build/docs
	@echo 'the documentation is build/docs/index.html'

# `make bench COMPARE='--peers tensorflow,jax,pytensor,torch --write'` is the whole of it.
bench: .venv/dev.installed
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks compare $(COMPARE)

format: .venv/dev.installed
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format --quiet

cluster:
	$(COMPOSE) up --build --scale worker=4

clean:
	@rm -rf .venv docs/api .coverage* .hypothesis .tables.log .starts.log build dist \
	    .import_linter_cache .mypy_cache .pytest_cache .ruff_cache dask-scratch-space
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/%.installed: pyproject.toml
	@test -n "$(PYTHON)" || { echo 'daskflow needs Python 3.11 or later'; exit 1; }
	@echo 'installing daskflow[$*] into .venv'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[$*]'
	@touch $@
