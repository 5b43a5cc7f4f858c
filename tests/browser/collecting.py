"""A whole zone on the day its clerk collects October: 239 firms, some of which changed their figures wildly.

Run in a process of its own, as `python -m tests.browser.collecting`, with QUANYU_HOME set to a built demonstration.
"""

from __future__ import annotations

import datetime as dt
import json

PERIOD, CHANGED = "2026-10", 6
PARTS = (
    "rd_labour",
    "rd_materials",
    "rd_depreciation",
    "rd_amortisation",
    "rd_design",
    "rd_trial",
    "rd_outsourced",
    "rd_other",
)


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from quanyu.bureaus.reporting.acts.window import open_period
    from quanyu.bureaus.reporting.reads.exceptions import Month
    from quanyu.bureaus.reporting.reads.window import waffle, window
    from quanyu.facts.acts import Filing, file_reports
    from quanyu.measures.periods import Period
    from quanyu.people.models import User
    from quanyu.plan.reads import registry

    known, at, on = registry(), timezone.now(), timezone.localdate()
    form = known.form("qy101", PERIOD)
    clerk = User.objects.get(username="clerk")
    if window(form.key, PERIOD) is None:
        open_period(form, PERIOD, by=clerk, at=at, due_on=on + dt.timedelta(days=2))
    calm = [r for r in Month(known, form, Period.parse(PERIOD), on).clean if r.cells["rd_expense"] > 500][:CHANGED]
    rows = []
    for report in calm:
        more = {name: report.cells[name] * 7 for name in PARTS}
        rows.append(
            Filing(
                form,
                report.organisation_id,
                PERIOD,
                report.cells | more | {"rd_expense": sum(more.values())},
                "更正",
                at=at,
            )
        )
    file_reports(rows, clerk, at)
    month = Month(known, form, Period.parse(PERIOD), on)
    missing = sum(square.open for square in waffle(form, PERIOD))
    print(json.dumps({"queue": len(month.queue), "clean": len(month.clean), "missing": missing}))


if __name__ == "__main__":
    main()
