# What is done with this repository. `make` alone lists it.

GO    ?= go
# Tools are pinned by a module of their own, so that their dependencies are not Muster's.
TOOL  := $(GO) tool -modfile=tools/go.mod
STACK := .muster/bin/devstack
BUILD_STACK := $(GO) build -buildvcs=false -o $(STACK) ./devstack
# Go says nothing while it compiles, and on a cold machine that is the first minute or two of everything.
FIRST_WORD := { [ -x $(STACK) ] || echo "build      building devstack; at first Go fetches and compiles modules, a minute or two"; }

.DEFAULT_GOAL := help
.PHONY: help demo up down status logs test test-packages test-without-cache bench lint format-check vet linters determinism \
	vulnerabilities modules fmt build

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## start everything afresh and play the story; CI=true stops it again and fails unless every check passed
	@$(FIRST_WORD) && $(BUILD_STACK) && $(STACK) demo

up: ## start everything in the background; state is kept in .muster
	@$(FIRST_WORD) && $(BUILD_STACK) && $(STACK) up

# These three have to work on code that does not compile: then the program built last does it.
down: ## stop what up and demo have started
	@{ $(BUILD_STACK) 2>/dev/null || true; } && $(STACK) down

# That something does not run is an answer, not a failure of make; scripts ask .muster/bin/devstack status, which then exits 1.
status: ## say what runs
	@{ $(BUILD_STACK) 2>/dev/null || true; } && { $(STACK) status || [ $$? -eq 1 ]; }

logs: ## show the last lines of every log; FOLLOW=1 goes on showing, PART="worker starter" shows only those
	@{ $(BUILD_STACK) 2>/dev/null || true; } && $(STACK) logs $(if $(FOLLOW),-f) $(PART)

test: ## run every test against a PostgreSQL and a Temporal server of its own
	@$(FIRST_WORD) && $(BUILD_STACK) && $(STACK) test -- $(MAKE) --no-print-directory test-packages test-without-cache

# Run by test, with the servers' addresses in the environment.
test-packages:
	$(GO) test -timeout 40m ./...

# Without cached workflows every workflow task is a replay from the beginning, which finds what is not deterministic. Crowds are left out:
# each of them does what one does.
test-without-cache:
	MUSTER_TEST_STICKY_CACHE=0 $(GO) test -count=1 -timeout 40m -skip 'TwoHundredWhoWait|ThreeHundredTerminations|AmongFiveThousand' ./e2e/...

bench: ## measure, each figure beside a reference of the same run, into bench/RESULTS.md; some minutes
	$(GO) test ./bench -run '^$$' -bench . -benchtime 1x -timeout 2h -results RESULTS.md
	$(GO) test ./hr/roster ./reconcile ./starter/frontdoor -run '^$$' -bench . -benchtime 1x -timeout 1h

lint: format-check vet linters determinism modules vulnerabilities ## check form, layers, determinism, modules, known vulnerabilities

format-check:
	@echo "lint: gofumpt"
	@unformatted=$$($(TOOL) gofumpt -l .) && if [ -n "$$unformatted" ]; then \
		echo "not formatted, make fmt does it:"; echo "$$unformatted"; exit 1; fi

vet:
	@echo "lint: go vet"
	@$(GO) vet ./...

linters:
	@echo "lint: golangci-lint (the first run builds it, a minute or two)"
	@$(TOOL) golangci-lint run

determinism:
	@echo "lint: workflowcheck"
	@$(TOOL) workflowcheck -config tools/workflowcheck.yaml ./workflows/... $(if $(wildcard reconcile/*.go),./reconcile/...)

modules:
	@echo "lint: go mod tidy -diff"
	@$(GO) mod tidy -diff

vulnerabilities:
	@echo "lint: govulncheck"
	@sh tools/vulnerabilities.sh "$(TOOL) govulncheck"

fmt: ## format every file
	@$(TOOL) gofumpt -w .

build: ## build every program into .muster/bin
	@mkdir -p .muster/bin
	@$(GO) build -buildvcs=false -o .muster/bin/ ./...
