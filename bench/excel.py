"""A list of 50,000 rows × 30 columns of .xlsx, read and checked by 30 rules: quanyu beside pandas + openpyxl.

Beside them frictionless, and two floors: unpacking the file, and reading it with calamine without looking at a single
cell. Each runs in a process of its own; quanyu, pandas and frictionless must find the same bad rows. Processor seconds
are told; all are single-threaded. Bars: at least 7 × faster than pandas + openpyxl, at most 11 × unpacking, at most
300 MB of memory (the goals ahead: 15 × pandas + openpyxl, 6 × unpacking). `--quick`: 5,000 rows, equality only.
"""

import argparse
import importlib.util
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
FASTER, UNPACKED, MEMORY = 7, 11, 300  # MB


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


def rules(form) -> list[tuple[str, list[str]]]:
    """The relations that bind, as Python and pandas write them, and the names in each."""
    from quanyu.registry.identity import parse_rule

    found = []
    for text in (identity.rule for identity in form.identities if identity.mood == "wrong"):
        rule, plain = parse_rule(text), text.replace(" = ", " == ")
        if rule.joined:
            left, right = plain.split(f" {rule.joined} ", 1)
            plain = f"({left}) {'==' if rule.joined == '<=>' else '<='} ({right})"
        found.append((plain, sorted(rule.names)))
    return found


def pandas(home: str) -> list[int]:
    """The same rules as a careful analyst writes them with pandas, reading with openpyxl."""
    _registry, form = setup(home)
    import pandas as pd

    from quanyu.people.models import Organisation

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
    for text, names in rules(form):
        bad |= ~frame.eval(text) & frame[names].notna().all(axis=1)
    report(began)
    return (frame.index[bad] + 2).tolist()


def frictionless(home: str) -> list[int]:
    """The same rules as a table schema with checks."""
    _registry, form = setup(home)
    from frictionless import Check, Checklist, Dialect, Resource, Schema, checks, errors, fields

    from quanyu.people.models import Organisation

    known = set(Organisation.objects.values_list("code", flat=True))

    class Known(Check):
        type = "known"
        Errors = (errors.RowConstraintError,)

        def validate_row(self, row):
            if row["code"] not in known:
                yield errors.RowConstraintError.from_row(row, note="unknown code")

    began = time.process_time()
    whole = {"required": True, "minimum": 0}
    columns = [fields.StringField(name="code"), fields.StringField(name="firm"),
               fields.StringField(name="period", constraints={"enum": ["2024-09"]}),
               *(fields.IntegerField(name=f.name, constraints=whole) for f in form.fields),
               fields.StringField(name="contact"), fields.StringField(name="remark")]  # fmt: skip
    schema = Schema(fields=columns, primary_key=["code", "period"])
    table = Resource(path="list.xlsx", basepath=home, schema=schema, dialect=Dialect(header=False, comment_rows=[1]))
    held = [checks.row_constraint(formula=text) for text, _names in rules(form)]
    found = table.validate(Checklist(checks=[Known(), *held])).flatten(["rowNumber"])
    report(began)
    return sorted({row for (row,) in found})


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
        if importlib.util.find_spec("frictionless"):
            seconds, memory, also = run("frictionless", home)
            third = f"frictionless {seconds:.1f} s, {memory} MB"
        else:
            also, third = expected, "frictionless is not installed (it is one of the development tools)"
        rounds = [[run(what, home) for what in ("ours", "calamine", "unzip")] for _ in range(5)]
    found, memory = rounds[0][0][2], max(one[0][1] for one in rounds)
    equal = found == expected == also and len(found) == 4 * (count // BAD_EVERY)
    seconds, read, unpack = (statistics.median(one[i][0] for one in rounds) for i in range(3))
    print(f"{count:,} rows × 30 columns; bad rows: {len(found)}, the same by all: {'yes' if equal else 'NO'}")
    print(f"quanyu {seconds:.2f} s, {memory} MB; pandas + openpyxl {slow:.1f} s, {slow_memory} MB; {third}")
    print(f"{slow / seconds:.1f} × faster than pandas + openpyxl (bar {FASTER}, goal 15); memory bar {MEMORY} MB")
    print(
        f"{seconds / unpack:.1f} × unpacking (bar {UNPACKED}, goal 6); calamine's reading alone {read / unpack:.1f} ×"
    )
    within = slow / seconds >= FASTER and seconds / unpack <= UNPACKED and memory <= MEMORY
    return 0 if equal and (within or args.quick) else 1


if __name__ == "__main__":
    sys.exit(main())
