"""The server: PxWebApi 2, PxWeb v1, Kolada 3, Socialstyrelsen and Försäkringskassan, on one loopback port.

Knobs are attributes of `Services`, set by a test while it runs. Every call is logged with its arrival time.
"""

import fnmatch
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.local_server import others, tables


@dataclass(frozen=True)
class Call:
    """One call as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    at: float
    agent: str


@dataclass
class Answer:
    """What goes back."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0  # bytes of the body that are announced but never sent
    delay: float = 0.0


Fault = Callable[[Call], Answer | None]
Mutation = Callable[[Call, bytes], bytes]


def as_json(content: Any, status: int = 200) -> Answer:
    body = json.dumps(content, ensure_ascii=False).encode()
    return Answer(status, body, {"Content-Type": "application/json; charset=utf-8"})


def problem(title: str, status: int = 400) -> Answer:
    return as_json({"type": "Parameter error", "title": title, "status": status}, status)


class _Quiet(ThreadingHTTPServer):
    """A client that hangs up is part of the tests, not an event to print."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class Services:
    """Use as a context manager; `url(service)` is a base address."""

    def __init__(self) -> None:
        self.max_cells = 60
        self.calls_per_window = 0  # 0: no limit is enforced
        self.window = 1.0
        self.leeway = 0.0  # seconds by which the announced window is longer than the one that is enforced
        self.retry_after: str | None = "1"
        self.cached_errors = 0.0  # seconds that an error reply is repeated, as PxWebApi's cache does
        self.faults: list[Fault] = []
        self.mutations: list[Mutation] = []
        self.delay = 0.0
        self.tables = {t.id: t for t in (tables.POPULATION, tables.INCOME)}
        self.v1 = {t.id: t for t in (tables.SURVEY, tables.POSITIONAL)}
        self.v1_unlisted: set[str] = set()  # variables with more values than are listed
        self.kpis = dict(tables.KPIS)
        self.kolada_page = 5_000
        self.kolada_changed: list[dict[str, Any]] = []
        self.log: list[Call] = []
        self._lock = threading.Lock()
        self._errors: dict[str, tuple[float, Answer]] = {}
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Services":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, service: str) -> str:
        base = f"http://127.0.0.1:{self._server.server_port}"
        tails = {
            "scb": "/scb/api/v2", "fohm": "/fohm/api/v1/sv", "kolada": "/kolada/v3",
            "socialstyrelsen": "/sos/api/v1/sv", "forsakringskassan": "/fk/public/v1", "": "",
        }  # fmt: skip
        return base + tails[service]

    def paths(self) -> list[str]:
        return [f"{c.method} {c.path}" for c in self.log]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        services = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one packet, or the loopback waits 40 ms for each answer

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

            def do_GET(self) -> None:
                self._do()

            def do_POST(self) -> None:
                self._do()

            def _do(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
                agent = self.headers.get("User-Agent", "")
                call = Call(self.command, unquote(parts.path), query, body, time.monotonic(), agent)
                answer = services.answer(call)
                time.sleep(answer.delay + services.delay)
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(answer.body) + answer.cut))
                    self.end_headers()
                    self.wfile.write(answer.body)
                    self.wfile.flush()
                except (BrokenPipeError, ConnectionResetError):
                    pass
                if answer.cut:
                    self.close_connection = True

        return Handler

    def answer(self, call: Call) -> Answer:
        with self._lock:
            self.log.append(call)
            recent = [c for c in self.log if c.at > call.at - self.window]
        if self.calls_per_window and len(recent) > self.calls_per_window:
            return self.too_many()
        for fault in self.faults:
            found = fault(call)
            if found is not None:
                return found
        key = f"{call.method} {call.path} {sorted(call.query.items())} {call.body!r}"
        until, cached = self._errors.get(key, (0.0, Answer()))
        if call.at < until:
            return cached
        answer = self._route(call)
        if answer.status >= 400 and self.cached_errors:
            self._errors[key] = (call.at + self.cached_errors, answer)
        if answer.status == 200:
            for mutation in self.mutations:
                answer.body = mutation(call, answer.body)
        return answer

    def too_many(self) -> Answer:
        headers = {"Retry-After": self.retry_after} if self.retry_after is not None else {}
        return Answer(429, b"", headers)

    def _route(self, call: Call) -> Answer:
        if call.path.startswith("/scb/api/v2"):
            return self._v2(call, call.path.removeprefix("/scb/api/v2"))
        if call.path.startswith("/fohm/api/v1/sv"):
            return self._v1(call, call.path.removeprefix("/fohm/api/v1/sv").strip("/"))
        if call.path.startswith("/kolada/v3"):
            return others.kolada(self, call, call.path.removeprefix("/kolada/v3"))
        if call.path.startswith("/sos/api/v1/sv"):
            return others.socialstyrelsen(call, call.path.removeprefix("/sos/api/v1/sv"))
        if call.path.startswith("/fk/public/v1"):
            return others.forsakringskassan(call)
        return Answer(404, b"<!DOCTYPE html><html><head><title>404 - File not found.</title></head></html>",
                      {"Content-Type": "text/html"})  # fmt: skip

    def _v2(self, call: Call, path: str) -> Answer:
        if path == "/config":
            return as_json({
                "apiVersion": "2.3.2", "languages": [{"id": "sv", "label": "Svenska"}],
                "defaultLanguage": "sv",
                "maxDataCells": self.max_cells, "maxCallsPerTimeWindow": self.calls_per_window,
                "timeWindow": self.window + self.leeway,
                "defaultDataFormat": "json-stat2", "dataFormats": ["json-stat2"],
            })  # fmt: skip
        if path.startswith("/codelists/"):
            wanted = path.removeprefix("/codelists/")
            for table in self.tables.values():
                if wanted in table.codelists:  # the id is case-sensitive
                    values = [{"code": c, "label": t, "valueMap": [c]} for c, t in table.codelists[wanted].items()]
                    return as_json({"id": wanted, "label": wanted, "type": "Valueset", "values": values})
            return problem("Non-existent codelist")
        pieces = path.strip("/").split("/")
        table = self.tables.get(pieces[1].upper()) if len(pieces) > 1 and pieces[0] == "tables" else None
        if table is None:
            return problem("Non-existent table", 404)
        if len(pieces) == 2:
            times = list(table.dims[table.time].values)
            about = {"id": table.id, "label": table.title, "updated": table.updated}
            return as_json(about | {"firstPeriod": times[0], "lastPeriod": times[-1], "discontinued": None})
        if pieces[2] == "metadata":
            return as_json(table.metadata())
        return self._v2_data(call, table)

    def _v2_data(self, call: Call, table: tables.Table) -> Answer:
        selection = json.loads(call.body or b"{}").get("selection") or []
        if not selection:  # a silent default: a little of everything
            return as_json(table.jsonstat({n: list(d.values)[:1] for n, d in table.dims.items()}))
        chosen: dict[str, list[str]] = {}
        for entry in selection:
            name, codes = entry["variableCode"], entry["valueCodes"]
            if name not in table.dims:
                return problem("Non-existent variable")
            known = set(table.dims[name].values) | set(table.codelists.get(entry.get("codelist", ""), ()))
            if not set(codes) <= known:
                return problem("Non-existent value")
            if len(set(codes)) != len(codes):
                return Answer(500, b"")
            chosen[name] = codes
        for name, dim in table.dims.items():
            if name not in chosen and not dim.eliminable:
                return problem("Missing selection for mandantory variable")
        cells = 1
        for codes in chosen.values():
            cells *= len(codes)
        if cells > self.max_cells:
            return problem("Too many cells selected")
        return as_json(table.jsonstat({n: chosen[n] for n in table.dims if n in chosen}))

    def _v1(self, call: Call, path: str) -> Answer:
        if "config" in call.query:
            limits = {
                "maxValues": 1000,
                "maxCells": self.max_cells,
                "maxCalls": 30,
                "timeWindow": 10,
                "CORS": True,
            }
            return as_json(limits)
        table = self.v1.get(path)
        if table is None:
            return Answer(404, b"", {})
        if call.method == "GET":
            variables = [
                {"code": n, "text": d.label, "values": list(d.values), "valueTexts": list(d.values.values())}
                | ({"time": True} if n == table.time else {})
                | ({"values": None, "valueTexts": None} if n in self.v1_unlisted else {})
                for n, d in table.dims.items()
            ]
            return as_json({"title": table.title, "variables": variables})
        query = json.loads(call.body)
        asked = {q["code"]: q["selection"] for q in query["query"]}
        if not set(asked) <= set(table.dims):
            return Answer(400, b"Bad Request", {"Content-Type": "text/plain"})
        chosen = {n: _v1_codes(s["filter"], s["values"], list(table.dims[n].values)) for n, s in asked.items()}
        whole = {n: chosen.get(n, list(d.values)) for n, d in table.dims.items()}  # omitted: everything
        cells = 1
        for codes in whole.values():
            cells *= len(codes)
        if cells > self.max_cells:
            return as_json({"error": "Too many values selected"}, 403)
        return as_json(table.jsonstat(whole))


def _v1_codes(kind: str, values: list[str], codes: list[str]) -> list[str]:
    """What a filter of PxWeb v1 selects."""
    if kind == "top":
        return codes[-int(values[0]) :]
    if kind == "all":
        return [code for code in codes if fnmatch.fnmatchcase(code, values[0])]
    return values
