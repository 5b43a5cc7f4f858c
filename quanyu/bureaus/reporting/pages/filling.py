"""`/report/`: what a firm has to file, and the statutory form it fills, on the screen or as an Excel file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quanyu.bureaus.reporting.acts.draft import remember_mapping, save_draft
from quanyu.bureaus.reporting.acts.submission import Unexplained, submit
from quanyu.bureaus.reporting.models import Draft, Submission
from quanyu.bureaus.reporting.pages.grid import Grid
from quanyu.bureaus.reporting.reads import returns as reads
from quanyu.bureaus.reporting.reads.access import may_confirm, may_fill
from quanyu.bureaus.reporting.reads.draft import Working, tidied, working
from quanyu.bureaus.reporting.reads.ledger import ledger_for, mapping_of, read_ledger
from quanyu.bureaus.reporting.reads.submission import confirm_path, state_words
from quanyu.bureaus.reporting.reads.supply import laid_out
from quanyu.bureaus.reporting.reads.window import due_on, may_file
from quanyu.casework.acts.documents import Kept, keep
from quanyu.casework.reads import documents_folder
from quanyu.casework.words import left_until, soon_days
from quanyu.facts import reads as facts
from quanyu.facts.acts.reports import WrongCells, clean_period
from quanyu.facts.templates_xlsx import read_statutory, statutory
from quanyu.measures.periods import Period
from quanyu.pagekit.format import tr
from quanyu.people.models import Organisation, User
from quanyu.plan.access import needs, permit_of, reader
from quanyu.plan.reads import registry
from quanyu.registry.problem import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def returns(request: HttpRequest) -> HttpResponseBase:
    """What to file, what waits for confirmation, the receipts; of the organisations one fills or answers for."""
    return needs("confirm" if permit_of(request).may("confirm") else "file")(_returns)(request)


def _returns(request: HttpRequest) -> HttpResponse:
    user, on, known = request.user, timezone.localdate(), registry()
    assert isinstance(user, User)
    rows = [(d, left_until(d.due_on, on, soon_days(known))) for d in reads.duties(known, user, on)]
    told = [
        (s, tr(form.label), state_words(s), may_confirm(user, s.organisation, form, on) and confirm_path(s, user))
        for s in reads.handed_in(user, known, on)
        for form in [known.form(s.form, s.period)]
    ]
    waiting = [row for row in told if row[0].state == Submission.State.AWAITING]
    receipts = [row for row in told if row not in waiting]
    context = {
        "rows": rows, "awaiting": waiting, "receipts": receipts, "forms": reads.forms_of(known, user, on),
        "named": any(role.own_only for role, _own in permit_of(request).hats),
    }  # fmt: skip
    return render(request, "reporting/returns.html", context)


class Desk:
    """One report on the desk of somebody who fills it; for everybody else there is no such page."""

    name = "fill"

    def __init__(self, request: HttpRequest, organisation: int, form: str, period: str) -> None:
        self.request, self.at, self.on, self.known = request, timezone.now(), timezone.localdate(), registry()
        self.by = reader(request)
        if form not in self.known.forms or self.known.forms[form].edition_of:
            raise Http404
        try:
            self.period = clean_period(self.known.forms[form], period)
        except Refused:
            raise Http404 from None
        self.form = self.known.form(form, self.period)
        self.organisation = get_object_or_404(Organisation, pk=organisation)
        begun = Period.parse(self.period).start <= self.on
        if not begun or not may_fill(self.by, self.organisation, self.form, self.on):
            raise Http404

    def go(self, name: str = "", query: str = "") -> HttpResponse:
        address = reverse(name or self.name, args=[self.organisation.pk, self.form.key, self.period])
        return redirect(address + query)

    @property
    def working(self) -> Working:
        return working(self.known, self.form, self.organisation, self.period)

    @cached_property
    def last(self) -> Submission | None:
        """What was handed in last for this report."""
        same = {"organisation": self.organisation, "form": self.form.key, "period": self.period}
        return Submission.objects.filter(**same).first()

    @cached_property
    def closed(self) -> str:
        """Why nothing can be filed now; "" when it can."""
        return may_file(self.form, self.organisation, self.period, self.on)

    @cached_property
    def on_file(self) -> bool:
        """A report counts already: what is handed in now corrects it, also when nothing new can be filed."""
        return facts.current(self.form.key, self.organisation, self.period) is not None

    def grid(self, held: Working | None = None, checked: bool = True) -> Grid:
        return Grid(self.known, self.form, self.organisation, self.period, held or self.working, self.on, checked)

    def typed(self, given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
        """The cells and the explanations that a page sent."""
        cells = tidied(self.form, {f.name: given.get(f"c-{f.name}", "") for f in self.form.fields})
        return cells, {name[2:]: str(said)[:300] for name, said in given.items() if name.startswith("n-")}

    def keep_as(self, **content: Any) -> Draft:
        return save_draft(self.form, self.organisation, self.period, by=self.by, at=self.at, **content)

    def keep(self, given: Mapping[str, Any]) -> Draft:
        """Keep what a page sent. Notes it did not show stay; what a person left as it was found keeps its origin."""
        if self.closed and not self.on_file:
            raise Refused(self.closed)
        held, (cells, notes), base = self.working, self.typed(given), str(given.get("base", ""))
        return self.keep_as(
            cells=cells, notes={**held.notes, **notes}, origins=held.untouched(cells),
            base=int(base) if base.isdecimal() else None,
        )  # fmt: skip

    def hand_in(self, content: Mapping[str, Mapping[str, Any]], draft: Draft) -> HttpResponse:
        """To the receipt; where something must be mended or explained first, to the list of it."""
        try:
            made = submit(
                self.known, self.form, self.organisation, self.period, content=content, by=self.by, at=self.at,
                notes=draft.notes, origins=draft.origins, reason=self.request.POST.get("reason", ""),
                correction=bool(self.closed),
            )  # fmt: skip
        except (WrongCells, Unexplained):
            return self.go(query="?check=1#problems")
        return redirect("receipt", made.number)

    def page(self, checked: bool = False, refused: Refused | None = None) -> HttpResponse:
        """The page of the form; after a refusal with everything that was typed."""
        held, last, given = self.working, self.last, self.request.POST
        if "base" in given:
            cells, notes = self.typed(given)
            held = replace(held, cells=cells, notes=notes)
        context = {
            "grid": self.grid(held, checked), "refused": refused, "last": last, "closed": self.closed,
            "state": state_words(last) if last else "", "back": last and last.state in reads.BACK,
            "open": not self.closed or self.on_file, "on_file": self.on_file,
            "ledger": ledger_for(self.known, self.form),
            "left": left_until(due_on(self.form, self.period, self.organisation), self.on, soon_days(self.known)),
            "reason": given.get("reason", ""),
        }  # fmt: skip
        return render(self.request, "reporting/fill.html", context, status=409 if refused else 200)


def at_desk(view: Callable[[Desk], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A view of one report; what is refused is said on the page of the form."""

    @needs("file")
    def opened(request: HttpRequest, organisation: int, form: str, period: str) -> HttpResponse:
        desk = Desk(request, organisation, form, period)
        try:
            return view(desk)
        except Refused as refused:
            return desk.page(refused=refused)

    return opened


@at_desk
def fill(desk: Desk) -> HttpResponse:
    """The grid. A post keeps what was typed; `submit` checks it, and hands it in when nothing is left to say."""
    given = desk.request.POST
    if desk.form.lines:
        return desk.go("fill_lines")
    if desk.request.method != "POST":
        return desk.page("check" in desk.request.GET)
    draft = desk.keep(given)
    if given.get("do") != "submit":
        messages.success(desk.request, _("已暂存。填完后请“审核并报送”。"))
        return desk.go()
    return desk.hand_in({"": draft.cells}, draft)


@needs("file")
def fill_save(
    request: HttpRequest, organisation: int, form: str, period: str, opened: type[Desk] = Desk
) -> HttpResponse:
    """Autosave: the sheet as JSON in, its version out; 409 with the sentence when somebody saved in between."""
    desk = opened(request, organisation, form, period)
    try:
        given = json.loads(request.body)
        draft = desk.keep({str(name): str(value) for name, value in given.items()})
    except (ValueError, AttributeError):
        return JsonResponse({"sentence": _("没有看懂送来的内容。")}, status=400)
    except Refused as refused:
        return JsonResponse({"sentence": refused.sentence, "hint": refused.hint}, status=409)
    return JsonResponse({"version": draft.version, "at": f"{timezone.localtime(draft.saved_at):%H:%M}"})


@at_desk
def fill_template(desk: Desk) -> HttpResponse:
    """The form as an Excel file, filled in as far as the screen is."""
    content = statutory(desk.form, desk.period, desk.organisation, desk.grid().printed)
    name = f"{desk.form.key}_{desk.period}_{desk.organisation.code or desk.organisation.pk}.xlsx"
    return HttpResponse(content, XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def uploaded(request: HttpRequest) -> Kept:
    """The file that came with a form, looked at and laid into the store."""
    if "file" not in request.FILES:
        raise Refused("没有选择文件。", "请选择后再导入。")
    return keep(request.FILES["file"])


def laid(kept: Kept) -> AbstractContextManager[Path]:
    """A kept file with its ending, for readers that go by it."""
    content = (documents_folder() / kept.digest[:2] / kept.digest).read_bytes()
    return laid_out(f"file{Path(kept.name).suffix.lower()}", content)


@at_desk
def fill_upload(desk: Desk) -> HttpResponse:
    """A returned template becomes the draft, as if its cells had been typed; what was typed here is kept first."""
    draft, kept = desk.keep(desk.request.POST), uploaded(desk.request)
    with laid(kept) as file:
        read, said = read_statutory(file, desk.form, desk.period, desk.organisation.code or "", kept.name)
    cells = tidied(desk.form, read)
    here = Working(desk.form, cells, Working(desk.form, draft.cells, draft.origins).untouched(cells))
    told = {code: said.get(n.field.name) for n in desk.grid(here).lines for code, *_rest in n.asked}
    notes = {**draft.notes, **{code: words for code, words in told.items() if words}}
    desk.keep_as(cells=cells, origins=here.origins, notes=notes, base=draft.version)
    words = {"name": kept.name, "n": sum(map(bool, cells.values()))}
    messages.success(desk.request, _("已从“%(name)s”读入 %(n)s 项，请核对后报送。") % words)
    return desk.go(query="?check=1")


@at_desk
def fill_ledger(desk: Desk) -> HttpResponse:
    """A ledger sums up into the draft. The first time a person confirms what its columns mean; that is remembered."""
    given, signer = desk.request.POST, Signer(salt="reporting.ledger")
    ledger, whose = ledger_for(desk.known, desk.form), [desk.organisation.pk, desk.form.key, desk.period, desk.by.pk]
    token, posted = (given or desk.request.GET).get("token", ""), desk.request.method == "POST"
    if ledger is None or not (token or posted):
        raise Http404
    mapping = mapping_of(ledger, desk.organisation)
    if not token:
        desk.keep(given)
        token = signer.sign_object([*whose, *uploaded(desk.request)])
        if mapping is None:
            return desk.go("fill_ledger", f"?token={token}")
    try:
        *about, digest, name, kind, size = signer.unsign_object(token)
    except BadSignature:
        raise Http404 from None
    if about != whose:
        raise Http404
    with laid(Kept(digest, name, kind, size)) as file:
        book = read_ledger(ledger, desk.form, file, mapping)
    if "token" in given:
        book.told(given)
    if posted and not book.open:
        sums, here = book.sums(desk.known, desk.period), desk.working
        remember_mapping(ledger, desk.organisation, book.columns, book.categories, book.unit, by=desk.by, at=desk.at)
        desk.keep_as(cells={**here.cells, **sums}, origins={**here.origins, **dict.fromkeys(sums, f"ledger:{name}")})
        messages.success(desk.request, _("已从辅助账“%(name)s”带入 %(n)s 项。") % {"name": name, "n": len(sums)})
        return desk.go()
    context = {"book": book, "token": token, "asked": "token" in given, "grid": desk.grid(checked=False)}
    context["units"] = [desk.known.units[key] for key in ledger.units]
    return render(desk.request, "reporting/fill_ledger.html", context, status=409 if posted else 200)


_WHERE = "report/<int:organisation>/<slug:form>/<str:period>/"
urls = [
    path("report/", returns, name="returns"),
    path(_WHERE, fill, name="fill"),
    path(f"{_WHERE}save/", require_POST(fill_save), name="fill_save"),
    path(f"{_WHERE}template.xlsx", fill_template, name="fill_template"),
    path(f"{_WHERE}upload/", require_POST(fill_upload), name="fill_upload"),
    path(f"{_WHERE}ledger/", fill_ledger, name="fill_ledger"),
]
