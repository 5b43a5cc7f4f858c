"""Addresses of the front door. `config/urls.py` includes them at `/` and names the error pages of `errors.py`."""

from django.urls import path

from quanyu.web.pages import cockpit, files, home, indicators, notices, plan, register, wayhome

assert files.Sheet  # the address converters `file` and `sheet` are registered on import

urlpatterns = [
    path("", home.home, name="home"),
    path("prefs/", home.prefs, name="prefs"),
    path("plan/", cockpit.cockpit, name="cockpit"),
    path("plan/indicators.<file:suffix>", cockpit.cockpit_file, name="cockpit_file"),
    path("indicators/", indicators.indicators, name="indicators"),
    path("indicators.<sheet:suffix>", indicators.indicators, name="indicators_file"),
    path("indicators/<slug:key>/", indicators.indicator, name="indicator"),
    path("indicators/<slug:key>.<file:suffix>", indicators.indicator_file, name="indicator_file"),
    path("indicators/<slug:key>/home/", wayhome.way_home, name="indicator_home"),
    path("indicators/<slug:key>/home.<sheet:suffix>", wayhome.way_home_file, name="indicator_home_file"),
    path("plan/text/", plan.text, name="plan_text"),
    path("plan/conflicts/", plan.conflicts, name="conflicts"),
    path("plan/conflicts.<sheet:suffix>", plan.conflicts_file, name="conflicts_file"),
    path("plan/conflicts/<str:code>-<slug:subject>.yaml", plan.ruling_draft, name="ruling_draft"),
    path("plan/technologies/", plan.technologies, name="technologies"),
    path("plan/technologies.<sheet:suffix>", plan.technologies_file, name="technologies_file"),
    path("tasks/", plan.tasks, name="tasks"),
    path("tasks.<sheet:suffix>", plan.tasks, name="tasks_file"),
    path("tasks/<slug:key>/", plan.task, name="task"),
    path("orgs/", register.organisations, name="organisations"),
    path("orgs.<sheet:suffix>", register.organisations, name="organisations_file"),
    path("orgs/<int:pk>/", register.organisation, name="organisation"),
    path("orgs/<int:pk>/titles.<sheet:suffix>", register.titles_file, name="titles_file"),
    path("orgs/<int:pk>/reports.<sheet:suffix>", register.filed_file, name="filed_file"),
    path("reports/", register.reports, name="reports"),
    path("reports.<sheet:suffix>", register.reports, name="reports_file"),
    path("reports/<int:pk>/", register.report, name="report"),
    path("reports/<int:pk>.<sheet:suffix>", register.report, name="report_file"),
    path("notices/", notices.notices, name="notices"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/sent/", notices.deliveries, name="deliveries"),
    path("audit/", notices.audit, name="audit"),
]
