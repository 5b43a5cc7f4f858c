"""`/mine/`: what a firm may have, by its own figures or by changed ones; nothing is written by looking."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from quanyu.bureaus.policies.acts.mine import claim
from quanyu.bureaus.policies.reads.mine import Benefits, benefits_of
from quanyu.bureaus.policies.reads.paper import sheet_of, words_of
from quanyu.bureaus.policies.reads.trial import Ask, ask, sections, steps, told
from quanyu.pagekit.desk import changed
from quanyu.pagekit.documents import answer
from quanyu.pagekit.pdf import pdf
from quanyu.pagekit.tables import send
from quanyu.people.models import Organisation
from quanyu.people.reads import banner
from quanyu.plan.access import demand, needs, permit_of, reader

OWN, STAFF, FIRM = "benefits", "firms", "firm"
WITHIN = (6, 12, 24, 36)
"""Within how many months a way may be looked for; a year unless asked otherwise."""


def _firm(request: HttpRequest, organisation: int | None) -> Organisation:
    """The firm asked for: the reader's own, or any for those who keep the files of firms; nobody else finds it."""
    held = demand(request, OWN) if organisation is None else permit_of(request)
    if organisation is None:
        firm = held.seen_organisations(OWN).filter(kind=FIRM).order_by("pk").first()
    else:
        firm = get_object_or_404(Organisation, pk=organisation, kind=FIRM)
    if firm is None or not (held.may(OWN, firm) or held.may(STAFF, firm)):
        raise Http404
    return firm


def _found(request: HttpRequest, organisation: int | None) -> tuple[Organisation, Benefits, list[Ask]]:
    """The firm, what it may have with the changes of the address, and every question with what was typed."""
    firm, on = _firm(request, organisation), timezone.localdate()
    plain = benefits_of(firm, reader(request), on)
    asked, changes = ask(plain.registry, plain.names, plain.known, request.GET.dict(), on)
    return firm, replace(plain, changes=changes), asked


@needs("plan")
def mine(request: HttpRequest, organisation: int | None = None) -> HttpResponse:
    if empty := {k: v for k, v in request.GET.items() if not v}:  # an unanswered question says nothing in an address
        return redirect(request.path + changed(request.GET, empty))
    firm, found, asked = _found(request, organisation)
    key, within = request.GET.get("path", ""), request.GET.get("within", "")
    months = int(within) if within in map(str, WITHIN) else 12
    way = found.way(key, months) if key else None
    own = [] if organisation is None else [firm.pk]
    titles = {
        "near": _("只差一项条件"), "judged": _("需人工判断"), "open": _("还缺数据"), "no": _("暂不符合"),
    }  # fmt: skip
    context = {
        "groups": [(title, key in ("near", "judged"), found.groups[key]) for key, title in titles.items()],
        "firm": firm, "found": found, "asked": sections(asked), "told": told(asked), "words": words_of(found.registry),
        "problems": [a for a in asked if a.problem], "staff": bool(own), "way": way, "ways": bool(found.registry.moves),
        "months": months, "within": WITHIN,
        "steps": steps(found.registry, way, found.on) if way else [],
        "paper": reverse("mine_paper_of" if own else "mine_paper", args=own) + changed(request.GET, {"path": ""}),
        "pdf": reverse("mine_pdf_of" if own else "mine_pdf", args=own) + changed(request.GET, {"path": ""}),
    }  # fmt: skip
    return render(request, "policies/mine.html", context)


@needs("plan")
def mine_paper(request: HttpRequest, suffix: str, organisation: int | None = None) -> HttpResponse:
    """The reckoning (测算书) as a Word file or PDF, with the changes of the address; in Chinese, as it is handed on."""
    with override("zh-hans"):
        firm, found, asked = _found(request, organisation)
        paper, name = sheet_of(firm, found, told(asked), banner()), f"{firm.name}·{_('惠企政策测算书')}"
    return send(pdf(paper), name, "pdf") if suffix == "pdf" else answer(paper, name)


@require_POST
@needs(OWN)
def mine_claim(request: HttpRequest, key: str) -> HttpResponse:
    made = claim(_firm(request, None), key, by=reader(request), at=timezone.now())
    messages.success(request, _("已申报：%(number)s。") % {"number": made.number or made.title})
    return redirect(reverse("mine") + f"#p-{key}")


urls: list[URLPattern] = [
    path("mine/", mine, name="mine"),
    path("mine/sheet.docx", mine_paper, {"suffix": "docx"}, name="mine_paper"),
    path("mine/sheet.pdf", mine_paper, {"suffix": "pdf"}, name="mine_pdf"),
    path("mine/claim/<slug:key>/", mine_claim, name="mine_claim"),
    path("mine/<int:organisation>/", mine, name="mine_of"),
    path("mine/<int:organisation>/sheet.docx", mine_paper, {"suffix": "docx"}, name="mine_paper_of"),
    path("mine/<int:organisation>/sheet.pdf", mine_paper, {"suffix": "pdf"}, name="mine_pdf_of"),
]
