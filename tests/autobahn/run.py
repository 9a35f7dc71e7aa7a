#!/usr/bin/env python3
"""Runs the Autobahn fuzzing client against the echo server of examples/echo.rs; README.md tells what is expected.

Sets up what it needs by itself in .venv/autobahn. The last line is JSON. Ends with 1 when a case fails or was not run, with 0 when all hold, or when
the suite cannot be had here: it runs on Python 2.7 only.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / ".venv" / "autobahn"
REPORTS = ROOT / "target" / "autobahn"
# How many cases there are: fewer in the report mean that the client gave up.
CASES = 301
PASSED = {"OK", "NON-STRICT", "INFORMATIONAL"}
# All cases took 18 s.
PATIENCE_S = 900


def say(text):
    print(text, flush=True)


def skip(why):
    say(f"The Autobahn test suite is skipped: {why}")
    say(json.dumps({"autobahn_cases": 0, "autobahn_failed": 0, "non_strict": [], "skipped": why}))
    sys.exit(0)


def python2():
    """A Python 2.7 that runs: pyenv leaves its names in the path even where none is chosen."""
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    named = [os.environ.get("PYTHON2"), shutil.which("python2.7"), *sorted(pyenv.glob("versions/2.7*/bin/python"))]
    for candidate in filter(None, (shutil.which(name) for name in named if name)):
        tried = subprocess.run([candidate, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True)
        if tried.stdout.strip() == "(2, 7)":
            return str(candidate)
    return skip("there is no Python 2.7 (name one with PYTHON2=...)")


def setup():
    """The suite's program, installed once for these requirements."""
    wanted = (HERE / "requirements.txt").read_text()
    marker = VENV / "requirements.txt"
    if marker.is_file() and marker.read_text() == wanted:
        return VENV / "bin" / "wstest"
    python = python2()
    say("setting up the Autobahn test suite, once")
    shutil.rmtree(VENV, ignore_errors=True)
    tools = VENV.with_name("autobahn-virtualenv")
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [
        [python, *pip, "--target", tools, "--upgrade", "virtualenv==20.15.1"],
        [python, "-m", "virtualenv", "--quiet", "--no-periodic-update", VENV],
        [VENV / "bin" / "python", *pip, "--no-deps", "--requirement", HERE / "requirements.txt"],
    ]
    for step in steps:
        done = subprocess.run(step, env={**os.environ, "PYTHONPATH": str(tools)} if "virtualenv" in step else None,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            say(done.stdout[-2000:])
            skip(f"it could not be installed ({' '.join(map(str, step[:4]))} ...)")
    marker.write_text(wanted)
    return VENV / "bin" / "wstest"


def start_echo():
    """The echo server on a free port, and its address."""
    command = ["cargo", "run", "--locked", "--quiet", "--example", "echo", "--", "127.0.0.1:0"]
    echo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    address = echo.stdout.readline().strip()
    if not address:
        sys.exit("the echo server did not start")
    return echo, address


def run(wstest, address):
    """What each case came to, by its number."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    spec = json.loads((HERE / "spec.json").read_text())
    spec["outdir"] = str(REPORTS)
    spec["servers"][0]["url"] = f"ws://{address}/ws"
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "spec.json"
        path.write_text(json.dumps(spec))
        with open(REPORTS / "log.txt", "w") as log:
            client = [wstest, "--mode", "fuzzingclient", "--spec", path]
            subprocess.run(client, cwd=folder, stdout=log, stderr=log, timeout=PATIENCE_S, check=False)
    index = REPORTS / "index.json"
    if not index.is_file():
        say((REPORTS / "log.txt").read_text()[-2000:])
        sys.exit("the fuzzing client wrote no report")
    return next(iter(json.loads(index.read_text()).values()))


def outcome(case):
    """One word for how a case went and how its connection was closed."""
    if case["behavior"] not in PASSED or case["behaviorClose"] not in PASSED:
        return "FAILED"
    return case["behavior"]


def main():
    wstest = setup()
    echo, address = start_echo()
    began = time.monotonic()
    try:
        cases = run(wstest, address)
    finally:
        # The group: cargo does not pass signals on.
        os.killpg(echo.pid, signal.SIGTERM)
        echo.wait()
    order = lambda number: [int(part) for part in number.split(".")]
    words = ["OK", "NON-STRICT", "INFORMATIONAL", "FAILED"]
    groups, listed = {}, {word: [] for word in words}
    for number in sorted(cases, key=order):
        word = outcome(cases[number])
        groups.setdefault(order(number)[0], []).append(word)
        listed[word].append(number)
    say("".join(f"{word:>15}" for word in ["group", "cases", *words]))
    for group, outcomes in groups.items():
        say("".join(f"{it:>15}" for it in [group, len(outcomes), *(outcomes.count(word) for word in words)]))
    for word in words[1:]:
        if listed[word]:
            say(f"{word}: {' '.join(listed[word])}")
    for number in listed["FAILED"]:
        case = cases[number]
        say(f"  {number}: {case['behavior']}, closing {case['behaviorClose']}; {REPORTS / case['reportfile']}")
    missing = max(0, CASES - len(cases))
    if missing:
        say(f"{missing} cases were not run; {REPORTS / 'log.txt'}")
    say(f"{time.monotonic() - began:.0f} s; all reports: {REPORTS / 'index.html'}")
    failed = len(listed["FAILED"]) + missing
    say(json.dumps({"autobahn_cases": len(cases), "autobahn_failed": failed, "non_strict": listed["NON-STRICT"]}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
