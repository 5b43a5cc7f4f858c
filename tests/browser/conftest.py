"""A real Chromium against a real server with a small fictional zone, built once a session as a newcomer would.

    def test_a_journey(page_as):
        page = page_as("clerk")                          # at 1440×900; page_as("clerk", PHONE) on a phone
        page.goto("/plan/")
        assert_accessible(page)                          # axe-core, WCAG 2.2 A and AA

Chromium is `QUANYU_CHROMIUM`, else the one Debian's package `chromium` puts into the path.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import axe_core_python
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
DESK, PHONE, WALL = (1440, 900), (390, 844), (1920, 1080)
FIRMS = 60
AXE = next(Path(axe_core_python.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A served zone: its address, its data folder, and the log-ins that `quanyu demo` printed."""

    url: str
    home: Path
    passwords: dict[str, str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`quanyu demo` and `quanyu serve` in processes of their own."""
    home = tmp_path_factory.mktemp("zone")
    url = f"http://127.0.0.1:{_free_port()}"
    environment = os.environ | {
        "QUANYU_HOME": str(home), "QUANYU_ENV_FILE": os.devnull, "QUANYU_BASE_URL": url, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    quanyu = [sys.executable, "-m", "quanyu.cli"]
    size = [] if os.environ.get("QUANYU_PICTURES") else ["--scale", str(FIRMS)]  # pictures show the whole zone
    made = subprocess.run(
        [*quanyu, "demo", *size, "--json", "--quiet"], env=environment, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    passwords = {who["username"]: who["password"] for who in json.loads(made.stdout)["log_ins"]}
    port = url.rsplit(":", 1)[1]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [*quanyu, "serve", "--port", port, "--workers", "1"], env=environment, stdout=log, stderr=log
        )
    try:
        _wait_for(f"{url}/accounts/login/", server, home / "server.log")
        yield Site(url, home, passwords)
    finally:
        server.terminate()
        server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path, seconds: int = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text("utf-8")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within {seconds} s: {log.read_text('utf-8')}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser, or one sentence on how to get it."""
    asked = os.environ.get("QUANYU_CHROMIUM", "")
    found = shutil.which(asked) if asked else shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        what = f"QUANYU_CHROMIUM={asked} is not a program" if asked else "there is no Chromium on this machine"
        pytest.fail(f"{what}: run `apt-get install chromium`, or set QUANYU_CHROMIUM to the path of one")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def log_in(site: Site, browser: Browser) -> Callable[[str], dict[str, object]]:
    """The stored session of a person, made through the log-in page once."""
    held: dict[str, dict[str, object]] = {}

    def once(username: str) -> dict[str, object]:
        if username not in held:
            context = browser.new_context(base_url=site.url)
            page = context.new_page()
            page.goto("/accounts/login/")
            page.fill("[name=login]", username)
            page.fill("[name=password]", site.passwords[username])
            page.click("main button[type=submit]")
            page.wait_for_url(lambda address: "/accounts/login/" not in address)
            held[username] = context.storage_state()
            context.close()
        return held[username]

    return once


PageAs = Callable[..., Page]


@pytest.fixture
def page_as(site: Site, browser: Browser, log_in: Callable[[str], dict[str, object]]) -> Iterator[PageAs]:
    """A page of a person (None: a stranger) at a size, with script or without; console errors fail the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def opened(username: str | None = "clerk", size: tuple[int, int] = DESK, *, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=site.url, viewport={"width": size[0], "height": size[1]}, java_script_enabled=script,
            storage_state=log_in(username) if username else None,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(f"{page.url}: {m.text}") if m.type == "error" else None)
        page.on("pageerror", lambda e: complaints.append(f"{page.url}: {e}"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [c for c in complaints if "status of 4" not in c] == []


def prefer(page: Page, *, language: str | None = None, large: bool | None = None) -> None:
    """The reader's cookies, as `/prefs/` would set them."""
    wanted = {"quanyu_language": language, "quanyu_large": None if large is None else "01"[large]}
    origin = "/".join(page.url.split("/")[:3])
    page.context.add_cookies([{"name": n, "value": v, "url": origin} for n, v in wanted.items() if v])


def violations(page: Page) -> list[str]:
    """What axe-core says of the page shown, one line each; evaluated, so the page's own CSP stays in force."""
    held = page.evaluate(f"{AXE}\naxe.run({{runOnly: {json.dumps(RULES)}}})")
    return [f"{v['id']}: {node['html'][:160]}" for v in held["violations"] for node in v["nodes"]]


def assert_accessible(page: Page) -> None:
    assert violations(page) == [], page.url


def assert_fits(page: Page) -> None:
    """No sideways scroll."""
    inner, outer = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert inner <= outer, f"{page.url} is {inner}px wide on a {outer}px screen"


SKIPPED = ("/accounts/logout/", "/accounts/2fa/", "/accounts/password/")


def crawl(page: Page, origin: str, start: str = "/", most: int = 300) -> dict[str, int]:
    """Addresses that links lead to from `start` on this site → their status, at most `most` of them.

    Downloads are fetched too. Addresses with a query string (filters, sorting, pages) come after the plain ones.
    """
    found: dict[str, int] = {}
    waiting = [start]
    while waiting and len(found) < most:
        address = min(waiting, key=lambda a: "?" in a)
        waiting.remove(address)
        response = page.context.request.get(origin + address)
        found[address] = response.status
        if response.ok and "text/html" in response.headers.get("content-type", ""):
            links = _links(response.text(), response.url, origin)
            waiting += [a for a in links if a not in found and a not in waiting and not a.startswith(SKIPPED)]
    return found


def _links(html: str, base: str, origin: str) -> list[str]:
    out = []
    for href in re.findall(r'<a [^>]*href="([^"]+)"', html):
        whole = urldefrag(urljoin(base, unescape(href)))[0]
        if whole.startswith(origin):
            out.append(whole[len(origin) :] or "/")
    return list(dict.fromkeys(out))
