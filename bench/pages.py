"""Server time of the cockpit and the indicator page on a large fictional zone, beside a bare page of the same site.

Claim: 95th percentile under 150 ms each at 20,000 firms. The peer is the same site's smallest page behind log-in.
 Builds its own zone in a temporary home, or uses QUANYU_BENCH_HOME.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BAR_MS = 150
ROUNDS = 40


def build(home: Path, scale: int) -> None:
    """The zone, built and judged by the product's own command, unless the home already holds it."""
    began = time.monotonic()
    words = [sys.executable, "-m", "quanyu", "demo", "--keep", "--quiet", "--scale", str(scale)]
    subprocess.run(words, env=os.environ | {"QUANYU_HOME": str(home)}, check=True, stdout=subprocess.DEVNULL)
    print(f"zone of {scale:,} firms ready in {time.monotonic() - began:.0f} s")


def timed(client: object, address: str) -> list[float]:
    """Milliseconds of ROUNDS answers after three warm-up ones."""
    taken = []
    for n in range(ROUNDS + 3):
        began = time.perf_counter()
        answer = client.get(address)  # type: ignore[attr-defined]  # Django's client has no stub here
        if n >= 3:
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2,000 firms instead of 20,000")
    args = parser.parse_args()
    scale = 2_000 if args.quick else 20_000
    kept = os.environ.get("QUANYU_BENCH_HOME")
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(kept or scratch)
        build(home, scale)
        os.environ |= {"QUANYU_HOME": str(home), "DJANGO_SETTINGS_MODULE": "quanyu.config.settings"}
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.test import Client

        from quanyu.people.models import Post

        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
        call_command("collectstatic", interactive=False, verbosity=0)
        client = Client()
        client.force_login(Post.objects.filter(role="chief").latest("id").user)
        addresses = {
            "bare page": "/plan/technologies/",
            "cockpit": "/plan/",
            "indicator (ratio of reports)": "/indicators/rd_to_revenue/",
            "indicator (titles)": "/indicators/high_tech_enterprises/",
            "indicator (patents)": "/indicators/patents_granted/",
        }
        failed = False
        floor = 0.0
        print(f"{'page':<30}{'median ms':>10}{'p95 ms':>10}{'× bare':>8}")
        for name, address in addresses.items():
            taken = timed(client, address)
            median, high = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
            floor = floor or median
            over = name != "bare page" and high > BAR_MS
            failed |= over
            print(f"{name:<30}{median:>10.1f}{high:>10.1f}{median / floor:>8.1f}{'  above the bar' if over else ''}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
