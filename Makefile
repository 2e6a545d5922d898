# Every target is an npm script behind a set-up step; `npm run` puts the pinned Node 24 first on the PATH. `dev` and
# `test-real` do without npm, which would call Ctrl-C an error or leave before they have cleared up.
.DEFAULT_GOAL := help
.PHONY: help run test test-real check build dev bench soak sbom next lint-knative image image-stack format clean
SHELL := /bin/sh

IMAGE ?= dev.local/bi-cron:dev
IMAGE_STACK ?= dev.local/bi-cron-stack:dev
ENGINE ?= docker
VERSION = $(shell sed -n 's/^  "version": "\(.*\)",/\1/p' package.json)
REVISION = $(shell git rev-parse --short HEAD 2>/dev/null)
PROTOS := $(shell find protos -name '*.proto' 2>/dev/null)
READY := node_modules/.ready protos/gen/.ready

# `make run task=…` would silently run all tasks: a setting that is none of these is refused.
SETTINGS := TASK DATA ARGS FILES FILE ONLY DURATION SEED IMAGE IMAGE_STACK ENGINE BUILD_ARGS NACOS_PORT WITHOUT PART VERSION REVISION SHELL
GIVEN := $(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
UNKNOWN := $(filter-out $(SETTINGS) -%,$(GIVEN))
CAPITALS := $(if $(UNKNOWN),$(filter $(shell echo $(firstword $(UNKNOWN)) | tr a-z A-Z),$(SETTINGS)))
$(if $(UNKNOWN),$(error expected $(or $(CAPITALS),one of $(SETTINGS))=…, got $(firstword $(UNKNOWN))=…))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## one CloudEvent to each function on the embedded stack; TASK=name DATA='{…}' sends a manual one
	@npm run -s run-tasks -- --task "$$RUN_TASK" --data "$$RUN_DATA"

run: export RUN_TASK := $(value TASK)
run: export RUN_DATA := $(value DATA)

test: $(READY) ## all checks and tests; FILE=path runs the tests of one file alone
ifeq ($(FILE),)
	@npm run -s check
endif
	@npm run -s test -- $(FILE)

test-real: $(READY) ## the journeys on far ends that others wrote, built from the public registries; PART=name runs one's
	@PATH="$(CURDIR)/node_modules/.bin:$$PATH" node test/real/real-command.ts --part "$(PART)"

dev: $(READY) ## the embedded stack, running: schedules fire, functions scale from zero, console on localhost; NACOS_PORT=8848 WITHOUT=simulator ARGS='--speed 60'
	@node_modules/.bin/node tools/dev/dev-command.ts --nacos-port "$$DEV_NACOS_PORT" --without "$$DEV_WITHOUT" $(ARGS)

dev: export DEV_NACOS_PORT := $(value NACOS_PORT)
dev: export DEV_WITHOUT := $(value WITHOUT)

next: $(READY) ## the next five runs of every task, in its zone and in UTC, with their windows
	@npm run -s next -- $(ARGS)

lint-knative: $(READY) ## check the manifests: shape, then meaning; FILES=- reads rendered ones from standard input
	@npm run -s lint-knative -- $(FILES)

bench: $(READY) ## measure against the peers; ONLY=cold|warm|growth|size runs one part
	@npm run -s bench -- $(ONLY)

soak: $(READY) ## load and accelerated days with faults, nothing lost or doubled; DURATION=60s SEED=1
	@npm run -s soak -- --duration "$(or $(DURATION),60s)" --seed "$(or $(SEED),1)"

sbom: $(READY) ## bill of materials (CycloneDX) and licences into dist/
	@npm run -s sbom

image: ## build the container image; IMAGE=name:tag ENGINE=docker|podman|buildah BUILD_ARGS='--build-arg …'
	$(ENGINE) build $(BUILD_ARGS) --build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) -t $(IMAGE) .
	@$(if $(filter buildah,$(notdir $(ENGINE))),$(ENGINE) push -q $(IMAGE) docker-archive:/dev/stdout,$(ENGINE) save $(IMAGE)) \
	  | gzip -c | wc -c | awk '{ printf "$(IMAGE): %.1f MB compressed\n", $$1 / 1e6 }'

image-stack: ## build the image of the simulators for knative/components/nacos-dev; IMAGE_STACK=name:tag ENGINE=…
	$(ENGINE) build $(BUILD_ARGS) --target stack -t $(IMAGE_STACK) .

check: $(READY) ## format, types, lint, unused code
	@npm run -s check

build: $(READY) ## bundle what the image runs into dist/app
	@npm run -s build

format: $(READY) ## format all files
	@npm run -s format

clean: ## remove everything that is made
	rm -rf dist node_modules protos/gen coverage

node_modules/.ready: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

protos/gen/.ready: $(PROTOS) node_modules/.ready
	@npm run -s generate
	@touch $@
