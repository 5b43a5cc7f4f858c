# Two commands matter: `make run` and `make test`. They need Python 3.11 or newer and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: run test check fix bench pictures clean chromium

run: $(VENV)/run
	@$(BIN)/quanyu demo --keep
	@$(BIN)/quanyu serve --port $(PORT)

test: $(VENV)/dev chromium
	$(BIN)/python -m pytest
	$(BIN)/python -m tests.postgres -- -m "not browser"
	$(BIN)/quanyu test

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djade --check $$(git ls-files 'quanyu/*.html')
	$(BIN)/quanyu check >/dev/null
	$(BIN)/quanyu check demo-zone >/dev/null
	$(BIN)/python -m docs.generate --check

fix: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-$(BIN)/djade $$(git ls-files 'quanyu/*.html')
	$(BIN)/python -m tests.web.catalogue
	$(BIN)/python -m docs.generate

# The pictures of the README and the manual, taken from the whole demonstration zone.
pictures: $(VENV)/dev chromium
	QUANYU_PICTURES=1 $(BIN)/python -m pytest tests/browser/test_pages.py -k picture

bench: $(VENV)/dev
	$(BIN)/python -m bench $(BENCH)

$(VENV)/run: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "quanyu needs Python 3.11 or newer; set PYTHON=... to one")'
	@test -x $(BIN)/python || { echo "Creating $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing libraries (about a minute, once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.lock
	@echo "Installing test tools (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

# The browser tests drive a real Chromium: find one, else install Debian's package, else say how.
chromium:
	@test -n "$$QUANYU_CHROMIUM" || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { echo "Installing Chromium for the browser tests …"; \
	     { apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	     || { echo "make test needs Chromium. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set QUANYU_CHROMIUM=/path/to/chrome."; exit 1; }; }

clean:
	rm -rf $(VENV) var build .hypothesis .mypy_cache .ruff_cache .import_linter_cache
