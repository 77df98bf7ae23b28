# One command each. `make help` lists them.
SHELL := /bin/bash
GO ?= go
BIN := bin/helpdesk-exporter
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
REVISION := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
INFO := github.com/prometheus/common/version
LDFLAGS := -s -w -X $(INFO).Version=$(VERSION) -X $(INFO).Revision=$(REVISION)
# Each fuzz target runs this long in `make test`.
FUZZTIME ?= 3s

.DEFAULT_GOAL := help
.PHONY: help build stack dashboards dashboards-test deploy-test plugin plugin-test plugin-backend plugin-frontend demo demo-kill test lint unit fuzz tools bench eval golden

help: ## Show what there is.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

build: ## Build bin/helpdesk-exporter.
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/helpdesk-exporter

PLUGIN := grafana-plugin
PLUGIN_PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
PLUGIN_VERSION := $(shell sed -n 's/^  "version": "\(.*\)",/\1/p' $(PLUGIN)/package.json)
PLUGIN_BUILDINFO := github.com/grafana/grafana-plugin-sdk-go/build/buildinfo

plugin: plugin-frontend plugin-backend ## Build the Grafana data source plugin into grafana-plugin/dist.

$(PLUGIN)/node_modules: $(PLUGIN)/package-lock.json
	cd $(PLUGIN) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

plugin-frontend: $(PLUGIN)/node_modules ## Build module.js.
	cd $(PLUGIN) && npm run --silent build

plugin-backend: ## Build the plugin's backend for PLUGIN_PLATFORMS.
	@mkdir -p $(PLUGIN)/dist
	@set -e; for p in $(PLUGIN_PLATFORMS); do \
		os=$${p%/*}; arch=$${p#*/}; out=$(PLUGIN)/dist/gpx_helpdesk_transcripts_$${os}_$${arch}; [ $$os = windows ] && out=$$out.exe; \
		echo "$$out"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -tags arrow_json_stdlib -o $$out \
			-ldflags "-w -s -X '$(PLUGIN_BUILDINFO).buildInfoJSON={\"time\":0,\"pluginID\":\"helpdesk-transcripts-datasource\",\"version\":\"$(PLUGIN_VERSION)\"}'" \
			./$(PLUGIN)/pkg; chmod 755 $$out; \
	done
	@cd $(PLUGIN) && find . -name node_modules -prune -o -name '*.go' -print | LC_ALL=C sort | sed 's|^\./||' | while read -r f; do echo "$$(sha256sum "$$f" | cut -d' ' -f1):$$f"; done > dist/go_plugin_build_manifest

stack: build tools ## Exporter, Prometheus, Alertmanager and a simulated helpdesk on loopback, Grafana where GRAFANA_HOME names one; Ctrl-C ends all.
	@if [ -n "$$GRAFANA_HOME" ]; then $(MAKE) --no-print-directory plugin PLUGIN_PLATFORMS=$$($(GO) env GOOS)/$$($(GO) env GOARCH); fi
	@$(GO) run ./cmd/helpdesk-stack

dashboards/node_modules: dashboards/package-lock.json
	cd dashboards && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

dashboards: dashboards/node_modules ## Make the dashboards' JSON from dashboards/src.
	cd dashboards && npm run --silent build

dashboards-test: dashboards/node_modules ## The committed dashboards are those that dashboards/src makes.
	@cd dashboards && npx --no-install tsc && rm -rf build/made && node build/main.js build/made && \
		for l in en pt; do diff -r $$l build/made/$$l >/dev/null || { echo "dashboards/$$l differs from dashboards/src: run make dashboards"; exit 1; }; done

demo: build ## Run the exporter on a simulated day and show it; Ctrl-C ends, DEMO_SECONDS=N ends by itself.
	@$(BIN) demo

demo-kill: build ## The same, killing the exporter (-9) several times, then recount every total.
	@$(BIN) demo --kills 5

test: lint tools plugin-test dashboards-test unit fuzz deploy-test ## Everything that CI checks.

plugin-test: $(PLUGIN)/node_modules ## Types, unit tests and editors of the plugin in a browser; in Grafana where GRAFANA_URL names one.
	cd $(PLUGIN) && npm run --silent typecheck && npm test --silent && npm run --silent build && npm run --silent test:browser && npm run --silent test:e2e

lint: ## Formatting and vet.
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...

tools: ## Build promtool, Prometheus and Alertmanager once, outside of the tests' time limits.
	$(GO) test -timeout 45m ./internal/tooltest

unit: ## Unit, property and end-to-end tests.
	$(GO) test -timeout 20m $$($(GO) list ./... | grep -v /internal/stack$$)
	$(GO) test -timeout 20m ./internal/stack # alone: it measures how soon somebody is told
	$(GO) test -race -timeout 20m ./exporter/internal/tracker ./exporter/internal/webhook ./exporter/internal/privacy ./exporter/internal/metrics ./exporter/internal/fold \
		./exporter/internal/api ./exporter/internal/transcript ./exporter/internal/access

# A run whose time is over while a worker is busy ends with "context deadline
# exceeded" and no failing input: that is no finding.
fuzz: ## Run every fuzz target for FUZZTIME.
	@set -e; for pkg in $$($(GO) list ./exporter/...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz' || true); do \
			echo "fuzz $$pkg $$target"; \
			if out=$$($(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg 2>&1); then echo "$$out" | tail -n 1; \
			elif echo "$$out" | grep -q 'context deadline exceeded' && ! echo "$$out" | grep -q 'Failing input'; then echo "ok, its time was over"; \
			else echo "$$out"; exit 1; fi; \
		done; \
	done

deploy-test: ## docker-compose.yml, Dockerfiles, Kubernetes manifests and what Grafana, Prometheus and Alertmanager are given there.
	cd .ci/deploy && $(GO) vet ./... && $(GO) test -timeout 20m ./...

bench: ## Benchmarks with their ratios; docs/performance.md has the table.
	$(GO) test -run '^$$' -bench . -benchtime 1x ./exporter/internal/bench
	$(GO) test -run '^$$' -bench . ./exporter/internal/metrics ./exporter/internal/record ./exporter/internal/provider/...

eval: ## How well messages are understood; docs/understanding.md has the table.
	$(GO) test -count=1 -v -run 'TestEval' ./exporter/internal/understand/... | grep -vE '^ *(===|---|PASS)|no test' | sed -E 's/^ +[a-z_]+\.go:[0-9]+: //'
	$(GO) test -run '^$$' -bench . ./exporter/internal/understand ./exporter/internal/understand/sentiment ./exporter/internal/understand/language ./exporter/internal/understand/topic | grep -E '^Bench'

golden: ## Rewrite the golden files; read the diff.
	$(GO) test ./exporter/internal/fold -run TestDialogues -update
	$(GO) test ./exporter ./exporter/internal/config ./exporter/internal/metrics ./exporter/internal/wall -update
	$(GO) test $$($(GO) list ./exporter/internal/provider/... | grep -v -e /provider$$ -e /wire$$ -e /play$$ -e /events$$ -e /convention$$ -e /providertest$$) -update
	$(GO) test ./exporter/internal/providers -update
	cd .ci/deploy && $(GO) test . -run TestPrometheusRule -update
	$(GO) test ./exporter/internal/alertscheck -run TestNotifications -update
