# make setup demo test slow wheel-check lint docs bench gpu-check
PYTHON ?= python3
VENV ?= .venv
WEAKLABEL_DATA ?= ../shared/data
export WEAKLABEL_DATA

TORCH := torch==2.13.0
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test slow wheel-check lint docs bench gpu-check clean

setup: $(READY)

# torch comes first and alone, so that nothing else chooses its version.
$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet $(TORCH)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	touch $(READY)

demo: setup
	rm -rf runs/demo
	$(BIN)/weaklabel demo --out runs/demo

test: setup
	$(BIN)/pytest -q -n 2

slow: setup
	$(BIN)/pytest -q -n 2 -m slow

# The wheel without extras, in an environment of its own, outside the checkout.
wheel-check: setup
	.ci/wheel $(BIN)/python $(TORCH)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pages and the API reference, under site/; a dead link or an unreadable docstring is an error.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

$(VENV)/.docs: $(READY)
	$(BIN)/pip install --quiet -c constraints.txt -e '.[docs]'
	touch $@

bench: setup
	$(BIN)/pip install --quiet -c constraints.txt -e '.[bench]'
	@for file in $(filter-out %/crf_gpu.py,$(shell grep -l __main__ benchmarks/*.py)); do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

# The GPU's tests and what it is worth. Setup's torch need not be one for CUDA: where another Python
# has that, and pytest, say GPU_PYTHON=python3.
gpu-check: $(if $(GPU_PYTHON),,setup)
	PYTHONPATH=. $(or $(GPU_PYTHON),$(BIN)/python) -m pytest -q -m gpu tests/crf tests/nn tests/train tests/contracts
	PYTHONPATH=. $(or $(GPU_PYTHON),$(BIN)/python) benchmarks/crf_gpu.py --check --json benchmarks/results/crf-h200.json

clean:
	rm -rf build dist runs site .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find weaklabel -name __pycache__ -prune -exec rm -rf {} +
