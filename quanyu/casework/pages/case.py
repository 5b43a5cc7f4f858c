"""`/cases/<n>/`: the one page of every case, whatever its trade, and all that is done on it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.casework import acts, reads
from quanyu.casework.models import Case, Document, Opinion
from quanyu.casework.pages.sheet import CaseSheet, Refusal
from quanyu.people.models import User
from quanyu.plan.access import permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused


def _case(request: HttpRequest, pk: int) -> Case:
    """The case, for those who may see it; 403 with a sentence for everybody else."""
    rows = Case.objects.select_related("holder", "holder_organisation", "acted_by", "opened_by")
    case = get_object_or_404(rows, pk=pk)
    everywhere = permit_of(request).everywhere("cases")
    if not reads.may_see(case, reader(request), timezone.localdate(), everywhere=everywhere):
        raise PermissionDenied(_("本事项只对办理、发起和被征求意见的人开放。如工作需要，请联系承办单位。"))
    return case


def _page(request: HttpRequest, case: Case, refusal: Refusal | None = None) -> HttpResponse:
    whole = request.GET.get("log") == "all"
    sheet = CaseSheet(request, case, reader(request), timezone.localdate(), registry(), refusal, whole)
    return render(request, "casework/case.html", {"sheet": sheet, "case": case}, status=409 if refusal else 200)


def _refused(request: HttpRequest, pk: int, form: str, refused: Refused) -> HttpResponse:
    """The page as the case now stands, with the sentence and everything that was typed."""
    files = [f.name or "" for f in request.FILES.getlist("documents")]
    return _page(request, _case(request, pk), Refusal(form, refused, request.POST.dict(), files))


@login_required
def case(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _case(request, pk))


@login_required
@require_POST
def do(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take a step. The version looked at comes along, so that a stale page does nothing by accident."""
    held = _case(request, pk)
    step = reads.type_of(held).actions.get(action)
    if step is None:
        raise Http404
    typed = request.POST
    try:
        taken = acts.take(
            held, action, by=reader(request), at=timezone.now(), note=typed.get("note", ""),
            form={q.name: typed.get(f"q_{q.name}", "") for q in step.form},
            seen=int(seen) if (seen := typed.get("seen", "")).isdecimal() else -1,
            documents=request.FILES.getlist("documents"),
            parties={p: _seat(chosen) for p in step.names if (chosen := typed.get(f"seat_{p}"))},
        )  # fmt: skip
    except Refused as refused:
        return _refused(request, pk, action, refused)
    state = reads.state_of(taken).label
    messages.success(request, _("“%(step)s”已办理，现在是“%(state)s”。") % {"step": step.label, "state": state})
    return redirect("case", pk)


def _seat(chosen: str) -> reads.Seat:
    """`role:organisation` as a form sends it."""
    role, _colon, organisation = chosen.partition(":")
    return role, int(organisation) if organisation.isdecimal() else None


@login_required
@require_POST
def note(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """What is done beside the steps: remark, attach, hand over, stop and start the clock, ask others."""
    held, by, at, typed = _case(request, pk), reader(request), timezone.now(), request.POST
    said = typed.get("note", "")
    try:
        match verb:
            case "comment":
                acts.comment(held, said, by=by, at=at)
            case "attach":
                if not request.FILES.getlist("documents"):
                    raise Refused("没有选择文件。", "请选择后再上传。")
                for upload in request.FILES.getlist("documents"):
                    acts.attach(held, upload, by=by, at=at)
            case "reassign":
                chosen = typed.get("to", "")
                to = User.objects.filter(pk=chosen).first() if chosen.isdecimal() else None
                acts.reassign(held, to, by=by, at=at, note=said)
            case "pause":
                acts.pause(held, by=by, at=at, note=said)
            case "resume":
                acts.resume(held, by=by, at=at, note=said)
            case "ask":
                within = typed.get("within", "").strip()
                if within and not (within.isdecimal() and int(within) <= 250):
                    raise Refused(f"答复时限应是工作日数，现在是“{within}”。", "请填 1 至 250，或不填。")
                asked = [_seat(s) for s in typed.getlist("seats")]
                acts.ask(held, asked, said, by=by, at=at, within=int(within) if within else None,
                         open=typed.get("sealed") != "1")  # fmt: skip
            case _:
                raise Http404
    except Refused as refused:
        return _refused(request, pk, verb, refused)
    messages.success(request, _("已记录。"))
    return redirect("case", pk)


@login_required
@require_POST
def opinion(request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
    """Answer what I was asked, or take back what I asked."""
    held = get_object_or_404(Opinion.objects.select_related("case"), pk=opinion, case=_case(request, pk))
    by, at, typed = reader(request), timezone.now(), request.POST
    try:
        if typed.get("recall") == "1":
            acts.recall(held, by=by, at=at)
        else:
            acts.answer(held, by=by, at=at, answer=typed.get("answer", ""), text=typed.get("note", ""))
    except Refused as refused:
        return _refused(request, pk, f"opinion-{opinion}", refused)
    messages.success(request, _("已记录。"))
    return redirect("case", pk)


@login_required
def document(request: HttpRequest, pk: int, document: int) -> HttpResponseBase:
    """A file of a case, always as a download: what others uploaded is never shown by this site."""
    held = get_object_or_404(Document, pk=document, case=_case(request, pk))
    path = reads.content_of(held)
    if not path.is_file():
        raise Http404
    kind = "application/octet-stream"
    response = FileResponse(path.open("rb"), as_attachment=True, filename=held.name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
