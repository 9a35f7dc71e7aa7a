#!/usr/bin/env bash
# Blue/green deployment on one machine, without a container engine. `deploy.sh --help` explains.
# shellcheck disable=SC2029,SC2030,SC2031 # names of this side go over ssh, and settings stay in their subshell: both meant so
set -euo pipefail

usage() {
    cat <<'HELP'
deploy.sh: puts a new release of Loa into service beside the old one, without a gap.

  deploy.sh pack FOLDER            gather a release from this repository's build: loa, ONNX Runtime, models
  deploy.sh deploy RELEASE         a release folder, or a loa binary alone (the rest is taken from what serves now)
  deploy.sh --host USER@MACHINE deploy RELEASE     the same over ssh
  deploy.sh rollback               back to the release that served before
  deploy.sh status                 what runs, what serves, which releases are kept

Two slots, blue and green, each a port of 127.0.0.1 and a place in HAProxy's backend. One serves. A deployment
  1. copies the release to releases/, brings the tables up to date (loa migrate),
  2. starts it in the idle slot and waits until /health/ready says "ready",
  3. sends new connections there; open WebSockets stay where they are,
  4. watches it for a while, then sends SIGTERM to the old one, which answers the frames it took and closes with 1012: its
     clients come back, to the new one,
  5. watches again, while the old release, started anew, stands by; then ends that, keeps it, and forgets the oldest.
When anything fails on the way, the old one is put back in service (and started again, if it had ended) before the new one is
stopped. Repeating a deployment does nothing; two at once are refused.

Needs: HAProxy with deploy/haproxy.cfg, socat, curl, PostgreSQL. Both slots share the database and the key that signs tokens. SQLite
will not do: its file belongs to one process.

Settings, from the environment or /etc/loa/deploy.conf (shell):
  DEPLOY_ROOT=/srv/loa                releases/, slots/, the name of the slot that serves
  DEPLOY_ENV_FILE=/etc/loa/loa.env    the server's settings, as in deploy/loa.env.example
  DEPLOY_BLUE=127.0.0.1:8081  DEPLOY_GREEN=127.0.0.1:8082
  DEPLOY_HAPROXY_SOCKET=/run/haproxy/admin.sock  DEPLOY_BACKEND=loa
  DEPLOY_RUNNER=systemd|plain         loa@.service, or processes of this script's own, which no reboot brings back
                                      (the default where there is no systemd)
  DEPLOY_READY_S=60                   until a started release must be ready
  DEPLOY_WATCH_S=5                    for which it must stay so, before and after the old one is stopped
  DEPLOY_DRAIN_S=30                   for the old one to end; longer than server.shutdown_ms
  DEPLOY_KEEP=5                       releases kept

Exit code: 0 done, 1 failed and rolled back, 2 wrong usage, 3 another deployment is running.
HELP
}

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
die() {
    printf 'deploy.sh: %s\n' "$*" >&2
    exit 1
}
misused() {
    printf 'deploy.sh: %s; --help explains\n' "$*" >&2
    exit 2
}

conf=${DEPLOY_CONF:-/etc/loa/deploy.conf}
# shellcheck source=/dev/null
if [ -f "$conf" ]; then . "$conf"; fi
ROOT=${DEPLOY_ROOT:-/srv/loa}
ENV_FILE=${DEPLOY_ENV_FILE:-/etc/loa/loa.env}
BLUE=${DEPLOY_BLUE:-127.0.0.1:8081}
GREEN=${DEPLOY_GREEN:-127.0.0.1:8082}
SOCKET=${DEPLOY_HAPROXY_SOCKET:-/run/haproxy/admin.sock}
BACKEND=${DEPLOY_BACKEND:-loa}
READY_S=${DEPLOY_READY_S:-60}
WATCH_S=${DEPLOY_WATCH_S:-5}
DRAIN_S=${DEPLOY_DRAIN_S:-30}
KEEP=${DEPLOY_KEEP:-5}
if [ -d /run/systemd/system ]; then RUNNER=${DEPLOY_RUNNER:-systemd}; else RUNNER=${DEPLOY_RUNNER:-plain}; fi

# --- slots -----------------------------------------------------------------------------------------------------------------

address() { if [ "$1" = blue ]; then echo "$BLUE"; else echo "$GREEN"; fi; }
other() { if [ "$1" = blue ]; then echo green; else echo blue; fi; }
release_of() { basename "$(readlink "$ROOT/slots/$1" 2>/dev/null || echo none)"; }
is_ready() { curl -fsS -m 2 "http://$(address "$1")/health/ready" 2>/dev/null | grep -q '"status":"ready"'; }
# "degraded" (the database is away) still serves.
serves() { curl -fsS -m 2 -o /dev/null "http://$(address "$1")/health/ready" 2>/dev/null; }

# The slot that serves: as noted, unless that one is dead and the other is not (a script that was killed between two steps).
active() {
    local noted
    noted=$(cat "$ROOT/active" 2>/dev/null || true)
    [ -n "$noted" ] || return 0
    if ! serves "$noted" && serves "$(other "$noted")"; then other "$noted"; else echo "$noted"; fi
}

note_active() {
    echo "$1" >"$ROOT/active.new"
    mv "$ROOT/active.new" "$ROOT/active"
}

# systemd's format: KEY=VALUE lines, no shell.
export_settings() {
    local line value
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in '' | '#'*) continue ;; esac
        value=${line#*=}
        case $value in \"*\" | \'*\') value=${value:1:-1} ;; esac
        export "${line%%=*}=$value"
    done <"$ENV_FILE"
}
setting() { (export_settings && printenv "$1") || true; }

pid_of() {
    local pid
    pid=$(cat "$ROOT/run/$1.pid" 2>/dev/null || true)
    # A number alone may belong to somebody else by now: it must be running in this slot's release.
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [[ $(readlink "/proc/$pid/cwd") == "$(readlink -f "$ROOT")/releases/"* ]]; then
        echo "$pid"
    fi
}

running() {
    if [ "$RUNNER" = systemd ]; then
        case $(systemctl is-active "loa@$1") in active | activating | deactivating | reloading) return 0 ;; *) return 1 ;; esac
    fi
    [ -n "$(pid_of "$1")" ]
}

start() {
    if [ "$RUNNER" = systemd ]; then
        systemctl reset-failed "loa@$1" 2>/dev/null || true
        # Type=exec: returns once the program runs.
        timeout 30 systemctl start "loa@$1"
        return
    fi
    if [ -f "$ROOT/run/$1.log" ]; then mv "$ROOT/run/$1.log" "$ROOT/run/$1.log.1"; fi
    (
        cd -P "$ROOT/slots/$1"
        export_settings
        export ORT_DYLIB_PATH=$PWD/libonnxruntime.so
        exec setsid ./loa serve --bind "$(address "$1")"
    ) >>"$ROOT/run/$1.log" 2>&1 </dev/null 9>&- &
    echo $! >"$ROOT/run/$1.pid"
    sleep 0.2
}

# SIGTERM, and a while later a second signal, which ends it at once. SIGKILL is the last resort.
stop() {
    running "$1" || return 0
    local waited=0 limit=$((DRAIN_S * 5))
    say "$1: SIGTERM; answering the frames in work"
    signal "$1" TERM
    while running "$1"; do
        if [ $waited -eq $limit ]; then
            say "$1: has not ended within $DRAIN_S s; told to end at once"
            signal "$1" INT
        elif [ $waited -ge $((limit + 15)) ]; then
            say "$1: killed"
            signal "$1" KILL
            sleep 0.5
            break
        elif [ $waited -gt 0 ] && [ $((waited % 25)) -eq 0 ]; then
            say "$1: still ending, $((waited / 5)) of $DRAIN_S s"
        fi
        sleep 0.2
        waited=$((waited + 1))
    done
    say "$1: ended"
}

signal() {
    if [ "$RUNNER" = systemd ]; then
        # `stop` first, so that Restart= does not bring it back; --no-block, as the deadline is ours.
        if [ "$2" = TERM ]; then systemctl stop --no-block "loa@$1"; else systemctl kill -s "$2" "loa@$1" || true; fi
    else
        kill "-$2" "$(pid_of "$1")" 2>/dev/null || true
    fi
}

last_words() {
    if [ "$RUNNER" = systemd ]; then journalctl -u "loa@$1" -n 5 -o cat 2>/dev/null; else tail -n 5 "$ROOT/run/$1.log"; fi | sed "s/^/    $1: /"
}

# --- the proxy -------------------------------------------------------------------------------------------------------------

haproxy_says() { printf '%s\n' "$1" | timeout 5 socat -t 5 - "UNIX-CONNECT:$SOCKET"; }

# HAProxy answers a command that it obeys with an empty line.
haproxy_set() {
    local answer
    answer=$(haproxy_says "set server $BACKEND/$1 state $2") || die "HAProxy does not answer on $SOCKET"
    [ -z "${answer//[$' \n']/}" ] || die "HAProxy refuses: $answer"
}
haproxy_state() { haproxy_says "show stat" | awk -F, -v b="$BACKEND" -v s="$1" '$1 == b && $2 == s { print $18 }'; }

# Sends connections to this slot once HAProxy itself has seen it healthy.
route_to() {
    local tries
    haproxy_set "$1" ready
    for ((tries = 0; tries < 75; tries++)); do
        case $(haproxy_state "$1") in UP*) return 0 ;; esac
        sleep 0.2
    done
    return 1
}

# --- a deployment ----------------------------------------------------------------------------------------------------------

preflight() {
    local need url
    for need in curl socat flock timeout setsid; do command -v "$need" >/dev/null || die "$need is missing: apt-get install curl socat util-linux"; done
    [ -r "$ENV_FILE" ] || die "cannot read $ENV_FILE: copy deploy/loa.env.example there and fill it in, or set DEPLOY_ENV_FILE"
    url=$(setting LOA_DATABASE_URL)
    case $url in
    postgres://* | postgresql://*) ;;
    *) die "LOA_DATABASE_URL in $ENV_FILE names no PostgreSQL. Old and new run side by side for a moment, and a SQLite file belongs to one \
process (the second would end with \"another server uses it\"). With SQLite: systemctl stop loa, replace the binary, systemctl start loa" ;;
    esac
    # Without it, the new one would take the old one's open sessions for a crash's leftovers and close them.
    [ "$(setting LOA_DATABASE_SHARED)" = true ] || die "set LOA_DATABASE_SHARED=true in $ENV_FILE: two servers use this database"
    case $(setting LOA_AUTH_KEY)$(setting LOA_AUTH_KEY_FILE) in
    '') die "set LOA_AUTH_KEY in $ENV_FILE (openssl rand -base64 32): both slots need the same, or tokens of one are void at the other" ;;
    esac
    haproxy_says "show info" >/dev/null || die "HAProxy does not answer on $SOCKET: start it with deploy/haproxy.cfg, or set DEPLOY_HAPROXY_SOCKET"
    local slot
    for slot in blue green; do
        [ -n "$(haproxy_state $slot)" ] || die "HAProxy has no server $BACKEND/$slot: start it with deploy/haproxy.cfg, or set DEPLOY_BACKEND"
    done
}

# Copies a release to releases/VERSION-HASH, whole or not at all. What is there already is not copied again.
ship() {
    local from=$1 staging name serving
    staging=$(mktemp -d "$ROOT/releases/.new.XXXXXX")
    if [ -d "$from" ]; then
        cp -R "$from/." "$staging/"
    else
        serving=$(active)
        [ -n "$serving" ] || die "$from is a binary alone; the first deployment needs a release folder: deploy.sh pack FOLDER"
        cp -R "$ROOT/slots/$serving/." "$staging/"
        cp "$from" "$staging/loa"
    fi
    local part
    for part in loa libonnxruntime.so models/SHA256SUMS; do
        [ -f "$staging/$part" ] || die "$from is no release: $part is missing (deploy.sh pack FOLDER makes one)"
    done
    chmod -R u=rwX,go=rX "$staging"
    chmod 755 "$staging/loa"
    name=$(timeout 10 "$staging/loa" --version 2>/dev/null | awk '{ print $2 }' || true)
    name=${name:-unknown}-$(cd "$staging" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
    if [ -d "$ROOT/releases/$name" ]; then rm -rf "$staging"; else mv "$staging" "$ROOT/releases/$name"; fi
    shipped=$name
}

await_ready() {
    local begun=$SECONDS told=$SECONDS
    while ! is_ready "$1"; do
        running "$1" || {
            say "$1: exited before it was ready"
            return 1
        }
        if [ $((SECONDS - begun)) -ge "$READY_S" ]; then
            say "$1: not ready within $READY_S s"
            return 1
        fi
        if [ $((SECONDS - told)) -ge 5 ]; then
            told=$SECONDS
            say "$1: not ready yet, $((SECONDS - begun)) of $READY_S s"
        fi
        sleep 0.2
    done
    say "$1: ready"
}

# Two misses in a row count: one may be a busy second.
stays_ready() {
    local until=$((SECONDS + WATCH_S)) misses=0
    while [ $SECONDS -lt $until ]; do
        if serves "$1"; then misses=0; else misses=$((misses + 1)); fi
        if [ $misses -ge 2 ] || ! running "$1"; then
            say "$1: no longer ready"
            return 1
        fi
        sleep 0.5
    done
}

# How far a deployment has come, so that whatever ends the script undoes just that: none, started, switched, stopping, standby.
stage=none
undo() {
    local code=$?
    # Not to be interrupted.
    trap - EXIT
    trap : INT TERM HUP
    set +e
    if [ $stage = none ]; then exit $code; fi
    last_words "$new"
    say "rolling back: $old ($(release_of "$old")) serves on"
    if [ $stage != started ]; then
        # The old one first, so that there is one at any time.
        if [ $stage = stopping ]; then
            # It may be ending; what was told to end cannot be called back.
            stop "$old"
            start "$old"
        fi
        if [ $stage != switched ]; then
            await_ready "$old" || say "$old does not come back: systemctl status loa@$old, or $ROOT/run/$old.log"
        fi
        note_active "$old"
        (route_to "$old") || say "HAProxy does not take $old for healthy"
    fi
    (haproxy_set "$new" maint)
    stop "$new"
    if [ -n "$new_was" ]; then ln -sfn "$new_was" "$ROOT/slots/$new"; fi
    say "rolled back"
    exit 1
}

switch_to() {
    local release=$1
    old=$(active)
    if [ -z "$old" ]; then
        first_start "$release"
        return
    fi
    new=$(other "$old")
    if [ "$(release_of "$old")" = "$release" ] && serves "$old"; then
        say "$release serves already, in $old: nothing to do"
        # What a script that was killed may have left.
        route_to "$old"
        haproxy_set "$new" maint
        stop "$new"
        return
    fi
    say "$old serves $(release_of "$old"); $release goes to $new"
    # A script that was killed may have left the slots half switched: first the one that serves, then the other off.
    if serves "$old"; then route_to "$old"; fi
    haproxy_set "$new" maint
    stop "$new"
    # What the slot had: the release before, which a failed deployment must not make us forget.
    new_was=$(readlink "$ROOT/slots/$new" || true)
    trap undo EXIT
    trap 'exit 1' INT TERM HUP
    stage=started
    ln -sfn "../releases/$release" "$ROOT/slots/$new"
    migrate "$release"
    start "$new"
    await_ready "$new"
    route_to "$new" || die "HAProxy does not take $new for healthy"
    stage=switched
    haproxy_set "$old" drain
    say "new connections go to $new; watching it for $WATCH_S s"
    stays_ready "$new"
    stage=stopping
    note_active "$new"
    stop "$old"
    # Now the new one carries the load. Should that be too much for it, HAProxy goes over to the old release by itself (`backup`).
    haproxy_set "$old" maint
    say "$old: started again to stand by; watching $new for $WATCH_S s"
    start "$old"
    stage=standby
    await_ready "$old"
    stays_ready "$new"
    stage=none
    stop "$old"
    on_boot "$new" "$old"
    say "$new serves $release; $(release_of "$old") is kept for rollback"
}

first_start() {
    local slot=blue
    say "first deployment: $1 goes to $slot"
    ln -sfn "../releases/$1" "$ROOT/slots/$slot"
    migrate "$1"
    running $slot || start $slot
    await_ready $slot || {
        last_words $slot
        stop $slot
        die "nothing serves yet"
    }
    route_to $slot
    haproxy_set "$(other $slot)" maint
    note_active $slot
    on_boot $slot "$(other $slot)"
    say "$slot serves $1"
}

# The old one runs on with the new tables: migrations only add. They are not taken back by a rollback.
migrate() (
    cd -P "$ROOT/releases/$1"
    export_settings
    say "migrating the database"
    timeout 300 ./loa migrate >/dev/null
)

on_boot() {
    if [ "$RUNNER" = systemd ]; then
        systemctl enable --quiet "loa@$1"
        systemctl disable --quiet "loa@$2"
    fi
}

# The newest KEEP and whatever a slot points to.
prune() {
    local name
    find "$ROOT/releases" -mindepth 1 -maxdepth 1 -name '.new.*' -mmin +60 -exec rm -rf {} +
    find "$ROOT/releases" -mindepth 1 -maxdepth 1 -not -name '.*' -printf '%T@ %f\n' | sort -rn | tail -n +$((KEEP + 1)) | cut -d' ' -f2- | while read -r name; do
        [ "$name" = "$(release_of blue)" ] || [ "$name" = "$(release_of green)" ] || rm -rf "${ROOT:?}/releases/$name"
    done
}

lock() {
    mkdir -p "$ROOT/releases" "$ROOT/slots" "$ROOT/run"
    exec 9>"$ROOT/deploy.lock"
    flock -n 9 || {
        echo "deploy.sh: another deployment is running (it holds $ROOT/deploy.lock)" >&2
        exit 3
    }
}

status() {
    local slot serving
    serving=$(active)
    for slot in blue green; do
        printf '%-6s %-21s %-28s process %-8s proxy %-10s%s\n' $slot "$(address $slot)" "$(release_of $slot)" \
            "$(running $slot && echo runs || echo none)" "$(haproxy_state $slot 2>/dev/null || echo unknown)" "$([ "$slot" = "$serving" ] && echo ' serves')"
    done
    echo "releases:"
    find "$ROOT/releases" -mindepth 1 -maxdepth 1 -not -name '.*' -printf '  %TY-%Tm-%Td %TH:%TM  %f\n' 2>/dev/null | sort
}

pack() {
    local repo binary
    repo=$(cd "$(dirname "$0")/.." && pwd)
    binary=${DEPLOY_BINARY:-$repo/target/release/loa}
    [ -e "$binary" ] || die "there is no $binary: cargo build --release --locked, or set DEPLOY_BINARY"
    mkdir -p "$1/models"
    # Without line tables it is a quarter of the size; backtraces then name functions, not lines.
    strip --strip-debug -o "$1/loa" "$binary" 2>/dev/null || cp "$binary" "$1/loa"
    cp "${ORT_DYLIB_PATH:-$repo/.loa/onnxruntime/libonnxruntime.so}" "$1/libonnxruntime.so"
    cp "$repo"/models/*.onnx "$repo/models/SHA256SUMS" "$repo/models/LICENSE-mediapipe" "$1/models/"
    du -sh "$1"
}

over_ssh() {
    local host=$1 command=$2 staging=/tmp/loa-deploy.$$
    ssh "$host" "mkdir -m 700 $staging && cat >$staging/deploy.sh" <"$0"
    # shellcheck disable=SC2064
    trap "ssh $host rm -rf $staging" EXIT
    if [ "$command" = deploy ]; then
        [ -e "$3" ] || die "$3 is not there"
        say "copying $3 to $host"
        if [ -d "$3" ]; then
            tar -C "$3" -czf - . | ssh "$host" "mkdir $staging/release && tar -C $staging/release -xzf -"
        else
            gzip -c "$3" | ssh "$host" "gunzip -c >$staging/release"
        fi
        ssh "$host" "bash $staging/deploy.sh deploy $staging/release"
    else
        ssh "$host" "bash $staging/deploy.sh $command"
    fi
}

host=
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) usage && exit 0 ;;
    --host) host=${2:?--host needs USER@MACHINE} && shift 2 ;;
    -*) misused "$1 is unknown" ;;
    *) break ;;
    esac
done
command=${1:-}
case $command:$# in
deploy:2 | pack:2 | rollback:1 | status:1) ;;
:*) usage >&2 && exit 2 ;;
*) misused "what is to be done with \"$*\"?" ;;
esac
if [ -n "$host" ] && [ "$command" != pack ]; then
    over_ssh "$host" "$command" "${2:-}"
    exit
fi
case $command in
pack) pack "$2" ;;
status) status ;;
deploy)
    [ -e "$2" ] || die "$2 is not there"
    lock
    preflight
    ship "$2"
    switch_to "$shipped"
    prune
    ;;
rollback)
    lock
    preflight
    serving=$(active)
    [ -n "$serving" ] || die "nothing was deployed yet"
    before=$(release_of "$(other "$serving")")
    [ -d "$ROOT/releases/$before" ] || die "there is no release before $(release_of "$serving")"
    switch_to "$before"
    ;;
esac
