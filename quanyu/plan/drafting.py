"""The skeleton of the next plan: the same indicators, starting from what the plan before it reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import yaml

from quanyu.judgements.compare import no_baseline
from quanyu.judgements.verdict import Verdict
from quanyu.registry.model import Cite, Dated, Document, Indicator, Label, Plan, Registry
from quanyu.registry.problem import Place, Refused

OF_THE_REGION = ("areas", "departments", "titles", "units")
OLD, NEW = "plan_before", "plan"
"""Documents: what the plan before and the plan to be are cited as."""


def years_after(plan: Plan) -> tuple[dt.date, dt.date]:
    """First and last day of a plan that follows this one and is as long."""
    first = plan.ends_on.year + 1
    return dt.date(first, 1, 1), dt.date(first + plan.ends_on.year - plan.starts_on.year, 12, 31)


def skeleton(
    registry: Registry, verdicts: Mapping[str, Verdict], key: str, starts_on: dt.date, ends_on: dt.date
) -> dict[str, str]:
    """The files of a package for the plan that follows the one of `registry`: path → text.

    It holds the region's areas, departments, titles and units, a plan without chapters, and the main indicators with
    no target yet. `verdicts` are those of the last period of the plan before: their values become baselines where
    they may; where not, the indicator says why.
    """
    before = registry.plan
    if starts_on <= before.ends_on or ends_on <= starts_on:
        raise Refused(f"新规划须在 {before.ends_on} 之后起，并在起始日之后止。", "例：--years 2026-2030。")
    name = Label(
        f"{starts_on.year}—{ends_on.year}年科技创新规划（草案）", f"Plan {starts_on.year}–{ends_on.year} (draft)"
    )
    indicators = [_indicator(registry, i, verdicts[i.key], starts_on, ends_on) for i in registry.main_indicators]
    regional = {kind: [v for v in getattr(registry, kind).values() if _own(v.place)] for kind in OF_THE_REGION}
    documents = [d for d in registry.documents.values() if _own(d.place) and d.key != NEW]
    documents.append(Document(before.label.zh, before.label.en, key=OLD, place=before.place))
    documents.append(Document(name.zh, name.en, key=NEW, place=before.place))
    wanted = {i.quantity for i in indicators}
    quantities = [replace(q, part_of="") for q in registry.quantities.values() if q.key in wanted]
    head = {"key": key, "label": {"zh": name.zh, "en": name.en}, "version": "0", "requires": ["core"]}
    plan = {
        "key": f"{key}-plan", "label": {"zh": name.zh, "en": name.en}, "starts_on": starts_on, "ends_on": ends_on,
        "issuer": plain(before.issuer), "holders": dict(before.holders), "unstated": ["issuer_document", "annual_path"],
        "sections": [{"key": "c1", "label": {"zh": "正文待编", "en": "Text to be written"}, "first": 1, "last": 1}],
    }  # fmt: skip
    files: dict[str, Any] = {"package": head, f"plans/{key}-plan": plan, "quantities": [plain(q) for q in quantities]}
    files |= {kind: [plain(value) for value in values] for kind, values in regional.items()}
    files["documents"] = [{"key": d.key, "label": {"zh": d.zh, "en": d.en}} | _number(d) for d in documents]
    files |= {f"indicators/{i.key}": plain(i) for i in indicators}
    return {f"{key}/{path}.yaml": _text(body) for path, body in sorted(files.items()) if body}


def _indicator(
    registry: Registry, held: Indicator, verdict: Verdict, starts_on: dt.date, ends_on: dt.date
) -> Indicator:
    reason = no_baseline(held, verdict, registry.plan)
    year = registry.plan.ends_on.year
    because = f"{registry.plan.label}末实绩（{verdict.value_period}），版本 {registry.digest[:12]}"
    baseline = () if reason else (Dated(starts_on, verdict.value, because),)
    note = None
    if reason:
        note = Label(f"基期待定：{reason.text.zh}", f"Baseline open: {reason.text.of('en')}")
    unstated = tuple(dict.fromkeys([*(u for u in held.unstated if u != "annual_path"), "target", "annual_path"]))
    return replace(
        held, baseline=baseline, baseline_year=None if reason else year, target=(), target_year=ends_on.year, steps={},
        path="linear", cites=(Cite(NEW, clause="待编"),), note=note, unstated=unstated, allow=(), target_upper=None,
    )  # fmt: skip


def plain(value: Any) -> Any:
    """A definition as it is written in YAML: what has its default value is left out, and so is its place."""
    if isinstance(value, Cite):
        value = replace(value, document=OLD) if value.document == NEW and value.lines else value
    if is_dataclass(value) and not isinstance(value, type):
        told = {}
        for f in fields(value):
            said = getattr(value, f.name)
            made = f.default_factory is not MISSING
            otherwise = f.default_factory() if made else f.default  # type: ignore[misc]  # made says it is there
            if f.name != "place" and said != otherwise:
                told[f.name.removesuffix("_")] = plain(said)
        return told
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return f"{value:f}" if isinstance(value, Decimal) else value


def _own(place: Place) -> bool:
    """Defined by the region's packages, not by the shared one that every package requires."""
    return not place.file.startswith("core/")


def _number(document: Document) -> dict[str, str]:
    return {"number": document.number} if document.number else {}


def _text(body: Any) -> str:
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=118)
