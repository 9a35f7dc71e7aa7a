#!/usr/bin/env python3
"""Rehearses deployments under load, on this machine: PostgreSQL in a temporary folder, HAProxy with haproxy.cfg, two slots, deploy.sh, and
learners on live WebSockets who send real pictures once a second, some of them dozing. The last line is JSON.

What is counted, during and after each deployment:
  lost sessions  reconnects whose `welcome` did not say `recovered: true` and the same session
  lost verdicts  frames that the server took and answered with nothing: unanswered when the connection was closed, and sent more than
                 100 ms before (what is younger was on its way, and is counted apart); all of them where it broke without a close code
  lost alerts    a doze of 20 s of closed eyes (as sent and answered, on whatever connection) without its pre-alarm by 10 s or its alarm by
                 20 s; and holes in the numbers of a watch session's alerts

Needs: PostgreSQL and HAProxy installed, socat, curl (Debian: postgresql haproxy socat curl); a build, or DEPLOY_BINARY and ORT_DYLIB_PATH.
"""

import argparse
import asyncio
import collections
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import client

HERE = pathlib.Path(__file__).resolve().parent
FACES = HERE.parent / "tests" / "fixtures" / "faces"
# Sent and answered closed eyes, in seconds: the limits of the preset `default` are 5 and 15.
PRE_ALARM_BY, ALARM_BY = 10.0, 20.0
AWAKE_FOR = 12.0
ON_ITS_WAY = 0.1
TIME_LIMIT = 230

counts = collections.defaultdict(collections.Counter)
phase = "start"
gaps = []
begun = time.monotonic()


def count(what, by=1):
    counts[phase][what] += by


def say(text):
    print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)


class Learner:
    def __init__(self, address, number, dozes, pictures):
        self.address, self.number, self.pictures = address, number, pictures
        self.next_doze = time.monotonic() + 2 + client.jitter(AWAKE_FOR + ALARM_BY) if dozes else None
        self.closed_for = None
        self.heard = set()
        self.last_closed = None
        self.session = self.resume = None
        self.last_n = self.seq = 0
        self.rate = 1.0
        self.flying = {}
        self.away_since = None
        self.ending = False

    async def live(self):
        await asyncio.sleep(client.jitter(4))
        self.tokens = await client.become_guest(self.address)
        while not self.ending:
            try:
                await self.connect()
            except client.Refused as refused:
                count(f"refused upgrades ({refused})")
                await asyncio.sleep(1 + client.jitter(1))
            except (OSError, asyncio.TimeoutError):
                count("failed connects")
                await asyncio.sleep(0.5 + client.jitter(1))

    async def connect(self):
        ws = await client.Socket.open(self.address)
        try:
            self.hello(ws)
            await self.welcome(ws)
            sender = asyncio.create_task(self.send(ws))
            try:
                while True:
                    self.on(await ws.hear())
            finally:
                sender.cancel()
                try:
                    await sender
                except (asyncio.CancelledError, OSError):
                    pass
        except client.Closed as closed:
            self.account(closed.code)
            if not self.ending:
                # "With jitter", says the protocol.
                await asyncio.sleep(client.jitter(1))
        finally:
            ws.close()

    def hello(self, ws):
        again = {"resume": self.resume, "last_n": self.last_n} if self.resume else {}
        ws.say(type="hello", token=self.tokens["access_token"], client="rehearse/1", **again)

    async def welcome(self, ws):
        while True:
            message = await asyncio.wait_for(ws.hear(), 15)
            kind = message["type"]
            if kind == "error" and message["code"].startswith("token_"):
                # A server takes no access token that is older than itself.
                count("tokens renewed")
                status, text = await client.request(self.address, "POST", "/api/v1/tokens", {"refresh_token": self.tokens["refresh_token"]})
                if status == 200:
                    self.tokens.update(json.loads(text))
                else:
                    count("tokens not renewed")
                    await asyncio.sleep(0.5 + client.jitter(1))
                self.hello(ws)
            elif kind == "error":
                count("error " + message["code"])
                if message["code"] == "server_full":
                    await asyncio.sleep(min(message.get("retry_after_ms", 1000) / 1000, 5))
            elif kind == "welcome":
                break
        self.rate = message["rate"]
        if self.away_since is not None:
            gaps.append(time.monotonic() - self.away_since)
            self.away_since = None
        if self.resume:
            count("reconnects")
            if not (message.get("recovered") and message["session"] == self.session):
                count("lost sessions")
                self.last_n = 0
        self.session, self.resume = message["session"], message["resume"]
        for missed in message.get("missed", []):
            self.on(missed)

    async def send(self, ws):
        await asyncio.sleep(client.jitter(0.2))
        while True:
            now = time.monotonic()
            if self.next_doze and self.closed_for is None and now >= self.next_doze:
                self.closed_for, self.last_closed, self.heard = 0.0, None, set()
            dozing = self.closed_for is not None
            self.seq += 1
            self.flying[self.seq] = (now, dozing)
            ws.frame(self.seq, int((now - begun) * 1000), self.pictures[dozing])
            count("frames")
            await asyncio.sleep(1 / min(self.rate, 1.0) * (0.95 + client.jitter(0.1)))

    def on(self, message):
        kind = message["type"]
        if kind in ("verdict", "dropped") or (kind == "error" and "seq" in message):
            sent = self.flying.pop(message["seq"], None)
            count("verdicts" if kind == "verdict" else "dropped " + message["reason"] if kind == "dropped" else "error " + message["code"])
            if kind == "verdict" and sent and sent[1]:
                self.closed_seen(sent[0], message)
        elif kind in ("alert", "alert.cleared"):
            n = message["n"]
            if n > self.last_n + 1:
                count("lost alerts", n - self.last_n - 1)
            if n > self.last_n:
                self.last_n = n
                count("alerts")
                if kind == "alert" and message["kind"] == "eyes_closed":
                    self.heard.add(message["level"])
        elif kind == "rate":
            self.rate = message["frames_per_second"]
        elif kind == "error":
            count("error " + message["code"])

    def closed_seen(self, sent_at, verdict):
        if self.closed_for is None:
            return
        if verdict.get("eyes") != "closed":
            count("closed eyes not seen")
        # A gap freezes the server's timers, and so it does here.
        if self.last_closed is not None and sent_at - self.last_closed <= max(2.0, 2.5 / min(self.rate, 1.0)):
            self.closed_for += sent_at - self.last_closed
        self.last_closed = sent_at
        slower = 4 / min(self.rate, 1.0) - 4
        if self.closed_for >= ALARM_BY + slower:
            self.judge_doze(slower)
            self.closed_for, self.next_doze = None, time.monotonic() + AWAKE_FOR

    def judge_doze(self, slower=0.0):
        """An alarm without a pre-alarm told before counts for both: it is louder."""
        if self.closed_for >= PRE_ALARM_BY + slower:
            count("alerts due")
            if not self.heard:
                count("lost alerts")
        if self.closed_for >= ALARM_BY + slower:
            count("alerts due")
            if "alarm" not in self.heard:
                count("lost alerts")

    def account(self, code):
        count(f"closed {code}")
        now = time.monotonic()
        self.away_since = now
        for sent_at, _ in self.flying.values():
            young = now - sent_at < ON_ITS_WAY and code != 1006
            count("frames on their way at the close" if young else "lost verdicts")
        self.flying.clear()


async def probe(address):
    """Whether there is an instance that serves, ten times a second, through the proxy. A single miss is a request that a dying instance cut
    (counted apart); two in a row are a moment without service."""
    missed = False
    while True:
        try:
            status, _ = await client.request(address, "GET", "/health/ready", timeout=3)
        except (OSError, asyncio.TimeoutError, ValueError, IndexError):
            status = 0
        count("probes" if status == 200 else "probes failed" if missed else f"single requests answered with {status}")
        missed = status != 200
        await asyncio.sleep(0.1)


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Stage:
    """What runs around the learners; all of it lies in one folder, and ends with it."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        ports = [free_port() for _ in range(5)]
        self.proxy = ("127.0.0.1", ports[0])
        self.database_port = ports[1]
        self.blue, self.green = (f"127.0.0.1:{port}" for port in ports[2:4])
        self.env = os.environ | {
            "DEPLOY_CONF": "/nonexistent", "DEPLOY_ROOT": str(folder / "root"), "DEPLOY_ENV_FILE": str(folder / "loa.env"), "DEPLOY_RUNNER": "plain",
            "DEPLOY_BLUE": self.blue, "DEPLOY_GREEN": self.green, "DEPLOY_HAPROXY_SOCKET": str(folder / "haproxy.sock"), "DEPLOY_READY_S": "12",
            "DEPLOY_BIND": f"127.0.0.1:{ports[0]}", "DEPLOY_BIND_PLAIN": f"127.0.0.1:{ports[4]}",
        }

    def start_database(self):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        programs = found[-1] if found else pathlib.Path(shutil.which("initdb") or sys.exit("PostgreSQL is missing: apt-get install postgresql")).parent
        data = self.folder / "postgres"
        data.mkdir()
        # PostgreSQL refuses to run as root.
        user = []
        if os.geteuid() == 0:
            shutil.chown(data, "postgres", "postgres")
            user = ["runuser", "-u", "postgres", "--"]
        subprocess.run([*user, programs / "initdb", "--no-sync", "--auth=trust", "--username=loa", "-D", data], check=True, stdout=subprocess.DEVNULL, cwd="/")
        log = open(self.folder / "postgres.log", "w")
        self.processes.append(subprocess.Popen(
            [*user, programs / "postgres", "-D", data, "-p", str(self.database_port), "-k", data, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
            stdout=log, stderr=log, cwd="/"))
        wait_for(lambda: subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.database_port)]).returncode == 0, "PostgreSQL")
        subprocess.run([programs / "createdb", "-h", "127.0.0.1", "-p", str(self.database_port), "-U", "loa", "loa"], check=True)
        (self.folder / "loa.env").write_text(
            f"# Made by rehearse.py.\nLOA_DATABASE_URL=postgres://loa@127.0.0.1:{self.database_port}/loa\nLOA_DATABASE_SHARED=true\n"
            f"LOA_AUTH_KEY={secrets.token_hex(32)}\nLOA_AUTH_GUESTS_PER_MINUTE=100000\nLOA_LOG_LEVEL=warn\n")

    def start_proxy(self):
        log = open(self.folder / "haproxy.log", "w")
        self.processes.append(subprocess.Popen(["haproxy", "-db", "-f", HERE / "haproxy.cfg"], env=self.env, stdout=log, stderr=log))
        wait_for((self.folder / "haproxy.sock").exists, "HAProxy")

    def pack(self):
        subprocess.run([HERE / "deploy.sh", "pack", self.folder / "one"], env=self.env, check=True, stdout=subprocess.DEVNULL)

    def variant(self, name, script=None):
        """The same release under another name; with a script in front of the program, if it shall fail."""
        folder = self.folder / name
        shutil.copytree(self.folder / "one", folder, copy_function=os.link)
        (folder / "RELEASE").write_text(name + "\n")
        if script:
            (folder / "loa").rename(folder / "loa.real")
            (folder / "loa").write_text(f'#!/bin/sh\nif [ "$1" != serve ]; then exec ./loa.real "$@"; fi\n{script}\n')
            (folder / "loa").chmod(0o755)
        return folder

    async def deploy(self, *arguments):
        """deploy.sh, with its words on this output; its exit code."""
        process = await asyncio.create_subprocess_exec(HERE / "deploy.sh", *arguments, env=self.env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        async for line in process.stdout:
            print("          | " + line.decode().rstrip(), flush=True)
        return await process.wait()

    def serving(self):
        slot = (self.folder / "root/active").read_text().strip()
        return (self.folder / "root/slots" / slot / "RELEASE").read_text().strip()

    def close(self):
        for slot in ("blue", "green"):
            try:
                pid = int((self.folder / f"root/run/{slot}.pid").read_text())
                if str(self.folder) in os.readlink(f"/proc/{pid}/cwd"):
                    os.kill(pid, signal.SIGKILL)
            except (OSError, ValueError):
                pass
        # The database itself, not runuser before it; at once, as nobody needs the data.
        try:
            os.kill(int((self.folder / "postgres/postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        except (OSError, ValueError, IndexError):
            pass
        for process in reversed(self.processes):
            process.send_signal(signal.SIGINT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(holds, what, seconds=20):
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            sys.exit(f"{what} does not start")
        time.sleep(0.05)


async def rehearse(stage, sockets):
    global phase
    pictures = {False: (FACES / "open_320x240.jpg").read_bytes(), True: (FACES / "closed_320x240.jpg").read_bytes()}
    say("first deployment, without load")
    if await stage.deploy("deploy", str(stage.variant("first"))) != 0:
        sys.exit("the first deployment failed: " + (stage.folder / "root/run/blue.log").read_text()[-2000:])
    learners = [Learner(stage.proxy, number, number % 3 == 0, pictures) for number in range(sockets)]
    lives = [asyncio.create_task(it.live()) for it in learners]
    prober = asyncio.create_task(probe(stage.proxy))
    say(f"{sockets} learners, {sum(1 for it in learners if it.next_doze)} of them doze")
    phase = "before"
    await asyncio.sleep(24)
    ok = {}

    say("deployment of a second release")
    phase = "deployment"
    deploying = time.monotonic()
    ok["deployed"] = await stage.deploy("deploy", str(stage.variant("second"))) == 0 and stage.serving() == "second"
    took = time.monotonic() - deploying
    # Dozes that were under way come to their end.
    await asyncio.sleep(24)
    phase = "same again"
    ok["idempotent"] = await stage.deploy("deploy", str(stage.folder / "second")) == 0 and stage.serving() == "second"

    for name, script, phase in [
        ("exits", "echo this release is broken >&2; exit 1", "rollback: exits"),
        ("never-ready", "exec sleep 300", "rollback: never ready"),
        # Ready, takes new connections, and ends: before the old one is stopped, and afterwards.
        ("dies", 'exec timeout 4 ./loa.real "$@"', "rollback: dies"),
        ("dies-late", 'exec timeout 9 ./loa.real "$@"', "rollback: dies late"),
    ]:
        say(f"deployment of a broken release: {name}")
        code = await stage.deploy("deploy", str(stage.variant(name, script)))
        await asyncio.sleep(2)
        ok[name] = code == 1 and stage.serving() == "second"
    say("back to the release before, by hand")
    phase = "deploy.sh rollback"
    ok["by hand"] = await stage.deploy("rollback") == 0 and stage.serving() == "first"
    await asyncio.sleep(22)
    phase = "end"
    await stage.deploy("status")
    up = sum(1 for it in learners if it.away_since is None and it.session)
    for learner in learners:
        learner.ending = True
        learner.judge_doze() if learner.closed_for is not None else None
    for task in [prober, *lives]:
        task.cancel()
    crashed = [it for it in await asyncio.gather(*lives, return_exceptions=True) if isinstance(it, Exception)]
    for error in crashed[:3]:
        say(f"a learner failed: {error!r}")
    return ok, took, up, len(crashed)


def report(ok, took, up, crashed, sockets):
    columns = ["frames", "verdicts", "reconnects", "lost sessions", "lost verdicts", "alerts due", "lost alerts", "probes failed"]
    print(f"\n{'':24}" + "".join(f"{it:>15}" for it in columns))
    for name, numbers in counts.items():
        if name not in ("start", "end"):
            print(f"{name:24}" + "".join(f"{numbers[it]:15}" for it in columns))
    total = sum(counts.values(), collections.Counter())
    rest = {key: value for key, value in sorted(total.items()) if key not in columns}
    print("also: " + ", ".join(f"{key} {value}" for key, value in rest.items()))
    gaps.sort()
    if gaps:
        print(f"from a close to the next welcome: median {gaps[len(gaps) // 2]:.2f} s, longest {gaps[-1]:.2f} s")
    print(f"deployment took {took:.1f} s; {up} of {sockets} connected at the end; " + ", ".join(f"{key}: {'yes' if value else 'NO'}" for key, value in ok.items()))
    # A rollback may cost nobody anything; the second deployment by hand is one more deployment.
    deploys, rollbacks = collections.Counter(), collections.Counter()
    for name, numbers in counts.items():
        (rollbacks if name.startswith("rollback:") else deploys).update(numbers)
    lost = {it: deploys[it] + rollbacks[it] for it in ("lost sessions", "lost alerts", "lost verdicts")}
    rolled_back = all(ok[it] for it in ("exits", "never-ready", "dies", "dies-late"))
    untouched = not any(rollbacks[it] for it in ("lost sessions", "lost alerts", "lost verdicts", "probes failed"))
    print(json.dumps({
        "deploy_lost_sessions": lost["lost sessions"], "deploy_lost_alerts": lost["lost alerts"], "deploy_lost_verdicts": lost["lost verdicts"],
        "rollback_ok": rolled_back and untouched, "deploy_ok": ok["deployed"] and ok["idempotent"] and ok["by hand"], "sockets": sockets,
        "switches": 4, "reconnects": total["reconnects"], "alerts_due": total["alerts due"], "frames": total["frames"],
        "failed_probes": total["probes failed"], "deploy_s": round(took, 1), "learners_failed": crashed + sockets - up,
    }))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=200, help="learners at one time (200)")
    parser.add_argument("--keep", action="store_true", help="leave the folder with logs, and say where it is")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="loa-rehearsal-"))
    folder.chmod(0o755)
    stage = Stage(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        stage.start_database()
        stage.start_proxy()
        stage.pack()
        result = asyncio.run(asyncio.wait_for(rehearse(stage, arguments.sockets), TIME_LIMIT))
        report(*result, arguments.sockets)
    finally:
        stage.close()
        if arguments.keep:
            print(f"logs: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
