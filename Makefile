# Two verbs need nothing but Python 3.11 or later: `make report` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
ALL_CORES := $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

unexport PYTHONDONTWRITEBYTECODE  # else each process would compile every module that it loads

.PHONY: install report demo test floors lint fix wheel docs faults fuzz audit lock lowest extras clean

install: $(READY)

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/^ *#/p' requirements-dev.txt | $(BIN)/python -m pip install --quiet --require-hashes --requirement /dev/stdin
	$(INSTALL) --require-hashes --requirement requirements-dev.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

report: $(READY)  ## the report of the seed pages, under reports/seeds
	$(BIN)/stance report seeds -o reports/seeds

demo: $(READY)  ## a hundred pages with a known truth, read as a new user would, and judged, under build/demo
	chmod 600 research/demo/demo.key
	$(BIN)/python -m research.demo -o build/demo

test: $(READY)  ## everything that must hold; the output of lint comes last
	mkdir -p build
	$(MAKE) --no-print-directory lint >build/lint.txt 2>&1 & \
	$(ALL_CORES); tests=$$?; \
	wait $$!; lint=$$?; cat build/lint.txt; test $$tests = 0 -a $$lint = 0

floors: $(READY)  ## figures that must not fall (tests/floors.json): ten minutes on two cores; most need the pages of ../shared
	$(BIN)/python -m pytest tests/project/test_floors.py --numprocesses auto --dist load -m "floors or not floors"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

wheel: $(READY)  ## the built wheel, in an empty environment, outside the checkout
	bash tests/check_wheel.sh $(BIN)/python

docs: $(READY)  ## the documentation as a site, under build/docs; warnings are errors
	$(INSTALL) --editable '.[docs]'
	$(BIN)/python -m sphinx -W -q -c docs -d build/docs-tree . build/docs

faults: $(READY)  ## every output broken off at every step, by every error and by a kill
	$(BIN)/python -m pytest tests/store/test_faults.py --numprocesses auto -m exhaustive

fuzz: $(READY)  ## an hour of search for bytes that break a reader or a parser; what it finds stays under build/fuzz
	$(INSTALL) 'atheris>=3.0'
	$(BIN)/python -m research.fuzz --seconds $(or $(SECONDS_OF_FUZZING),3600)

audit: $(READY)  ## the locked environment, asked after in the advisories of the package index: needs the network
	$(INSTALL) 'pip-audit>=2.7'
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements-dev.txt

lock: $(READY)  ## the newest releases that pyproject.toml allows, with their hashes
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url \
		--no-header --upgrade --quiet --output-file requirements-dev.txt

lowest: $(READY)  ## the tests with the oldest dependencies that pyproject.toml allows
	bash tests/check_lowest.sh $(BIN)/python

extras: $(READY)  ## what needs torch, Spark, Sphinx or a client of endpoints: installs what they need (both are large), runs their tests
	$(INSTALL) --editable '.[dev,docs,llm,spark,transformers]' 'torch==2.13.0' seaborn statsmodels  # torch: one release, so that all runs say the same
	$(BIN)/python -c 'import httpx, pyspark, torch, transformers'  # else the tests would be skipped
	$(ALL_CORES) tests/scoring/test_llm.py \
		tests/entry_points/test_frames_elsewhere.py tests/scoring/test_hugging_face.py tests/scoring/test_plugged_in_docs.py tests/engines/test_spark.py \
		tests/project/test_site.py
	$(ALL_CORES) --dist loadgroup tests/entry_points/test_matrix.py -m "matrix or exhaustive"  # each entry point by each input that make test leaves out

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
