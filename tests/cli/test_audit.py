"""`audit verify` and `audit head`."""

import json

import pytest
from django.db import connection

from quanyu.cli import door
from quanyu.people import acts, reads
from quanyu.people.models import Event
from tests.factories import AT

pytestmark = pytest.mark.django_db


def run(*words):
    return door.run(words)


@pytest.fixture
def chain():
    acts.record_many([("test.act", f"test.thing:{n}", {"n": n}) for n in range(1, 6)], None, AT)


def test_a_sound_chain(chain, capsys):
    assert run("audit", "verify") == 0
    assert "5 条操作留痕前后相扣" in capsys.readouterr().err
    head = reads.chain_head()
    assert (head.verified_number, head.fault) == (5, "")
    assert run("audit", "head") == 0
    printed = capsys.readouterr().out.strip()
    assert printed == f"5:{head.digest}"
    acts.record("test.later", "test.thing:6", None, AT)
    assert run("audit", "verify", "--head", printed) == 0
    assert "自第 5 号记下之后没有改写" in capsys.readouterr().err
    assert run("audit", "verify", "--head", f"5:{'0' * 64}", "--json") == 11
    told = json.loads(capsys.readouterr().out)
    assert (told["events"], [b["number"] for b in told["breaks"]]) == (6, [5])


def test_a_broken_chain_names_the_event(chain, capsys):
    with connection.cursor() as cursor:
        on = " ON people_event" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER people_event_stays{on}")
    Event.objects.filter(number=3).update(body={"n": 30})
    Event.objects.filter(number=5).delete()
    assert run("audit", "verify") == 11
    said = capsys.readouterr()
    altered = "第 3 号（2024-10-15 09:00，系统，test.act，test.thing:3）：内容与封印不符，被改动、调换或插入"
    assert said.out.splitlines() == [altered, "第 5 号：末尾的事件缺失"]
    assert f"操作留痕有问题：{altered}" in said.err
    assert reads.chain_head().fault == altered


def test_a_head_must_be_written_as_printed(capsys):
    with pytest.raises(SystemExit) as left:
        run("audit", "verify", "--head", "12")
    assert left.value.code == 2
    assert "编号:64 位封印" in capsys.readouterr().err
