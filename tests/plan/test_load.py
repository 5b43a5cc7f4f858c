"""Loading definitions: all or nothing, once, with the organisations they name; what was loaded stays as it was."""

import datetime as dt

import pytest

from quanyu.people import reads as people
from quanyu.people.models import Event, Organisation
from quanyu.plan import acts, reads
from quanyu.plan.models import Adoption, Revision
from quanyu.registry.problem import Refused
from tests.factories import AT, TINY, person, tiny_plan, tiny_registry, write_packages

pytestmark = pytest.mark.django_db

MORE = TINY | {"tiny/indicators/high_tech.yaml": TINY["tiny/indicators/high_tech.yaml"].replace("order: 1", "order: 2")}
BROKEN = TINY | {
    "tiny/units.yaml": TINY["tiny/units.yaml"] + "- {key: broken}\n",
    "tiny/indicators/high_tech.yaml": TINY["tiny/indicators/high_tech.yaml"].replace(
        "direction: higher", "direction: up"
    ),
}


def counts():
    return Revision.objects.count(), Adoption.objects.count(), Organisation.objects.count(), Event.objects.count()


def test_a_revision_keeps_the_files_as_they_were_read(tmp_path):
    revision = tiny_plan(tmp_path)
    assert revision.digest == tiny_registry().digest
    assert (revision.packages, revision.loaded_at, revision.loaded_by) == (["tiny"], AT, None)
    assert Revision.objects.get().files == TINY


def test_the_definitions_in_force_are_those_loaded(tmp_path, django_assert_num_queries):
    revision = tiny_plan(tmp_path)
    assert reads.registry() == tiny_registry()
    assert reads.revision() == revision
    with django_assert_num_queries(1):
        assert reads.registry().indicators["high_tech"].label.zh == "高新技术企业"


def test_areas_and_departments_become_organisations(tmp_path):
    tiny_plan(tmp_path)
    zone = people.zone()
    assert (zone.key, zone.name, zone.parent.key) == ("cloud_zone", "云上虚构开发区", "cloud_city")
    section = Organisation.objects.get(key="st_section")
    assert (section.parent.key, section.area, section.kind) == ("economy_bureau", zone, "department")
    assert Organisation.objects.count() == 7


def test_loading_again_changes_nothing(tmp_path):
    first = tiny_plan(tmp_path)
    before = counts()
    assert tiny_plan(tmp_path, at=AT + dt.timedelta(days=1)) == first
    assert counts() == before


def test_an_older_revision_can_come_back_into_force(tmp_path):
    first = tiny_plan(tmp_path / "a")
    second = tiny_plan(tmp_path / "b", MORE)
    assert reads.revision() == second
    assert tiny_plan(tmp_path / "a") == first
    assert reads.revision() == first
    assert [r.digest for r in reads.revisions()] == [second.digest, first.digest]


def test_a_load_is_on_record(tmp_path):
    desk = person("")
    revision = acts.load(write_packages(tmp_path), ["tiny"], by=desk, at=AT)
    event = people.history(f"plan.revision:{revision.pk}").get()
    assert (event.act, event.by, event.at) == ("plan.load", desk, AT)
    assert event.body == {"digest": revision.digest, "packages": ["tiny"]}


def test_a_renamed_department_is_renamed_not_doubled(tmp_path):
    tiny_plan(tmp_path / "a")
    renamed = TINY | {"tiny/departments.yaml": TINY["tiny/departments.yaml"].replace("虚构科技科", "虚构科技创新科")}
    tiny_plan(tmp_path / "b", renamed)
    assert Organisation.objects.get(key="st_section").name == "虚构科技创新科"
    assert Organisation.objects.count() == 7


def test_a_broken_package_tells_every_problem_and_changes_nothing(tmp_path):
    tiny_plan(tmp_path / "good")
    before = counts()
    with pytest.raises(acts.PackageWrong) as refused:
        tiny_plan(tmp_path / "broken", BROKEN)
    files = {p.place.file for p in refused.value.problems if p.blocks}
    assert files == {"tiny/units.yaml", "tiny/indicators/high_tech.yaml"}
    wrong = sum(p.blocks for p in refused.value.problems)
    assert refused.value.sentence == f"定义有 {wrong} 处错误，没有载入，系统保持原样。"
    assert counts() == before
    assert reads.registry() == tiny_registry()


def test_a_formula_that_names_nothing_is_refused(tmp_path):
    files = TINY | {
        "tiny/indicators/high_tech.yaml": TINY["tiny/indicators/high_tech.yaml"].replace("'high_tech' and", "titel and")
    }
    with pytest.raises(acts.PackageWrong) as refused:
        tiny_plan(tmp_path, files)
    assert [(p.place.file, p.code[0]) for p in refused.value.problems if p.blocks] == [
        ("tiny/indicators/high_tech.yaml", "M")
    ]


def test_an_unknown_package_is_refused(tmp_path):
    with pytest.raises(Refused, match="没有名为「tiney」的定义包"):
        acts.load(write_packages(tmp_path), ["tiney"], by=None, at=AT)


def test_before_anything_is_loaded_the_reader_is_told_what_to_do():
    with pytest.raises(Refused, match="还没有载入规划定义") as refused:
        reads.registry()
    assert refused.value.hint == "请运行 quanyu load。"


def test_a_digest_may_be_given_by_its_start(tmp_path):
    first, second = tiny_plan(tmp_path / "a"), tiny_plan(tmp_path / "b", MORE)
    assert reads.digest_of(first.digest[:10].upper()) == first.digest
    with pytest.raises(Refused, match="没有编号以“xyz”开头"):
        reads.digest_of("xyz")
    with pytest.raises(Refused, match="不止一个"):
        reads.digest_of("")
    assert reads.diff(first.digest[:10], second.digest[:10]) == ["指标 高新技术企业：次序 1 → 2"]
