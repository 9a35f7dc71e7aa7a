"""A small client of Loa (docs/protocol.md) on Python's standard library, for rehearse.py and check.py."""

import asyncio
import json
import os
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    """The upgrade was answered with something other than 101."""


class Closed(Exception):
    """The WebSocket ended; `code` is 1006 where no close frame came."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


async def request(address, method, path, body=None, token=None, timeout=10):
    """One HTTP request on a connection of its own: (status, text)."""

    async def ask():
        reader, writer = await asyncio.open_connection(*address)
        try:
            data = b"" if body is None else json.dumps(body).encode()
            head = [f"{method} {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Connection: close", f"Content-Length: {len(data)}"]
            head += ["Content-Type: application/json"] if data else []
            head += [f"Authorization: Bearer {token}"] if token else []
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + data)
            answer = await reader.read()
        finally:
            writer.close()
        top, _, rest = answer.partition(b"\r\n\r\n")
        if b"transfer-encoding: chunked" in top.lower():
            rest = unchunk(rest)
        return int(top.split(b" ", 2)[1]) if top else 0, rest.decode()

    return await asyncio.wait_for(ask(), timeout)


def unchunk(data):
    whole = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        whole, data = whole + data[:count], data[count + 2 :]
        if count == 0:
            break
    return whole


async def become_guest(address):
    """A new learner who agreed to the camera: {"access_token", "refresh_token", ...}."""
    _, consent = await request(address, "GET", "/api/v1/consent")
    status, text = await request(address, "POST", "/api/v1/guests", {"consent": json.loads(consent)["version"]})
    if status not in (200, 201):
        raise RuntimeError(f"POST /guests: {status} {text}")
    return json.loads(text)


class Socket:
    """One WebSocket. Masks are zero: this is a test against one's own server, and saves copying pictures."""

    @classmethod
    async def open(cls, address, timeout=10):
        self = cls()
        self.reader, self.writer = await asyncio.wait_for(asyncio.open_connection(*address, limit=1 << 20), timeout)
        key = "bG9hIHJlaGVhcnNlcyBpdA=="
        self.writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: loa.v1\r\n\r\n".encode()
        )
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), timeout)
        except asyncio.IncompleteReadError as error:
            self.writer.close()
            raise Refused("cut before an answer") from error
        status = head.split(b"\r\n", 1)[0].decode()
        if " 101 " not in status:
            self.writer.close()
            raise Refused(status)
        return self

    def send(self, opcode, data):
        head = bytes([0x80 | opcode])
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        elif len(data) < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", len(data))
        self.writer.write(head + bytes(4) + data)

    def say(self, **message):
        self.send(TEXT, json.dumps(message).encode())

    def frame(self, seq, captured_ms, jpeg):
        self.send(BINARY, b"LOA1" + struct.pack("<IQ", seq, captured_ms) + jpeg)

    async def hear(self):
        """The next JSON message; raises Closed."""
        while True:
            try:
                first, second = await self.reader.readexactly(2)
                length = second & 127
                if length == 126:
                    (length,) = struct.unpack(">H", await self.reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
                data = await self.reader.readexactly(length)
            except (asyncio.IncompleteReadError, OSError) as error:
                raise Closed(1006) from error
            opcode = first & 15
            if opcode == TEXT:
                return json.loads(data)
            if opcode == PING:
                self.send(PONG, data)
            elif opcode == CLOSE:
                code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
                try:
                    self.send(CLOSE, data[:2])
                except OSError:
                    pass
                raise Closed(code)

    def close(self):
        self.writer.close()


def jitter(limit):
    """0 to `limit` seconds."""
    return limit * int.from_bytes(os.urandom(2), "big") / 65536
