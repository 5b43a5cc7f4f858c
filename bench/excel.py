"""A list of 50,000 rows × 30 columns of .xlsx, read and checked by 30 rules: quanyu beside pandas + openpyxl.

Beside them the two floors: unpacking the file, and reading it with calamine without looking at a single cell. Each runs
in its own process, in turns; quanyu and pandas must find the same bad rows. All are single-threaded: processor seconds
are told. Bars: at least 6 × faster than pandas + openpyxl, at most 2.5 × calamine's reading, at most 300 MB of memory
(the goals ahead: 15 × pandas + openpyxl, 6 × unpacking). `--quick`: 5,000 rows, equality only.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BAD_EVERY = 5000
FASTER, READS, MEMORY = 6, 2.5, 300  # MB


def setup(home: str):
    os.environ |= {"QUANYU_HOME": home, "QUANYU_ENV_FILE": os.devnull, "DATABASE_URL": ""}
    os.environ["DJANGO_SETTINGS_MODULE"] = "quanyu.config.settings"
    import django

    django.setup()
    from quanyu.registry.load import load

    registry, _problems = load(ROOT / "packages", ["core"])
    return registry, registry.forms["qy101"]


def code(number: int) -> str:
    from stdnum.cn import uscc

    head = f"91999999MA{number:07d}"
    return head + uscc.calc_check_digit(head)


def build(home: str, count: int) -> None:
    """The register and the file: sound rows, but a word, a fraction, a negative and a broken sum in every 5,000."""
    import xlsxwriter

    _registry, form = setup(home)
    from django.core.management import call_command

    from quanyu.people.models import Organisation

    call_command("migrate", verbosity=0)
    codes = [code(n) for n in range(count)]
    firms = [Organisation(name=f"虚构{n}号有限公司", kind="firm", code=codes[n], fictional=True) for n in range(count)]
    Organisation.objects.bulk_create(firms, batch_size=2000)
    dice, names = random.Random(3), [f.name for f in form.fields]
    parts = ["rd_labour", "rd_materials", "rd_depreciation", "rd_amortisation", "rd_design", "rd_trial", "rd_other"]
    with xlsxwriter.Workbook(Path(home, "list.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("qy101")
        sheet.write_row(
            0, 0, ["统一社会信用代码", "单位名称", "报告期", *(f.label.zh for f in form.fields), "联系人", "备注"]
        )
        for n in range(count):
            cells = dict.fromkeys(names, 0) | {part: dice.randrange(1, 10**5) for part in parts}
            cells["rd_labour"] %= 4000
            cells["rd_labour"] += 1
            cells |= {"rd_expense": sum(cells[part] for part in parts), "revenue": dice.randrange(10**6, 10**7)}
            cells |= {"staff": 900, "rd_staff": 99, "rd_fulltime": 50, "rd_person_months": 90, "rd_projects": 3}
            match n % BAD_EVERY:
                case 17:
                    cells["revenue"] = "一千万"
                case 18:
                    cells["tax_paid"] = 0.5
                case 19:
                    cells["tax_paid"] = -5
                case 20:
                    cells["rd_expense"] += 1
            sheet.write_row(n + 1, 0, [codes[n], firms[n].name, "2024-09", *cells.values(), "虚构", "无"])


def ours(home: str) -> list[int]:
    """Reading, matching of columns and firms, every check; nothing is written."""
    import datetime as dt

    registry, form = setup(home)
    from quanyu.facts import acts

    at = dt.datetime(2024, 10, 5, tzinfo=dt.UTC)
    began = time.process_time()
    outcome = acts.import_file(Path(home, "list.xlsx"), form, registry, by=None, at=at, dry_run=True)
    report(began)
    return sorted({p.row for p in outcome.problems})


def pandas(home: str) -> list[int]:
    """The same rules as a careful analyst writes them with pandas, reading with openpyxl."""
    _registry, form = setup(home)
    import pandas as pd

    from quanyu.people.models import Organisation
    from quanyu.registry.identity import parse_rule

    known = set(Organisation.objects.values_list("code", flat=True))
    began = time.process_time()
    frame = pd.read_excel(Path(home, "list.xlsx"), engine="openpyxl", dtype=object)
    frame = frame.rename(columns={f.label.zh: f.name for f in form.fields})
    bad = (
        ~frame["统一社会信用代码"].isin(known)
        | frame.duplicated(["统一社会信用代码", "报告期"])
        | (frame["报告期"] != "2024-09")
    )
    for f in form.fields:
        numbers = pd.to_numeric(frame[f.name], errors="coerce")
        bad |= numbers.isna() | (numbers % 1 != 0) | (numbers < 0)
        frame[f.name] = numbers
    for identity in form.identities:
        if identity.mood == "wrong":
            rule = parse_rule(identity.rule)
            text = identity.rule.replace("<=>", "==").replace("=>", "<=")
            if rule.joined:
                left, right = (side.strip() for side in text.split("==" if rule.joined == "<=>" else "<=", 1))
                held = frame.eval(left) == frame.eval(right)
            else:
                held = frame.eval(" == ".join(text.split(" = ")))
            bad |= ~held & frame[sorted(rule.names)].notna().all(axis=1)
    report(began)
    return (frame.index[bad] + 2).tolist()


def unzip(home: str) -> list[int]:
    began = time.process_time()
    with zipfile.ZipFile(Path(home, "list.xlsx")) as packed:
        for name in packed.namelist():
            packed.read(name)
    report(began)
    return []


def calamine(home: str) -> list[int]:
    from python_calamine import CalamineWorkbook

    began = time.process_time()
    rows = CalamineWorkbook.from_path(str(Path(home, "list.xlsx"))).get_sheet_by_index(0).height
    report(began)
    return [rows]


def report(began: float) -> None:
    print(json.dumps([time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024]))


def run(what: str, home: str) -> tuple[float, int, list[int]]:
    """Seconds, peak megabytes and the rows found bad, measured in a process of its own."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.excel", "--one", what, home], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    seconds, memory = json.loads(said[0])
    return seconds, memory, json.loads(said[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(globals()[args.one[0]](args.one[1])))
        return 0
    count = 5_000 if args.quick else 50_000
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as home:
        build(home, count)
        slow, slow_memory, expected = run("pandas", home)
        rounds = [[run(what, home) for what in ("ours", "calamine", "unzip")] for _ in range(5)]
    found, memory = rounds[0][0][2], max(one[0][1] for one in rounds)
    equal = found == expected and len(found) == 4 * (count // BAD_EVERY)
    seconds, read, unpack = (statistics.median(one[i][0] for one in rounds) for i in range(3))
    print(f"{count:,} rows × 30 columns; bad rows: {len(found)}, the same by both: {'yes' if equal else 'NO'}")
    print(f"quanyu {seconds:.2f} s, {memory} MB; pandas + openpyxl {slow:.1f} s, {slow_memory} MB")
    print(f"{slow / seconds:.1f} × faster than pandas + openpyxl (bar {FASTER}, goal 15)")
    print(f"{seconds / read:.1f} × calamine's reading (bar {READS}); memory bar {MEMORY} MB")
    print(f"{seconds / unpack:.1f} × unpacking (goal 6; calamine's reading alone is {read / unpack:.1f} ×)")
    within = slow / seconds >= FASTER and seconds / read <= READS and memory <= MEMORY
    return 0 if equal and (within or args.quick) else 1


if __name__ == "__main__":
    sys.exit(main())
