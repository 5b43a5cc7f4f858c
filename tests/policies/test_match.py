"""All policies for all firms: the same verdicts as firm by firm, once; and the library that tells of them."""

from __future__ import annotations

import datetime as dt
import json
import os
from decimal import Decimal

import pytest
from django.test import Client

from quanyu.bureaus.policies.acts.match import match
from quanyu.bureaus.policies.models import Match
from quanyu.bureaus.policies.reads import match as matching
from quanyu.bureaus.policies.reads.library import PolicySheet
from quanyu.bureaus.policies.reads.mine import benefits_of
from quanyu.cli.door import run
from quanyu.people.models import Event
from quanyu.plan.reads import registry
from tests.factories import person
from tests.policies.zone import NOW, TODAY, YEAR, make_zone, report

MEASURES = "《云上虚构科技创新若干措施》（云上虚构〔2021〕1号）"
pytestmark = pytest.mark.django_db


@pytest.fixture
def firms(tmp_path):
    return make_zone(tmp_path / "packages")


def page(address, role=""):
    client = Client()
    if role:
        client.force_login(person(role))
    return client.get(address)


def text(address, role=""):
    return page(address, role).content.decode()


def test_one_pass_finds_what_is_found_firm_by_firm(firms):
    made, user = match(TODAY, at=NOW, by=None), person("st_office")
    assert made.firms == 3
    assert made.counts["rd_aid"] == {"yes": 1, "no": 1, "unknown": 1, "judgement": 0, "sum": "400000.00"}
    for key in made.counts:
        alone = {f.pk: next(e.verdict for e in benefits_of(f, user, TODAY).all if e.key == key) for f in firms}
        held = {n.firm: (n.verdict, n.amount) for n in matching.lines(made, key)}
        assert held == {pk: (v.state, v.amount) for pk, v in alone.items()}, key
    short = {n.firm: n.why for n in matching.lines(made, "ht_award")}
    assert short[firms[1].pk] == "有效发明专利" and short[firms[0].pk] == ""


def test_the_same_inputs_are_one_match_and_the_past_has_its_own_policies(firms):
    first = match(TODAY, at=NOW, by=None)
    before = {p: p.stat().st_mtime_ns for p in matching.folder(first.digest).iterdir()}
    assert match(TODAY, at=NOW, by=None) == first
    assert {p: p.stat().st_mtime_ns for p in matching.folder(first.digest).iterdir()} == before
    old = match(dt.date(2020, 6, 1), at=NOW, by=None)
    assert set(old.counts) == {"rd_aid_2020"} and matching.last() == first
    assert (Match.objects.count(), Event.objects.filter(act="policies.match").count()) == (2, 2)


def test_the_command_line_tells_the_counts(firms, capsys):
    assert run(["match", "--json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["firms"], told["policies"]["ht_award"]["yes"], told["on"]) == (3, 1, str(TODAY))


def test_every_step_of_every_firm_is_told_on_the_command_line_and_in_the_downloaded_list(firms, capsys):
    assert run(["match", "--json", "--quiet", "--policy", "rd_aid"]) == 0
    one, two, three = json.loads(capsys.readouterr().out)
    (share,) = one["conditions"]
    assert (one["state"], one["amount"], share["state"]) == ("yes", "400000.00", "met")
    assert (share["value"], share["bound"], share["distance"], share["unit"]) == ("4", "3", "-1", "percent")
    assert one["formula"].endswith("＝ 400,000.00 元") and share["words"] == "4%，要求不低于 3%"
    assert (two["conditions"][0]["state"], Decimal(two["conditions"][0]["distance"]) > 0) == ("not_met", True)
    assert (three["state"], three["conditions"][0]["value"], three["amount"]) == ("unknown", None, None)
    listed = page("/policies/rd_aid/firms.csv", "finance").content.decode("utf-8-sig")
    assert "4%，要求不低于 3%" in listed and one["formula"] in listed
    assert "4%，要求不低于 3%" not in text("/policies/rd_aid/firms/", "st_office")
    assert run(["match", "--policy", "rd_ad"]) == 12
    assert "没有名为“rd_ad”的有效政策" in capsys.readouterr().err


def test_a_policy_is_told_in_words_with_its_history(firms):
    sheet = PolicySheet(registry(), registry().policies["rd_aid"], TODAY)
    assert [(k, asks, c) for _c, k, asks, c in sheet.conditions] == [
        ("必备", f"{YEAR}年研发费用 ÷ {YEAR}年营业收入 ≥ 3%", f"{MEASURES}第三条第一款"),
    ]
    assert sheet.spoken.pays == [f"{YEAR}年研发费用 × 10%", "最高 50万元"]
    assert [(p.shown, p.now, p.unverified) for p in sheet.parameters[:2]] == [("3%", True, True), ("2%", False, False)]
    assert PolicySheet(registry(), sheet.policy, dt.date(2022, 1, 1)).conditions[0][2].endswith("≥ 2%")
    assert [v.policy.key for v in sheet.versions] == ["rd_aid_2020", "rd_aid"]
    assert PolicySheet(registry(), registry().policies["gazelle"], TODAY).spoken.pays == ["未定"]


def test_the_library_is_open_and_shows_no_firm_to_the_public(firms):
    match(TODAY, at=NOW, by=None)
    for address in ("/policies/", "/policies/rd_aid/"):
        assert "研发投入后补助" in text(address) and "可享受（家）" not in text(address)
    assert "谁能享受" not in text("/policies/rd_aid/")
    assert page("/policies/rd_aid/firms/").status_code == page("/policies/rd_aid/firms.csv").status_code == 404
    assert page("/policies/rd_aid/firms/", "statistics").status_code == 404
    assert "400,000.00" in text("/policies/rd_aid/firms/", "finance")
    assert "合计 40.00 万元" in text("/policies/rd_aid/", "st_office")
    assert "本政策已失效" in text("/policies/rd_aid_2020/") and "五个名称对应六个金额" in text("/policies/gazelle/")
    assert "研发后补助（旧）" not in text("/policies/?standing=now") and "高企认定" not in text("/policies/?kind=tax")
    assert "研发后补助（旧）" in text("/policies/?standing=now&on=2020-06-01")
    assert page("/policies/nothing/").status_code == 404


def test_a_guest_computes_with_three_numbers_and_leaves_nothing(firms):
    client, before = Client(), Event.objects.count()
    asked = client.get("/policies/try/").content.decode()
    assert asked.count('id="a-') == 3
    told = client.post("/policies/try/", {"revenue": "10000", "rd_expense": "４００", "patents": ""}).content.decode()
    assert "40.00" in told and "研发费用 400 万元 × 补助比例 10%" in told and "虚构企业" not in told
    assert "应是数字" in client.post("/policies/try/", {"revenue": "abc"}).content.decode()
    assert (Event.objects.count(), len(client.session.keys())) == (before, 0)


def test_a_change_of_facts_is_another_match(firms):
    from quanyu.facts import acts as facts

    first = match(TODAY, at=NOW, by=None)
    report(firms[2], 50_000, 5_000, 0)
    facts.freeze(NOW)
    second = match(TODAY, at=NOW, by=None)
    assert second.digest != first.digest
    assert matching.sum_of(second.counts, "rd_aid") == Decimal("90")  # 万元


def test_files_of_long_ago_are_removed_and_computed_again_when_asked(firms):
    first = match(TODAY, at=NOW, by=None)
    folder = matching.folder(first.digest)
    (table,) = folder.parents[1].glob("traits/*.parquet")
    long_ago = (NOW - dt.timedelta(days=41)).timestamp()
    for path in (folder, table):
        os.utime(path, (long_ago, long_ago))
    later = match(TODAY + dt.timedelta(days=1), at=NOW, by=None)
    assert (folder.exists(), table.exists(), matching.folder(later.digest).exists()) == (False, False, True)
    assert match(TODAY, at=NOW, by=None) == first
    assert folder.exists() and Match.objects.count() == 2
