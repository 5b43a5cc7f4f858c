"""Run every bench, or the named ones: `python -m bench [--quick] [indicators freeze excel match pages inbox rush]`."""

import argparse
import subprocess
import sys
import time

ALL = ("indicators", "freeze", "excel", "forecast", "composite", "match", "pages", "inbox", "rush")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, the same comparisons")
    args = parser.parse_args()
    failed = []
    for name in args.names or ALL:
        print(f"\n== {name} ==", flush=True)
        began = time.monotonic()
        code = subprocess.call([sys.executable, "-m", f"bench.{name}", *(["--quick"] if args.quick else [])])
        print(f"   ({time.monotonic() - began:.0f} s, {'ok' if code == 0 else 'below the bar'})", flush=True)
        failed += [name] if code else []
    print("\nall within their bars" if not failed else f"\nbelow the bar: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
