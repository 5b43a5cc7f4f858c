"""How does a page look? The kit every page is made of; no models, no facts.

- `format.py`    Decimal, dates and periods → text (`—` undefined, `…` missing, 个百分点, 持平).
- `charts/`      numbers → SVG text: `bullet`, `stack`, `line_chart`, `bars`, `bar`, `spark`; `document()` makes a file.
- `tables.py`    `Table(columns, rows)` → HTML partial, CSV, Excel; `respond()` sends a download.
- `desk.py`      `Desk`: a list page with filters, search, sort, pages of 50 and downloads.
- `documents.py` `Paper`: an official paper (公文) as a Word file; `wordml.py` spells it.
- `page.py`      what `pagekit/base.html` needs on every page (site settings, language, 大字版, 大屏).
- `templates/pagekit/` `base.html` (blocks: title crumbs heading sub actions main foot), `gate.html` (log-in and error
  pages), `desk.html`, `table.html`, `downloads.html`.
- `{% load pagekit %}`: `{% lamp %} {% bullet %} {% spark %} {% num %} {% period %} {% date %} {% tr %} {% query %}`.

A page with a list, whole:

    def tasks(request, suffix=""):
        desk = Desk(request.GET, rows, columns, title=_("任务台账"), filters=[…], search=by_text)
        if suffix:
            return respond(desk.table(), "tasks", suffix, banner)
        return render(request, "web/tasks.html", {"desk": desk})        # {% include "pagekit/desk.html" %}
"""
