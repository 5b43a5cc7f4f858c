"""The pages of the record: what one was told, what was done, what went out."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from quanyu.people import acts, reads
from quanyu.people.models import Delivery, Notice
from quanyu.plan.reads import registry
from tests.factories import AT, TINY, firm, person, tiny_plan

pytestmark = pytest.mark.django_db
FILES = TINY | {
    "tiny/roles.yaml": TINY["tiny/roles.yaml"].replace("sees: [admin]", "sees: [admin, audit]"),
    "tiny/topics.yaml": "- {key: news, label: {zh: 逾期提醒, en: Overdue}, carried: [{by: ding}]}\n",
}


@pytest.fixture(autouse=True)
def plan(tmp_path):
    tiny_plan(tmp_path, FILES)


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(html: str) -> list[str]:
    """The texts of a page's table rows, tags left out."""
    body = html.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in html else ""
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("<tr>")[1:]]


def test_unread_first_and_one_opening_for_the_seat():
    user, same = person("statistics", username="one"), person("statistics", username="two")
    old = acts.notify("news", "第1家未报", link="/plan/text/", at=AT, role="statistics")
    acts.notify("news", "第2家未报", link="/tasks/", at=AT + dt.timedelta(hours=1), role="statistics")
    acts.notify("unheard_of", "给别人的", link="/tasks/", at=AT, role="st_office")
    page = browser(user)
    acts.open_notice(Notice.objects.get(line="第2家未报"), by=same, at=AT + dt.timedelta(hours=2))
    shown = page.get("/notices/").content.decode()
    assert rows(shown) == [
        "第1家未报 逾期提醒 2024-10-15 09:00 未读", "第2家未报 逾期提醒 2024-10-15 10:00 张虚构 2024-10-15 11:00",
    ]  # fmt: skip
    assert "1 条未读" in shown
    answer = page.get(reverse("notice", args=[old.pk]))
    assert (answer.status_code, answer["Location"]) == (302, "/plan/text/")
    old.refresh_from_db()
    assert (old.opened_by, reads.unread(same, timezone.localdate())) == (user, 0)
    assert rows(page.get("/notices/?read=0").content.decode()) == []


def test_nobody_opens_what_is_another_s():
    told = acts.notify("news", "一件事", link="/tasks/", at=AT, role="st_office")
    assert browser(person("statistics")).get(reverse("notice", args=[told.pk])).status_code == 404
    assert Client().get(reverse("notice", args=[told.pk]))["Location"].startswith("/accounts/login/")
    told.refresh_from_db()
    assert told.opened_at is None


def test_a_link_out_of_the_house_is_not_followed():
    user = person("statistics")
    told = acts.notify("news", "一件事", link="https://elsewhere.example/", at=AT, user=user)
    assert browser(user).get(reverse("notice", args=[told.pk]))["Location"] == "/notices/"


def test_all_are_marked_read_by_post_alone():
    user = person("statistics")
    acts.notify("news", "一件事", link="/tasks/", at=AT, user=user)
    page = browser(user)
    assert page.get("/notices/read/").status_code == 405
    assert reads.unread(user, timezone.localdate()) == 1
    shown = page.post("/notices/read/", follow=True).content.decode()
    assert "已把 1 条通知标为已读。" in shown
    assert reads.unread(user, timezone.localdate()) == 0


def test_the_list_takes_as_many_queries_with_one_row_as_with_thirty(django_assert_max_num_queries):
    user = person("statistics")
    page = browser(user)
    for n in (1, 29):
        for _n in range(n):
            acts.notify("news", "一件事", link="/tasks/", at=AT, user=user)
        page.get("/notices/")
        with django_assert_max_num_queries(14):
            page.get("/notices/")


@pytest.fixture
def audited():
    admin = person("administrator")
    firm(1)
    acts.record("casework.take", "casework.case:7", admin, AT + dt.timedelta(days=40), {"note": "同意" * 200})
    return browser(admin)


def found(client: Client, words: str) -> list[str]:
    return [row.split()[5] for row in rows(client.get("/audit/", {"q": words}).content.decode())]


def test_the_record_is_searched_by_person_act_subject_and_day(audited):
    whole = rows(audited.get("/audit/").content.decode())
    assert whole[0].startswith(f"{reads.chain_head().number} 2024-11-24 09:00 张虚构 casework.take casework.case:7")
    assert whole[0].endswith("note：" + "同意" * 12 + "…")
    assert found(audited, "casework.take") == ["casework.case:7"]
    for words in ("casework.case:7", "administrator", "张虚", "2024-11-24", "2024-11-01..2024-11-24"):
        assert found(audited, words) == ["casework.case:7"], words
    for words in ("2024-11-24 people.appoint", "2024-13-45", "无此人"):
        assert found(audited, words) == [], words
    assert [s.split(":")[0] for s in found(audited, "people.appoint 2024-10-15")] == ["people.post"]


def test_the_state_of_the_chain_is_told(audited):
    assert "还没有核验过。" in audited.get("/audit/").content.decode()
    walk = reads.walk_chain()
    acts.note_verification(walk, at=AT)
    assert f"2024-10-15 09:00 核验至第 {walk.number} 号，完好。" in audited.get("/audit/").content.decode()
    walk.breaks.append(reads.Break(3, "事件缺失"))
    acts.note_verification(walk, at=AT)
    assert "2024-10-15 09:00 核验有问题：第 3 号：事件缺失" in audited.get("/audit/").content.decode()


def test_the_record_and_the_log_are_closed_to_others():
    page = browser(person("statistics"))
    assert (page.get("/audit/").status_code, page.get("/notices/sent/").status_code) == (403, 403)


def test_the_log_of_deliveries(settings):
    page = browser(person("administrator"))
    assert "本系统设为不对外联网" in page.get("/notices/sent/").content.decode()
    settings.OFFLINE = False
    settings.CHANNELS = settings.CHANNELS | {"ding": {"url": "http://127.0.0.1:9/key-not-for-pages", "secret": "s"}}
    acts.notify("news", "一件事", link="/tasks/", at=AT, role="statistics")
    acts.deliver(registry().topics, at=AT)
    shown = page.get("/notices/sent/").content.decode()
    assert rows(shown) == [
        "逾期提醒 钉钉群 群或系统 1 待发 1 2024-10-15 09:00 2024-10-15 09:01 没有连上（ConnectionError）"
    ]
    assert "已设置的渠道：钉钉群。" in shown
    assert "key-not-for-pages" not in shown
    assert Delivery.objects.get().answer == "没有连上（ConnectionError）"
