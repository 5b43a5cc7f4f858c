"""What is done to the definitions: a set of packages is loaded and comes into force. The only writer of this room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from quanyu.measures.examine import examine
from quanyu.people import acts as people
from quanyu.people.models import User
from quanyu.plan.models import Adoption, Revision
from quanyu.registry.load import read_files
from quanyu.registry.model import Registry
from quanyu.registry.problem import Problem, Refused


class PackageWrong(Refused):
    """The packages hold what is wrong; `problems` are all of them, wrong and unwise, in file and line order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        wrong = sum(p.blocks for p in problems)
        super().__init__(f"定义有 {wrong} 处错误，没有载入，系统保持原样。", "请按所列文件和行号逐处修改。")
        self.problems = tuple(problems)


def load(root: Path, packages: Sequence[str], *, by: User | None, at: dt.datetime, beside: bool = False) -> Revision:
    """Bring the packages in `root` into force and return their revision: `adopt` with what the folders hold."""
    return adopt(read_files(root, packages), by=by, at=at, beside=beside)


def adopt(files: Mapping[str, str], *, by: User | None, at: dt.datetime, beside: bool = False) -> Revision:
    """Bring package texts into force and return their revision; nothing happens when they already are.

    `beside`: they are another plan, to be looked at beside the one in force, which stays in force.
    Refused with all problems (`PackageWrong`) when anything is wrong, changing nothing.
    Effects, in order: the revision is kept; the areas and departments it names are registered or brought up to date;
    the revision is adopted; one event.
    """
    registry, problems = examine(files)
    if any(p.blocks for p in problems):
        raise PackageWrong(problems)
    with people.events_last():
        revision, _new = Revision.objects.get_or_create(  # a second desk with the same packages waits here
            digest=registry.digest,
            defaults={"packages": list(registry.packages), "files": files, "loaded_at": at, "loaded_by": by},
        )
        last = Adoption.objects.filter(beside=beside).order_by("-id").first()
        if last is not None and last.revision_id == revision.pk:
            return revision
        people.register_organisations(_organisations(registry), by=by, at=at, kinds=registry.organisation_kinds)
        Adoption.objects.create(revision=revision, at=at, by=by, beside=beside)
        body = {"digest": revision.digest, "packages": revision.packages} | ({"beside": True} if beside else {})
        people.record("plan.load", f"plan.revision:{revision.pk}", by, at, body)
    return revision


def _organisations(registry: Registry) -> list[dict[str, object]]:
    """The areas and departments the packages name, as rows of the register."""
    areas = [
        {"key": a.key, "name": a.label.zh, "kind": a.kind, "parent": a.parent or None} for a in registry.areas.values()
    ]
    departments = [
        {"key": d.key, "name": d.label.zh, "kind": d.kind, "parent": d.parent or None, "area": d.area or None}
        for d in registry.departments.values()
    ]
    return [*areas, *departments]
