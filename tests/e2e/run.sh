#!/usr/bin/env bash
# The browser stories: real Chromium, real server (E2E_BIN, by default target/release/loa), and for what a real one seldom
# does a made-up one; the extension is built first (another folder with a built one: name it in E2E_EXTENSION).
# The last line is {"stories":N,"passed":N,"failed":N}; the status is not 0 when anything failed.
set -euo pipefail
cd "$(dirname "$0")"

need=()
[[ -x ${E2E_CHROMIUM:-/usr/bin/chromium} ]] || need+=(chromium)
command -v ffmpeg >/dev/null || need+=(ffmpeg)
if ((${#need[@]})); then
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "The browser stories need ${need[*]}. On Debian: sudo apt-get install ${need[*]}" >&2
    echo "(Chromium elsewhere: name its path in E2E_CHROMIUM.)" >&2
    exit 2
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi
command -v node >/dev/null || { echo "The browser stories need Node.js 20 or newer." >&2; exit 2; }

# Fetches what a folder's package-lock.json names, if that has not been done yet.
fetch() {
  local lock=$1/node_modules/.package-lock.json
  [[ -f $lock && ! $1/package-lock.json -nt $lock ]] && return
  npm ci --prefix "$1" --no-audit --no-fund --silent
  touch "$lock"
}
fetch .

status=0
if [[ -z ${E2E_EXTENSION:-} ]]; then
  fetch ../../extension
  npm run --prefix ../../extension --silent build || status=1
  npm run --prefix ../../extension --silent test || status=1
fi
npm run --silent types || status=1
npm run --silent unit || status=1
npm run --silent stories || status=1
exit $status
