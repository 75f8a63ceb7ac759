# Everything happens in this checkout: the virtual environment is .venv, a stack's data is .nexus.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WEB_READY := web/node_modules/.ready
# Node and npm come from PyPI into the virtual environment: its folder is looked in first.
IN_WEB := cd web && PATH="$(CURDIR)/$(BIN):$$PATH" NEXT_TELEMETRY_DISABLED=1
# Without cached bytecode every process compiles its packages again, for three seconds: uv leaves that to the first import.
unexport PYTHONDONTWRITEBYTECODE
CHAOS_SEEDS ?= 1 2 3 4 5 6 7 8 9 10
CHAOS_SECONDS ?= 120
CHAOS_TABLE ?= benchmarks/CHAOS.md

.DEFAULT_GOAL := help
.PHONY: help setup up dev demo test run-tests check fix fuzz openapi bench chaos hostile migration-drill backup-drill pgbouncer lock clean
.PHONY: browser debugging pictures web-build web-check web-test web-browser web-lock
.PHONY: security migration-check health-check image-check sbom deploy rollback

help: ## Print these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make the virtual environment, from the locked packages.

$(READY): requirements/dev.txt requirements/uv.txt pyproject.toml scripts/install-packages
	@scripts/install-packages $(PYTHON) $(VENV)
	@touch $(READY)

# An environment whose Python is gone, or that was made in another folder, counts as not made.
ifneq ($(shell $(BIN)/python -c 'print(open("$(VENV)/.made-for").read().strip())' 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(WEB_READY): $(READY) web/package.json web/package-lock.json web/.npmrc
	@echo "Setting up the packages of the web application: about a minute, once."
	@$(IN_WEB) npm ci --silent
	@touch $(WEB_READY)

up: $(READY) $(if $(findstring --no-web,$(ARGS)),,web-build) ## Run the whole platform on this machine; Ctrl-C stops it.
	@$(BIN)/nexus up $(ARGS)

dev: $(WEB_READY) ## Run the web application with hot reload on port 3100, beside a platform that runs.
	@$(IN_WEB) npm run --silent gen > /dev/null
	@$(BIN)/python -m nexus.local.web_dev $(ARGS)

demo: $(READY) ## Summarise a document of this repository with the running platform.
	@$(BIN)/nexus run summarize --file docs/architecture.md

test: ## Run every test; with ARGS=... only pytest, with these. Fails if a test changes the working tree.
	@scripts/with-clean-tree $(MAKE) --no-print-directory run-tests

# Gates A4.1 to A4.4 are found by pytest and want the build and a browser.
run-tests: $(READY) $(if $(ARGS),$(if $(findstring a4_,$(ARGS)),web-build browser),web-check web-test web-browser)
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest -m "not alone" --numprocesses 2 --dist loadfile --no-loadscope-reorder; \
		beside=$$?; $(BIN)/python -m pytest -m alone && exit $$beside
endif

check: $(READY) web-check ## Lint, types, floors, formatting, no released version of the API broken, no secret in any file.
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.architecture.released
	@$(BIN)/python -m tests.delivery.security --quick

web-build: $(WEB_READY) ## Build the web application, if it has changed.
	@$(IN_WEB) node scripts/build-if-changed.mjs

web-check: $(WEB_READY) ## Lint and types of the web application, its lock, and its client as the API is described now.
	@$(IN_WEB) npm run --silent lock
	@$(IN_WEB) npm run --silent gen > /dev/null
	@$(IN_WEB) npm run --silent lint
	@$(IN_WEB) npm run --silent types

web-test: $(WEB_READY) ## Run the unit tests of the web application.
	@$(IN_WEB) npm run --silent gen > /dev/null
	@$(IN_WEB) npm run --silent test

web-browser: web-build browser ## Run the browser tests, on a platform of their own; the gates are pytest's.
	@$(IN_WEB) NEXUS_PYTHON="$(CURDIR)/$(BIN)/python" npm run --silent e2e -- $(or $(ARGS),--project=together --project=alone)

browser: $(WEB_READY) ## See to a Chromium for the browser tests.
	@$(IN_WEB) node scripts/browser.mjs

debugging: $(WEB_READY) ## The debugging exercise: three bugs in a copy, and the tests that catch each.
	@$(IN_WEB) node debugging/exercise.mjs $(ARGS)

pictures: web-build browser ## Take pictures of every page and state into web/pictures, and the two of README.md.
	@$(IN_WEB) NEXUS_PYTHON="$(CURDIR)/$(BIN)/python" npm run --silent e2e -- --project=pictures $(ARGS)

fix: $(READY) ## Put the formatting right, and what the linter can mend itself.
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

security: $(READY) ## Bandit, the scan for secrets, and what is known about every package; the last needs a network.
	@$(BIN)/python -m tests.delivery.security $(ARGS)

migration-check: $(READY) ## One head, upgrades from empty and from the last release with rows, models equal, safe SQL.
	@$(BIN)/python -m tests.delivery.migrations $(ARGS)

health-check: $(READY) ## Start an API as a container does, ask its health, and have it stop.
	@$(BIN)/python -m tests.delivery.health $(ARGS)

image-check: $(READY) ## Build the image's tree without a container engine, and start its commands from it.
	@$(BIN)/python -m tests.delivery.image $(ARGS)

sbom: $(READY) ## Write what a release is made of to sbom.json (CycloneDX).
	@$(BIN)/python -m tests.delivery.sbom requirements/runtime.txt sbom.json

deploy: ## Build and deploy to Google Cloud, as docs/deploying.md says; needs gcloud, IMAGES.
	@gcloud builds submit --config deploy/cloudbuild.yaml \
		--substitutions "SHORT_SHA=$$(git rev-parse --short HEAD),_IMAGES=$${IMAGES:?}" $(ARGS)

rollback: ## Send the traffic back to the revision before; needs gcloud, REGION.
	@deploy/rollback $(ARGS)

fuzz: $(READY) ## Try the API with some twenty thousand generated requests; takes minutes.
	@FUZZ_CASES=$${FUZZ_CASES:-1000} $(BIN)/python -m pytest tests/conformance/test_every_answer.py $(ARGS)

openapi: $(READY) ## Write the OpenAPI documents of all versions to docs/openapi/.
	@for version in v1 v2; do $(BIN)/nexus openapi --version $$version --output docs/openapi/$$version.json; done

bench: $(READY) ## Measure, and print the performance table; ARGS="growth costs" measures only those.
	@$(BIN)/python -m benchmarks.run $(ARGS)

chaos: $(READY) ## Kill, stop, freeze and restart everything under load, with ten seeds; half an hour.
	@rm -f $(CHAOS_TABLE)
	@for seed in $(CHAOS_SEEDS); do \
		$(BIN)/python -m tests.chaos.run --seed $$seed --seconds $(CHAOS_SECONDS) --table $(CHAOS_TABLE) || exit 1; \
	done

hostile: $(READY) ## Send 2,000 hostile requests to an API and a worker with 1 GiB each, and measure what others notice.
	@$(BIN)/python -m tests.hostile.run $(ARGS)

migration-drill: $(READY) ## Change the schema up, down and up under 50 requests a second; about a minute.
	@$(BIN)/python -m tests.migrations.drill $(ARGS)

backup-drill: $(READY) ## Back up a stack at work, restore it elsewhere, and compare; about a minute.
	@$(BIN)/python -m tests.kept.drill $(ARGS)

pgbouncer: $(READY) ## Run the tests that speak to the database through PgBouncer in transaction mode.
	@$(BIN)/python -m tests.pooled.run $(ARGS)

# A release that somebody took over is usually withdrawn within days, so the lock takes none that is younger than a week.
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --exclude-newer "7 days" --quiet
lock: $(READY) ## Lock the newest packages that pyproject.toml allows and that are at least seven days old.
	@$(COMPILE) --upgrade pyproject.toml --output-file requirements/runtime.txt
	@$(COMPILE) --upgrade pyproject.toml --group dev --group local --constraint requirements/runtime.txt --output-file requirements/dev.txt
	@echo uv | $(COMPILE) - --no-annotate --constraint requirements/dev.txt --output-file requirements/uv.txt

web-lock: $(READY) ## Lock the packages that web/package.json names, and look whether the lock is complete.
	@$(IN_WEB) npm install --package-lock-only && npm run --silent lock

clean: ## Remove the virtual environment and every cache; the data stays.
	rm -rf web/node_modules web/.next web/src/api/generated
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache *.egg-info
