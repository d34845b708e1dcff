PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_SECONDS ?= 60
SEEDS ?= 500
MESSAGES ?= 1000000
START ?= 1
STAMP := $(VENV)/.installed
INTEROP := .venv-interop
APIS := .venv-apis
WHEELS := build/wheels/tls

.PHONY: setup demo test check bench bench-audit compiled crash simulate interop engine apis fuzz clean

# An environment without pip is half made (python3-venv was missing, or it was interrupted): it is
# made again from nothing.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(STAMP)

setup: $(STAMP) ## make the virtual environment with pinned dependencies

demo: $(STAMP) ## the main job on embedded defaults: gateway, broker and two clients
	$(BIN)/fixgate demo

test: $(STAMP) ## every test but the crash runs and those with others' software
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "not crash and not interop and not apis"

crash: $(STAMP) ## kill the gateway under load, a hundred times
	$(BIN)/python -m pytest -n 2 -m crash

simulate: $(STAMP) ## the gateway under simulated faults, SEEDS=500 from START=1; SHORT=1: 300 messages, SWEEP=1, SPLIT=1: two brokers
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START) $(if $(SHORT),--short) $(if $(SWEEP),--sweep) $(if $(SPLIT),--split)

# QuickFIX's own environment. It compiles for minutes, so its wheel is kept; pip knows whether it fits.
# Its build leaves TLS out unless told otherwise, and optimises and debugs what nobody waits for.
QUICKFIX_FLAGS := -O1 -g0 -w -DHAVE_SSL=1
$(INTEROP)/.installed: constraints.txt Makefile
	test -x $(INTEROP)/bin/pip || $(PYTHON) -m venv --clear $(INTEROP)
	$(INTEROP)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt setuptools
	CFLAGS="$(QUICKFIX_FLAGS)" CXXFLAGS="$(QUICKFIX_FLAGS)" \
		LDFLAGS="-Wl,--no-as-needed -lssl -lcrypto" \
		$(INTEROP)/bin/pip wheel --quiet --disable-pip-version-check -c constraints.txt --no-deps \
		--no-build-isolation --no-cache-dir --find-links $(WHEELS) --prefer-binary \
		-w $(WHEELS) quickfix
	$(INTEROP)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt \
		--force-reinstall --no-deps --no-index --find-links $(WHEELS) quickfix
	touch $@

engine: $(INTEROP)/.installed ## build QuickFIX for `make interop`

interop: $(STAMP) engine ## QuickFIX as client of the gateway and as its broker
	$(BIN)/python -m pytest -n 4 -m interop

# The published clients of brokers' APIs, as heavy as they are, in an environment of their own.
$(APIS)/.installed: constraints.txt Makefile
	test -x $(APIS)/bin/pip || $(PYTHON) -m venv --clear $(APIS)
	$(APIS)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt \
		alpaca-py binance-connector oandapyV20 requests six
	touch $@

apis: $(STAMP) $(APIS)/.installed ## brokers' own client libraries against the simulators of their APIs
	$(BIN)/python -m pytest -n 2 -m apis

check: $(STAMP) ## linters, types, who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## floor and gateway in one run
	$(BIN)/python -m tools.bench

bench-audit: $(STAMP) ## the record: projection, rebuild, searches, bytes an order; MESSAGES=1000000
	$(BIN)/python -m tools.bench.audit --messages $(MESSAGES)

compiled: $(STAMP) ## compile the modules on an order's way, and run their tests so
	rm -rf build/compiled
	FIXGATE_COMPILE_LEVEL=0 $(BIN)/python -m tools.compiled build/compiled
	cd build/compiled && $(CURDIR)/$(BIN)/python -m pytest -n 2 --dist loadfile \
		tests/sessions tests/store/test_[ijr]*.py tests/gateway/orders tests/gateway/positions tests/gateway/risk tests/gateway/breakers tests/gateway/prices tests/gateway/monitor tests/gateway/routing tests/gateway/audit/test_[pv]*.py tests/gateway/audit/test_rows.py tests/gateway/test_*.py

fuzz: $(STAMP) ## random bytes for framing, decoding and sessions, FUZZ_SECONDS=60 in all
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python -m tools.fuzz --seconds $(FUZZ_SECONDS)

clean:
	rm -rf $(VENV) $(INTEROP) $(APIS) build *.egg-info
