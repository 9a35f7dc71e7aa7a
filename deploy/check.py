#!/usr/bin/env python3
"""Checks that dashboard, alert rules and Kubernetes files ask for metrics that a live server has, with labels that it has.

    deploy/check.py                      starts target/release/loa (or DEPLOY_BINARY) on a free port, in a temporary folder
    deploy/check.py --url 127.0.0.1:8080 asks a server that runs; it gets a guest with a made-up quiz

A metric with labels appears when something is counted for the first time, so a learner is played who brings everything about: closed eyes
until an alert, a bad message, a capture time that repeats, a quiz, a return. Exits with 1 and names what is missing.
"""

import argparse
import asyncio
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import client

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parent
CLOSED = (REPO / "tests/fixtures/faces/closed_320x240.jpg").read_bytes()
NAME = re.compile(r"\bloa_[a-z_]+(?:\{[^}]*\})?")
# Made by the Prometheus adapter from what the server has: prometheus/adapter.yaml.
DERIVED = {"loa_load"}


def wanted():
    """Metric names and the labels by which they are selected or grouped, each with where it is asked for."""
    asked = {}

    def of_expression(expression, place):
        grouped = set()
        for labels in re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", expression):
            grouped |= {it.strip() for it in labels.split(",")}
        for selector in NAME.findall(expression):
            name, _, labels = selector.partition("{")
            used = set(re.findall(r"([a-z_]+)\s*[=!]~?", labels))
            asked.setdefault(name, []).append((place, used | grouped))

    dashboard = json.loads((HERE / "grafana/loa.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            of_expression(target["expr"], f"grafana: {panel['title']}")
    for variable in dashboard["templating"]["list"]:
        of_expression(variable.get("definition", ""), f"grafana: variable {variable['name']}")
    # No YAML parser in the standard library; the expressions are all that names metrics there, apart from sentences.
    for file in [HERE / "prometheus/alerts.yml", HERE / "prometheus/adapter.yaml", *sorted((HERE / "kubernetes").glob("*.yaml"))]:
        text = "\n".join(line for line in file.read_text().splitlines() if not re.match(r"\s*(#|runbook:|summary:)", line))
        for name in NAME.findall(text):
            of_expression(name, str(file.relative_to(HERE)))
    return {name: places for name, places in asked.items() if name not in DERIVED}


def offered(text):
    """Sample names of the exposition, with the labels of each."""
    samples = {}
    for line in text.splitlines():
        found = re.match(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ", line)
        if found and not line.startswith("#"):
            samples.setdefault(found[1], set()).update(re.findall(r'([a-z_]+)="', found[2] or ""))
    return samples


async def play(address):
    """Everything that is counted, once."""
    guest = await client.become_guest(address)
    hello = {"type": "hello", "token": guest["access_token"], "preset": "strict", "lecture": {"url": "https://example.com/check"}}
    ws = await client.Socket.open(address)
    ws.say(**hello)
    while (await ws.hear())["type"] != "welcome":
        pass
    ws.send(client.TEXT, b"no message")
    sentences = ["A page table maps virtual pages to physical frames.", "Every process has a page table of its own.", "The scheduler chooses which process runs next.",
                 "A file system maps files to blocks on the disk.", "The kernel handles every system call of a process.", "A cache keeps recently used blocks in memory."]
    ws.say(type="transcript", cues=[{"start_s": i * 6.0, "end_s": i * 6.0 + 5, "text": sentences[i % len(sentences)]} for i in range(30)])
    ws.say(type="quiz.generate", source="cloze")
    seen, seq, until = set(), 0, time.monotonic() + 30
    while not {"alert", "quiz"} <= seen:
        if time.monotonic() > until:
            sys.exit(f"no alert or no quiz within 30 s; seen: {sorted(seen)}")
        # The first two have one capture time.
        ws.frame(seq, 1000 + 500 * max(seq, 1), CLOSED)
        seq += 1
        try:
            async with asyncio.timeout(0.5):
                while True:
                    message = await ws.hear()
                    if message["type"] == "quiz.progress":
                        if message["state"] != "making":
                            seen.add("quiz")
                    else:
                        seen.add(message["type"])
        except TimeoutError:
            pass
    ws.close()
    again = await client.Socket.open(address)
    again.say(**hello, resume="0" * 32)
    while (await again.hear())["type"] != "welcome":
        pass
    again.close()


async def check(address):
    await play(address)
    _, text = await client.request(address, "GET", "/metrics")
    samples = offered(text)
    asked = wanted()
    problems = []
    # Those of one metric would be stricter, but an expression may join two. The first four are Prometheus' own.
    known = {"instance", "job", "namespace", "pod"}.union(*samples.values())
    for name, places in sorted(asked.items()):
        for place, labels in places:
            if name not in samples:
                problems.append(f"{place}: the server has no {name}")
            problems += [f"{place}: no metric of the server has the label {it}" for it in sorted(labels - known)]
    families = {re.sub(r"_(total|bucket|sum|count)$", "", it) for it in samples}
    shown = {re.sub(r"_(total|bucket|sum|count)$", "", it) for it in asked}
    print(f"{len(asked)} metrics are asked for, {len(families)} families are there; asked for nowhere: {', '.join(sorted(families - shown)) or 'none'}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(json.dumps({"metrics_asked": len(asked), "metrics_missing": len({it for it in asked if it not in samples}), "problems": len(problems)}))
    return not problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="address:port of a server that runs")
    arguments = parser.parse_args()
    if arguments.url:
        host, _, port = arguments.url.removeprefix("http://").rstrip("/").rpartition(":")
        sys.exit(not asyncio.run(check((host, int(port)))))
    with tempfile.TemporaryDirectory() as folder:
        binary = os.environ.get("DEPLOY_BINARY", str(REPO / "target/release/loa"))
        sets = [f"models.dir={REPO}/models", f"database.path={folder}/loa.sqlite3", f"auth.key_file={folder}/loa.key", "quiz.source=cloze"]
        command = [binary, "serve", "--bind", "127.0.0.1:0", *(part for it in sets for part in ("--set", it))]
        server = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=open(f"{folder}/log", "w"), text=True)
        try:
            listening = server.stdout.readline()
            if not listening.startswith("listening on "):
                server.wait(15)
                sys.exit(f"{' '.join(command)} does not start:\n{pathlib.Path(folder, 'log').read_text()}")
            sys.exit(not asyncio.run(check(("127.0.0.1", int(listening.rsplit(":", 1)[1])))))
        finally:
            server.terminate()
            server.wait(15)


if __name__ == "__main__":
    main()
