# Every target makes its own virtual environment and installs what it needs from the lock.
# The lock pins versions and hashes; `make lock` is the only target that looks for newer packages.

VENV := .venv
BIN := $(VENV)/bin
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$python && break; done)

# Bytecode is left to the first import: compiling all of the Graph SDK doubles the installation.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
LOCKED := $(INSTALL) --only-binary=:all: --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := check
.PHONY: demo test check fix lock clean

demo: $(VENV)/.runtime
	@$(BIN)/python playbooks/demo.py

test: $(VENV)/.dev
	$(BIN)/pytest --numprocesses auto --dist worksteal

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

fix: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: | $(BIN)/python
	@echo "locking the dependencies of pyproject.toml"
	@$(INSTALL) uv
	@$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	@$(COMPILE) --group build --constraint requirements/runtime.txt \
		--output-file requirements/build.txt
	@$(COMPILE) pyproject.toml --group dev --constraint requirements/runtime.txt \
		--constraint requirements/build.txt --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer was found on the path:" \
		"install one, or name it with \`make PYTHON=/path/to/python3\`" >&2; exit 1; }
	@$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is older than Python 3.11:" \
		"install a newer one, or name it with \`make PYTHON=/path/to/python3\`" >&2; exit 1; }
	@echo "making $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: pyproject.toml requirements/runtime.txt requirements/build.txt | $(BIN)/python
	@echo "installing the runtime requirements into $(VENV), about 20 s the first time" >&2
	@$(LOCKED) -r requirements/runtime.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	@echo "installing the development requirements into $(VENV), about 10 s the first time" >&2
	@$(LOCKED) -r requirements/dev.txt
	@touch $@
