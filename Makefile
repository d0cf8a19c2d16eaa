# What people type. Everything is installed where it is missing, asks nothing, and is built outside the checkout.

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-portal build assets agent-windows words env fmt

export CARGO_TARGET_DIR ?= $(or $(DESKSIDE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/deskside)/target
export PATH := $(PATH):$(HOME)/.cargo/bin

setup = @xtask/setup.sh
xtask = @cargo run --quiet -p xtask --

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24

run: ## try it: portal, virtual desktop, demo accounts (Ctrl-C stops)
	$(setup) build desktop
	$(xtask) run

test: ## every test, as CI runs them (part="rust e2e" runs some)
	$(setup) build desktop windows test
	$(xtask) test $(part)

check: ## format, lints for every target, documentation, licences
	$(setup) build windows
	$(xtask) check

bench: ## from key press to pixel, measured in the browser
	$(setup) build desktop test
	$(xtask) bench

bench-portal: ## pages and changes with 100,000 requests, both engines
	$(setup) build test
	$(xtask) bench-portal

build: ## the binaries as released, in the target folder
	$(setup) build
	$(xtask) build --release

assets: ## the browser part only
	$(setup) build
	$(xtask) assets

agent-windows: ## deskside-agent.exe
	$(setup) build windows
	$(xtask) agent-windows

words: ## take new sentences into the catalogues of translations
	$(setup) build
	$(xtask) words

env: ## variables for plain cargo: eval "$(make -s env)"
	$(setup) build >&2
	$(xtask) env

fmt: ## format the sources
	@cargo fmt --all
