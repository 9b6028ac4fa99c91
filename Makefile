# make demo   sets everything up and shows the whole of it, without a Zoho account
# make test   sets everything up and runs the tests
# make fuzz   runs the tests that make examples up with new ones, and fuzzes the generator for
#             ten minutes, or SECONDS=3600
# make trust  runs the tests that give the figures of docs/trust.md, and writes them
# make check  linter, type checkers
# make docs   builds the documentation as a site, into site/
# make bench  measures what all of it costs, beside others; benchmarks/README.md says what and how
# make session         records the terminal session of the README anew
# make release-sample  keeps what this version makes of the sample org; RELEASING.md
# make clean  removes what these made

PYTHON ?= python3
SECONDS ?= 600
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.ready-bench

.PHONY: demo test fuzz slow trust check docs bench session release-sample clean

demo: $(READY)
	$(BIN)/zohohub-gen demo

test: $(READY)
	$(BIN)/python -m pytest -n auto -m "not slow"

fuzz: $(READY)
	$(BIN)/python -m pytest -n auto -m hypothesis --hypothesis-profile=random
	$(BIN)/python -m tests.fuzz build/fuzz $(SECONDS) 0

slow: $(READY)
	$(BIN)/python -m pytest -n auto -m slow || [ $$? -eq 5 ]  # 5: there are none

trust: $(READY)
	$(BIN)/python -m tests.support.trust -n auto

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python docs/hooks/commands.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

bench: $(BENCH_READY)
	$(BIN)/python -m benchmarks --write

session: $(READY)
	$(BIN)/python docs/hooks/record_session.py

release-sample: $(READY)
	$(BIN)/python -m tests.support.releases

clean:
	rm -rf $(VENV) dist build site .coverage htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installs again only when the dependencies may have changed.  pip older than 25.1 has no --group.
$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.13 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[gen,emulator]" --group dev
	@touch $@

$(BENCH_READY): $(READY)
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@
