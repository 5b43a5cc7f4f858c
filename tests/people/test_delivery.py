"""Notices go out once, signed, in digests, at decent hours, again after a failure, and not at all offline."""

import base64
import datetime as dt
import email
import email.policy
import hashlib
import hmac
import json
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from quanyu.people import acts
from quanyu.people.models import Delivery, Event, Notice
from quanyu.registry.model import Carriage, Label, Topic
from quanyu.registry.problem import Place
from tests.factories import AT, firm, person, zone
from tests.people import post_office

pytestmark = pytest.mark.django_db
SECRET, KEY = "SEC-not-for-logs", "key-not-for-logs"
OFF = {"url": ""}
HOUR = dt.timedelta(hours=1)
EVENING = AT.replace(hour=21, minute=30)


def topic(*by, **fields):
    carried = tuple(Carriage(b) if isinstance(b, str) else Carriage(*b) for b in by)
    return {"news": Topic("news", Label("逾期提醒"), Place("t.yaml", 1), carried, **fields)}


@pytest.fixture
def channels(settings):
    """Nothing is configured yet, but going out is allowed."""
    settings.OFFLINE = False
    settings.BASE_URL = "https://keji.example"
    settings.CHANNELS = {name: OFF for name in ("mail", "sms", "ding", "wecom", "webhook")}
    return settings.CHANNELS


@pytest.fixture
def web():
    with post_office.web() as office:
        yield office


@pytest.fixture
def mail():
    with post_office.mail() as office:
        yield office


def by_mail(office):
    return {"url": f"smtp://127.0.0.1:{office.port}", "from": "quanyu@keji.example"}


def letters(office):
    return [(to, email.message_from_bytes(text, policy=email.policy.default)) for _from, to, text in office.got]


def tell(n=1, **to):
    to = to or {"role": "statistics"}
    return [
        acts.notify("news", f"第{i}家未报月报", link=f"/cases/{i}/", at=AT, subject=f"x:{i}", **to) for i in range(n)
    ]


def only():
    return Delivery.objects.get()


def test_offline_nothing_leaves(channels, web, settings):
    channels["ding"] = {"url": web.address, "secret": SECRET}
    settings.OFFLINE = True
    tell()
    assert acts.deliver(topic("ding"), at=AT) == acts.delivery.Sent()
    settings.OFFLINE = False
    assert acts.deliver(topic("ding"), at=AT) == acts.delivery.Sent()  # old news stays in the page
    assert (web.got, Delivery.objects.count(), Event.objects.filter(act="people.deliver").count()) == ([], 0, 0)


def test_the_default_settings_let_nothing_out(settings, web):
    assert settings.OFFLINE is True
    assert {name: c["url"] for name, c in settings.CHANNELS.items()} == {
        "mail": "", "sms": "", "ding": "", "wecom": "", "webhook": "",
    }  # fmt: skip
    settings.OFFLINE = False
    tell()
    assert acts.deliver(topic("mail", "sms", "ding", "wecom", "webhook"), at=AT) == acts.delivery.Sent()


def test_a_robot_gets_one_signed_digest_not_one_message_per_firm(channels, web):
    channels["ding"] = {"url": f"{web.address}/robot/send?access_token={KEY}", "secret": SECRET}
    for n in range(1, 40):
        acts.notify(
            "news", f"虚构企业{n}号未报月报", link=f"/orgs/{n}/", at=AT, role="enterprise", organisation=firm(n).pk
        )
    assert acts.deliver(topic("ding"), at=AT).sent == 1
    ((path, _headers, body),) = web.got
    asked = parse_qs(urlsplit(path).query)
    moment = asked["timestamp"][0]
    assert (asked["access_token"], moment) == ([KEY], str(int(AT.timestamp()) * 1000))
    seal = hmac.new(SECRET.encode(), f"{moment}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(asked["sign"][0]) == seal
    told = json.loads(body)
    assert told["msgtype"] == "text"
    assert told["text"]["content"].splitlines() == [
        "逾期提醒（39项）", *[f"虚构企业{n}号未报月报" for n in range(1, 6)], "……共 39 项", "https://keji.example/notices/",
    ]  # fmt: skip
    assert (only().state, only().tries, only().answer, only().notices.count()) == ("sent", 1, "HTTP 200", 39)
    assert acts.deliver(topic("ding"), at=AT + HOUR).sent == 0


def test_one_fact_alone_links_to_what_it_speaks_of(channels, web):
    channels["wecom"] = {"url": f"{web.address}/cgi-bin/webhook/send?key={KEY}"}
    tell()
    tell(role="st_office")  # the same fact for another seat is told once
    acts.deliver(topic("wecom"), at=AT)
    assert json.loads(web.got[0][2])["text"]["content"].splitlines() == [
        "逾期提醒", "第0家未报月报", "https://keji.example/cases/0/",
    ]  # fmt: skip


def test_another_system_can_check_the_signature(channels, web):
    channels["webhook"] = {"url": f"{web.address}/hook", "secret": SECRET}
    tell(7)
    acts.deliver(topic("webhook"), at=EVENING)  # machines have no quiet hours
    ((path, headers, body),) = web.got
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Quanyu-Signature"])
    assert (path, int(found[1])) == ("/hook", int(EVENING.timestamp()))
    assert found[2] == hmac.new(SECRET.encode(), f"{found[1]}.{body}".encode(), hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert (told["id"], told["event"], told["count"], len(told["notices"])) == (only().pk, "news", 7, 7)
    assert told["notices"][3] == {
        "line": "第3家未报月报", "link": "https://keji.example/cases/3/", "subject": "x:3",
        "at": AT.astimezone(dt.UTC).isoformat(),
    }  # fmt: skip


def test_five_tries_with_growing_pauses_and_no_secret_in_the_log(channels, web, caplog):
    channels["wecom"] = {"url": f"{web.address}/send?key={KEY}"}
    web.answers = [(500, "broken " + KEY), (302, ""), (200, "not json"), (200, '{"errcode": 45009}'), (429, "")]
    tell()
    at, seen = AT, []
    for _try in range(5):
        if seen:
            assert acts.deliver(topic("wecom"), at=at - dt.timedelta(seconds=1)).failed == 0
        assert acts.deliver(topic("wecom"), at=at).failed == 1
        seen.append((only().state, only().tries, (only().next_at - at) // dt.timedelta(minutes=1), only().answer))
        at = only().next_at
    assert seen == [
        ("waiting", 1, 1, "对方回复 HTTP 500"), ("waiting", 2, 5, "对方回复 HTTP 302"),
        ("waiting", 3, 30, "机器人的回复读不懂"), ("waiting", 4, 120, "机器人回复 errcode=45009"),
        ("failed", 5, 0, "对方回复 HTTP 429"),
    ]  # fmt: skip
    assert acts.deliver(topic("wecom"), at=at + HOUR) == acts.delivery.Sent()
    assert len(web.got) == 5
    assert KEY not in caplog.text
    assert KEY not in str(list(Event.objects.values_list("body", flat=True)))


def test_after_a_failure_it_gets_through(channels, web):
    channels["wecom"] = {"url": web.address}
    web.answers = [(500, "")]
    tell()
    acts.deliver(topic("wecom"), at=AT)
    acts.deliver(topic("wecom"), at=AT + HOUR)
    assert (only().state, only().tries, len(web.got)) == ("sent", 2, 2)
    assert [e.body for e in Event.objects.filter(act="people.deliver")] == [
        {"sent": 0, "failed": 1}, {"sent": 1, "failed": 0},
    ]  # fmt: skip


def test_nobody_there_is_a_failure_without_the_address(channels, web):
    channels["wecom"] = {"url": f"http://127.0.0.1:9/{KEY}"}
    tell()
    acts.deliver(topic("wecom"), at=AT)
    assert only().answer == "没有连上（ConnectionError）"


@pytest.mark.parametrize(("hour", "wakes"), [(19, None), (20, 24 + 8), (23, 24 + 8), (0, 8), (7, 8), (8, None)])
def test_quiet_hours_postpone_to_the_morning(channels, web, hour, wakes):
    channels["ding"] = {"url": web.address, "secret": ""}
    at = timezone.localtime(AT).replace(hour=hour, minute=0)
    tell()
    went = acts.deliver(topic("ding"), at=at)
    if wakes is None:
        assert (went.sent, went.postponed) == (1, 0)
        return
    assert (went.sent, went.postponed) == (0, 1)
    morning = at.replace(hour=0) + wakes * HOUR
    assert (only().next_at, only().tries) == (morning, 0)
    tell(3)
    acts.deliver(topic("ding"), at=at + dt.timedelta(minutes=5))
    assert acts.deliver(topic("ding"), at=morning).sent == 1  # what came in the night is one digest
    assert [len(web.got), only().notices.count()] == [1, 4]


def test_quiet_hours_are_data(channels, web):
    channels["ding"] = {"url": web.address, "secret": ""}
    tell()
    assert acts.deliver(topic("ding", quiet_from=12, quiet_until=14), at=EVENING).sent == 1
    tell()
    noon = timezone.localtime(AT).replace(hour=13)
    assert acts.deliver(topic("ding", quiet_from=12, quiet_until=14), at=noon).postponed == 1
    assert Delivery.objects.first().next_at == noon.replace(hour=14)
    tell()
    assert acts.deliver(topic("ding", quiet=()), at=EVENING + HOUR).sent == 1


def test_a_robot_gets_at_most_twenty_messages_a_minute(channels, web):
    channels["ding"] = {"url": web.address, "secret": ""}
    many = {f"n{i}": replace(topic("ding")["news"], key=f"n{i}") for i in range(25)}
    for key in many:
        acts.notify(key, "有一项", link="/", at=AT, role="statistics")
    assert acts.deliver(many, at=AT) == acts.delivery.Sent(sent=20, postponed=5)
    assert acts.deliver(many, at=AT + dt.timedelta(seconds=59)).sent == 0
    assert acts.deliver(many, at=AT + dt.timedelta(seconds=60)).sent == 5


def test_mail_goes_to_whoever_sits_on_the_seat(channels, mail, settings):
    channels["mail"] = by_mail(mail)
    for name in ("zhang", "li", "wang"):
        user = person("statistics" if name != "wang" else "st_office", username=name)
        user.email = f"{name}@keji.example"
        user.save()
    gone = person("statistics", username="gone")
    gone.email = "gone@keji.example"
    gone.save()
    acts.disable_user(gone, by=None, at=AT)
    person("statistics", username="no-mail")
    tell(2)
    tell(1, user=user)
    assert acts.deliver(topic("mail"), at=AT).sent == 3
    found = {tuple(to): letter for to, letter in letters(mail)}
    assert set(found) == {(f"TO:<{name}@keji.example>",) for name in ("zhang", "li", "wang")}
    letter = found[("TO:<li@keji.example>",)]
    assert (letter["From"], letter["Subject"]) == ("quanyu@keji.example", "【全域】逾期提醒（2项）")
    assert letter.get_content().splitlines() == ["第0家未报月报", "第1家未报月报", "", "https://keji.example/notices/"]
    own = Notice.objects.get(user=user)
    assert (
        found[("TO:<wang@keji.example>",)].get_content().splitlines()[-1] == f"https://keji.example/notices/{own.pk}/"
    )


def test_a_mail_server_that_says_no_is_tried_again(channels, mail):
    channels["mail"] = by_mail(mail)
    user = person("statistics")
    user.email = "zhang@keji.example"
    user.save()
    mail.answers = [(450, "")]
    tell()
    assert acts.deliver(topic("mail"), at=AT).failed == 1
    assert only().answer == "没有发出（SMTPRecipientsRefused）"
    assert acts.deliver(topic("mail"), at=AT + HOUR).sent == 1


def test_what_was_read_meanwhile_is_not_sent(channels, mail):
    channels["mail"] = by_mail(mail)
    user = person("statistics")
    user.email = "zhang@keji.example"
    user.save()
    (told,) = tell()
    acts.delivery._hand_over(topic("mail"), AT)
    acts.open_notice(told, by=user, at=AT)
    assert acts.deliver(topic("mail"), at=AT) == acts.delivery.Sent()
    assert (only().state, mail.got) == ("moot", [])


@pytest.mark.parametrize("form", [False, True])
def test_a_text_message_fits_seventy_characters(channels, web, form):
    body = "mobile={phone}&content={text}" if form else '{"to": ["{phone}"], "text": "{text}"}'
    channels["sms"] = {
        "url": f"{web.address}/sms",
        "body": body,
        "authorization": f"Bearer {KEY}",
        "sign": "虚构经开区",
    }
    user = person("statistics")
    user.phone = "13800000000"
    user.save()
    line = "“重点研发平台建设”督办事项（第三季度）已超过办理期限，" * 3
    (notice,) = [acts.notify("news", line, link="/cases/1/", at=AT, role="statistics")]
    acts.deliver(topic("sms", sms="{line}，逾期{count}项。{link}"), at=AT)
    _path, headers, sent = web.got[0]
    told = parse_qs(sent) if form else json.loads(sent)
    text = told["content"][0] if form else told["text"]
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert (told["mobile"] if form else told["to"]) == ["13800000000"]
    assert len(text) == 70
    assert text.startswith("【虚构经开区】“重点研发平台建设”")
    assert text.endswith(f"…，逾期1项。https://keji.example/notices/{notice.pk}/")


def test_a_channel_is_for_the_roles_the_topic_names(channels, web):
    channels["ding"] = {"url": web.address, "secret": ""}
    channels["sms"] = {"url": web.address, "body": "{phone} {text}", "authorization": "", "sign": "全域"}
    for role in ("statistics", "st_office"):
        user = person(role)
        user.phone = f"138{role}"
        user.save()
    topics = topic(("sms", ("st_office",)), ("ding", ("nobody",)))
    tell(1, role="statistics")
    assert acts.deliver(topics, at=AT) == acts.delivery.Sent()
    tell(1, user=user)
    assert acts.deliver(topics, at=AT).sent == 1
    assert web.got[0][2].startswith("138st_office")


def test_a_topic_nobody_declared_stays_in_the_page(channels, web):
    channels["ding"] = {"url": web.address, "secret": ""}
    acts.notify("unheard_of", "一件事", link="/", at=AT, role="statistics")
    assert acts.deliver(topic("ding"), at=AT) == acts.delivery.Sent()
    assert Notice.objects.get().handed_at == AT


def test_a_notice_for_one_organisation_goes_to_its_people_alone(channels, mail):
    channels["mail"] = by_mail(mail)
    here, there = firm(1), firm(2)
    for n, seat in enumerate((here, there, zone())):
        user = person("enterprise", seat, username=f"p{n}")
        user.email = f"p{n}@k.example"
        user.save()
    tell(1, role="enterprise", organisation=here.pk)
    acts.deliver(topic("mail"), at=AT)
    assert [to for _from, to, _text in mail.got] == [["TO:<p0@k.example>"]]
