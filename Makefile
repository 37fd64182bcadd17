# make run: everything, in the foreground. PORT (8000), UMTHI_HOME (./instance), DATABASE_URL, REDIS_URL.
# make test ARGS="tests/web -k notices" runs some; WORKERS=1 in one process.
.PHONY: run test test-full check bench messages install help again
VENV := .venv
WORKERS := 2
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
TEST = $(VENV)/bin/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

run: $(VENV)/installed-requirements  ## start Umthi; Ctrl-C stops it
	@exec $(VENV)/bin/python -m app.local

test: $(VENV)/installed-requirements-dev  ## every test, on throw-away servers
	@$(TEST) $(ARGS)

test-full: $(VENV)/installed-requirements-dev  ## the same with the full browser matrix
	@$(TEST) --full $(ARGS)

check: $(VENV)/installed-requirements-dev  ## lint, format, imports, types, templates, translations, schema
	@$(VENV)/bin/ruff format --check . && $(VENV)/bin/ruff check .
	@$(VENV)/bin/lint-imports --no-logo
	@$(VENV)/bin/mypy
	@$(VENV)/bin/python -m app.web.template_checks
	@$(VENV)/bin/python -m app.i18n.checks
	@$(VENV)/bin/python -m app.local.schema

bench: $(VENV)/installed-requirements-dev  ## every figure; SCALE=full, ONLY=page.list
	@exec $(VENV)/bin/python -m bench

messages: $(VENV)/installed-requirements-dev  ## gather what the sources say into the catalogues
	@$(VENV)/bin/python -m app.i18n.extract

install: $(VENV)/installed-requirements  ## the packages alone, for a machine that serves

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

# A virtual environment whose Python has gone (an upgrade of the system) is made again.
$(VENV)/installed-requirements: requirements.txt $(if $(shell $(VENV)/bin/python -c 'print(1)' 2>/dev/null),,again)
	@$(PYTHON) -m app.local.install requirements.txt

$(VENV)/installed-requirements-dev: requirements-dev.txt $(if $(shell $(VENV)/bin/python -c 'print(1)' 2>/dev/null),,again)
	@$(PYTHON) -m app.local.install requirements-dev.txt
