"""A small set of policies written as texts: units of the shared package, a few traits, and what a test adds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from quanyu.registry.load import load_files
from quanyu.registry.model import Registry

ON = dt.date(2026, 11, 24)
CORE = Path(__file__).parents[2] / "packages/core"
WAN = 1_000_000  # fen in ten thousand yuan

TRAITS = """
- {key: revenue, label: {zh: 营业收入}, type: number, unit: wan_yuan, back: 1}
- {key: rd, label: {zh: 研发费用}, type: number, unit: wan_yuan, back: 1}
- {key: assets, label: {zh: 总资产}, type: number, unit: wan_yuan}
- {key: debts, label: {zh: 负债}, type: number, unit: wan_yuan}
- {key: staff, label: {zh: 职工}, type: number, unit: person}
- {key: tech_staff, label: {zh: 科技人员}, type: number, unit: person}
- {key: patents, label: {zh: 专利}, type: number, unit: piece}
- {key: dishonest, label: {zh: 失信}, type: flag}
- {key: ledger, label: {zh: 研发辅助账}, type: flag}
- {key: field, label: {zh: 领域}, type: choice, options: [{code: new, label: {zh: 新}}, {code: other, label: {zh: 旧}}]}
"""
TITLES = """
- {key: sme, label: {zh: 科技型中小企业}}
- {key: tech, label: {zh: 高新技术企业}}
"""


def policy(key: str, body: str, **head: str) -> dict[str, str]:
    """The text of one policy under its path."""
    told = {"key": key, "label": f"{{zh: {key}}}", "subject": "firm", "mode": "quick", "from": "2024-01-01"}
    told |= {"lead": "office", "cites": "[{document: rules}]"} | head
    return {f"zone/policies/{key}.yaml": "\n".join(f"{k}: {v}" for k, v in told.items()) + "\n" + body}


def parameters(**values: str) -> str:
    """`parameters(cap="40 wan_yuan")`: dated, cited parameters of a policy."""
    lines = ["parameters:"]
    for key, told in values.items():
        value, unit = told.split()
        cited = f"[{{since: 2024-01-01, value: {value}, because: 首定, cites: [{{document: rules}}]}}]"
        lines.append(f"  - {{key: {key}, label: {{zh: {key}}}, unit: {unit}, values: {cited}}}")
    return "\n".join(lines) + "\n"


def registry(*files: dict[str, str], moves: str = "", stackings: str = "") -> Registry:
    """The registry of these texts; they must be sound."""
    texts = {
        "zone/package.yaml": 'key: zone\nlabel: {zh: 试验, en: Test}\nversion: "1"\n',
        "zone/units.yaml": (CORE / "units.yaml").read_text(encoding="utf-8"),
        "zone/roles.yaml": "- {key: office, label: {zh: 科技办}, sees: [plan], home: /plan/}\n",
        "zone/documents.yaml": "- {key: rules, label: {zh: 办法}}\n",
        "zone/titles.yaml": TITLES,
        "zone/traits.yaml": TRAITS,
        **({"zone/moves.yaml": moves} if moves else {}),
        **({"zone/stackings.yaml": stackings} if stackings else {}),
    }
    for more in files:
        texts |= more
    found, problems = load_files(texts)
    assert problems == [], [str(p) for p in problems]
    return found
