#!/usr/bin/env bash
# Starts a server on a free port, puts simulated learners on it and stops it again.
# Arguments are the load test's own (see target/release/loadtest --help).
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
log=$folder/log
# A database of its own, gone with the test.
target/release/loa serve --bind 127.0.0.1:0 --set log.level=warn \
	--set database.path="$folder/loa.sqlite3" --set auth.key_file="$folder/loa.key" >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$folder"' EXIT

for _ in $(seq 100); do
	address=$(sed -n 's|^listening on http://||p' "$log")
	[ -n "$address" ] && break
	kill -0 "$server" 2>/dev/null || { echo "the server did not start" >&2; exit 1; }
	sleep 0.1
done
target/release/loadtest --url "ws://$address/ws" --frames tests/fixtures/faces --json "$@"
