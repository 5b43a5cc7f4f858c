"""Confirming with one tap, the receipt, its archive, and the public page that says whether a receipt is genuine.

Why a link may act without log-in: the person responsible signs once a month, on a phone, away from the office; a
password they do not remember ends in the statistician confirming for them. So the link stands for one named person and
one submission whose content cannot change, for a few days, until it is used once; it opens nothing else, not even this
firm's other reports. A GET never confirms (mail scanners follow links), the POST carries a CSRF token, the person must
still hold the post that answers for the form, and the record of acts says that it was the link. Who is logged in as
somebody else acts as themselves or finds nothing. A zone that wants a log-in each time sets the days to 0.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from quanyu.bureaus.reporting.acts import submission as acts
from quanyu.bureaus.reporting.models import Submission
from quanyu.bureaus.reporting.reads import submission as reads
from quanyu.bureaus.reporting.reads.access import may_confirm, may_fill, may_read
from quanyu.bureaus.reporting.reads.context import summed_lines
from quanyu.bureaus.reporting.reads.versions import main, rows
from quanyu.facts import reads as facts
from quanyu.measures.periods import Period
from quanyu.pagekit.format import tr
from quanyu.pagekit.tables import Column, Table
from quanyu.people.models import User
from quanyu.people.reads import banner
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.model import Form
from quanyu.registry.problem import Refused


@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The sheet's main numbers and one tap, for the person named in the link."""
    found = reads.confirming(token)
    if not found:
        raise Http404
    submission, person = found
    now, known = timezone.now(), registry()
    form = known.form(submission.form, submission.period)
    by = request.user if isinstance(request.user, User) else person
    if not may_confirm(by, submission.organisation, form, timezone.localdate()):
        raise Http404
    by_link = not request.user.is_authenticated
    expired = by_link and now > reads.expires_at(submission, known)
    refusal = None
    if request.method == "POST" and not expired:
        try:
            if request.POST.get("verb") == "decline":
                acts.decline(submission, by, now, request.POST.get("why", ""), by_link=by_link)
            else:
                acts.confirm(submission, by, now, by_link=by_link)
            return redirect(request.path)
        except Refused as refused:
            refusal = refused
    context = _shown(submission, form) | {
        "by": by,
        "by_link": by_link,
        "expired": expired,
        "refusal": refusal,
        "why": request.POST.get("why", ""),
    }
    if context["waits"] and not expired:
        content = {"": summed_lines(form, submission.content.values())} if form.lines else submission.content
        eve = Period.parse(submission.period).previous()
        before = None if by_link else facts.current(form.key, submission.organisation, eve)
        lines = rows(known, form, [{"": before.cells if before else {}}, content])
        context |= {"rows": lines, "main": [r for r in lines if r.field.name in main(form)], "before": before}
    return render(request, "reporting/confirm.html", context, status=409 if refusal else 200)


def _own(request: HttpRequest, number: str) -> tuple[Submission, Form]:
    """A submission whose organisation the reader may read; nothing is there for anybody else."""
    rows = Submission.objects.select_related("organisation", "submitted_by", "confirmed_by", "ended_by")
    found = rows.filter(number=number).first()
    if found is None or not may_read(permit_of(request), found.organisation):
        raise Http404
    return found, registry().form(found.form, found.period)


@needs("reports")
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt, to print and keep; the firm takes its report back from here (POST) while the window is open."""
    submission, form = _own(request, number)
    user, on, refusal = reader(request), timezone.localdate(), None
    fills = may_fill(user, submission.organisation, form, on)
    if request.method == "POST":
        if not fills:
            raise Http404
        try:
            acts.withdraw(submission, user, timezone.now(), request.POST.get("why", ""))
            messages.success(request, _("已撤回，这份报表不再计数。可修改后重新报送。"))
            return redirect("receipt", number)
        except Refused as refused:
            refusal = refused
    context = _shown(submission, form) | {
        "rows": rows(registry(), form, [submission.content]), "refusal": refusal, "why": request.POST.get("why", ""),
        "case": reads.asked_correction(submission), "fills": fills, "qr": _qr(submission),
        "verify": reads.verify_path(submission),
    }  # fmt: skip
    if context["waits"] and may_confirm(user, submission.organisation, form, on):
        context["confirm"] = reads.confirm_path(submission, user)
    return render(request, "reporting/receipt.html", context, status=409 if refusal else 200)


def _qr(submission: Submission) -> SafeString:
    code = segno.make(settings.BASE_URL + reads.verify_path(submission), error="m", micro=False)
    drawn = code.svg_inline(scale=3, border=2, svgclass="qr", lineclass=None)
    return mark_safe(drawn)  # noqa: S308 - drawn by the library from our own address, no text inside


@needs("reports")
def receipt_file(request: HttpRequest, number: str) -> HttpResponse:
    """The archive: what was handed in as data and as a sheet, and the sha256 of both."""
    submission, form = _own(request, number)
    answer = HttpResponse(archive(submission, form), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{number}.zip"'
    return answer


def archive(submission: Submission, form: Form) -> bytes:
    """The files of a receipt in one zip."""
    told = model_to_dict(submission, exclude=["id"]) | {
        "form_label": str(form.label), "legal": dict(form.legal), "organisation": submission.organisation.name,
        "code": submission.organisation.code, "submitted_by": str(submission.submitted_by or ""),
        "confirmed_by": str(submission.confirmed_by or ""), "ended_by": str(submission.ended_by or ""),
    }  # fmt: skip
    lines = rows(registry(), form, [submission.content])
    sheet = Table([
        *([Column(_("行"), lambda r: r.line, width=10)] if form.lines else []),
        Column(_("代码"), lambda r: r.field.code, width=8),
        Column(_("指标名称"), lambda r: tr(r.field.label), width=40),
        Column(_("计量单位"), lambda r: r.unit, width=10),
        Column(_("本期"), lambda r: r.number(submission.content), numeric=True, width=18),
    ], lines, f"{tr(form.label)} {submission.organisation} {submission.period} {submission.number}")  # fmt: skip
    files = {
        f"{submission.number}.json": json.dumps(told, ensure_ascii=False, indent=1, default=str).encode(),
        f"{submission.number}.xlsx": sheet.xlsx(banner()),
    }
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in {**files, "sha256.txt": sums.encode()}.items():
            bundle.writestr(name, content)
    return packed.getvalue()


def verify(request: HttpRequest, code: str) -> HttpResponse:
    """Public: is this receipt genuine, and does it still stand? Never a cell; a code cannot be guessed from another."""
    submission = reads.verified(code)
    if submission is None:
        raise Http404
    form = registry().form(submission.form, submission.period)
    return render(request, "reporting/verify.html", _shown(submission, form))


def _shown(submission: Submission, form: Form) -> dict[str, Any]:
    """What every page says of a submission. Once it is `over` a receipt proves nothing more and is struck through."""
    return {
        "made": submission, "form": form, "state": reads.state_words(submission),
        "over": submission.state not in reads.COUNTS,
        "waits": submission.state == Submission.State.AWAITING and not submission.confirmed_at,
    }  # fmt: skip


urls: list[URLPattern] = [
    path("report/confirm/<str:token>/", confirm, name="confirm"),
    path("report/receipt/<str:number>.zip", receipt_file, name="receipt_file"),
    path("report/receipt/<str:number>/", receipt, name="receipt"),
    path("verify/<str:code>/", verify, name="verify"),
]
