"""Freezing: the sealed tables say exactly what was known when, and a step-by-step seal equals one made from nothing."""

import dataclasses
import datetime as dt
import hashlib
import json
import random
from decimal import Decimal

import duckdb
import pytest
from django.conf import settings

from quanyu.facts import acts, reads, snapshot
from quanyu.facts.facts import provider_problems
from quanyu.facts.models import Snapshot
from quanyu.people.acts import register_organisation
from quanyu.registry.problem import Refused
from tests.facts.desk import core, file, good, make_firms, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(tmp_path):
    return tmp_path


def seal(home, at="2024-12-31", full=False):
    return acts.freeze(moment(at), registry=core(), home=home, full=full)


def rows(home, sealed, table, columns="*"):
    manifest = snapshot.read_manifest(home, sealed.digest)
    files = [str(home / part["file"]) for part in manifest["tables"][table]["parts"]]
    with duckdb.connect() as database:
        found = database.execute(f"SELECT {columns} FROM read_parquet({files})").fetchall()
    assert len(found) == manifest["tables"][table]["rows"] == sum(p["rows"] for p in manifest["tables"][table]["parts"])
    return found


def test_every_version_is_sealed_with_the_days_it_was_known(home):
    one, two = make_firms(2)
    file(one, "2024-03", "2024-04-05")
    file(one, "2024-03", "2024-05-20", "漏记", revenue=20000)
    file(two, "2024-03", "2024-04-06")
    acts.withdraw_report(core().forms["qy101"], two, "2024-03", None, moment("2024-06-01"), "报错")
    first, second = dt.date(2024, 4, 5), dt.date(2024, 5, 20)
    names = "firm, period, first_month, last_month, filed_on, late, known_from, known_to, revenue"
    month = 2024 * 12 + 2
    assert rows(home, seal(home), "monthly_rd", names) == [
        (one.pk, "2024-03", month, month, first, False, first, second, 10000),
        (one.pk, "2024-03", month, month, second, True, second, None, 20000),
        (two.pk, "2024-03", month, month, dt.date(2024, 4, 6), False, dt.date(2024, 4, 6), dt.date(2024, 6, 1), 10000),
    ]


def test_columns_are_typed_and_in_the_contracts_order(home):
    (firm,) = make_firms(1)
    form = core().forms["tj02"]
    acts.file_report(
        form, firm, "2023", {"population": 300000, "science_literacy": "10.25"}, None, moment("2024-01-05")
    )
    manifest = snapshot.read_manifest(home, seal(home).digest)
    table = manifest["tables"]["zone_society"]
    assert list(table["columns"])[-5:] == list(core().contracts["zone_society"].columns)
    assert table["columns"]["science_literacy"] == "DECIMAL(38,6)"
    with duckdb.connect() as database:
        found = database.execute(
            f"SELECT population, science_literacy, employed FROM '{home / table['parts'][0]['file']}'"
        )
        assert found.fetchall() == [(300000, Decimal("10.250000"), None)]
        kinds = database.execute(f"DESCRIBE SELECT * FROM '{home / table['parts'][0]['file']}'").fetchall()
    assert {name: kind for name, kind, *_ in kinds} == table["columns"]


def test_standings_keep_what_was_believed_before(home):
    (firm,) = make_firms(1)
    title = core().titles["high_tech"]
    old = acts.grant(title, firm, dt.date(2024, 1, 1), None, moment("2024-01-10"), valid_to=dt.date(2027, 1, 1))
    acts.correct_standing(old, title, None, moment("2024-06-01"), "取消资格", valid_to=dt.date(2024, 6, 1))
    wrong = acts.grant(title, firm, dt.date(2022, 1, 1), None, moment("2024-02-01"))
    acts.annul_standing(wrong, title, None, moment("2024-02-02"), "录入错误")
    names = "title, valid_from, valid_to, known_from, known_to"
    assert rows(home, seal(home), "standing", names) == [
        ("high_tech", dt.date(2024, 1, 1), dt.date(2027, 1, 1), dt.date(2024, 1, 10), dt.date(2024, 6, 1)),
        ("high_tech", dt.date(2024, 1, 1), dt.date(2024, 6, 1), dt.date(2024, 6, 1), None),
        ("high_tech", dt.date(2022, 1, 1), None, dt.date(2024, 2, 1), dt.date(2024, 2, 2)),
    ]


def test_firm_years_sum_the_versions_that_count(home):
    one, two = make_firms(2)
    for month in ("2024-01", "2024-02"):
        file(one, month, "2024-04-05")
    file(one, "2024-02", "2024-05-01", "漏记", revenue=20000)
    file(one, "2023-12", "2024-01-05", revenue=9000)
    file(two, "2024-02", "2024-03-05", revenue=7000)
    assert rows(home, seal(home), "monthly_rd_by_year", "firm, year, months, revenue, rd_expense") == [
        (one.pk, 2023, 1, 9000, 800),
        (one.pk, 2024, 2, 30000, 1600),
        (two.pk, 2024, 1, 7000, 800),
    ]


def test_the_register_is_sealed_as_it_stands(home):
    (firm,) = make_firms(1)
    found = rows(home, seal(home), "organisation")
    assert found[-1] == (firm.pk, firm.name, firm.code, "firm", "park-a", "C39", "中型", None)
    assert [name for _, name, *_ in found] == ["演示园区", "东园", "虚构1号有限公司"]


def test_nothing_new_is_the_same_snapshot_and_unchanged_parts_are_shared(home):
    one, two = make_firms(2)
    file(one, "2024-03", "2024-04-05")
    file(one, "2024-04", "2024-05-05")
    first = seal(home)
    assert seal(home, "2025-01-01") == first
    file(two, "2024-04", "2024-05-06")
    second = seal(home, "2025-01-02")
    before, after = (snapshot.read_manifest(home, s.digest)["tables"]["monthly_rd"]["parts"] for s in (first, second))
    assert [part["part"] for part in after] == ["2024-03", "2024-04"]
    assert before[0] == after[0]
    assert before[1]["file"] != after[1]["file"]
    assert all((home / part["file"]).exists() for part in before)
    assert sorted(path.name for path in (home / "tmp").iterdir()) == []


def test_the_digest_names_the_tables_and_each_file_its_bytes(home):
    (firm,) = make_firms(1)
    file(firm, "2024-03", "2024-04-05")
    sealed = seal(home)
    manifest = json.loads((home / sealed.path).read_text())
    text = json.dumps(manifest["tables"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == sealed.digest == manifest["digest"]
    for table in manifest["tables"].values():
        for part in table["parts"]:
            assert hashlib.sha256((home / part["file"]).read_bytes()).hexdigest() == part["digest"]


def test_a_lost_file_is_written_again(home):
    (firm,) = make_firms(1)
    file(firm, "2024-03", "2024-04-05")
    first = seal(home)
    lost = home / snapshot.read_manifest(home, first.digest)["tables"]["monthly_rd"]["parts"][0]["file"]
    lost.unlink()
    file(firm, "2024-04", "2024-05-05")
    second = seal(home)
    assert lost.exists()
    assert second.digest == seal(home, full=True).digest


def test_a_new_column_rewrites_its_table(home):
    (firm,) = make_firms(1)
    file(firm, "2024-03", "2024-04-05")
    seal(home)
    contract = core().contracts["monthly_rd"]
    fewer = {name: column for name, column in contract.columns.items() if name != "electricity"}
    changed = dataclasses.replace(contract, columns=fewer)
    registry = dataclasses.replace(core(), digest="other", contracts=dict(core().contracts) | {"monthly_rd": changed})
    narrow = acts.freeze(moment("2025-01-01"), registry=registry, home=home)
    assert "electricity" not in snapshot.read_manifest(home, narrow.digest)["tables"]["monthly_rd"]["columns"]
    assert narrow.digest == acts.freeze(moment("2025-01-01"), registry=registry, home=home, full=True).digest


def test_a_changed_register_and_back_is_the_last_snapshot_again(home):
    (firm,) = make_firms(1)
    first = seal(home)
    register_organisation(code=firm.code, name="改名有限公司", by=None, at=moment("2025-01-01"))
    second = seal(home)
    register_organisation(code=firm.code, name=firm.name, by=None, at=moment("2025-01-02"))
    third = seal(home)
    assert first.digest == third.digest != second.digest
    assert reads.last_snapshot() == third != first


@pytest.mark.parametrize("seed", range(6))
def test_step_by_step_equals_from_nothing(home, seed):
    """Random filings, corrections, withdrawals, titles and corrections of titles; frozen now and then."""
    dice, firms = random.Random(seed), make_firms(4)
    form, title = core().forms["qy101"], core().titles["high_tech"]
    day, granted = dt.date(2024, 1, 1), []
    for step in range(60):
        day += dt.timedelta(days=dice.randrange(4))
        firm, period = dice.choice(firms), f"2024-0{dice.randrange(1, 4)}"
        match dice.randrange(8):
            case 0:
                if reads.current("qy101", firm, period):
                    acts.withdraw_report(form, firm, period, None, moment(str(day)), "撤回")
            case 1:
                granted.append(acts.grant(title, firm, day, None, moment(str(day)), decision=str(step)))
            case 2 if granted:
                old = granted.pop(dice.randrange(len(granted)))
                granted.append(acts.correct_standing(old, title, None, moment(str(day)), "更正", decision=f"改{step}"))
            case 3:
                seal(home, str(day))
            case _:
                acts.file_report(
                    form, firm, period, good(revenue=dice.randrange(1, 5) * 10000), None, moment(str(day)), "更正"
                )
    stepped = seal(home, str(day))
    manifest = snapshot.read_manifest(home, stepped.digest)
    assert seal(home, str(day), full=True).digest == stepped.digest
    assert Snapshot.objects.count() > 1
    current = {
        (firm.pk, str(period)): report.cells["revenue"]
        for firm in firms
        for period in ("2024-01", "2024-02", "2024-03")
        if (report := reads.current("qy101", firm, period))
    }
    sealed = rows(home, stepped, "monthly_rd", "firm, period, revenue, known_to")
    assert {(firm, period): revenue for firm, period, revenue, known_to in sealed if known_to is None} == current
    assert manifest["tables"]["monthly_rd"]["rows"] == len(sealed)


def test_each_contract_has_exactly_one_provider():
    assert provider_problems(core()) == []
    contracts = dict(core().contracts)
    contracts["orphan"] = dataclasses.replace(contracts["standing"], key="orphan", provider="rumour")
    contracts["twin"] = dataclasses.replace(contracts["organisation"], key="twin")
    renamed = {("turnover" if n == "revenue" else n): c for n, c in contracts["monthly_rd"].columns.items()}
    contracts["monthly_rd"] = dataclasses.replace(contracts["monthly_rd"], columns=renamed)
    contracts["nobody"] = dataclasses.replace(contracts["filing"], key="nobody", provider="filing:tj01")
    broken = dataclasses.replace(core(), contracts=contracts)
    assert [(p.code, p.message) for p in provider_problems(broken)] == [
        ("F103", "事实表“monthly_rd”的列“turnover”与“report:qy101”供的不一致"),
        ("F101", "事实表“orphan”没有提供者“rumour”"),
        ("F102", "事实表“twin”与“organisation”出自同一提供者“organisation”"),
        ("F101", "事实表“nobody”没有提供者“filing:tj01”"),
    ]
    with pytest.raises(Refused, match="不能封存"):
        acts.freeze(moment("2024-12-31"), registry=broken, home=settings.QUANYU_HOME)
