# Everything a person does here. Two commands matter: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CARGO ?= cargo
# The binary itself, not `cargo run -p`: choosing one package would choose other features and build the engine twice.
TRIBUTARY = $${CARGO_TARGET_DIR:-target}/debug/tributary
# What the story asked and was answered, to be held against the document of the API.
RECORDED = $${CARGO_TARGET_DIR:-target}/story.ndjson
SCALE ?= 0.4
SEED ?= 1

.PHONY: demo build test story soak mutations bench lint format release clean

## Builds, makes a world, runs the whole pipeline over it, prints ten alerts, and serves the page.
demo: build
	$(TRIBUTARY) demo --scale $(SCALE) --seed $(SEED)

## One build for the command and all tests.
build: tools
	$(CARGO) build --locked --workspace --all-targets

.PHONY: tools
tools:
	@scripts/tools.sh

## Everything: formatting, tests, fuzz smoke, packs, the page in a real browser, the story of the register, and its API held against OpenAPI 3.1.
test: build
	$(CARGO) fmt --all --check
	$(CARGO) test --locked --workspace --all-targets
	$(TRIBUTARY) packs check
	scripts/web_test.sh
	rm -f $(RECORDED)
	STORY_RECORD=$(RECORDED) scripts/story.sh >/dev/null
	scripts/openapi_check.sh $(RECORDED)
	scripts/story.sh --postgres >/dev/null
	scripts/postgres.sh stop

## The story of the register, told by its API: from an alert to an auditor who verifies it offline. STORY=--postgres for the other store.
story: build
	scripts/story.sh $(STORY)

## Property tests with new random cases, many more of them; a failure prints what reproduces it.
soak: build
	PROPTEST_RNG_SEED=$${PROPTEST_RNG_SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')} PROPTEST_CASES=20000 \
		$(CARGO) test --locked --workspace --all-targets

## Breaks safeguards one by one in a scratch copy and holds that their tests fail; compiles each, an hour or more.
mutations: tools
	scripts/mutations.sh

## Measurements; docs/benchmarks.md says what each figure means.
bench: build
	bench/run.sh

lint: tools
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

format:
	$(CARGO) fmt --all

## The binary to hand out: fully optimised; takes about twenty minutes on two cores.
release: tools
	$(CARGO) build --locked --release -p tributary-cli

clean:
	$(CARGO) clean
	rm -rf demo-workspace
