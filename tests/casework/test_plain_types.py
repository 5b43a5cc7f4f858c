"""The two case types that ship and need no code; what start-up says of hooks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quanyu.casework import acts, hooks, reads
from quanyu.people.models import Organisation
from quanyu.plan.reads import registry
from tests.casework.conftest import MONDAY, ROLES, when
from tests.casework.test_acts import refused
from tests.factories import TINY, person, tiny_plan

TYPES = Path(__file__).parents[2] / "packages" / "core" / "case_types"


@pytest.fixture(autouse=True)
def _plan(db: None, tmp_path: Path) -> None:
    texts = {f"tiny/case_types/{n}.yaml": (TYPES / f"{n}.yaml").read_text("utf-8") for n in ("inquiry", "objection")}
    tiny_plan(tmp_path / "packages", TINY | {"tiny/roles.yaml": ROLES} | texts, at=MONDAY)


def section() -> Organisation:
    return Organisation.objects.get(key="st_section")


def test_a_plain_case_type_is_one_file():
    for kind in registry().case_types.values():
        assert not any(a.guard or a.then for a in kind.actions.values())


def test_an_inquiry_is_assigned_answered_and_closed():
    clerk, unit = person("clerk"), person("st_office", section())
    asked = {"sender": "虚构企业1号", "content": "研发费用怎样归集？"}
    case = acts.open_case("casework.inquiry", title="关于归集口径的来函", by=clerk, at=MONDAY, form=asked)
    assert refused(case, "assign", by=clerk, at=MONDAY) == "还没有指明“承办单位”由谁担任。"
    case = acts.take(case, "assign", by=clerk, at=MONDAY, parties={"unit": ("st_office", section().pk)})
    assert (list(reads.inbox(unit, MONDAY.date())), reads.deadline(case, MONDAY.date())) == (
        [case], "12月7日（周一，剩 10 个工作日）",
    )  # fmt: skip
    case = acts.take(case, "return", by=unit, at=MONDAY, note="应由统计科答复")
    case = acts.take(case, "assign", by=clerk, at=MONDAY, parties={"unit": ("statistics", None)})
    assert refused(case, "reply", by=unit, at=MONDAY, note="答") == "答复由承办单位办理。"
    case = acts.take(case, "reply", by=person("statistics"), at=MONDAY, note="按辅助账归集。")
    case = acts.take(case, "close", by=clerk, at=MONDAY)
    assert (case.number, case.state, case.phase) == ("来件〔2026〕1号", "answered", "done")


def test_an_objection_is_raised_examined_and_decided():
    clerk, chief, unit = person("clerk"), person("chief"), person("st_office", section())
    asked = {"reason": "漏计两家", "wanted": "改为 12 家"}
    seat = {"unit": ("st_office", section().pk)}
    case = acts.open_case("casework.objection", title="对得分的异议", by=unit, at=MONDAY, form=asked, parties=seat)
    case = acts.take(case, "request", by=clerk, at=MONDAY, note="请附名单")
    paper = SimpleUploadedFile("名单.csv", "企业\n甲\n乙\n".encode())
    case = acts.take(case, "supplement", by=unit, at=MONDAY, documents=[paper])
    case = acts.take(case, "report", by=clerk, at=MONDAY, note="属实")
    case = acts.take(case, "uphold", by=chief, at=MONDAY, note="同意更正")
    assert (case.state, case.phase, case.documents.get().name) == ("upheld", "done", "名单.csv")
    other = acts.open_case("casework.objection", title="另一异议", by=unit, at=MONDAY, form=asked, parties=seat)
    other = acts.take(other, "request", by=clerk, at=MONDAY, note="请附名单")
    assert acts.lapse(when("2026-12-01")) == {"lapsed": 1}
    other.refresh_from_db()
    assert (other.state, reads.history(other)[-1].what) == ("submitted", "逾期未补，按现有材料核查")


def test_start_up_says_which_listed_hooks_nobody_provides_and_which_provided_ones_nobody_lists(
    settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hooks, "GUARDS", {"a.listed": print, "a.stray": print})
    monkeypatch.setattr(hooks, "EFFECTS", {"a.wrong_kind": print})
    settings.PACKAGES = tmp_path / "listed"
    folder = settings.PACKAGES / "p"
    folder.mkdir(parents=True)
    (folder / "package.yaml").write_text("{key: p, label: {zh: 包}, version: '1'}\n", "utf-8")
    (folder / "hooks.yaml").write_text(
        "".join(f"- {{key: a.{k}, label: {{zh: 词}}, kind: guard}}\n" for k in ("listed", "absent", "wrong_kind")),
        "utf-8",
    )
    assert [m.msg for m in hooks.listed_hooks()] == [
        "p/hooks.yaml:2: 没有程序提供 guard “a.absent”",
        "p/hooks.yaml:3: 没有程序提供 guard “a.wrong_kind”",
        "程序提供的“a.stray”没有写进 hooks.yaml",
    ]


def test_a_hook_is_provided_once():
    with pytest.raises(RuntimeError, match=r"two rooms provide a\.b"):
        for _ in range(2):
            hooks._once({"a.b": print}, "a.b", lambda: None)
