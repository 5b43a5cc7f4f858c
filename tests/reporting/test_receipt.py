"""Confirming by link, the receipt, its archive, the public page; what an outsider finds."""

import datetime as dt
import hashlib
import io
import json
import zipfile

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quanyu.bureaus.reporting.acts import submission as acts
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.facts import reads as facts
from quanyu.people.acts import deliver, end_post
from quanyu.people.models import Delivery, Event, Notice, Post
from quanyu.plan.reads import registry
from tests.factories import person
from tests.facts.desk import good
from tests.reporting.handin import MONTH, a_firm, again, definitions, file, hand_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(db):
    definitions()
    return a_firm()


@pytest.fixture
def waiting(here):
    here.made = hand_in(here, at=timezone.now())
    here.path = reads.confirm_path(here.made, here.owner)
    return here


def client_of(user=None):
    client = Client()
    if user:
        client.force_login(user)
    return client


def pages_of(at_firm, submission):
    where = [at_firm.firm.pk, "qy101", MONTH]
    return [
        reverse("receipt", args=[submission.number]), reverse("receipt_file", args=[submission.number]),
        reverse("fill_history", args=where), reverse("feedback", args=where),
    ]  # fmt: skip


def test_the_link_shows_the_main_numbers_and_one_tap_confirms(waiting):
    phone = client_of()
    page = phone.get(waiting.path)
    shown = {row.field.name: row.texts[1] for row in page.context["main"]}
    assert (page.status_code, shown["rd_expense"], "rd_labour" in shown) == (200, "800", False)
    assert "确认报送" in page.content.decode()
    assert again(waiting.made).state == "awaiting"
    answer = phone.post(waiting.path, {"verb": "confirm"}, follow=True)
    held = again(waiting.made)
    assert (held.state, held.confirmed_by) == ("filed", waiting.owner)
    assert f"回执号 {held.number}" in answer.content.decode()
    assert "10,000" not in answer.content.decode()
    assert Event.objects.get(act="reporting.confirm").body == {"state": "filed", "by_link": True}
    assert phone.post(waiting.path, {"verb": "decline", "why": "反悔"}).status_code == 409
    assert again(waiting.made).state == "filed"


def test_a_link_is_refused_without_its_csrf_token(waiting):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(waiting.path, {"verb": "confirm"}).status_code == 403
    assert again(waiting.made).state == "awaiting"


def test_sending_back_wants_a_word_and_keeps_what_was_typed(waiting):
    phone = client_of()
    refused = phone.post(waiting.path, {"verb": "decline", "why": ""})
    assert (refused.status_code, "退回须写明原因" in refused.content.decode()) == (409, True)
    phone.post(waiting.path, {"verb": "decline", "why": "收入少报"})
    assert (again(waiting.made).state, again(waiting.made).ended_why) == ("declined", "收入少报")


def test_a_changed_link_opens_nothing(waiting):
    head, _slash, token = waiting.path.rstrip("/").rpartition("/")
    other = a_firm(2)
    for wrong in (token[:-1] + ("a" if token[-1] != "a" else "b"), token.replace("W", "X", 1), "x", token + "x"):
        assert client_of().get(f"{head}/{wrong}/").status_code == 404
        assert client_of().post(f"{head}/{wrong}/", {"verb": "confirm"}).status_code == 404
    assert client_of(other.owner).get(waiting.path).status_code == 404
    assert client_of(waiting.statistician).post(waiting.path, {"verb": "confirm"}).status_code == 404
    assert again(waiting.made).state == "awaiting"


def test_an_old_link_asks_for_a_log_in_and_then_confirms(here):
    made = hand_in(here, at=timezone.now() - dt.timedelta(days=8))
    path = reads.confirm_path(made, here.owner)
    page = client_of().post(path, {"verb": "confirm"}).content.decode()
    assert ("已经过期" in page, "10,000" in page, again(made).state) == (True, False, "awaiting")
    client_of(here.owner).post(path, {"verb": "confirm"})
    assert again(made).state == "filed"
    assert Event.objects.get(act="reporting.confirm").body["by_link"] is False


def test_who_left_the_post_confirms_nothing(waiting):
    end_post(Post.objects.get(user=waiting.owner), timezone.localdate(), by=None, at=timezone.now())
    assert client_of().get(waiting.path).status_code == 404
    assert client_of(waiting.owner).post(waiting.path, {"verb": "confirm"}).status_code == 404


def test_the_mail_carries_the_link_itself_and_no_group_ever_does(waiting, settings):
    settings.OFFLINE = False
    settings.CHANNELS = settings.CHANNELS | {"mail": {"url": "smtp://127.0.0.1:9", "from": "a@b.cn"}}
    waiting.owner.email = "owner@example.com"
    waiting.owner.save()
    deliver(registry().topics, at=timezone.now())
    held = Delivery.objects.get()
    from quanyu.people.acts.delivery import _message

    told = _message(held, registry().topics["reporting.confirm"], timezone.now())
    assert (held.channel, held.user, told.link) == ("mail", waiting.owner, settings.BASE_URL + waiting.path)
    assert {c.by for c in registry().topics["reporting.confirm"].carried} == {"mail", "sms"}


def test_without_an_owner_the_seat_is_told(here):
    end_post(Post.objects.get(user=here.owner), timezone.localdate(), by=None, at=timezone.now())
    made = hand_in(here, at=timezone.now())
    told = Notice.objects.get(topic="reporting.confirm")
    assert (told.user, told.role, told.organisation, told.link) == (
        None, "firm_owner", here.firm, reverse("receipt", args=[made.number]),
    )  # fmt: skip
    later = person("firm_owner", here.firm, username="later")
    page = client_of(later).get(told.link)
    client_of(later).post(page.context["confirm"], {"verb": "confirm"})
    assert again(made).confirmed_by == later


def test_the_receipt_says_what_was_filed_by_whom_and_when(here):
    made = file(here, at=timezone.now())
    page = client_of(here.statistician).get(reverse("receipt", args=[made.number]))
    text = page.content.decode()
    assert all(words in text for words in (made.number, made.digest, "2026年10月", "报送回执", "10,000", "<svg"))
    assert "style=" not in text
    acts.withdraw(made, here.statistician, timezone.now(), "填错表")
    text = client_of(here.statistician).get(reverse("receipt", args=[made.number])).content.decode()
    assert ('class="card flow sheet receipt over"' in text, "填错表" in text) == (True, True)


def test_a_firm_takes_its_report_back_from_the_receipt(here):
    made = file(here, at=timezone.now())
    address = reverse("receipt", args=[made.number])
    assert client_of(here.owner).post(address, {"why": "不对"}).status_code == 404
    assert client_of(here.statistician).post(address, {"why": " "}).status_code == 409
    client_of(here.statistician).post(address, {"why": "填错表"})
    assert (again(made).state, facts.current("qy101", here.firm, MONTH)) == ("withdrawn", None)


def test_the_archive_holds_the_data_the_sheet_and_their_sums(here):
    made = file(here, at=timezone.now(), reason="")
    answer = client_of(here.owner).get(reverse("receipt_file", args=[made.number]))
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    names = [f"{made.number}.json", f"{made.number}.xlsx", "sha256.txt"]
    assert packed.namelist() == names
    told = json.loads(packed.read(names[0]))
    assert (told["number"], told["content"][""]["rd_expense"], told["confirmed_by"]) == (made.number, 800, "张虚构")
    rows = openpyxl.load_workbook(io.BytesIO(packed.read(names[1]))).active.iter_rows(values_only=True)
    assert ("7", "研究开发费用合计", "千元", 800) in {row[:4] for row in rows}
    sums = dict(line.split("  ")[::-1] for line in packed.read("sha256.txt").decode().splitlines())
    assert sums == {n: hashlib.sha256(packed.read(n)).hexdigest() for n in names[:2]}


def test_anybody_with_the_code_sees_that_it_is_genuine_and_never_a_cell(here):
    made = file(here, at=timezone.now())
    address = reads.verify_path(made)
    text = client_of().get(address).content.decode()
    told = (made.number, made.digest, here.firm.name, "企业研发活动月报", "2026年10月", "已报", "这份回执是真实的")
    assert all(words in text for words in told)
    assert not any(f"{value:,}" in text for value in good().values() if value > 999)
    acts.give_back(made, None, timezone.now(), "研发人员与工资不符")
    text = client_of().get(address).content.decode()
    assert ("这份回执已不再有效" in text, "研发人员与工资不符" in text) == (True, False)


def test_a_code_cannot_be_guessed_from_another(here):
    made, other = file(here, at=timezone.now()), file(a_firm(2), at=timezone.now())
    code = reads.verify_path(made).split("/")[-2]
    seal = code.rpartition(":")[2]
    for wrong in (made.number, f"{other.number}:{seal}", code[:-1], f"{made.number}:{'a' * 43}"):
        assert client_of().get(f"/verify/{wrong}/").status_code == 404
    assert client_of().get(reverse("receipt", args=[made.number])).status_code == 302


def test_an_outsider_finds_nothing_anywhere(here):
    made, other = file(here, at=timezone.now()), a_firm(2)
    bank = person("bank", username="bank")
    for address in pages_of(here, made):
        assert client_of(here.owner).get(address).status_code == 200
        assert client_of(person("clerk", username=f"clerk{len(address)}")).get(address).status_code == 200
        for stranger in (other.statistician, other.owner):
            answer = client_of(stranger).get(address)
            assert (answer.status_code, here.firm.name in answer.content.decode()) == (404, False)
        assert client_of(bank).get(address).status_code == 403
        assert client_of().get(address).status_code == 302
    assert client_of(other.statistician).post(pages_of(here, made)[0], {"why": "害人"}).status_code == 404
    assert again(made).state == "filed"


def test_the_same_keys_give_the_same_seal_and_other_cells_another(here):
    other = a_firm(2)
    one, two, three = hand_in(here), hand_in(other), hand_in(here, revenue=10001)
    assert len({one.digest, two.digest, three.digest}) == 3
    assert hand_in(here, revenue=10001) == three
