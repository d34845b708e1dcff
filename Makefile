PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_SECONDS ?= 60
STAMP := $(VENV)/.installed

.PHONY: setup demo test check bench compiled crash fuzz clean

# An environment without pip is half made (python3-venv was missing): it is made again.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

setup: $(STAMP) ## make the virtual environment with pinned dependencies

demo: $(STAMP) ## the main job on embedded defaults: gateway, broker and two clients
	$(BIN)/fixgate demo

test: $(STAMP) ## every test but the crash runs
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not crash"

crash: $(STAMP) ## kill the gateway under load, twenty times
	$(BIN)/python -m pytest -m crash

check: $(STAMP) ## linters, types, who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## floor and gateway in one run
	$(BIN)/python -m tools.bench

compiled: $(STAMP) ## compile the modules on an order's way, and run their tests so
	rm -rf build/compiled
	$(BIN)/python -m tools.compiled build/compiled
	cd build/compiled && $(CURDIR)/$(BIN)/python -m pytest -n 2 --dist loadfile \
		tests/sessions tests/store/test_[ijr]*.py tests/gateway/orders tests/gateway/test_*.py

fuzz: $(STAMP) ## random bytes for framing, decoding and sessions, FUZZ_SECONDS=60 in all
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python -m tools.fuzz --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV) build *.egg-info
