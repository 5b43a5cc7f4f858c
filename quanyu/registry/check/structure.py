"""What must hold between definitions before anything can be counted (codes P120 to P139)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from quanyu.registry.check.rule import RULES, rule
from quanyu.registry.codes import READING, UNUSED_ALLOWANCE
from quanyu.registry.identity import Unreadable, parse_expression
from quanyu.registry.model import Indicator, Published, Registry
from quanyu.registry.problem import Place, Problem
from quanyu.registry.reading import did_you_mean

SHARED = frozenset({"firm", "area", "industry", "size"})  # keys that every table of facts has
RESERVED = frozenset(
    {"report", "standing", "period", "first_month", "last_month", "filed_on", "late", "known_from", "known_to"}
)
NUMBERS = ("integer", "decimal")
LAMPS = ("done", "ok", "warn", "late", "none", "conflict")


@rule("P120", "wrong", "规划应当只有一份；有指标、任务、裁定时不能没有")
def one_plan(registry: Registry) -> Iterator[Problem]:
    plans = list(registry.plans.values())
    for extra in plans[1:]:
        yield Problem(
            "P120", "wrong", extra.place, f"已有规划「{plans[0].label}」，不能再有「{extra.label}」", subject=extra.key
        )
    promised = [item.place for item in registry.indicators.values()]
    promised += [item.place for item in registry.tasks.values()]
    promised += [item.place for item in registry.rulings.values()]
    if not plans and promised:
        first = min(promised)
        yield Problem("P120", "wrong", first, "写了指标或任务，却没有规划", "在 plans/ 下写明规划的名称、起止和章节")


@rule("P121", "wrong", "上下级互相包含，成了环")
def rings(registry: Registry) -> Iterator[Problem]:
    sections = [section for plan in registry.plans.values() for section in plan.sections]
    trees: list[tuple[Iterable[tuple[str, str, Place]], str]] = [
        (((a.key, a.parent, a.place) for a in registry.areas.values()), "区域"),
        (((d.key, d.parent, d.place) for d in registry.departments.values()), "部门"),
        (((s.key, s.parent, s.place) for s in sections), "章节"),
        (((q.key, q.part_of, q.place) for q in registry.quantities.values()), "数量"),
    ]
    trees += [(((f.name, f.parent, f.place) for f in form.fields), "项") for form in registry.forms.values()]
    for tree, what in trees:
        nodes = list(tree)
        parents = {name: parent for name, parent, _ in nodes}
        for name, _, place in nodes:
            if _in_ring(name, parents):
                yield Problem("P121", "wrong", place, f"{what}「{name}」的上级又归它所属，成了环", subject=name)


def _in_ring(name: str, parents: Mapping[str, str]) -> bool:
    above = parents[name]
    for _ in parents:
        if above == name:
            return True
        above = parents.get(above, "")
    return False


@rule("P122", "wrong", "事实表的列名已被占用")
def column_names(registry: Registry) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for contract in registry.contracts.values():
        for column in contract.columns.values():
            place = column.place or contract.place
            if column.name in RESERVED or (column.name in SHARED and contract.provider != "organisation"):
                told = f"列「{column.name}」是每张事实表都有的列，不能另作他用"
                yield Problem("P122", "wrong", place, told, "换一个名字", contract.key)
            elif column.name in taken:
                told = f"列「{column.name}」在「{registry.contracts[taken[column.name]].label}」里已有"
                yield Problem("P122", "wrong", place, told, "换一个名字：公式靠列名认表", contract.key)
            taken.setdefault(column.name, contract.key)


@rule("P123", "wrong", "亮灯规则不全，或界线颠倒")
def lamp_rules(registry: Registry) -> Iterator[Problem]:
    for lamps in registry.lamps.values():
        missing = [name for name in LAMPS if name not in lamps.states]
        if missing:
            yield Problem("P123", "wrong", lamps.place, f"缺少状态：{'、'.join(missing)}", subject=lamps.key)
        if lamps.ok_from < lamps.warn_from:
            told = f"正常的界线（{lamps.ok_from}）低于偏慢的界线（{lamps.warn_from}）"
            yield Problem("P123", "wrong", lamps.place, told, subject=lamps.key)


@rule("P124", "wrong", "章节的起止行颠倒，或超出上级章节")
def section_lines(registry: Registry) -> Iterator[Problem]:
    for plan in registry.plans.values():
        sections = {section.key: section for section in plan.sections}
        for section in plan.sections:
            above = sections.get(section.parent)
            span = f"第 {section.first}—{section.last} 行"
            if section.first > section.last:
                yield Problem("P124", "wrong", section.place, f"「{section.label}」{span}颠倒了", subject=section.key)
            elif above and not (above.first <= section.first and section.last <= above.last):
                told = f"「{section.label}」{span}超出「{above.label}」第 {above.first}—{above.last} 行"
                yield Problem("P124", "wrong", section.place, told, subject=section.key)


@rule("P125", "wrong", "起止或上下限颠倒")
def spans(registry: Registry) -> Iterator[Problem]:
    """A plan that ends before it starts, a lowest value above the highest, a period that runs backwards."""
    pairs: list[tuple[str, Place, object, object, bool]] = []
    for plan in registry.plans.values():
        pairs.append((plan.key, plan.place, plan.starts_on, plan.ends_on, plan.starts_on >= plan.ends_on))
    for form in registry.forms.values():
        pairs += [(f.name, f.place, f.minimum, f.maximum, _above(f.minimum, f.maximum)) for f in form.fields]
    for d in registry.derivations.values():
        pairs.append((d.key, d.place, d.low, d.high, _above(d.low, d.high)))
    for s in registry.statements.values():
        pairs.append((s.key, s.place, s.value, s.upper, _above(s.value, s.upper)))
        first, _, last = s.period.partition("/")
        pairs.append((s.key, s.place, first, last, bool(last) and first > last))
    for key, place, low, high, turned in pairs:
        if turned:
            yield Problem("P125", "wrong", place, f"「{key}」的起止颠倒：{low} 到 {high}", subject=key)


def _above(low: Decimal | None, high: Decimal | None) -> bool:
    return low is not None and high is not None and low > high


@rule("P126", "wrong", "数字没有单位")
def units_given(registry: Registry) -> Iterator[Problem]:
    for form in registry.forms.values():
        for f in form.fields:
            if f.type in NUMBERS and not f.unit:
                yield Problem("P126", "wrong", f.place, f"「{f.label}」是数字，却没有单位", "写上 unit", form.key)
    for contract in registry.contracts.values():
        for c in contract.columns.values():
            if c.type in NUMBERS and not c.unit and not contract.provider.startswith("report:"):
                place = c.place or contract.place
                yield Problem("P126", "wrong", place, f"「{c.label}」是数字，却没有单位", "写上 unit", contract.key)


@rule("P127", "wrong", "单位与所指数量的单位不是一类")
def same_dimension(registry: Registry) -> Iterator[Problem]:
    items: list[Indicator | Published] = [*registry.indicators.values(), *registry.published.values()]
    for item in items:
        quantity = registry.quantities[item.quantity]
        here, there = registry.units[item.unit], registry.units[quantity.unit]
        if here.dimension != there.dimension:
            told = f"「{item.key}」用{here.label}，而「{quantity.label}」用{there.label}，无法换算"
            yield Problem("P127", "wrong", item.place, told, subject=item.key)


@rule("P128", "wrong", "指标的路径写法不全")
def paths(registry: Registry) -> Iterator[Problem]:
    for i in registry.indicators.values():
        if i.direction == "range" and i.target_upper is None:
            yield Problem("P128", "wrong", i.place, f"「{i.label}」是区间指标，缺少 target_upper", subject=i.key)
        if i.path == "stepped" and not i.steps:
            yield Problem("P128", "wrong", i.place, f"「{i.label}」分年推进，缺少 steps", subject=i.key)


@rule("P129", "wrong", "其中项的上级不在本表")
def parents_printed(registry: Registry) -> Iterator[Problem]:
    for form in registry.forms.values():
        names = [f.name for f in form.fields]
        for f in form.fields:
            if f.parent and f.parent not in names:
                told = f"「{f.label}」是「{f.parent}」的其中项，但本表没有这一项"
                yield Problem("P129", "wrong", f.place, told, did_you_mean(f.parent, names), form.key)


@rule("P130", "wrong", "不认识的检查代码")
def known_codes(registry: Registry) -> Iterator[Problem]:
    known = sorted({*READING, *RULES, UNUSED_ALLOWANCE})
    used: list[tuple[str, Place, tuple[str, ...]]] = []
    used += [(i.key, i.place, i.allow) for i in registry.indicators.values()]
    used += [(t.key, t.place, t.allow) for t in registry.tasks.values()]
    used += [(r.key, r.place, r.settles) for r in registry.rulings.values()]
    for name, place, codes in used:
        for code in codes:
            if code not in known:
                told = f"「{name}」提到的检查代码 {code} 不存在"
                yield Problem("P130", "wrong", place, told, did_you_mean(code, known), name)


@rule("P131", "wrong", "两张事实表取自同一来源")
def one_provider(registry: Registry) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for contract in registry.contracts.values():
        if contract.provider in taken:
            told = f"「{contract.provider}」已是「{taken[contract.provider]}」的来源"
            yield Problem("P131", "wrong", contract.place, told, subject=contract.key)
        taken.setdefault(contract.provider, contract.key)


@rule("P132", "wrong", "同一天起有两个值")
def one_value_a_day(registry: Registry) -> Iterator[Problem]:
    for i in registry.indicators.values():
        for what, values in (("基期值", i.baseline), ("目标值", i.target)):
            days = [value.since for value in values]
            for day in sorted({day for day in days if days.count(day) > 1}):
                told = f"「{i.label}」的{what}从 {day} 起写了 {days.count(day)} 个"
                yield Problem("P132", "wrong", i.place, told, "改值请另写一条更晚的 since，并写明 because", i.key)


@rule("P133", "wrong", "裁定没有给出值，或裁的不是指标的值")
def rulings_decide(registry: Registry) -> Iterator[Problem]:
    for r in registry.rulings.values():
        if r.what != "note" and (r.value is None or r.subject not in registry.indicators):
            told = f"裁定「{r.key}」要定指标的值，" + ("却没有 value" if r.value is None else "但所指不是指标")
            yield Problem("P133", "wrong", r.place, told, "只作说明的裁定写 what: note", r.key)


@rule("P135", "wrong", "规划调整没有写明改成什么，或一天里改了两次")
def amendments_decide(registry: Registry) -> Iterator[Problem]:
    taken: dict[object, str] = {}
    for a in registry.amendments.values():
        of_task = a.subject in registry.tasks
        fits = a.what in (("due_on", "quantity") if of_task else ("baseline", "target"))
        if not fits or (a.day if a.what == "due_on" else a.value) is None:
            told = "任务只能调整完成时限（day）或数量（value）" if of_task else "指标只能调整基期值或目标值（value）"
            yield Problem("P135", "wrong", a.place, f"调整「{a.key}」没有写明改成什么：{told}", subject=a.subject)
        if taken.setdefault((a.subject, a.what, a.since), a.key) != a.key:
            told = f"调整「{a.key}」与「{taken[a.subject, a.what, a.since]}」同日改同一项"
            yield Problem("P135", "wrong", a.place, told, "只留一个，或改生效日", subject=a.subject)


@rule("P134", "wrong", "推算关系读不懂")
def derivations_read(registry: Registry) -> Iterator[Problem]:
    for d in registry.derivations.values():
        try:
            parse_expression(d.formula, registry.quantities)
        except Unreadable as fault:
            told = f"推算关系「{d.formula}」读不懂：{fault}"
            yield Problem("P134", "wrong", d.place, told, "只用数量的 key 和 + - * /", d.key)
