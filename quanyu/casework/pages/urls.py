"""Addresses of this room's pages. `config/urls.py` includes them at `/`, after those that define `sheet`."""

from django.urls import path

from quanyu.casework.pages import case, inbox

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/delegate/", inbox.delegate, name="delegate"),
    path("inbox/<slug:show>/", inbox.inbox, name="inbox_of"),
    path("inbox/<slug:show>.<sheet:suffix>", inbox.inbox_file, name="inbox_file"),
    path("cases/<int:pk>/", case.case, name="case"),
    path("cases/<int:pk>/do/<slug:action>/", case.do, name="case_do"),
    path("cases/<int:pk>/note/<slug:verb>/", case.note, name="case_note"),
    path("cases/<int:pk>/opinions/<int:opinion>/", case.opinion, name="case_opinion"),
    path("cases/<int:pk>/documents/<int:document>/", case.document, name="case_document"),
]
