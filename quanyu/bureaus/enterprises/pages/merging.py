"""`/firms/merge/`: entries that may be one firm, side by side; merged with a reason, and parted again."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from quanyu.bureaus.enterprises.acts import merging as acts
from quanyu.bureaus.enterprises.reads import merging as reads
from quanyu.bureaus.enterprises.reads import register
from quanyu.bureaus.enterprises.reads.profile import Profile
from quanyu.facts.models import Report
from quanyu.pagekit import format
from quanyu.people.models import Organisation
from quanyu.people.reads import Permit
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


@needs("firms")
def merge(request: HttpRequest) -> HttpResponse:
    permit, refusal = permit_of(request), None
    if not register.may_keep(permit):
        raise Http404
    two = [firm for name in ("a", "b") if (firm := _asked(request, permit, name))]
    if request.method == "POST" and len(two) == 2:
        typed = request.POST
        kept, absorbed = two if typed.get("keep") != str(two[1].pk) else two[::-1]
        verb, because = typed.get("verb"), typed.get("because", "")
        try:
            if verb == "merge":
                acts.merge(kept, absorbed, because, by=reader(request), at=timezone.now())
                told = _("“%(gone)s”已并入“%(kept)s”。")
            else:
                acts.part(kept, absorbed, because, by=reader(request), at=timezone.now())
                told = _("已记下：“%(gone)s”和“%(kept)s”是两家企业。")
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, told % {"gone": absorbed, "kept": kept})
            return redirect(reverse("firm", args=[kept.pk]) if verb == "merge" else reverse("firms_merge"))
    context = {
        "refusal": refusal,
        "typed": request.POST,
        "twins": reads.candidates(registry()),
        "past": reads.mergings()[:50],
    }
    if len(two) == 2:
        merged = any(m.same and {m.kept, m.absorbed} == set(two) for m in reads.mergings())
        context |= {"pair": two, "merged": merged, "rows": _beside(permit, two),
                    "why": reads.reasons(registry(), two[0], two[1], reads.former_cores())[1]}  # fmt: skip
    return render(request, "enterprises/merging.html", context, status=409 if refusal else 200)


def _asked(request: HttpRequest, permit: Permit, name: str) -> Organisation | None:
    asked = request.GET.get(name, "")
    return register.firms(permit).select_related("area").filter(pk=asked).first() if asked.isdecimal() else None


def _beside(permit: Permit, two: list[Organisation]) -> list[tuple[str, list[str]]]:
    """What is on file about both, line by line."""
    known, on = registry(), timezone.localdate()
    rows = [(_("统一社会信用代码"), [o.code or "" for o in two])]
    for field, words in register.FIELDS.items():
        rows.append((_(words), [register.words(known, field, register.held(o, field)) for o in two]))
    files = [Profile(known, o, permit, on) for o in two]
    held = [[words for words, standings in f.titles if f.now(standings)] for f in files]
    rows.append((_("曾用名"), [format.listed(f.former_names) or "—" for f in files]))
    rows.append((_("现持有的称号"), [format.listed(t) or "—" for t in held]))
    rows.append((_("报表（份）"), [str(Report.objects.filter(organisation__in=f.ids).count()) for f in files]))
    return rows


urls = [path("firms/merge/", merge, name="firms_merge")]
