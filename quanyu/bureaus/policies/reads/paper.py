"""The reckoning (测算书) of what a firm may have, as a Word file: conditions, clauses, formulas, and what it is not."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from quanyu.bureaus.policies.reads.library import PolicySheet
from quanyu.bureaus.policies.reads.mine import Benefits, Prospect
from quanyu.pagekit import format
from quanyu.pagekit.documents import Paper
from quanyu.people.models import Organisation
from quanyu.registry.model import Registry

WORDING = "entitlement"


def words_of(registry: Registry) -> Mapping[str, str]:
    """The standing words of the reckoning, as the definitions have them."""
    return registry.wordings[WORDING].words


def sheet_of(firm: Organisation, found: Benefits, changes: str, banner: str) -> Paper:
    """In one table what may be had, then every policy condition by condition; the disclaimer stands first and last."""
    said = words_of(found.registry)
    paper = Paper(found.registry.wordings[WORDING].title.format(firm=firm.name), draft=None, banner=banner)
    paper.paragraph(said["opening"].format(
        firm=firm.name, code=firm.code, on=format.date(found.on), known=format.date(found.as_of),
    ))  # fmt: skip
    if changes:
        paper.paragraph(said["changed"].format(changes=changes))
    paper.paragraph(said["disclaimer"])
    paper.heading(1, said["summary"])
    paper.paragraph(said["sums"].format(**found.sums))
    if had := found.groups["yes"]:
        rows = [[e.line.label, e.line.mode, e.amount, e.line.lead] for e in had]
        columns = [_("政策"), _("方式"), format.bracketed(_("金额"), _("万元")), _("牵头")]
        paper.table(columns, rows, [76, 24, 28, 28])
    for group in ("yes", "near", "judged", "open"):
        if found.groups[group]:
            paper.heading(1, said[group])
            for prospect in found.groups[group]:
                _policy(paper, found, prospect, said)
    paper.paragraph(said["disclaimer"])
    return paper


def _policy(paper: Paper, found: Benefits, e: Prospect, said: Mapping[str, str]) -> None:
    """One policy: its basis, each condition with its value and clause, the amount and how it is reckoned."""
    sheet = PolicySheet(found.registry, e.verdict.policy, found.on)
    paper.heading(2, sheet.label + (said["unverified"] if e.verdict.unverified else ""))
    paper.paragraph(said["basis"].format(basis=sheet.basis))
    cited = {c.key: cites for c, _kind, _asks, cites in sheet.conditions}
    rows = [[t.mark, t.label, t.words, cited[t.key] or sheet.basis] for t in e.ticks]
    paper.table(["", _("条件"), _("现状与要求"), _("依据")], rows, [10, 50, 56, 40], align="clll")
    if e.verdict.words:
        paper.paragraph(said["amount"].format(words=e.verdict.words))
    if e.reduced:
        paper.paragraph(said["stacked"].format(amount=e.amount))
    if e.unknown:
        paper.paragraph(said["unknown"].format(names=e.unknown))
