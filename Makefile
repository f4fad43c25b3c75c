# The project's commands in short form. Each sets up what it needs; README.md explains them.
PRESET ?= release
JOBS ?= $(shell nproc)
BUILD := build/$(PRESET)
SOURCES := $(shell git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' '*.h' '*.c' 2>/dev/null)

.PHONY: demo test build setup configure bench format check-format lint install clean

# Builds a release and runs the pipeline of the example that ships with the project.
demo: build
	@$(BUILD)/bin/goldilocks run pipelines/digits.yaml --output runs/digits

# Builds and runs every test.
test: build
	ctest --test-dir $(BUILD) --output-on-failure --parallel $(JOBS)

build: configure
	cmake --build $(BUILD) --parallel $(JOBS)

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

format:
	clang-format -i $(SOURCES)

check-format:
	clang-format --dry-run --Werror $(SOURCES)

# clang-tidy over everything that is compiled, but for generated code.
lint: build
	@scripts/setup.sh packages-develop.txt
	scripts/lint.sh $(BUILD)

# Installs the program, its plugins and the SDK; PREFIX=/usr/local by default.
PREFIX ?= /usr/local
install: build
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf build
