# `make` alone lists what there is. Everything lives in .venv; PYTHON picks the interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
EXTRAS := ctapipe,dev,docs,hdf5,images,notebooks,scale,serve,storage,tensorflow

export DO_NOT_TRACK = true
export MLFLOW_DISABLE_TELEMETRY = true
export OMP_WAIT_POLICY = PASSIVE
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help run quick simulated taiga calorimeter reproduce test lint format docs viz mlflow notebook lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.base ## environment, data, `kedro run`, and where to look
	@if [ -f data/01_raw/magic04.data ] || $(BIN)/python -m showerforge.acquire; then \
		$(BIN)/kedro run; \
	elif [ $$? -eq 3 ]; then \
		echo "THE MAGIC TABLE COULD NOT BE HAD. THIS RUN IS ON SIMULATED EVENTS." >&2; \
		$(BIN)/kedro run --env simulated; \
	else exit 1; fi

simulated: $(VENV)/.base ## the main job on simulated events, without any download
	@$(BIN)/kedro run --env simulated

quick: $(VENV)/.base ## the same in about a minute, on a sample, with small models
	@$(BIN)/kedro run --env quick

taiga: $(VENV)/.images ## Keras and PyTorch, simulated showers, networks on camera images, report
	@$(BIN)/kedro run --pipelines taiga

calorimeter: $(VENV)/.images ## the same for electrons and photons in a calorimeter
	@$(BIN)/kedro run --pipelines calorimeter

reproduce: $(VENV)/.images ## run all that the pages claim, some two hours, and compare the numbers
	@for pipeline in $$($(BIN)/python docs/check_claims.py pipelines); do \
		$(BIN)/kedro run --pipelines $$pipeline || exit 1; done
	@$(BIN)/python docs/check_claims.py

test: $(VENV)/.all ## environment with all extras, linters and the whole test suite
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.all ## format, lint, types and workflow files
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/zizmor --offline --quiet .github/workflows
	@$(BIN)/hadolint Dockerfile

format: $(VENV)/.all ## format the code and mend what the linter can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(VENV)/.all ## build the documentation, with the graph, into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@$(BIN)/python docs/make_graph.py site/viz
	@echo "$(BIN)/python -m http.server --directory site shows it at http://localhost:8000"

viz: $(VENV)/.base ## the graph of the pipelines in the browser
	@$(BIN)/kedro viz run

mlflow: $(VENV)/.base ## all runs with parameters, metrics and models in the browser
	@$(BIN)/mlflow ui --backend-store-uri sqlite:///mlflow.db

notebook: $(VENV)/.all ## Jupyter with the catalog loaded
	@$(BIN)/kedro jupyter lab notebooks

lock: ## pin the newest versions that fit pyproject.toml (needs uv)
	@uv pip compile --universal --python-version 3.11 --all-extras --no-annotate --upgrade --quiet \
		--custom-compile-command 'make lock' pyproject.toml --output-file constraints.txt
	@for name in serve build; do uv pip compile --universal --python-version 3.11 \
		--generate-hashes --no-annotate --upgrade --quiet --constraint constraints.txt \
		--custom-compile-command 'make lock' requirements/$$name.in \
		--output-file requirements/$$name.txt; done

clean: ## remove the environment and all results; raw data stay
	rm -rf $(VENV) mlflow.db* mlartifacts site .viz .hypothesis .pytest_cache .mypy_cache .ruff_cache
	find data -mindepth 2 -not -path 'data/01_raw*' -not -name .gitkeep -delete

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "showerforge needs Python 3.11 or newer; '$(PYTHON)' is older or not there." >&2; \
		echo "Install one, or name it: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	@$(call install,.)
	@touch $@

$(VENV)/.images: pyproject.toml constraints.txt | $(BIN)/python
	@$(call install,.[images])
	@touch $@ $(VENV)/.base

$(VENV)/.all: pyproject.toml constraints.txt | $(BIN)/python
	@$(call install,.[$(EXTRAS)])
	@touch $@ $(VENV)/.base $(VENV)/.images

ifdef UV
install = echo "Installing showerforge with uv ..." && \
	uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '$(1)'
else
install = echo "Installing showerforge with pip; the first time takes some minutes ..." && \
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '$(1)'
endif
