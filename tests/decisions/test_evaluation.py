"""Rounds of evaluation: frozen for good, three scores kept apart and unseen, who may what, the draft report."""

from __future__ import annotations

import io
from decimal import Decimal

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quanyu.casework import acts as casework
from quanyu.casework import reads as cases
from quanyu.casework.models import Case
from quanyu.decisions import acts as decisions_acts
from quanyu.decisions import reads as decisions
from quanyu.decisions.acts import evaluation as acts
from quanyu.decisions.models import Evaluation
from quanyu.decisions.reads import evaluation as reads
from quanyu.people.models import Event, Organisation
from quanyu.plan import acts as plan
from quanyu.registry.problem import Refused
from tests.decisions.evaluations import EVALUATED, correct, evaluated_zone, walk
from tests.decisions.zone import file, moment
from tests.factories import write_packages

ON = moment("2024-11-20")
THIRD = {"third_by": "虚构研究院", "third_score": "84", "third_source": "评估报告", "third_parts": "目标，88\n任务，80"}
PUBLIC = {"public_n": "300", "public_score": "79.5", "public_margin": "2.1", "public_source": "问卷"}


@pytest.fixture
def who(db, tmp_path):
    return evaluated_zone(tmp_path)


@pytest.fixture
def row(who):
    return acts.open_round("annual", "2024-09", by=who["clerk"], at=ON)


def view(row) -> reads.RoundView:
    return reads.RoundView(Evaluation.objects.get(pk=row.pk))


def say(row, who, role: str, score: str = "88", text: str = "进展顺利") -> None:
    opinion = row.case.opinions.get(role=role)
    acts.assess_self(opinion, score, text, by=who[role], at=moment("2024-11-21"))


def take(row, action: str, by, **more):
    return casework.take(Case.objects.get(pk=row.pk), action, by=by, at=moment("2024-11-22"), **more)


def paper() -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile("报告.txt", b"text", "text/plain")]


def through(row, who) -> None:
    """Everything said and entered, the report being drafted."""
    say(row, who, "st_office", "90", "科技科的自评")
    say(row, who, "statistics", "80.5", "统计科的自评")
    take(row, "close_self", who["clerk"])
    take(row, "enter_third", who["clerk"], form=THIRD, documents=paper())
    take(row, "enter_public", who["clerk"], form=PUBLIC)
    take(row, "finish_scores", who["clerk"])


def sit(user) -> Client:
    """A browser in which a person is logged in."""
    client = Client()
    client.force_login(user)
    return client


def page(user, row) -> str:
    whole = sit(user).get(f"/evaluations/{row.pk}/").content.decode()
    return whole[whole.index("<main") : whole.index("</main>")]


# --- frozen ----------------------------------------------------------------------------------------------------------


def test_opening_seals_the_envelope_and_asks_every_responsible_unit(row, who):
    run, judged = decisions.current_series(), decisions.assessment("2024-09")
    assert (row.series, row.snapshot, row.revision) == (run.digest, run.snapshot, run.revision)
    assert (row.on, row.case.number, row.case.holder_role) == (ON.date(), "评估〔2024〕1号", "clerk")
    assert row.body["verdicts"]["rd_rate"]["value"] == str(judged.verdicts["rd_rate"].value)
    assert {(o.role, o.organisation.key, o.open) for o in row.case.opinions.all()} == {
        ("st_office", "st_section", False),
        ("statistics", "economy_bureau", False),
    }
    opened = Event.objects.filter(act="decisions.open_evaluation").get()
    assert opened.body == {"kind": "annual", "period": "2024-09", "envelope": row.assessment}


def test_outcomes_of_indicators_and_tasks(row):
    found = view(row)
    assert {j.promise.key: (str(j.lamp.label), j.lamp.mark) for j in found.judgements} == {
        "high_tech": ("滞后", "▲"),
        "rd_rate": ("提前", "✓"),
        "literacy": ("无法评价", "○"),
    }
    assert {t.task.key: (str(t.lamp.label), t.why) for t in found.tasks} == {
        "firms": ("滞后", "高新技术企业"),
        "fund": ("无法评价", "没有量化指标，以牵头单位自评为准"),
    }
    assert [(str(lamp.label), n) for lamp, n in found.main_counts if n] == [("提前", 1), ("滞后", 1)]


def test_what_is_corrected_later_changes_nothing_in_a_round(row, who, tmp_path):
    before, shown = row.body, page(who["clerk"], row)
    correct()
    walk("2024-11-26")
    assert decisions.assessment("2024-09").verdicts["rd_rate"].value == Decimal("2.5")
    changed = EVALUATED["tiny/indicators/rd_rate.yaml"].replace('value: "3.5"', 'value: "9"')
    root = write_packages(tmp_path / "later", EVALUATED | {"tiny/indicators/rd_rate.yaml": changed})
    plan.load(root, ["tiny"], by=None, at=moment("2024-11-27"))
    walk("2024-11-27")
    assert Evaluation.objects.get(pk=row.pk).body == before
    found = view(row)
    rate = next(j for j in found.judgements if j.promise.key == "rd_rate")
    assert (rate.promise.value, rate.promise.target, str(rate.lamp.label)) == ("3.50", "3.5", "提前")
    assert page(who["clerk"], row) == shown
    assert row.series[:12] in shown and "2024年11月20日封存" in shown


def test_a_round_may_be_judged_by_the_facts_of_an_earlier_day(who):
    then = decisions.current_series()
    correct()
    walk("2024-11-26")
    early = acts.open_round("annual", "2024-06", by=who["clerk"], at=moment("2024-11-28"), run=then)
    late = acts.open_round("annual", "2024-09", by=who["clerk"], at=moment("2024-11-28"))
    assert (early.series, late.body["verdicts"]["rd_rate"]["value"]) == (then.digest, "2.5")


def test_the_same_facts_give_the_same_envelope(row, who):
    take(row, "withdraw", who["clerk"], note="重开")
    again = acts.open_round("annual", "2024-09", by=who["clerk"], at=ON)
    assert (again.assessment, again.body) == (row.assessment, row.body)


def test_the_index_is_frozen_stage_by_stage_with_its_uncertainty(row):
    made = view(row).sums[0]
    assert (made.names, made.of.totals[-2:], made.of.lines[0].raw[-2:]) == (
        ("2020", "2021", "2022", "2023"),
        (50, 50),
        (2, 2),
    )
    assert made.spread.draws == 1000
    assert made.spread.scores[-1][0] <= 50 <= made.spread.scores[-1][2]


def test_an_index_that_cannot_be_computed_says_why(who, tmp_path):
    strict = EVALUATED["tiny/indices/zone_index.yaml"].replace("missing: leave_out", "missing: refuse")
    root = write_packages(tmp_path / "strict", EVALUATED | {"tiny/indices/zone_index.yaml": strict})
    plan.load(root, ["tiny"], by=None, at=ON)
    walk("2024-11-20")
    row = acts.open_round("annual", "2024-09", by=who["clerk"], at=ON)
    assert "指数「园区指数」不能计算：high_tech 缺" in view(row).sums[0].refused
    assert "指数「园区指数」不能计算" in page(who["clerk"], row)


def test_after_the_plan_the_final_round_tells_early_from_missed(who):
    file(Organisation.objects.get(name="虚构企业2号"), "2025-12", "2026-01-08", 30_000, 1_200)
    walk("2026-01-20")
    row = acts.open_round("final", "2025-12", by=who["chief"], at=moment("2026-02-02"))
    words = {j.promise.key: (str(j.lamp.label), str(j.why)) for j in view(row).judgements}
    assert words["rd_rate"] == ("提前完成", "提前达到目标")  # 3.5 % in 2024 already
    assert words["high_tech"] == ("未达预期", "再增 4 家可达目标")  # both titles ended in June 2025


# --- refused ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "period", "told"),
    [
        ("annual", "2024-09", "已经开过"),
        ("final", "2024-09", "规划期满"),
        ("annual", "2025-12", "还没有计算到"),
        ("annual", "2020-12", "不在规划期内"),
        ("weekly", "2024-06", "没有“weekly”这种评估"),
    ],
)
def test_rounds_that_make_no_sense_are_refused(row, who, kind, period, told):
    with pytest.raises(Refused, match=told):
        acts.open_round(kind, period, by=who["clerk"], at=ON)


def test_only_the_desk_and_its_chief_open_rounds(who):
    with pytest.raises(Refused, match="由评估经办或科室负责人发起"):
        acts.open_round("annual", "2024-09", by=who["st_office"], at=ON)
    client = sit(who["st_office"])
    shown = client.get("/evaluations/").content.decode()
    assert "还没有开过评估" in shown and "封存数据并开轮" not in shown
    refused = client.post("/evaluations/", {"kind": "annual", "period": "2024-09"})
    assert refused.status_code == 409 and "由评估经办或科室负责人发起" in refused.content.decode()
    assert not Evaluation.objects.exists()


def test_a_round_is_opened_from_the_page(who):
    client = sit(who["clerk"])
    answer = client.post("/evaluations/", {"kind": "annual", "period": "2024-06"})
    row = Evaluation.objects.get()
    assert (answer.status_code, answer["Location"], row.period) == (302, f"/evaluations/{row.pk}/", "2024-06")


def test_strangers_and_firms_stay_outside(row, who):
    client = Client()
    assert client.get(f"/evaluations/{row.pk}/")["Location"].startswith("/accounts/login/")
    client = sit(who["enterprise"])
    for address in ("", f"{row.pk}/", f"{row.pk}.csv", f"{row.pk}/report.docx"):
        assert client.get(f"/evaluations/{address}").status_code == 403
    own = row.case.opinions.get(role="st_office")
    assert client.post(f"/evaluations/{row.pk}/self/{own.pk}/", {"score": "1", "text": "x"}).status_code == 403


# --- three scores ----------------------------------------------------------------------------------------------------


def test_nobody_sees_anothers_account_before_all_have_given_theirs(row, who):
    say(row, who, "st_office", "91.5", "科技科的秘密")
    for reader in ("statistics", "clerk"):
        shown = page(who[reader], row)
        assert "科技科的秘密" not in shown and "91.5" not in shown and "已自评 1/2" in shown
        seen = {o.role: may for o, may in cases.opinions(row.case, who[reader], ON.date())}
        assert seen["st_office"] is False
    say(row, who, "statistics", "80", "统计科的话")
    take(row, "close_self", who["clerk"])
    assert "科技科的秘密" not in page(who["clerk"], row)  # third party and public are still to come


def test_three_scores_stand_apart_and_are_never_added_up(row, who):
    through(row, who)
    found = view(row)
    assert [(s.key, s.value) for s in found.scores] == [
        ("self", Decimal("85.3")), ("third", Decimal(84)), ("public", Decimal("79.5")),
    ]  # fmt: skip
    assert found.scores[2].facts == ("有效问卷 300 份，±2.1 分", "问卷")
    assert found.third_parts == [("目标", Decimal(88)), ("任务", Decimal(80))]
    shown = page(who["statistics"], row)
    assert all(words in shown for words in ("85.3", "84.0", "79.5", "科技科的自评", "虚构研究院"))


def test_an_account_is_a_score_and_words(row, who):
    opinion = row.case.opinions.get(role="st_office")
    for score, text, told in (
        ("101", "好", "0 到 100"),
        ("85.55", "好", "一位小数"),
        ("x", "好", "0 到 100"),
        ("85", " ", "主要进展"),
    ):
        with pytest.raises(Refused, match=told):
            acts.assess_self(opinion, score, text, by=who["st_office"], at=ON)
    with pytest.raises(Refused, match="没有征求您"):
        acts.assess_self(opinion, "85", "好", by=who["statistics"], at=ON)


def test_a_refused_account_keeps_what_was_typed(row, who):
    client = sit(who["st_office"])
    own = row.case.opinions.get(role="st_office")
    address = f"/evaluations/{row.pk}/self/{own.pk}/"
    refused = client.post(address, {"score": "120", "text": "写了很多字"})
    assert refused.status_code == 409
    assert all(words in refused.content.decode() for words in ("写了很多字", 'value="120"', "0 到 100"))
    assert client.post(address, {"score": "88", "text": "写了很多字"}).status_code == 302
    own.refresh_from_db()
    assert (own.form, own.text, own.answer) == ({"score": "88"}, "写了很多字", "done")


def test_who_comes_too_late_may_no_longer_speak(row, who):
    say(row, who, "st_office")
    with pytest.raises(Refused, match="还有 1 个责任单位没有自评"):
        take(row, "close_self", who["clerk"])
    take(row, "close_self_anyway", who["clerk"], note="逾期未交")
    with pytest.raises(Refused, match="已撤回"):
        say(row, who, "statistics")


def test_the_outside_scores_need_their_papers_and_form(row, who):
    say(row, who, "st_office")
    say(row, who, "statistics")
    take(row, "close_self", who["clerk"])
    with pytest.raises(Refused, match="还没有录入第三方评估、公众评价"):
        take(row, "finish_scores", who["clerk"])
    with pytest.raises(Refused, match="须附材料"):
        take(row, "enter_third", who["clerk"], form=THIRD)
    with pytest.raises(Refused, match="分项得分“目标 八十八”读不懂"):
        take(row, "enter_third", who["clerk"], form=THIRD | {"third_parts": "目标 八十八"}, documents=paper())
    with pytest.raises(Refused, match="不大于 100"):
        take(row, "enter_public", who["clerk"], form=PUBLIC | {"public_score": "101"})


def test_the_report_is_reviewed_by_the_chief_and_published(row, who):
    through(row, who)
    take(row, "submit", who["clerk"])
    with pytest.raises(Refused, match="由科室负责人办理"):
        take(row, "approve", who["clerk"])
    take(row, "approve", who["chief"])
    take(row, "publish", who["clerk"])
    done = Evaluation.objects.select_related("case").get(pk=row.pk)
    assert (done.case.phase, done.published_at) == ("done", moment("2024-11-22"))


# --- the report ------------------------------------------------------------------------------------------------------


def draft(row, who) -> tuple[str, list[list[str]]]:
    """The draft's paragraphs in one text, and the rows of all its tables."""
    client = sit(who["clerk"])
    made = docx.Document(io.BytesIO(client.get(f"/evaluations/{row.pk}/report.docx").content))
    rows = [[cell.text for cell in line.cells] for table in made.tables for line in table.rows]
    return "\n".join(p.text for p in made.paragraphs), rows


def test_the_draft_marks_what_is_missing_and_holds_the_values_of_the_page(row, who):
    text, rows = draft(row, who)
    assert "【待补：责任单位自评】" in text and "【待补：第三方评估】" in text and "【待补：下一步建议】" not in text
    assert "【待补：下一步工作建议】" in text and "【待补：自评（尚未截止）】" in text
    assert ["高新技术企业（家）", "0", "2", "4", "50.0%", "▲滞后"] in rows
    assert ["科学素质（%）", "—", "【待补：数据】", "5", "—", "○无法评价"] in rows
    assert "截至2024年9月，规划2项主要指标中，提前1项、滞后1项。" in text
    assert "一、总体情况" in text and "六、下一步建议" in text


def test_the_draft_holds_the_scores_once_they_may_be_read(row, who):
    through(row, who)
    text, _rows = draft(row, who)
    assert "责任单位自评：85.3分（已自评 2/2）。" in text
    assert "公众评价：79.5分（有效问卷 300 份，±2.1 分；问卷）。" in text
    assert "科技科：90分。科技科的自评" in text


def test_the_ledger_of_a_round_as_a_file(row, who):
    shown = page(who["clerk"], row).count("<table")
    assert shown >= 4
    client = sit(who["clerk"])
    lines = client.get(f"/evaluations/{row.pk}.csv").content.decode("utf-8-sig").splitlines()
    (firms,) = [line for line in lines if line.startswith("高新技术企业（家）,")]
    assert firms.endswith(",50.0%,滞后,低于序时25.0个百分点")


def test_where_there_is_a_forecast_its_probability_speaks(who):
    decisions_acts.forecast(at=moment("2024-11-19"), on=ON.date())
    seen = decisions.forecast("high_tech", "2024-09")
    assert seen is not None and seen.probability is not None and seen.probability < 0.3
    row = acts.open_round("annual", "2024-09", by=who["clerk"], at=ON)
    firms = next(j for j in view(row).judgements if j.promise.key == "high_tech")
    assert str(firms.lamp.label) == "预计难以完成"
    assert str(firms.why) == f"按预测达到目标的概率为{Decimal(str(round(seen.probability, 4))) * 100:.0f}%"
