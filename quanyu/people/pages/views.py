"""The log-in page; allauth does the work."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView


class LogIn(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.pop("site", None)  # allauth's idea of a site would hide the page frame's
        return context
