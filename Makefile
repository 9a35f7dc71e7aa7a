# `make` alone tells what there is. Needs: the Rust toolchain, Python 3 with pip, make.

CARGO ?= cargo
PYTHON ?= python3

.PHONY: help setup run test lint bench loadtest torture extension e2e models models-check autobahn fuzz audit accuracy attention-eval bench-store bench-quiz durability image deploy-check rehearse

help: ## Say what the targets do
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/make \1\t\2/' | expand -t 20

setup: ## Fetch ONNX Runtime (pinned, checked), unless ORT_DYLIB_PATH names one
	@command -v $(CARGO) >/dev/null || { echo "cargo was not found: install the Rust toolchain, https://rustup.rs" >&2; exit 1; }
	@if [ -z "$$ORT_DYLIB_PATH" ]; then $(PYTHON) scripts/fetch_onnxruntime.py; \
	elif [ ! -f "$$ORT_DYLIB_PATH" ]; then echo "ORT_DYLIB_PATH names $$ORT_DYLIB_PATH, which is not there" >&2; exit 1; fi

run: setup ## Build and start the server on http://127.0.0.1:8080
	$(CARGO) run --release --locked -- serve

test: setup ## Run all tests
	$(CARGO) test --workspace --locked

lint: ## Check formatting and clippy's findings
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

bench: setup ## Measure a frame's cost per stage on one thread; the last line is JSON
	$(CARGO) bench --locked --bench frame

# For example: make loadtest LOADTEST="--only find-max --time 0.5"; one run on a server that is up: target/release/loadtest --help
LOADTEST ?=
loadtest: setup ## Measure load on servers of its own, some 12 minutes; writes target/loadtest/, the last line is JSON
	$(CARGO) build --release --locked --workspace
	target/release/loadtest suite $(LOADTEST)

TORTURE ?=
torture: setup ## Measure faults and abuse: Autobahn, fuzzing, stops, a deployment, 30 minutes of work; below 40 minutes once all is built, the last line is JSON
	$(CARGO) build --release --locked --workspace
	$(if $(TORTURE),,$(CARGO) build --locked --example echo && fuzz/run.py build)
	target/release/loadtest torture $(TORTURE)

extension: ## Build the browser extension: extension/dist/ to be loaded, and a zip (needs Node.js 20 with npm)
	@command -v npm >/dev/null || { echo "npm was not found: install Node.js 20 or newer" >&2; exit 1; }
	npm --prefix extension ci --no-audit --no-fund --silent
	npm --prefix extension run --silent build

e2e: setup ## Test page and extension in a real browser; the last line is JSON
	$(CARGO) build --release --locked
	tests/e2e/run.sh

autobahn: ## Test the WebSocket stack's conformance; the last line is JSON (needs Python 2.7)
	tests/autobahn/run.py

fuzz: ## Fuzz what reads bytes from outside, FUZZ_SECONDS (60) each; the last line is JSON (needs nightly Rust)
	fuzz/run.py

audit: ## Check dependencies: licences, sources, duplicates, known vulnerabilities (needs cargo-deny and the network)
	@command -v cargo-deny >/dev/null || { echo "cargo-deny was not found: cargo install --locked cargo-deny" >&2; exit 1; }
	$(CARGO) deny check licenses bans sources
	@$(CARGO) deny fetch db || { echo "the database of known vulnerabilities could not be fetched: they were NOT looked for" >&2; exit 1; }
	$(CARGO) deny check --disable-fetch advisories

models: ## Make the .onnx files anew from MediaPipe's wheel (needs models/requirements.txt)
	$(PYTHON) models/convert.py

models-check: ## Check in an environment of its own that the committed .onnx files are what the script makes
	$(PYTHON) -m venv .venv/models
	.venv/models/bin/python -m pip install --quiet --requirement models/requirements.txt
	.venv/models/bin/python models/convert.py --check --bytes-only

FACES ?= ../shared/faces
accuracy: setup ## Score labelled pictures, as they are and made worse (FACES=folder with manifest.csv)
	@test -f $(FACES)/manifest.csv || { echo "there is no $(FACES)/manifest.csv: say make accuracy FACES=folder; docs/accuracy.md tells what it holds" >&2; exit 1; }
	$(CARGO) build --release
	$(PYTHON) -m venv .venv/accuracy
	.venv/accuracy/bin/python -m pip install --quiet numpy==1.26.4 pillow==11.1.0
	.venv/accuracy/bin/python scripts/accuracy.py $(FACES)/manifest.csv

attention-eval: ## Score the attention engine on simulated learners; the last line is JSON
	$(CARGO) bench --locked --bench attention

bench-store: setup ## Measure the writer, the report page and an outage on both databases; the last line is JSON
	$(CARGO) bench --locked --bench store

bench-quiz: setup ## Measure verdicts while language models misbehave and without; the last line is JSON
	$(CARGO) bench --locked --bench quiz

durability: setup ## Kill servers right after an alert, 100 times on both databases; the last line is JSON
	$(CARGO) bench --locked --bench durability

image: ## Build the container image
	docker build --tag loa .

deploy-check: setup ## Check deploy/: scripts, proxy, alert rules (as far as their tools are installed), metrics of a live server
	$(CARGO) build --release --locked
	@for tool in shellcheck haproxy promtool; do command -v $$tool >/dev/null || echo "$$tool is missing; its check is left out"; done
	! command -v shellcheck >/dev/null || shellcheck deploy/deploy.sh
	! command -v haproxy >/dev/null || DEPLOY_BIND=127.0.0.1:8443 haproxy -c -f deploy/haproxy.cfg
	! command -v promtool >/dev/null || { promtool check config deploy/prometheus/prometheus.yml && promtool test rules deploy/prometheus/alerts_test.yml; }
	$(PYTHON) deploy/check.py

rehearse: setup ## Rehearse deployments under load, some three minutes (PostgreSQL, haproxy, socat, curl); the last line is JSON
	$(CARGO) build --release --locked
	$(PYTHON) deploy/rehearse.py
