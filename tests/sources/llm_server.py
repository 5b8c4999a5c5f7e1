"""A language model of a few lines behind a real HTTP server on this machine, for tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """What the server says to one request."""

    content: str | None = '{"spans": []}'
    status: int = 200
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    finish: str = "stop"

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        message = {"role": "assistant", "content": self.content}
        return json.dumps(
            {
                "choices": [{"message": message, "finish_reason": self.finish}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 3},
            }
        ).encode()


@dataclass
class FakeModel:
    """Answers by ``say(text, n)``: the text asked about, and how often it was asked before."""

    say: Callable[[str, int], Reply]
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    endpoint: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


@contextmanager
def serving(say: Callable[[str, int], Reply]) -> Iterator[FakeModel]:
    """A server of this machine, as long as the block lasts."""
    model = FakeModel(say)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            text = body["messages"][-1]["content"]
            with model.lock:
                before = model.asked.count(text)
                model.asked.append(text)
                model.headers.append(dict(self.headers))
                model.paths.append(self.path)
            reply = model.say(text, before)
            time.sleep(reply.wait)
            raw = reply.body()
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                pass  # the client went away: that is what a time-out looks like here

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.endpoint = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
