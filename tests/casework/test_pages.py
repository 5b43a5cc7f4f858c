"""The inbox and the page of a case as the four people meet them: what they see, do, and are told when they cannot."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from quanyu.casework import acts
from quanyu.casework.hooks import PANELS
from quanyu.casework.models import Case, Delegation
from quanyu.people.models import User
from tests.casework.conftest import Desk
from tests.factories import person


@pytest.fixture(autouse=True)
def _chinese():
    with override("zh-hans"):
        yield


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, address: str, status: int = 200) -> str:
    response = as_(user).get(address)
    assert response.status_code == status
    return response.content.decode()


def main(html: str) -> str:
    return html[html.index("<main") : html.index("</main>")]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main(html)))


def titles(html: str) -> list[str]:
    return re.findall(r'<td data-label="事项"><a href="/cases/\d+/">([^<]+)</a>', html)


def ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


@pytest.fixture
def case(desk: Desk) -> Case:
    return desk.open(at=ago(0))


def do(user: User, case: Case, action: str, **typed):
    data = {"seen": Case.objects.get(pk=case.pk).version} | typed
    return as_(user).post(f"/cases/{case.pk}/do/{action}/", data)


# ---- the inbox ----


def test_the_inbox_lists_what_waits_for_me_and_what_is_asked_of_me_by_deadline(desk: Desk):
    acts.ask(
        desk.open(at=ago(0), title="要您一句话"),
        [desk.reviewer],
        "可以吗？",
        by=desk.officer,
        at=timezone.now(),
        within=1,
    )
    late = desk.open(at=ago(60), title="早就该办")
    acts.take(late, "accept", by=desk.officer, at=ago(59))
    acts.take(desk.open(at=ago(0), title="刚来的"), "accept", by=desk.officer, at=timezone.now())
    desk.open(title="别人的", at=ago(0))
    html = page(desk.reviewer, "/inbox/")
    assert titles(html) == ["早就该办", "要您一句话", "刚来的"]
    assert "▲ 征求我的意见" in html and re.search(r'<span class="st late">■ 逾期 \d+ 天</span>', html)
    assert '待办<span class="badge">3</span>' in html
    assert titles(page(desk.reviewer, "/inbox/?when=late")) == ["早就该办"]
    assert titles(page(desk.reviewer, "/inbox/?q=刚来")) == ["刚来的"]
    assert titles(page(desk.reviewer, "/inbox/?type=tiny.request&sort=-due"))[-1] == "早就该办"


def test_what_i_began_and_what_i_did_have_lists_of_their_own(desk: Desk, case: Case):
    assert titles(page(desk.applicant, "/inbox/opened/")) == ["申请一间实验室"]
    assert titles(page(desk.officer, "/inbox/done/")) == []
    acts.take(case, "return", by=desk.officer, at=timezone.now(), note="缺图")
    assert titles(page(desk.officer, "/inbox/done/")) == ["申请一间实验室"]
    assert titles(page(desk.officer, "/inbox/opened/")) == []
    assert titles(page(desk.applicant, "/inbox/opened/?when=closed")) == []
    page(desk.officer, "/inbox/nothing/", 404)


def test_an_empty_inbox_says_so_and_a_download_carries_what_the_list_shows(desk: Desk):
    assert "没有等您办理的事项。" in page(desk.officer, "/inbox/")
    desk.open(at=ago(0), title="=申请")
    lines = as_(desk.officer).get("/inbox/waiting.csv").content.decode("utf-8-sig").splitlines()
    assert lines[-1].split(",")[:4] == ["'=申请", f"申请〔{timezone.localdate().year}〕1号", "申请", "◇ 待受理"]
    assert as_(desk.officer).get("/inbox/waiting.xlsx").content[:2] == b"PK"


def questions(user: User, address: str) -> int:
    client = as_(user)
    client.get(address)
    with CaptureQueriesContext(connection) as made:
        assert client.get(address).status_code == 200
    return len(made)


def test_questions_do_not_grow_with_the_rows(desk: Desk, case: Case):
    assert (questions(desk.officer, "/inbox/"), questions(desk.officer, f"/cases/{case.pk}/")) == (14, 17)
    for n in range(3):
        desk.open(at=ago(n))
        acts.comment(case, f"第{n}句", by=desk.officer, at=timezone.now())
    assert (questions(desk.officer, "/inbox/"), questions(desk.officer, f"/cases/{case.pk}/")) == (14, 17)


# ---- the page ----


def test_the_page_says_where_it_stands_who_holds_it_and_what_was_done(desk: Desk, case: Case):
    acts.take(case, "accept", by=desk.officer, at=timezone.now(), note="材料齐")
    html = page(desk.reviewer, f"/cases/{case.pk}/")
    said = words(html)
    assert "申请一间实验室" in said and case.number in said
    assert "◇ 待审批" in said and "科室负责人 等您办理" in said and "剩 10 个工作日" in said
    assert "受理 → 待审批 张虚构" in said and "材料齐" in said and said.index("受理 →") < said.index("发起 →")
    assert "金额 80" in said and "虚构企业1号 · 联系人" in said
    assert re.search(r'<button class="btn p">批准</button>', html)


def test_who_has_nothing_to_do_with_it_is_kept_out_and_a_stranger_logs_in(desk: Desk, case: Case):
    assert "只对办理、发起和被征求意见的人开放" in page(desk.outsider, f"/cases/{case.pk}/", 403)
    for address in (f"/cases/{case.pk}/do/accept/", f"/cases/{case.pk}/note/comment/"):
        assert as_(desk.outsider).post(address, {"note": "看看"}).status_code == 403
        assert as_(desk.officer).get(address).status_code == 405
    assert Case.objects.get(pk=case.pk).version == 0
    assert Client().get(f"/cases/{case.pk}/")["Location"] == f"/accounts/login/?next=/cases/{case.pk}/"


def test_a_step_is_taken_and_said(desk: Desk, case: Case):
    response = do(desk.officer, case, "accept", note="材料齐")
    assert response["Location"] == f"/cases/{case.pk}/"
    held = Case.objects.get(pk=case.pk)
    assert (held.state, held.acted_by, held.version) == ("deciding", desk.officer, 1)
    assert do(desk.officer, case, "nothing").status_code == 404


def test_a_stale_page_does_nothing_names_who_was_quicker_and_keeps_what_was_typed(desk: Desk, case: Case):
    do(desk.officer, case, "accept")
    response = do(desk.officer, case, "return", seen="0", note="<b>缺图纸</b>")
    said = response.content.decode()
    assert response.status_code == 409
    assert "张虚构已于" in said and "办理“受理”，现在是“待审批”。请刷新后再办。" in said
    assert "&lt;b&gt;缺图纸&lt;/b&gt;" in said
    assert Case.objects.get(pk=case.pk).state == "deciding"


def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(desk: Desk, case: Case):
    seat = f"contact:{desk.theirs.pk}"
    refused = do(desk.officer, case, "pass", seat_helper=seat, q_until="下周").content.decode()
    assert 'value="下周" aria-invalid="true"></label><p class="field-error" role="alert">“办到哪天”应是日期' in refused
    assert "<details open><summary" in refused
    refused = do(desk.officer, case, "return", note="  ").content.decode()
    assert '<p class="field-error" role="alert">退回补正须写明理由或说明。' in refused
    assert Case.objects.get(pk=case.pk).version == 0


def test_a_greyed_button_says_why(desk: Desk, case: Case):
    html = page(desk.applicant, f"/cases/{case.pk}/")
    assert re.search(r'<button [^>]*aria-disabled="true" aria-describedby="why-accept">受理</button>', html)
    assert '<span id="why-accept">受理由经办办理。</span>' in html
    acts.take(case, "accept", by=desk.officer, at=timezone.now())
    desk.full = "名额已满。"
    html = page(desk.reviewer, f"/cases/{case.pk}/")
    assert '<span id="why-grant">名额已满。</span>' in html and "do/grant/" not in html
    assert "名额已满。" in do(desk.reviewer, case, "grant").content.decode()


def test_files_go_up_with_a_step_and_come_down_only_as_downloads(desk: Desk, case: Case):
    acts.take(case, "return", by=desk.officer, at=timezone.now(), note="缺图")
    missing = do(desk.applicant, case, "mend").content.decode()
    assert '<p class="field-error" role="alert">补正须附材料。' in missing
    wrong = do(desk.applicant, case, "mend", documents=SimpleUploadedFile("图.pdf", b"<html>")).content.decode()
    assert '<p class="field-error" role="alert">“图.pdf”的内容不是 pdf 文件。' in wrong
    do(desk.applicant, case, "mend", documents=SimpleUploadedFile("图.pdf", b"%PDF-1.7 x"))
    held = Case.objects.get(pk=case.pk)
    document = held.documents.get()
    assert held.state == "submitted" and "图.pdf" in words(page(desk.officer, f"/cases/{case.pk}/"))
    address = f"/cases/{case.pk}/documents/{document.pk}/"
    response = as_(desk.officer).get(address)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 x"
    assert response["Content-Disposition"].startswith("attachment;")
    assert (response["X-Content-Type-Options"], response["Content-Type"]) == ("nosniff", "application/octet-stream")
    assert as_(desk.outsider).get(address).status_code == 403
    other = desk.open(at=ago(0))
    assert as_(desk.officer).get(f"/cases/{other.pk}/documents/{document.pk}/").status_code == 404


def test_an_opinion_is_asked_answered_and_read(desk: Desk, case: Case):
    asking = {"note": "场地够吗？", "seats": [f"chief:{desk.reviewer.posts.get().organisation_id}"], "within": "3"}
    as_(desk.officer).post(f"/cases/{case.pk}/note/ask/", asking | {"sealed": "1"})
    opinion = case.opinions.get()
    assert (opinion.role, opinion.open, opinion.within) == ("chief", False, 3)
    assert "征求您的意见" in page(desk.reviewer, f"/cases/{case.pk}/")
    address = f"/cases/{case.pk}/opinions/{opinion.pk}/"
    refused = as_(desk.reviewer).post(address, {"answer": "object", "note": " "})
    assert refused.status_code == 409 and "不同意须写明理由。" in refused.content.decode()
    as_(desk.reviewer).post(address, {"answer": "object", "note": "三楼已满"})
    said = words(page(desk.officer, f"/cases/{case.pk}/"))
    assert "■ 不同意 虚构企业" not in said and "■ 不同意" in said and "三楼已满" in said
    assert as_(desk.officer).post(f"/cases/{case.pk}/note/ask/", {"note": "？", "within": "很快"}).status_code == 409


def test_remarks_pauses_and_handing_over_are_recorded(desk: Desk, case: Case):
    colleague = person("clerk", username="second")

    def note(verb: str, **typed):
        return as_(desk.officer).post(f"/cases/{case.pk}/note/{verb}/", typed)

    note("comment", note="已电话联系")
    note("pause", note="等补正")
    assert Case.objects.get(pk=case.pk).paused_on == timezone.localdate()
    assert "暂停计时" in words(page(desk.officer, f"/cases/{case.pk}/"))
    note("resume")
    note("reassign", to=str(colleague.pk))
    held = Case.objects.get(pk=case.pk)
    assert (held.paused_on, held.holder) == (None, colleague)
    refused = note("comment", note="长" * 2001)
    assert refused.status_code == 409 and "长" * 2001 in refused.content.decode()
    assert note("attach").status_code == 409 and note("nothing").status_code == 404
    html = page(desk.officer, f"/cases/{case.pk}/")
    log = html[html.index('<ol class="log') :]
    assert [what for what in re.findall(r"<li><b>([^<]+)</b>", log)] == ["转交", "恢复计时", "暂停计时", "留言", "发起"]


def test_a_long_history_shows_its_end_and_the_whole_when_asked(desk: Desk, case: Case):
    for n in range(105):
        acts.comment(case, f"第{n}句", by=desk.officer, at=timezone.now())
    html = page(desk.officer, f"/cases/{case.pk}/")
    assert "还有更早的 6 条" in html and "第104句" in html and "<p>第4句</p>" not in html
    assert "<p>第4句</p>" in page(desk.officer, f"/cases/{case.pk}/?log=all")


def test_a_colleague_stands_in_for_me_until_i_end_it(desk: Desk, case: Case):
    second = person("st_office", username="second")
    assert titles(page(second, "/inbox/")) == []
    as_(desk.officer).post("/inbox/delegate/", {"taker": str(second.pk), "because": "出差"})
    assert titles(page(second, "/inbox/")) == ["申请一间实验室"]
    assert do(second, case, "accept").status_code == 302
    refused = as_(desk.officer).post("/inbox/delegate/", {"taker": str(desk.outsider.pk)})
    assert refused.status_code == 409 and "没有选择代办的人。" in refused.content.decode()
    as_(desk.officer).post("/inbox/delegate/", {"end": str(Delegation.objects.get().pk)})
    assert Delegation.objects.get().to_on == timezone.localdate()


def test_the_trade_shows_its_own_part(desk: Desk, case: Case, monkeypatch):
    monkeypatch.setitem(
        PANELS,
        "tiny.request",
        lambda request, case: ("pagekit/refused.html", {"refusal": {"sentence": f"面板{case.pk}"}}),
    )
    assert f"面板{case.pk}" in page(desk.officer, f"/cases/{case.pk}/")


def test_pages_carry_no_inline_script_or_style(desk: Desk, case: Case):
    for address in ("/inbox/", f"/cases/{case.pk}/"):
        html = page(desk.officer, address)
        assert " style=" not in html and "<script>" not in html and " onclick=" not in html
