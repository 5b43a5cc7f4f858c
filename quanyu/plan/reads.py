"""Questions about the definitions in force: which revision counts, what it says, how two revisions differ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from django.db.models import QuerySet

from quanyu.plan import changes
from quanyu.plan.models import Adoption, Revision
from quanyu.registry.load import load_files
from quanyu.registry.model import Registry
from quanyu.registry.problem import Refused

NOTHING_LOADED = "还没有载入规划定义，系统不知道要看哪些指标。"
HOW_TO_LOAD = "请运行 quanyu load。"


def digest() -> str:
    """The digest of the revision in force."""
    found = Adoption.objects.filter(beside=False).order_by("-id").values_list("revision__digest", flat=True).first()
    if found is None:
        raise Refused(NOTHING_LOADED, HOW_TO_LOAD)
    return found


def beside() -> Registry | None:
    """The definitions of the other plan that is looked at beside the one in force; None where none was loaded."""
    found = Adoption.objects.filter(beside=True).order_by("-id").values_list("revision__digest", flat=True).first()
    return registry_at(found) if found else None


def revision() -> Revision:
    """The revision in force (the last one adopted), its files left in the database until asked for."""
    return Revision.objects.defer("files").get(digest=digest())


def files() -> dict[str, str]:
    """The texts of the packages in force, by path."""
    return dict(Revision.objects.get(digest=digest()).files)


def revisions() -> QuerySet[Revision]:
    """Every revision ever loaded, latest first, without its files."""
    return Revision.objects.defer("files").order_by("-id")


_asked: ContextVar[list[str] | None] = ContextVar("_asked", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Within, the database is asked once which revision is in force: what one request shows is all of one plan."""
    token = _asked.set([])
    try:
        yield
    finally:
        _asked.reset(token)


def registry() -> Registry:
    """The definitions in force. One query; the parsed registry is kept in the process by its digest."""
    asked = _asked.get()
    if asked is None:
        return registry_at(digest())
    if not asked:
        asked.append(digest())
    return registry_at(asked[0])


@lru_cache(maxsize=8)
def registry_at(digest: str) -> Registry:
    """The definitions of a revision, by its full digest."""
    files = Revision.objects.filter(digest=digest).values_list("files", flat=True).first()
    if files is None:
        raise Refused(f"没有载入过版本 {digest[:12]}。", "quanyu load 会打印新版本的编号。")
    found, problems = load_files(files)
    if wrong := [p for p in problems if p.mood == "wrong"]:
        raise Refused(f"版本 {digest[:12]} 的定义与现在的程序不合：{wrong[0]}", "请修改定义后重新运行 quanyu load。")
    return found


def diff(a: str, b: str) -> list[str]:
    """What changed from revision `a` to revision `b`, a sentence each; either may be the start of a digest."""
    return changes.sentences(registry_at(digest_of(a)), registry_at(digest_of(b)))


def digest_of(start: str) -> str:
    """The one digest that begins with these characters."""
    found = list(Revision.objects.filter(digest__startswith=start.lower()).values_list("digest", flat=True)[:2])
    if not found:
        raise Refused(f"没有编号以“{start}”开头的版本。", "quanyu load 会打印新版本的编号。")
    if len(found) > 1:
        raise Refused(f"编号以“{start}”开头的版本不止一个。", "请多写几位。")
    return found[0]
