# make demo   train on the embedded digits and show what to try next
# make test   style, types and the whole test suite
# make check  style and types only
# make format put the sources in order

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check format clean

demo: $(VENV)/.installed
	$(BIN)/striate train digits
	@echo
	@echo "What to try next:"
	@echo "  $(BIN)/striate evaluate                      each digit's precision, recall and confusions"
	@echo "  $(BIN)/striate train mnist                   the famous digits (12 MB to download)"
	@echo "  $(BIN)/striate check runs/digits/network.txt sizes, receptive fields and costs, line by line"
	@echo "  $(BIN)/striate --help                        everything else"

test: check
	$(BIN)/pytest --numprocesses 2 --dist worksteal

check: $(VENV)/.test-installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python tests/web/check_types.py

format: $(VENV)/.test-installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.test-installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) tests/web/node_modules build dist .mypy_cache .ruff_cache .pytest_cache
