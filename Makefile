# The project's commands in short form. Each sets up what it needs; README.md explains them.
PRESET ?= release
JOBS ?= $(shell nproc)
BUILD := build/$(PRESET)
SOURCES := $(shell git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' '*.h' '*.c' 2>/dev/null)

.PHONY: demo test build program python wheel setup configure bench fuzz faults oracle-onnx keys-page layers-page operations-page format check-format lint install packages test-packages clean

# Builds the program with its plugins, and runs the pipelines of the example that ships with the project: the sweep of a
# neural network, and then the same network in both formats side by side.
demo: program
	@$(BUILD)/bin/goldilocks run pipelines/digits.yaml --output runs/digits
	@$(BUILD)/bin/goldilocks run pipelines/digits_mlprogram.yaml --output runs/digits_mlprogram

# Builds and runs every test.
test: build
	ctest --test-dir $(BUILD) --output-on-failure --parallel $(JOBS)

build: configure
	cmake --build $(BUILD) --parallel $(JOBS)

# The program and its plugins, without the tests.
program: configure
	cmake --build $(BUILD) --parallel $(JOBS) --target program

# The Python package in $(BUILD)/python; and as a wheel in dist/.
python: configure
	cmake --build $(BUILD) --parallel $(JOBS) --target python_package
wheel: python
	GOLDILOCKS_BUILD_DIR=$(abspath $(BUILD)) /usr/bin/python3 -m pip wheel --no-build-isolation --no-deps --wheel-dir dist sdk/python

configure: setup
	cmake --preset $(PRESET)

# Installs the Debian packages that are missing (with sudo where the user is not root).
setup:
	@scripts/setup.sh

# Builds and runs the benchmarks.
bench: setup
	@scripts/setup.sh packages-develop.txt
	cmake --preset bench
	cmake --build build/bench --parallel $(JOBS)
	@for program in build/bench/bin/*bench*; do echo "== $$program"; $$program; done

# Runs a fuzzer (model, network, program, package, weight_bin, npy, npz, image or value) for FUZZ_SECONDS over the corpus
# that is checked in. What it finds out goes to build/fuzz/corpus_TARGET, a finding to build/fuzz/finding-*; `build/fuzz/bin/fuzz_TARGET FILE` runs
# one file.
FUZZ_SECONDS ?= 600
FUZZ_TARGET ?= model
FUZZ_CORPUS_OF_program := corpus_package
FUZZ_CORPUS := tests/fuzz/$(or $(FUZZ_CORPUS_OF_$(FUZZ_TARGET)),$(notdir $(wildcard tests/fuzz/corpus_$(FUZZ_TARGET))),corpus)
fuzz: setup
	@scripts/setup.sh packages-fuzz.txt
	cmake --preset fuzz
	cmake --build --preset fuzz --parallel $(JOBS)
	mkdir -p build/fuzz/corpus_$(FUZZ_TARGET)
	build/fuzz/bin/fuzz_$(FUZZ_TARGET) -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=20 -rss_limit_mb=3000 \
	  -artifact_prefix=build/fuzz/finding- -print_final_stats=1 build/fuzz/corpus_$(FUZZ_TARGET) $(FUZZ_CORPUS)

# Lets every call that a run makes of the system fail, one at a time, with every error.
faults: build
	/usr/bin/python3 -B tests/faults/faults.py $(BUILD)/bin/goldilocks $(BUILD)/tests/faults/libfaults.so --errors all
	/usr/bin/python3 -B tests/faults/faults.py $(BUILD)/bin/goldilocks $(BUILD)/tests/faults/libfaults.so --errors all --isolation

# Compares the plain kernels with ONNX Runtime's, which npm brings.
ORACLE_CASES ?= 100
ORACLE_SEED ?= 1
oracle-onnx: configure
	@{ command -v node && command -v npm; } >/dev/null || scripts/setup.sh packages-oracle.txt
	cmake --build $(BUILD) --parallel $(JOBS) --target operation_server
	npm install --no-audit --no-fund --prefix build/oracle onnxruntime-node protobufjs
	node tests/oracle/onnx/compare.mjs build/oracle $(BUILD)/bin/operation_server --cases $(ORACLE_CASES) --seed $(ORACLE_SEED)

# Writes docs/pipeline-keys.md anew.
keys-page: program
	$(BUILD)/bin/goldilocks schema --page > docs/pipeline-keys.md

# Writes docs/layers.md anew.
layers-page: configure
	cmake --build $(BUILD) --parallel $(JOBS) --target lowering_tests
	GOLDILOCKS_LAYER_CASES=$(BUILD)/layer_cases.tsv $(BUILD)/bin/lowering_tests --gtest_brief=1
	scripts/layers_page.py $(BUILD)/layer_cases.tsv

# Writes docs/mil-operations.md anew; needs the reference data (CONTRIBUTING.md).
operations-page: configure
	cmake --build $(BUILD) --parallel $(JOBS) --target ml_program_tests
	GOLDILOCKS_OPERATION_CASES=$(BUILD)/operation_cases.tsv $(BUILD)/bin/ml_program_tests --gtest_brief=1 --gtest_filter=OperationCases.*
	scripts/operations_page.py $(BUILD)/operation_cases.tsv

format:
	clang-format -i $(SOURCES)

check-format:
	clang-format --dry-run --Werror $(SOURCES)

# clang-tidy over everything that is compiled, but for generated code, which alone is built for it.
lint: setup
	@scripts/setup.sh packages-develop.txt
	cmake --preset lint
	cmake --build build/lint --parallel $(JOBS) --target goldilocks_coreml goldilocks_documents own_coreml_messages
	scripts/lint.sh build/lint

# Makes the Debian packages, and tries them on a clean system (as root, with debootstrap).
packages: build
	cpack --config $(BUILD)/CPackConfig.cmake -B $(BUILD)/packages
test-packages: packages
	scripts/test-packages.sh $(BUILD)/packages

# Installs the program, its plugins and the SDK; PREFIX=/usr/local by default.
PREFIX ?= /usr/local
install: build
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf build
