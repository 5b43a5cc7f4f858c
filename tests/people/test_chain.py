"""Nothing is altered, cut out, swapped or slipped in unseen."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, connection, transaction

from quanyu.people import acts, reads
from quanyu.people.chain import GENESIS, seal
from quanyu.people.models import ChainHead, Event
from quanyu.registry.problem import Refused
from tests.factories import AT, person

NUMBERS = range(1, 8)


@pytest.fixture
def chain(db):
    """Seven events, and a database that no longer guards them."""
    assert reads.walk_chain().number == 0
    acts.record_many([("test.act", f"test.thing:{n}", {"n": n, "share": n / 3}) for n in NUMBERS], None, AT)
    with connection.cursor() as cursor:
        on = " ON people_event" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER people_event_stays{on}")
    return Event.objects


def found():
    return [(b.number, b.until, b.what) for b in reads.walk_chain().breaks]


def test_each_event_is_sealed_over_the_one_before(chain):
    before = GENESIS
    for number, event in zip(NUMBERS, chain.order_by("number"), strict=True):
        assert (event.number, event.digest) == (number, seal(before, event))
        before = event.digest
    assert str(reads.chain_head()) == f"7:{before}"
    walk = reads.walk_chain()
    assert (walk.number, walk.digest, walk.breaks) == (7, before, [])


def test_the_seal_is_the_same_in_every_database_and_time_zone():
    at = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    body = {"b": 1.0, "a": [0.1, 1e22, None, True, ("x", 2)], 3: "三"}
    one = Event(number=1, at=at, by_id=4, act="a.b", subject="c:1", body=body)
    again = Event(
        number=1, at=at.astimezone(dt.UTC), by_id=4, act="a.b", subject="c:1",
        body={"3": "三", "a": [0.10, 10**22, None, True, ["x", 2]], "b": 1},
    )  # fmt: skip
    assert seal(GENESIS, one) == seal(GENESIS, again)
    # printf '["%064d",1,"2024-10-15T01:00:00.000000+00:00",null,"a","b",{}]' 0 | sha256sum
    told = "a5846de5e3dfcd58d0a2468923984f12e5eec80e3b2894d22fbfd5fc1165d2bd"
    assert seal(GENESIS, Event(number=1, at=AT, act="a", subject="b", body={})) == told


@pytest.mark.parametrize(
    "change", [{"body": {"n": 40}}, {"act": "x"}, {"subject": "x:1"}, {"at": AT + dt.timedelta(1)}]
)
def test_an_altered_event_is_named(chain, change):
    chain.filter(number=4).update(**change)
    ((number, _until, what),) = found()
    assert (number, what) == (4, "内容与封印不符，被改动、调换或插入")
    said = str(reads.walk_chain().breaks[0])
    now, day = chain.get(number=4), 16 if "at" in change else 15
    assert said.startswith(f"第 4 号（2024-10-{day} 09:00，系统，{now.act}，{now.subject}）：内容与封印不符")


def test_another_person_in_an_event_is_named(chain):
    user = acts.create_user("liu", "Cang-Shan-42-lu", by=None, at=AT)
    chain.filter(number=4).update(by=user)
    assert found() == [(4, 0, "内容与封印不符，被改动、调换或插入")]


def test_a_resealed_event_breaks_the_next(chain):
    event = chain.get(number=4)
    event.body = {"n": 40}
    chain.filter(pk=event.pk).update(body=event.body, digest=seal(chain.get(number=3).digest, event))
    assert [number for number, *_rest in found()] == [5]


@pytest.mark.parametrize(("gone", "told"), [([4], (4, 4)), ([1], (1, 1)), ([3, 4, 5], (3, 5))])
def test_missing_events_are_named(chain, gone, told):
    chain.filter(number__in=gone).delete()
    assert found() == [(*told, "事件缺失")]


@pytest.mark.parametrize("gone", [[7], [6, 7]])
def test_a_cut_off_end_is_named(chain, gone):
    chain.filter(number__in=gone).delete()
    assert found() == [(gone[0], 7, "末尾的事件缺失")]


def test_everything_gone_is_named(chain):
    chain.all().delete()
    assert found() == [(1, 7, "末尾的事件缺失")]


def test_two_swapped_events_are_named(chain):
    three, four = chain.get(number=3), chain.get(number=4)
    chain.filter(pk=three.pk).update(number=99)
    chain.filter(pk=four.pk).update(number=3)
    chain.filter(pk=three.pk).update(number=4)
    assert [(n, what) for n, _u, what in found()[:2]] == [(3, "内容与封印不符，被改动、调换或插入"), (4, "次序被调换")]


def test_two_events_that_changed_their_words_are_named(chain):
    three, four = chain.get(number=3), chain.get(number=4)
    chain.filter(pk=three.pk).update(body=four.body, subject=four.subject)
    chain.filter(pk=four.pk).update(body=three.body, subject=three.subject)
    assert [number for number, *_rest in found()] == [3, 4]


def test_an_event_slipped_in_is_named(chain):
    last = chain.get(number=7)
    forged = Event(number=8, at=AT, act="test.act", subject="test.thing:8", body={})
    forged.digest = seal(last.digest, forged)
    forged.save()
    assert found() == [(8, 0, "在链首之后，不是系统写入的")]
    chain.filter(number=8).update(number=80)
    assert found()[0] == (8, 79, "事件缺失")


def test_a_forged_head_is_named(chain):
    ChainHead.objects.update(digest="f" * 64)
    assert found() == [(7, 0, "末一事件与链首记录不符")]


def test_a_history_rewritten_as_a_whole_is_proved_by_a_noted_head(chain):
    noted = (5, chain.get(number=5).digest)
    acts.record("test.later", "test.thing:8", None, AT)
    assert reads.walk_chain(noted).breaks == []
    before = GENESIS
    for event in chain.order_by("number"):
        event.body = {"n": 0} if event.number == 2 else event.body
        before = seal(before, event)
        chain.filter(pk=event.pk).update(body=event.body, digest=before)
    ChainHead.objects.update(digest=before)
    assert reads.walk_chain().breaks == []
    (told,) = reads.walk_chain(noted).breaks
    assert (told.number, told.what) == (5, "与当时记下的封印不同，此前的事件被改写过")
    (told,) = reads.walk_chain((12, "0" * 64)).breaks
    assert (told.number, told.what) == (12, "当时记下的事件已不在")


def test_the_database_refuses_to_change_an_event(db):
    acts.record("test.act", "test.thing:1", None, AT)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.update(act="x")
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Event.objects.all().delete()
    assert Event.objects.get().act == "test.act"


def test_a_big_batch_is_one_unbroken_chain_and_few_queries(db, django_assert_max_num_queries):
    most = 3 * (1 if connection.vendor == "postgresql" else 20) + 6
    with django_assert_max_num_queries(most):
        acts.record_many((("test.act", f"test.thing:{n}", {"n": n}) for n in range(4500)), None, AT)
    walk = reads.walk_chain()
    assert (walk.number, walk.breaks) == (4500, [])


def test_acts_of_an_act_write_their_events_at_its_end(db):
    with acts.events_last():
        acts.record("test.inner", "test.thing:1", None, AT)
        with pytest.raises(Refused), acts.events_last():
            acts.record("test.undone", "test.thing:2", None, AT)
            raise Refused("不行。")
        with acts.events_last():
            acts.record("test.inner", "test.thing:3", None, AT)
        assert not Event.objects.exists()
        acts.record("test.outer", "test.thing:1", None, AT)
    assert [e.subject for e in Event.objects.order_by("number")] == ["test.thing:1", "test.thing:3", "test.thing:1"]
    assert reads.walk_chain().breaks == []
    with pytest.raises(Refused), acts.events_last():
        acts.record("test.undone", "test.thing:4", None, AT)
        raise Refused("不行。")
    acts.record("test.after", "test.thing:5", None, AT)
    assert reads.chain_head().number == 4


@pytest.mark.django_db(transaction=True)
def test_parallel_writers_keep_one_unbroken_chain():
    """On SQLite they take turns; on PostgreSQL the head's lock makes them."""
    user, start, times, each = person("statistics"), Barrier(6), 6, 15
    before = reads.chain_head().number

    def write(desk):
        start.wait()
        try:
            for n in range(each):
                acts.record("test.act", f"test.thing:{desk}-{n}", user, AT, {"n": n})
                if n % 5 == 0:
                    acts.record_many([("test.many", f"test.thing:{desk}", {})] * 3, user, AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as desks:
        list(desks.map(write, range(times)))
    walk = reads.walk_chain()
    assert (walk.number - before, walk.breaks) == (times * (each + 9), [])
    assert [e.number for e in Event.objects.order_by("id")] == list(range(1, walk.number + 1))
