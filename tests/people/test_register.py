"""The register of organisations: who is who, the area tree, running twice is running once."""

import pytest

from quanyu.people import acts, facts, reads
from quanyu.people.models import Event, Organisation
from quanyu.registry.model import Label, OrganisationKind
from quanyu.registry.problem import Place, Refused
from tests.factories import AT, code, firm, zone

pytestmark = pytest.mark.django_db


def test_a_code_is_kept_in_one_form():
    right = code(1)
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in right)
    spaced = f" {right[:4]} {right[4:8]}-{right[8:]} ".lower()
    assert {reads.checked_code(written) for written in (right, full_width, spaced)} == {right}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("9199999900000000", "有 16 位，应为 18 位"),
        (code(1)[:-1] + ("0" if code(1)[-1] != "0" else "1"), "校验位不对"),
        ("91999999I00000001X", "不该出现的字符"),
    ],
)
def test_a_wrong_code_is_refused_with_what_is_wrong(written, sentence):
    with pytest.raises(Refused, match=sentence):
        reads.checked_code(written)


def test_the_area_tree_comes_in_any_order():
    rows = [
        {"key": "p", "name": "片区", "kind": "park", "parent": "z"},
        {"key": "f", "name": "企业", "kind": "firm", "area": "p"},
        {"key": "z", "name": "园区", "kind": "area_zone"},
    ]
    park, firm_, zone_ = acts.register_organisations(rows, by=None, at=AT)
    assert (park.parent_id, firm_.area_id, zone_.parent_id) == (zone_.pk, park.pk, None)
    assert reads.within(zone_) == {zone_.pk, park.pk}
    assert list(reads.residents(zone_)) == [firm_]


def test_registering_twice_is_registering_once():
    first = firm(1)
    before = Event.objects.count()
    assert firm(1).pk == first.pk
    assert Event.objects.count() == before


def test_a_change_keeps_what_the_row_is_silent_on_and_tells_old_and_new():
    first = firm(1, size="M")
    acts.register_organisation(code=code(1), name="虚构企业甲", by=None, at=AT)
    now = Organisation.objects.get(pk=first.pk)
    assert (now.name, now.size, now.area.key) == ("虚构企业甲", "M", "east_park")
    events = reads.history(f"people.organisation:{first.pk}")
    assert [e.act for e in events] == ["people.register_organisation", "people.change_organisation"]
    assert events[1].body == {"name": ["虚构企业1号", "虚构企业甲"]}


def test_a_key_and_a_code_of_two_organisations_are_refused():
    first, zone_ = firm(1), zone()
    with pytest.raises(Refused, match=f"“cloud_zone”是{zone_}，信用代码 {first.code} 却是{first}"):
        acts.register_organisation(key="cloud_zone", code=first.code, by=None, at=AT)


def test_the_same_organisation_twice_in_one_list_is_one():
    rows = [{"code": code(7), "name": "甲", "kind": "firm"}, {"code": code(7), "size": "S"}]
    one, same = acts.register_organisations(rows, by=None, at=AT)
    assert one.pk == same.pk
    assert Organisation.objects.get().size == "S"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"name": "无名", "kind": "firm"}, "第 1 个单位“无名”既无统一社会信用代码又无代号"),
        ({"key": "a", "name": "甲", "kind": "firm", "area": "nowhere"}, "“nowhere”没有登记"),
        ({"key": "a", "name": "甲", "kind": "shop"}, "单位类型“shop”没有定义"),
        ({"key": "a", "name": "甲", "kind": "firm"}, "须有统一社会信用代码"),
    ],
)
def test_what_cannot_be_registered_is_refused_and_nothing_is_written(row, sentence):
    kinds = {"firm": OrganisationKind("firm", Label("企业"), Place("x.yaml", 1), needs_code=True)}
    known = kinds if "定义" in sentence or "须有" in sentence else None
    with pytest.raises(Refused, match=sentence):
        acts.register_organisations([row], by=None, at=AT, kinds=known)
    assert (Organisation.objects.count(), Event.objects.count()) == (0, 0)


def test_a_thousand_firms_take_a_handful_of_queries(django_assert_max_num_queries):
    zone()
    rows = [{"code": code(n), "name": f"虚构企业{n}号", "kind": "firm", "area": "east_park"} for n in range(1000)]
    with django_assert_max_num_queries(29):  # on SQLite a thousand rows of events alone are eight statements
        assert len(acts.register_organisations(rows, by=None, at=AT)) == 1000


def test_a_thousand_known_firms_are_compared_without_asking_for_each(django_assert_max_num_queries):
    zone()
    rows = [{"code": code(n), "name": f"虚构企业{n}号", "kind": "firm", "area": "east_park"} for n in range(1000)]
    acts.register_organisations(rows, by=None, at=AT)
    with django_assert_max_num_queries(12):
        acts.register_organisations(rows, by=None, at=AT)


def test_the_zone_is_the_one_of_kind_zone():
    with pytest.raises(Refused, match="还没有登记园区"):
        reads.zone()
    zone()
    assert reads.zone().key == "cloud_zone"
    acts.register_organisation(key="other", name="另一区", kind="area_zone", by=None, at=AT)
    with pytest.raises(Refused, match="不止一个园区"):
        reads.zone()


def test_the_banner_is_worn_only_with_fictional_organisations():
    zone()
    assert reads.banner() == ""
    firm(1)
    assert reads.banner().startswith("演示数据")


def test_the_fact_table_has_a_row_of_texts_for_each_organisation():
    one = firm(1)
    rows = {row[0]: row for row in facts.organisation()}
    assert rows[one.pk] == (one.pk, "虚构企业1号", code(1), "firm", "east_park", "39", "M", None)
    assert rows[zone().pk] == (zone().pk, "云上虚构开发区", "", "area_zone", "", "", "", None)
    assert list(rows) == sorted(rows)
    assert facts.COLUMNS == ("firm", "name", "code", "kind", "area", "industry", "size", "opened_on")
