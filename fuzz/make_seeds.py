#!/usr/bin/env python3
"""Writes fuzz/seeds: small inputs of every kind that the targets tell apart. Needs Pillow; what it writes is committed.

Seeds whose names begin with "found-" are the fuzzers' own, kept because they reach what the others do not; they are left alone.
"""

import io
import json
import pathlib
import struct

from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent / "tests" / "fixtures"


def write(target, name, data):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def encoded(image, **options):
    memory = io.BytesIO()
    image.save(memory, "JPEG", **options)
    return memory.getvalue()


def jpegs():
    image = Image.new("RGB", (40, 24))
    image.putdata([(x * 6, y * 10, x * y % 256) for y in range(24) for x in range(40)])
    exif = Image.Exif()
    exif[0x0112] = 6
    files = {
        "baseline-420": encoded(image, quality=75),
        "baseline-444": encoded(image, quality=75, subsampling=0),
        "baseline-422": encoded(image, quality=40, subsampling=1),
        "grey": encoded(image.convert("L"), quality=50),
        "cmyk": encoded(image.convert("CMYK"), quality=50),
        "rgb": encoded(image, quality=50, keep_rgb=True),
        "progressive": encoded(image, quality=50, progressive=True),
        "progressive-grey": encoded(image.convert("L"), quality=50, progressive=True),
        "optimised": encoded(image, quality=20, optimize=True),
        "restarts": encoded(image, quality=50, restart_marker_blocks=2),
        "restarts-progressive": encoded(image, quality=50, restart_marker_rows=1, progressive=True),
        "rotated": encoded(image, quality=30, exif=exif),
        "comment": encoded(image, quality=30, comment=b"a comment"),
        "one-pixel": encoded(image.crop((0, 0, 1, 1))),
        "odd": encoded(image.crop((0, 0, 17, 9)), quality=60),
    }
    whole = files["baseline-420"]
    size = whole.index(b"\xff\xc0") + 5
    files["bomb"] = whole[:size] + b"\xff\xff\xff\xff" + whole[size + 4 :]
    files["flat"] = whole[:size] + b"\x00\x00\x00\x00" + whole[size + 4 :]
    progressive = files["progressive"]
    size = progressive.index(b"\xff\xc2") + 5
    files["bomb-progressive"] = progressive[:size] + b"\x0f\xff\x0f\xff" + progressive[size + 4 :]
    files["cut"] = whole[: len(whole) * 2 // 3]
    files["cut-closed"] = whole[: len(whole) * 2 // 3] + b"\xff\xd9"
    for name, data in files.items():
        write("jpeg", name, data)
    for path in sorted((FIXTURES / "bad").iterdir()):
        if path.stat().st_size < 1500 and path.stat().st_size > 0:
            write("jpeg", f"bad-{path.stem}", path.read_bytes())


def frames():
    def message(wait, shows, data):
        return bytes([wait, shows, len(data)]) + data

    def frame(seq, at, data=b""):
        return b"LOA1" + struct.pack("<IQ", seq, at) + data

    asleep = b"".join(message(16, 0 if n < 10 else 1, frame(n, n * 1024)) for n in range(40))
    away = b"".join(message(16, 0 if n < 10 else 5, frame(n, n * 1024)) for n in range(60))
    yawns = b"".join(message(16, 3 if n % 12 < 5 else 0, frame(n, n * 1024)) for n in range(60))
    write("frame", "asleep", asleep)
    write("frame", "away-and-back", away + message(16, 0, frame(60, 61440)) + message(16, 2, frame(61, 62464)))
    write("frame", "yawns", yawns)
    write("frame", "bare", message(16, 0, b"\xff\xd8\xff") * 4 + message(255, 6, b"") + message(1, 4, b"LOA1\x01"))
    write("frame", "clock-jumps", b"".join(message(10, 1, frame(n, at)) for n, at in enumerate([0, 5, 5, 2**64 - 1, 2**53, 3, 700])))
    write("frame", "pauses", message(16, 0, frame(1, 9)) + message(16, 0xF0, b"") + message(99, 0xE0, b"") + message(9, 0xD0, b""))
    write("frame", "numbers", message(16, 7, struct.pack("<5f", float("nan"), 1e38, -180, 90, 0.5)) + message(4, 7, frame(2, 70)))


def clients():
    quiz = "0199f2c4-6be7-7c2f-9d6a-4f0f3f1c2a12"
    lecture = {"url": "https://user:pw@example.com:443/a/../lectures/7/?utm_source=x&b=2&a=1#t=3", "course": "OS", "title": "Paging", "duration_s": 3010.5}
    said = "Every function call pushes a frame onto the call stack, and when it returns, that frame is popped. "
    cues = [{"start_s": n * 4.0, "end_s": n * 4.0 + 4, "text": said} for n in range(4)] + [{"start_s": 16, "text": "<i>And so on.</i> &amp; [Music]"}]
    messages = {
        "hello": {"type": "hello", "token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJsb2EifQ.AAAA", "client": "x/1", "landmarks": True, "preset": "strict", "lecture": lecture},
        "hello-again": {"type": "hello", "resume": "5d0c4c9f0f6f4f9c8c2f1be77c2f9d6a", "last_n": 3},
        "hello-route": {"type": "hello", "lecture": {"url": "http://[::1]:8080/x/#/lecture/7"}},
        "hello-idn": {"type": "hello", "lecture": {"url": " HTTP://강의.example/수업?si=1&q=%ff "}},
        "pause": {"type": "pause"},
        "resume": {"type": "resume"},
        "pong": {"type": "pong", "n": 3},
        "ack": {"type": "alert.ack", "n": 3},
        "playback": {"type": "playback", "position_s": 125.4, "playing": True, "rate": 1.25, "duration_s": 3010.5},
        "transcript": {"type": "transcript", "cues": cues},
        "generate": {"type": "quiz.generate", "source": "cloze"},
        "cancel": {"type": "quiz.cancel"},
        "sets": {"type": "quiz.sets"},
        "use": {"type": "quiz.use", "set": quiz},
        "open": {"type": "quiz.open", "quiz": quiz},
        "answer": {"type": "quiz.answer", "quiz": quiz, "choice": None},
        "end": {"type": "end"},
        "unknown": {"type": "dance", "x": [[[{}]]]},
        "wrong": {"type": "hello", "landmarks": 3},
        "list": ["type", "hello"],
    }
    for name, message in messages.items():
        write("client", name, json.dumps(message, ensure_ascii=False))


def subtitles():
    for path in sorted((FIXTURES / "subtitles").iterdir()):
        write("subtitles", path.name, path.read_bytes()[:3000])
    for path in sorted((FIXTURES / "lectures").iterdir()):
        write("subtitles", path.name, path.read_bytes()[:6000])
    cue = "{}\n00:00:{:02},500 --> 00:00:{:02},000\n{{\\an8}}<font color=red>An event is called an interrupt when hardware makes it.</font>\n\n"
    write("subtitles", "tags.srt", "".join(cue.format(n, n * 5, n * 5 + 5) for n in range(8)))
    write("subtitles", "odd.vtt", "WEBVTT - x\n\nSTYLE\n::cue{}\n\nNOTE no\n\nid\n1:00.000 --> 999:59.999 line:0\n<v Kim>&lt;b&gt; \u266a\n\n00:09 --> 00:08\n- [Applause] >> \u202e\n")


def replies():
    lines = [line for line in (FIXTURES / "lectures" / "os-paging.en.vtt").read_text().split("\n") if line and "-->" not in line and not line.isdigit()]
    quote = lines[3]
    option = lambda text: {"text": text, "reason": f"The lecturer says so of {text} in this part."}
    question = {"question": "What does the lecturer say about this topic here?", "options": [option(it) for it in ["a page table", "the main memory", "a disk sector", "one register"]], "key": "B", "quote": quote, "cues": [0, 1, 2, 3]}
    texts = {
        "questions": json.dumps({"questions": [question, {**question, "question": "Which of these is it that was named?", "key": "A) a page table"}]}),
        "fenced": "Sure! Here it is:\n```json\n" + json.dumps({"questions": [question]}, indent=1) + "\n```\nAnything else?",
        "thoughts": "<think>hm {\"questions\": [</think>" + json.dumps({"questions": [{**question, "cues": ["[1]", "2", 3]}]}),
        "bare-list": json.dumps([{**question, "key": "the main memory"}]),
        "answers": json.dumps({"answers": [{"number": 1, "answer": "B"}, {"number": "2", "answer": "(c)"}]}),
        "notes": json.dumps({"notes": [{"number": 1, "keyword": "paging", "explanation": "A page is mapped to a frame of memory.", "quote": quote}]}),
        "cut": json.dumps({"questions": [question]})[:200],
        "twice": '{"questions": [], "questions": [1]}',
        "deep": '{"questions": ' + "[" * 200,
    }
    for name, text in texts.items():
        write("reply", name, b"\x05" + text.encode())
    event = lambda text: "data: " + json.dumps({"choices": [{"delta": {"content": text}}]}) + "\n\n"
    stream = ": ping\r\n\r\nevent: x\nid: 1\n" + event("\uc548\ub155") + event("!") + 'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\ndata: [DONE]\n\n'
    write("reply", "stream", b"\x86" + stream.encode())
    write("reply", "stream-error", b"\x90" + b'data: {"error":{"message":"no","code":"429"}}\n\n')
    write("reply", "body", b"\x83" + json.dumps({"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}, "finish_reason": "length"}]}).encode())
    write("reply", "page", b"\x81<html>502</html>")


def configs():
    text = (HERE.parent / "config.toml").read_text()
    sections, section = {}, None
    for line in text.split("\n"):
        if line.startswith("["):
            section = line.strip("[]")
        if section and line and not line.startswith("#"):
            sections.setdefault(section, []).append(line)
    for name, lines in sections.items():
        write("config", name, "\n".join(lines) + "\n")
    write("config", "sets", "[log]\nlevel = 'info,loa=debug'\n\0inference.workers=3\0quiz.base_url=http://localhost:1/v1\0database.url=postgres://a:b@c/d\0auth.key=short\0a..b=1")
    write("config", "odd", "server = {max_connections = 0x10, shutdown_ms = 1_0}\n[vision]\nclosed_threshold = nan\n[limits]\nframe_bytes = -1\n")


def skips():
    def frame(first, payload, mask=b"\x01\x02\x03\x04", length=None):
        size = len(payload) if length is None else length
        head = bytes([size | 128]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size)
        return bytes([first]) + head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def seed(name, kind, sizes, *frames):
        write("skip", name, bytes([kind, len(sizes), *sizes]) + b"".join(frames))

    seed("small", 0, [], frame(0x82, b"ab"), frame(0x81, b"text"), frame(0x89, b"ping"), frame(0x88, b"\x03\xe8"))
    seed("large", 0, [3, 0, 7], frame(0x82, b"x" * 21), frame(0x81, b"sixsix"), frame(0x82, b"y" * 20))
    seed("fragments", 0, [1], frame(0x02, b"a" * 9), frame(0x89, b""), frame(0x00, b"b" * 9), frame(0x80, b"c" * 9), frame(0x81, b"after"))
    seed("long", 1, [200], frame(0x82, b"z" * 300), frame(0x82, b"z" * 301), frame(0x81, b"t" * 126))
    seed("hopeless", 2, [], frame(0x82, b"", length=1 << 40), b"rest")
    seed("just-not", 2, [5], frame(0x82, b"q" * 9, length=(64 << 20) - 1))
    seed("unmasked", 0, [], b"\x82\x7e\x01\x00" + b"u" * 256)
    seed("utf8", 2, [2], frame(0x01, "\ud55c".encode()[:2]), frame(0x80, "\ud55c".encode()[2:]), frame(0x81, b"\xff"))
    seed("reserved", 0, [], frame(0xC3, b"r" * 30), frame(0x8B, b""))
    # One frame more than a message may come in, with a ping before it.
    seed("many-fragments", 0, [250, 99], frame(0x02, b"f"), *[frame(0x00, b"")] * 1023, frame(0x89, b""), frame(0x80, b"l"), frame(0x81, b"z"))


for make in [jpegs, frames, clients, subtitles, replies, configs, skips]:
    make()
