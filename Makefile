# Countersign (三方会签). `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GO := go
TOOLS := $(CURDIR)/bin/tools
GOLANGCI := v2.15.0
WORKFLOWCHECK := v0.6.0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: build ## build and start everything on this machine with demo data (first build: several minutes)
	bin/countersign serve --demo --data data

.PHONY: demo
demo: build ## run the example tickets end to end, leave their files in demo-out/ and verify them
	bin/countersign demo --out demo-out

.PHONY: build
build: engine web/dist/index.html ## build bin/countersign, with its web pages, and bin/countersign-engine
	@scripts/need.sh run
	@echo "building bin/countersign ..."
	@$(GO) build -tags ui -ldflags '$(LDFLAGS)' -o bin/countersign ./cmd/countersign

WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) web/index.html web/vite.config.ts web/tsconfig.json
web/node_modules/.package-lock.json: web/package-lock.json
	@scripts/need.sh run
	@echo "fetching the packages of the web pages ..."
	@cd web && npm ci --no-audit --no-fund --loglevel=error
web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo "building the web pages ..."
	@cd web && npm run --silent build

ENGINE_SOURCES := $(wildcard engine/*.go) engine/go.mod engine/go.sum
.PHONY: engine
engine: bin/countersign-engine ## build the embedded Temporal server (its own module)
bin/countersign-engine: $(ENGINE_SOURCES)
	@scripts/need.sh run
	@echo "building bin/countersign-engine (the first time this compiles the Temporal server: 5 to 10 minutes) ..."
	@$(GO) build -C engine -ldflags '-s -w' -o ../bin/countersign-engine .

.PHONY: test
test: ## all tests, against real parts; installs what is missing or says so
	@scripts/need.sh test
	@$(MAKE) --no-print-directory build
	$(GO) vet ./...
	$(GO) test -timeout 30m ./...
	$(GO) -C engine vet ./...
	$(GO) -C engine test ./...

.PHONY: quick
quick: ## the fast tests only (no servers, no browser, no LibreOffice)
	$(GO) test . ./activities/... ./rbac/... ./workflows/... ./test/architecture ./api ./cmd/... ./internal/auditlog \
	  ./internal/calendar ./internal/config ./internal/contract ./internal/enrol ./internal/pki ./internal/reconcile ./internal/temporalx

.PHONY: check
check: ## format, vet, lint, determinism of workflows, tidy, fast tests
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) -C engine mod tidy -diff
	@test -x $(TOOLS)/golangci-lint || GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	$(TOOLS)/golangci-lint run ./...
	@test -x $(TOOLS)/workflowcheck || GOBIN=$(TOOLS) $(GO) install go.temporal.io/sdk/contrib/tools/workflowcheck@$(WORKFLOWCHECK)
	$(TOOLS)/workflowcheck -config workflowcheck.yaml ./workflows/...
	@$(MAKE) --no-print-directory quick

.PHONY: bench
bench: build ## measure beside the bare engine and beside docxtemplater, in one run
	@scripts/need.sh test
	$(GO) test -tags bench -count=1 -timeout 60m ./bench/chains -v | grep -v "^=== \|^---"
	$(GO) run ./bench/forms

.PHONY: generate
generate: ## rebuild the Word templates from their builders
	$(GO) generate ./...

.PHONY: clean
clean: ## remove what was built; keeps data/
	rm -rf bin demo-out .cache
