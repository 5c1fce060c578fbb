# The two commands: `make run` and `make test`. The README spells them out without make.

PYTHON ?= python3
BIN := .venv/bin
# So many processes share the tests, each with a database of its own; 0 means one after the other.
TEST_PROCESSES ?= 2
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PRE_COMMIT_HOME := $(CURDIR)/.venv/pre-commit
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run test chromium clients stop clean

# Options for `manage.py up` go into UP: make run UP="--port 9000"
run: .venv/installed
	@exec $(BIN)/python -u manage.py up $(UP)

test: .venv/installed-for-tests chromium clients
	pre-commit run --all-files --show-diff-on-failure
	pytest -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder --cov --cov-report=term

# The database goes on when it is used from elsewhere; this stops it.
stop:
	$(BIN)/python manage.py postgres stop

clean: stop
	rm -rf .venv var staticfiles *.egg-info

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Greenlight needs Python 3.11 or newer; try: make PYTHON=python3.12"; exit 1; }
	@echo "Making a virtual environment in .venv ..."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing what Greenlight needs; a minute or two the first time ..."
	@$(BIN)/python -m pip install --constraint constraints.txt --editable .
	@touch $@

.venv/installed-for-tests: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing what Greenlight and its tests need ..."
	@$(BIN)/python -m pip install --constraint constraints.txt --editable '.[test]'
	@touch $@ .venv/installed

# The tests in a browser use the system's Chromium. Without one they are skipped and say so;
# with CI=true they fail.
chromium:
	@if command -v chromium chromium-browser google-chrome-stable google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the tests in a browser ..."; \
	  (apt-get update -q && apt-get install -y -q --no-install-recommends chromium) || \
	    echo "Chromium can not be installed; the tests in a browser are skipped."; \
	else \
	  echo "No Chromium here; the tests in a browser are skipped. Install your system's"; \
	  echo "package named chromium to run them."; \
	fi

# Segment's own clients, against which the tracking API is tested; the one for servers in
# JavaScript needs Node. Without it that test is skipped and says so; with CI=true it fails.
clients: .venv/installed-for-tests
	@if command -v npm >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Node for the tests with Segment's client ..."; \
	  (apt-get update -q && apt-get install -y -q --no-install-recommends nodejs npm) || \
	    echo "Node can not be installed; the test with Segment's client for it is skipped."; \
	else \
	  echo "No Node here; the test with Segment's client for it is skipped. Install your"; \
	  echo "system's packages named nodejs and npm to run it."; \
	fi
	@$(BIN)/python tests/contacts/tracking/clients/install.py
