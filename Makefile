# make run: the dashboard on http://localhost:8501; make test: everything that is checked;
# make bench: ratios of speed against peers.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test bench browser-tests clean

run: .venv/app
	$(BIN)/python -m streamlit run app.py --server.port 8501

test: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not browser" --cov --cov-report=term
	$(MAKE) browser-tests

browser-tests: .venv/dev
	@if [ -x "$${CHROMIUM:-/usr/bin/chromium}" ]; then \
		$(BIN)/python -m pytest -m browser; \
	elif [ -n "$$REQUIRE_BROWSER" ]; then \
		echo "Browser tests are required, but no Chromium is at $${CHROMIUM:-/usr/bin/chromium}."; exit 1; \
	else \
		echo "Browser tests NOT run: no Chromium at $${CHROMIUM:-/usr/bin/chromium} (set CHROMIUM to its path)."; \
	fi

bench: .venv/bench
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf .venv

.venv/pip:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	touch $@

.venv/app: .venv/pip requirements.txt
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

.venv/dev: .venv/app pyproject.toml
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

.venv/bench: .venv/dev
	$(BIN)/python -m pip install --quiet --group bench
	touch $@
