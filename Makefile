# Everything a person types here. Each target makes what it needs first: a fresh machine has to have Python 3.11,
# git and make, nothing else. `make help` lists the targets.

VENV := .venv
RUN := $(VENV)/bin/python -m
STACKGEN := $(RUN) stackgen
# Which Python to build the environment with: `make test PYTHON=/opt/python/bin/python3`.
PYTHON ?=
# How the stack runs: auto, docker or native.
ENGINE ?= auto
# What runs beside the core: `make stack-up PROFILE="demo scale"`; `make stack-up PROFILE=` starts the core alone.
PROFILE ?= demo
# What `make stack-break` does: redis-down, slow, errors, cold or burst.
SCENARIO ?= errors

.DEFAULT_GOAL := help
.PHONY: help stack-up stack-down stack-status stack-break test test-quick test-stacks lint generate check bench images clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

stack-up: generate ## start the stack with the demo, wait until it is healthy, print where it is
	@$(STACKGEN) up --engine $(ENGINE) $(foreach profile,$(PROFILE),--profile $(profile))

stack-down: $(VENV)/.installed-run ## stop the stack and everything that belongs to it
	@$(STACKGEN) down --engine $(ENGINE)

stack-status: $(VENV)/.installed-run ## tell what runs, where, and its health
	@$(STACKGEN) status --engine $(ENGINE)

stack-break: $(VENV)/.installed-run ## break something (SCENARIO=...), tell which alert to expect and when, undo it
	@$(STACKGEN) break --engine $(ENGINE) $(SCENARIO)

# The stacks come after all else: beside it, on two processors, their alerts are too late for their tests.
test: test-quick ## all that has to pass: lint, types, generated files, unit and integration tests, the stacks
	@$(MAKE) --no-print-directory test-stacks

# Half of the tests wait for servers, so more files run at a time than there are processors; the long ones come first.
SIDE_BY_SIDE := --dist loadfile --no-loadscope-reorder

test-quick: lint check ## all but what watches running stacks and the demonstration
	@$(RUN) pytest --numprocesses 4 $(SIDE_BY_SIDE) -m "not quiet" tests/integration tests/unit

test-stacks: $(VENV)/.installed-test ## the stacks (native, containers, older generation), every alert and every fault; the demonstration
	@$(RUN) pytest --numprocesses 2 $(SIDE_BY_SIDE) -m quiet tests/integration/stack $$(grep -rl "mark\.quiet" --include "test_*.py" tests)

lint: $(VENV)/.installed-test ## style, format and types
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy

generate: $(VENV)/.installed-run ## bring the generated files in step with the definitions
	@$(STACKGEN) generate

check: $(VENV)/.installed-run ## tell whether the generated files are in step, and what is wrong with them
	@$(STACKGEN) generate --check
	@$(STACKGEN) check

bench: $(VENV)/.installed-bench ## measure speed, as ratios to others in the same run
	@$(RUN) pytest tests/benchmarks

images: $(VENV)/.installed-run ## build stand-ins for images that cannot be pulled (root, Docker, a Debian mirror)
	@PYTHON=$(CURDIR)/$(VENV)/bin/python tests/images/build

clean: ## stop the stack and remove all that was made here and is not in git
	@if [ -e $(VENV)/.installed-run ]; then $(STACKGEN) down --volumes; fi
	@rm -rf $(VENV) .stackgen dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	@rm -f compose/secrets/grafana_admin_password compose/secrets/victoriametrics_admin_key
	@find stackgen tests -name __pycache__ -type d -prune -exec rm -rf {} +

# -- the environment ------------------------------------------------------------------------------------------------

$(VENV)/bin/python:
	@for python in "$(PYTHON)" python3.13 python3.12 python3.11 python3; do \
	  [ -n "$$python" ] && "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	  python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "no Python 3.11 or later on PATH; install one (apt install python3 python3-venv), or name it: make PYTHON=..." >&2; \
	  exit 2; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python cannot make virtual environments, its ensurepip is a package of its own: apt install python3-venv" >&2; \
	  exit 2; \
	fi; \
	echo "making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv --clear $(VENV)

# An extra is installed anew when pyproject.toml changes. `test` brings all that the tool needs to run, too.
$(VENV)/.installed-run: $(VENV)/bin/python pyproject.toml
	@$(call install,generate$(comma)workload)
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	@$(call install,test)
	@touch $(VENV)/.installed-run $@

# The peers that are measured against are wanted for nothing else.
$(VENV)/.installed-bench: $(VENV)/.installed-test
	@$(call install,test$(comma)bench)
	@touch $@

comma := ,
define install
echo "installing stackgen[$(1)] into $(VENV)"; \
if ! $(RUN) pip install --quiet --disable-pip-version-check --retries 2 \
    --editable '.[$(1)]' >$(VENV)/pip.log 2>&1; then \
  grep -h ERROR $(VENV)/pip.log | tail -n 2 >&2; \
  echo "pip could not install what is needed; is there a network, or a package index that pip is set up for? All of its output: $(VENV)/pip.log" >&2; \
  exit 2; \
fi
endef
