#!/usr/bin/env bash
# The browser stories: real Chromium, real server (E2E_BIN, by default target/release/loa), and for what a real one seldom
# does a made-up one.
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

lock=node_modules/.package-lock.json
if [[ ! -f $lock || package-lock.json -nt $lock ]]; then
  npm ci --no-audit --no-fund --silent
  touch "$lock"
fi

status=0
npm run --silent types || status=1
npm run --silent unit || status=1
npm run --silent stories || status=1
exit $status
