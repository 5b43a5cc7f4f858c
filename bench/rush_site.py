"""The site of `bench.rush`: the real one and two bare doors beside it, for any WSGI server.

`/bare/` saves one row and nothing else. `/hand-in/` hands a report in without the page around it.
"""

import os
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanyu.config.settings")

import django
from django.conf import settings

settings.ROOT_URLCONF = __name__
django.setup()  # models can be imported from here on

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402 - after django.setup()
from django.http import HttpRequest, HttpResponse  # noqa: E402 - after django.setup()
from django.urls import include, path  # noqa: E402 - after django.setup()
from django.utils import timezone  # noqa: E402 - after django.setup()

from quanyu.bureaus.reporting.acts.submission import submit  # noqa: E402 - after django.setup()
from quanyu.bureaus.reporting.models import Draft  # noqa: E402 - after django.setup()
from quanyu.bureaus.reporting.reads.access import may_fill  # noqa: E402 - after django.setup()
from quanyu.people.models import Organisation  # noqa: E402 - after django.setup()
from quanyu.plan.access import needs  # noqa: E402 - after django.setup()
from quanyu.plan.reads import registry  # noqa: E402 - after django.setup()

application = WSGIHandler()
PASSWORD = "Cang-Shan-42-lu"


def cells_of(request: HttpRequest) -> dict[str, str]:
    return {name[2:]: value for name, value in request.POST.items() if name.startswith("c-")}


def bare(request: HttpRequest, organisation: int, period: str) -> HttpResponse:
    """What any Django site would do with a form that nobody checks."""
    row = Draft.objects.create(
        form="bare", organisation_id=organisation, period=period, cells=cells_of(request), saved_at=timezone.now()
    )
    return HttpResponse(status=302, headers={"Location": f"/bare/{row.pk}/"})


@needs("file")
def hand_in(request: HttpRequest, organisation: int, period: str) -> HttpResponse:
    """Log-in, permission, checks, the submission, the report, the event."""
    known, firm, now = registry(), Organisation.objects.get(pk=organisation), timezone.now()
    form = known.form("qy101", period)
    assert may_fill(request.user, firm, form, timezone.localdate())
    made = submit(known, form, firm, period, content={"": cells_of(request)}, by=request.user, at=now)
    return HttpResponse(status=302, headers={"Location": f"/report/receipt/{made.number}/"})


urlpatterns = [
    path("bare/<int:organisation>/<str:period>/", bare),
    path("hand-in/<int:organisation>/<str:period>/", hand_in),
    path("", include("quanyu.config.urls")),
]


def prepare(packages: Path, firms: int) -> list[tuple[int, str]]:
    """A zone whose month asks for no second signature; (firm, session) of each firm's statistician."""
    import datetime as dt
    import time

    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.core.management import call_command

    from quanyu.people.models import Post, User
    from quanyu.plan import acts as plan

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    now = timezone.now()
    plan.load(packages, ["ganzhou-edz"], by=None, at=now)
    zone = Organisation.objects.get(kind="area_zone")
    numbers = range(firms)
    users = User.objects.bulk_create([User(username=f"rush{n}", password="!") for n in numbers])
    held = Organisation.objects.bulk_create(
        [Organisation(name=f"虚构{n}号有限公司", kind="firm", area=zone, fictional=True) for n in numbers]
    )
    Post.objects.bulk_create([
        Post(user=u, organisation=o, role="firm_statistician", from_on=dt.date(2021, 1, 1))
        for u, o in zip(users, held, strict=True)
    ])  # fmt: skip
    rows = []
    for user in users:
        said = {
            SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
            HASH_SESSION_KEY: user.get_session_auth_hash(), "seen": int(time.time()),
        }  # fmt: skip
        store = SessionStore()
        rows.append(Session(session_key=store._get_new_session_key(), session_data=store.encode(said),
                            expire_date=now + dt.timedelta(days=1)))  # fmt: skip
    Session.objects.bulk_create(rows)
    return [(o.pk, s.session_key) for o, s in zip(held, rows, strict=True)]
