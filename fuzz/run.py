#!/usr/bin/env python3
"""Runs every fuzzer for FUZZ_SECONDS (60), one after the other; README.md tells what they do. The last line is JSON.

FUZZ_TARGETS="jpeg skip" runs only these; FUZZ_SANITIZER=none builds without AddressSanitizer; `run.py build` builds and runs nothing.
Ends with 1 when something was found.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("FUZZ_TARGET_DIR", HERE / "target"))
TOOLS = HERE.parent / "target" / "tools"
CARGO_FUZZ = "0.13.2"
# A picture within the limits takes 5 MB, its coefficients some 16: what asks for more at once has not looked at the limits.
MALLOC_MB = {"jpeg": 64}
MALLOC_MB_ELSE = 256
MAX_LEN = {"frame": 4096, "client": 4096, "jpeg": 4096, "subtitles": 4096, "reply": 4096, "config": 2048, "skip": 8192}
# Seconds for one input, built as slow as this: a thousand times what they take.
TIMEOUT_S = 10


def say(text):
    print(text, flush=True)


def ready():
    """The environment for cargo-fuzz, which is fetched if it is not there."""
    if subprocess.run(["cargo", "+nightly", "--version"], capture_output=True).returncode != 0:
        sys.exit("fuzzing needs the nightly toolchain: rustup toolchain install nightly --profile minimal")
    env = {**os.environ, "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    env.pop("CARGO_TARGET_DIR", None)
    if not shutil.which("cargo-fuzz", path=env["PATH"]):
        say(f"installing cargo-fuzz {CARGO_FUZZ} into {TOOLS}, once")
        subprocess.run(["cargo", "install", "--quiet", "--locked", "--root", TOOLS, f"cargo-fuzz@{CARGO_FUZZ}"], env=env, check=True)
    return env


def host(env):
    told = subprocess.run(["rustc", "+nightly", "-vV"], env=env, capture_output=True, text=True, check=True).stdout
    return re.search(r"host: (.+)", told)[1]


def fuzz(name, seconds, env, triple):
    """Executions, coverage, corpus and findings of one target."""
    corpus, artifacts = HERE / "corpus" / name, HERE / "artifacts" / name
    corpus.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    folders = [corpus, *(folder for folder in (HERE / "seeds" / name, HERE / "findings" / name) if folder.is_dir())]
    dictionary = HERE / "dicts" / f"{name}.dict"
    command = [
        TARGET / triple / "release" / name,
        *folders,
        f"-max_total_time={seconds}",
        f"-max_len={MAX_LEN[name]}",
        f"-timeout={TIMEOUT_S}",
        "-rss_limit_mb=1024",
        f"-malloc_limit_mb={MALLOC_MB.get(name, MALLOC_MB_ELSE)}",
        f"-artifact_prefix={artifacts}/",
        "-print_final_stats=1",
        *([f"-dict={dictionary}"] if dictionary.is_file() else []),
    ]
    done = subprocess.run(command, cwd=HERE, env={**env, "ASAN_OPTIONS": "detect_odr_violation=0:abort_on_error=0"},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    (artifacts / "log.txt").write_text(done.stdout)
    number = lambda pattern: int((re.findall(pattern, done.stdout) or [0])[-1])
    result = {
        "target": name,
        "executions": number(r"stat::number_of_executed_units:\s*(\d+)") or number(r"#(\d+)\t"),
        "coverage": number(r"cov: (\d+)"),
        "features": number(r"ft: (\d+)"),
        "corpus": number(r"corp: (\d+)"),
        "slowest_s": number(r"stat::slowest_unit_time_sec:\s*(\d+)"),
        "findings": re.findall(r"Test unit written to (\S+)", done.stdout),
    }
    if done.returncode != 0 and not result["findings"]:
        say(done.stdout[-3000:])
        sys.exit(f"{name} ended with {done.returncode} and no finding: it did not run")
    return result


def main():
    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    sanitizer = os.environ.get("FUZZ_SANITIZER", "address")
    names = os.environ.get("FUZZ_TARGETS", "").split() or list(MAX_LEN)
    if sys.argv[1:] not in ([], ["build"]):
        sys.exit("usage: run.py [build]")
    env = ready()
    build = ["cargo", "+nightly", "fuzz", "build", "--release", "--sanitizer", sanitizer, "--target-dir", TARGET]
    subprocess.run(build, cwd=HERE.parent, env=env, check=True)
    if sys.argv[1:] == ["build"]:
        return 0
    triple = host(env)
    columns = ["target", "executions", "coverage", "features", "corpus", "slowest_s", "findings"]
    say("".join(f"{column:>12}" for column in columns))
    results = []
    for name in names:
        result = fuzz(name, seconds, env, triple)
        results.append(result)
        say("".join(f"{len(it) if isinstance(it, list) else it:>12}" for it in map(result.get, columns)))
    found = [path for result in results for path in result["findings"]]
    for path in found:
        say(f"found: {path}")
    if found:
        say(f"Mend it, and put the input into fuzz/findings/TARGET/: tests/it/corpus.rs tries it from then on. Logs: {HERE / 'artifacts'}")
    executions = sum(result["executions"] for result in results)
    say(json.dumps({"fuzz_targets": len(results), "fuzz_executions": executions, "fuzz_crashes": len(found)}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
