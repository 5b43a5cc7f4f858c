"""A web server and a mail server on 127.0.0.1 that keep what they are sent."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Office:
    """`got`: (path, headers, body) of each request, or (from, to, text) of each mail; `answers` are given in turn."""

    address: str
    port: int
    got: list[tuple[Any, Any, Any]] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)


@contextmanager
def _open(server: socketserver.BaseServer, office: Office) -> Iterator[Office]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def web() -> Iterator[Office]:
    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            office.got.append((self.path, dict(self.headers), body))
            status, answer = office.answers.pop(0) if office.answers else (200, '{"errcode": 0}')
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    office = Office(f"http://127.0.0.1:{server.server_port}", server.server_port)
    with _open(server, office):
        yield office


@contextmanager
def mail() -> Iterator[Office]:
    class Desk(socketserver.StreamRequestHandler):
        """As much SMTP as it takes to be handed letters."""

        def handle(self) -> None:
            sender, to = "", list[str]()
            self.say(220)
            for line in self.rfile:
                word, _space, rest = line.decode().strip().partition(" ")
                match word.upper():
                    case "MAIL":
                        sender, to = rest, []
                    case "RCPT":
                        to.append(rest)
                        if office.answers:
                            self.say(office.answers.pop(0)[0])
                            continue
                    case "DATA":
                        self.say(354)
                        letter = b""
                        while (part := self.rfile.readline()) != b".\r\n":
                            letter += part
                        office.got.append((sender, to, letter))
                    case "QUIT":
                        self.say(221)
                        return
                self.say(250)

        def say(self, code: int) -> None:
            self.wfile.write(f"{code} ok\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Desk)
    office = Office("127.0.0.1", server.server_address[1])
    with _open(server, office):
        yield office
