"""After the window: the firm asks, the person responsible confirms, the office decides; and every cell's history."""

import pytest
from django.test import Client
from django.urls import reverse

from quanyu.bureaus.reporting.acts import submission as acts
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.versions import rows, versions
from quanyu.casework.acts import take
from quanyu.casework.models import Case
from quanyu.facts import reads as facts
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused
from tests.factories import person
from tests.facts.desk import moment
from tests.reporting.handin import MONTH, TOMORROW, a_firm, again, close, definitions, file, hand_in

pytestmark = pytest.mark.django_db
LATER = moment("2026-11-20")
DECIDED = moment("2026-11-23")


@pytest.fixture
def asked(db):
    definitions()
    here = a_firm()
    here.first = file(here)
    close(state="locked")
    here.made = hand_in(here, at=LATER, revenue=12000, reason="漏计一笔收入", correction=True)
    return here


def on_file(here):
    report = facts.current("qy101", here.firm, MONTH)
    return report.cells["revenue"], report.source, report.reason


def case_of(here):
    acts.confirm(here.made, here.owner, LATER)
    return Case.objects.get()


def test_the_office_agrees_and_the_corrected_cells_are_filed_with_the_reason(asked):
    assert (Case.objects.count(), again(asked.made).state) == (0, "awaiting")
    case = case_of(asked)
    assert (case.type, case.holder_role, case.form["reason"], case.number) == (
        "reporting.correction", "clerk", "漏计一笔收入", "更正〔2026〕1号",
    )  # fmt: skip
    assert (on_file(asked)[0], reads.state_words(again(asked.made))) == (10000, "更正待审批")
    take(case, "agree", by=person("clerk"), at=DECIDED, note="同意")
    assert on_file(asked) == (12000, asked.made.number, "漏计一笔收入")
    assert (again(asked.made).state, again(asked.first).state) == ("filed", "superseded")


def test_the_office_refuses_or_the_firm_asks_no_longer_and_nothing_changes(asked):
    case = case_of(asked)
    clerk = person("clerk")
    take(case, "question", by=clerk, at=LATER, note="请附凭证")
    take(case, "explain", by=asked.statistician, at=LATER, note="见附件")
    take(case, "refuse", by=clerk, at=DECIDED, note="凭证不全")
    held = again(asked.made)
    assert (held.state, held.ended_why, on_file(asked)[0]) == ("returned", "凭证不全", 10000)
    second = hand_in(asked, at=DECIDED, revenue=13000, reason="再次更正", correction=True)
    acts.confirm(second, asked.owner, DECIDED)
    running = Case.objects.get(closed_at=None)
    take(running, "withdraw", by=asked.statistician, at=DECIDED)
    assert (again(second).state, on_file(asked)[0]) == ("withdrawn", 10000)


def test_what_the_office_has_before_it_cannot_be_changed_behind_its_back(asked):
    case = case_of(asked)
    for act in (
        lambda: acts.withdraw(asked.made, asked.statistician, DECIDED, "不报了"),
        lambda: acts.give_back(asked.made, None, DECIDED, "退"),
        lambda: acts.decline(asked.made, asked.owner, DECIDED, "退"),
        lambda: hand_in(asked, at=DECIDED, revenue=14000, reason="又改", correction=True),
    ):
        with pytest.raises(Refused, match=case.number):
            act()
    assert acts.confirm(asked.made, asked.owner, DECIDED).confirmed_at == LATER
    assert Case.objects.count() == 1


def test_a_report_handed_in_in_time_is_confirmed_until_the_figures_are_locked(db):
    definitions()
    here, other = a_firm(1), a_firm(2)
    made, second = hand_in(here), hand_in(other)
    close()
    assert acts.confirm(made, here.owner, LATER).state == "filed"
    assert facts.current("qy101", here.firm, MONTH).late
    close(state="locked")
    with pytest.raises(Refused, match="已经锁定"):
        acts.confirm(second, other.owner, LATER)
    assert again(second).confirmed_at is None


def test_the_panel_shows_old_and_new_cells_side_by_side(asked):
    case = case_of(asked)
    client = Client()
    client.force_login(person("clerk"))
    page = client.get(reverse("case", args=[case.pk]))
    text = page.content.decode()
    assert ("<del>10,000</del>" in text, "<b>12,000</b>" in text, "全表 25 项中改动 1 项" in text) == (True,) * 3
    outsider = a_firm(2)
    client.force_login(outsider.statistician)
    assert client.get(reverse("case", args=[case.pk])).status_code in (403, 404)


def test_every_version_of_every_cell_is_kept(asked):
    case = case_of(asked)
    take(case, "agree", by=person("clerk"), at=DECIDED)
    held = versions("qy101", asked.firm, MONTH)
    assert [(v.number, v.source, v.reason) for v in held] == [
        (1, asked.first.number, ""), (2, asked.made.number, "漏计一笔收入"),
    ]  # fmt: skip
    form = registry().form("qy101", MONTH)
    changed = {r.anchor: r.texts for r in rows(registry(), form, [v.content for v in held]) if any(r.changed)}
    assert changed == {"revenue": ("10,000", "12,000")}
    client = Client()
    client.force_login(asked.statistician)
    text = client.get(reverse("fill_history", args=[asked.firm.pk, "qy101", MONTH])).content.decode()
    assert ('<tr id="revenue">' in text, text.count('class="num moved"')) == (True, 1)
    assert text.count(asked.made.number) >= 2


def test_a_withdrawal_is_a_version_without_cells(db):
    definitions()
    here = a_firm()
    acts.withdraw(file(here), here.statistician, TOMORROW, "填错表")
    held = versions("qy101", here.firm, MONTH)
    assert [(bool(v.content), v.reason) for v in held] == [(True, ""), (False, "填错表")]
    form = registry().form("qy101", MONTH)
    (revenue,) = (r for r in rows(registry(), form, [v.content for v in held]) if r.anchor == "revenue")
    assert (revenue.texts, revenue.changed) == (("10,000", "—"), (False, True))
