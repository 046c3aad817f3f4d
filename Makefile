# Every target sets up what it needs: the first call makes .venv from the lock files, later calls find it in place.
# PYTHON chooses the interpreter (3.11, 3.12 or 3.13).
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
# What lies in .venv is started often: compiled once, whatever the shell says of programs elsewhere.
unexport PYTHONDONTWRITEBYTECODE
NOW = $(shell date -u +%Y-%m-%dT%H%M%SZ)
export JAMLIK_STORAGE := $(abspath $(or $(JAMLIK_DATA),data))/dagster

.PHONY: run test check dev bench soak docs lock clean

run: .venv/run
	$(BIN)/jamlik run

test: .venv/dev
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

dev: .venv/dev
	mkdir -p $(JAMLIK_STORAGE)
	DAGSTER_HOME=$(CURDIR) $(BIN)/dagster dev -m pipelines.definitions

# PARTS names some of the parts: make bench PARTS="main measures"; the figures stand beside in bench-results/, too, and
# two such files are compared by: .venv/bin/python -m tests.bench --compare OLD.json NEW.json
bench: .venv/bench
	$(BIN)/python -m tests.bench $(PARTS) --json bench-results/bench-$(NOW).json

soak: .venv/dev
	$(BIN)/python -m tests.soak $(PARTS) --json bench-results/soak-$(NOW).json

docs: .venv/dev
	$(BIN)/python -m pipelines.release.dictionary

# Renews the lock files together, so that run, test and bench share every version; reviewed like any change.
lock: .venv/uv
	$(COMPILE) --extra dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements-dev.lock --extra bench pyproject.toml -o requirements-bench.lock

clean:
	rm -rf .venv build *.egg-info

.venv/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		"Jämlik needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is %d.%d; name another: make PYTHON=python3.12 run" % v)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/run: .venv/uv requirements.lock pyproject.toml
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/dev: .venv/run requirements-dev.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

.venv/bench: .venv/dev requirements-bench.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-bench.lock
	@touch $@
