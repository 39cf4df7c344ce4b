PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench docs clean

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Creating $(VENV); PyTorch and the rest take a few minutes …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(VENV)/.installed  ## train on digits, watch the network learn, write a page
	$(BIN)/harsanyi demo --out demo-output --overwrite

test: $(VENV)/.installed  ## the whole test suite, a process a core, each on one thread
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --dist worksteal

lint: $(VENV)/.installed  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed  ## ours against the alternatives, as ratios
	$(BIN)/python -m benchmarks

docs: $(VENV)/.installed  ## the documentation, into site/index.html; any warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) demo-output site .pytest_cache .mypy_cache .ruff_cache
