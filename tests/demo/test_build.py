"""Building a home: idempotent, never mixed, labelled as fiction; or nothing but figures somebody published."""

import datetime as dt
from pathlib import Path
from shutil import copytree

import pytest

from quanyu.demo.build import build
from quanyu.facts import acts as facts
from quanyu.facts.models import Report, Standing
from quanyu.people import acts as people
from quanyu.people import reads as who
from quanyu.people.models import Event, Organisation, User
from quanyu.plan import acts as plan
from quanyu.plan.models import Revision
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

PACKAGES = Path(__file__).parents[2] / "packages"
AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
SMALL = 80

pytestmark = pytest.mark.django_db


def built(**wanted):
    wanted = {"root": PACKAGES, "scale": None if wanted.get("published_only") else SMALL} | wanted
    return build(by=None, at=AT, say=lambda _line: None, **wanted)


def counts():
    return [model.objects.count() for model in (Organisation, User, Report, Standing, Event)]


def test_the_second_build_does_nothing():
    first = built()
    before = counts()
    second = built()
    assert (first.fresh, second.fresh) == (True, False)
    assert counts() == before
    assert second == type(first)(**{name: getattr(first, name) for name in first.__slots__} | {"fresh": False})


def test_the_summary_counts_what_is_there():
    made = built()
    assert made.firms == SMALL == Organisation.objects.filter(kind="firm").count()
    assert made.standings == Standing.objects.count()
    assert made.reports + made.corrections == Report.objects.filter(status=Report.Status.FILED).count()


def test_the_zone_wears_the_banner_and_every_firm_is_fictional():
    built()
    assert who.zone().fictional
    assert who.banner()
    assert not Organisation.objects.filter(kind="firm", fictional=False).exists()


def test_every_role_can_log_in_as_somebody_fictional():
    made = built()
    assert [a.username for a in made.log_ins] == list(registry().roles)
    assert all(a.name.startswith("演示·") for a in made.log_ins)
    for log_in in made.log_ins[:3]:
        user = User.objects.get(username=log_in.username)
        assert user.check_password(log_in.password)
        assert who.roles_of(user, AT.date()) == {log_in.username}


def test_those_who_see_only_their_own_sit_in_a_firm():
    built()
    owners = [key for key, role in registry().roles.items() if role.own_only]
    (seat,) = Organisation.objects.filter(posts__user__username__in=owners).distinct()
    assert seat.kind == "firm"
    assert Report.objects.filter(organisation=seat, form="qy101").exists()


def test_what_was_corrected_keeps_both_versions_with_their_moments():
    built()
    mended = Report.objects.filter(form="qy101", version=2, status=Report.Status.FILED).first()
    wrong = Report.objects.get(form="qy101", organisation=mended.organisation, period=mended.period, version=1)
    assert mended.reason
    assert wrong.filed_at < mended.filed_at
    assert wrong.cells != mended.cells


def test_changed_definitions_come_into_force_without_drawing_again(tmp_path):
    root = Path(copytree(PACKAGES, tmp_path / "packages"))
    first = built(root=root)
    reports = Report.objects.count()
    with (root / "core" / "roles.yaml").open("a", encoding="utf-8") as roles:
        roles.write("# a remark\n")
    second = built(root=root)
    assert (second.fresh, second.shape, Report.objects.count()) == (False, first.shape, reports)
    assert Revision.objects.count() == 2


def test_another_scale_is_refused():
    built()
    before = counts()
    with pytest.raises(Refused, match="已有一个演示园区"):
        built(scale=SMALL + 1)
    assert counts() == before


def test_a_zone_too_small_to_show_anything_is_refused():
    with pytest.raises(Refused, match="至少要有 60 家"):
        built(scale=59)


def test_published_figures_are_refused_beside_a_fictional_zone():
    built()
    with pytest.raises(Refused, match="这里已有演示园区"):
        built(published_only=True)


def test_a_fictional_zone_is_refused_beside_published_figures():
    built(published_only=True)
    with pytest.raises(Refused, match="这里已有公开数据"):
        built()


def test_both_are_refused_beside_real_facts():
    plan.load(PACKAGES, ["ganzhou-edz"], by=None, at=AT)
    firm = people.register_organisation(key="real", name="某单位", kind="department", by=None, at=AT)
    facts.grant(registry().titles["above_scale"], firm, dt.date(2024, 1, 1), None, AT)
    for only in (False, True):
        with pytest.raises(Refused, match="正式数据"):
            built(published_only=only)


def test_an_interrupted_build_leaves_nothing():
    def stop(line):
        if line.startswith("报送 2021"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(root=PACKAGES, by=None, at=AT, say=stop, scale=SMALL)
    assert counts() == [0, 0, 0, 0, 0]


def test_published_only_holds_nothing_but_cited_figures():
    made = built(published_only=True)
    said = {(p.key, p.quantity, p.unit, p.source) for p in registry().published.values()}
    held = {(r.line, r.cells["quantity"], r.cells["published_unit"], r.source) for r in Report.objects.all()}
    assert held == said
    assert made.reports == len(said) > 0
    assert set(Report.objects.values_list("form", flat=True)) == {"published"}
    assert not Standing.objects.exists()
    assert not Organisation.objects.filter(kind="firm").exists()


def test_published_only_wears_no_banner_and_prints_one_random_password_once():
    first, again = built(published_only=True), built(published_only=True)
    assert not who.zone().fictional
    assert who.banner() == ""
    (keeper,) = first.log_ins
    assert User.objects.get(username=keeper.username).check_password(keeper.password)
    assert again.log_ins == ()
    assert again.fresh is False
