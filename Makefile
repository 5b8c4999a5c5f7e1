# make setup demo test lint bench gpu-check
PYTHON ?= python3
VENV ?= .venv
WEAKLABEL_DATA ?= ../shared/data
export WEAKLABEL_DATA

BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test slow lint bench gpu-check clean

setup: $(READY)

# torch comes first and alone, so that nothing else chooses its version.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet 'torch==2.13.0'
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $(READY)

demo: setup
	rm -rf runs/demo
	$(BIN)/weaklabel demo --out runs/demo

test: setup
	$(BIN)/pytest -q -n 2

slow: setup
	$(BIN)/pytest -q -m slow

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	@for file in benchmarks/*.py; do test -e "$$file" || continue; echo "$$file"; $(BIN)/python "$$file" || exit 1; done

gpu-check: setup
	$(BIN)/pytest -q -m gpu

clean:
	rm -rf build dist runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find weaklabel -name __pycache__ -prune -exec rm -rf {} +
