"""What the page frame needs on every page: who runs the site, in which language and size it is read.

`site` holds the settings `QUANYU_SITE_*`; an empty one is not rendered. The reader's choices live in two cookies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

LANGUAGE_COOKIE = "quanyu_language"
LARGE_COOKIE = "quanyu_large"

SITE = ("NAME", "SUBTITLE", "LOGO", "HOST", "UNDERTAKER", "PHONE", "CODE", "ICP", "GA", "FAULTS_URL")


@dataclass(frozen=True)
class NavItem:
    """One line of the side navigation: address, words, whether it is the page shown, and a count to attend to."""

    href: str
    text: str
    on: bool = False
    count: int = 0


@dataclass(frozen=True)
class NavGroup:
    text: str
    items: tuple[NavItem, ...]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor for `pagekit/base.html`; the web room adds `nav` and `banner`."""
    return {
        "site": {name.lower(): getattr(settings, f"QUANYU_SITE_{name}", "") for name in SITE},
        "language": "en" if (get_language() or "zh").startswith("en") else "zh",
        "large": request.COOKIES.get(LARGE_COOKIE) == "1",
        "screen": request.GET.get("screen") == "1",
    }
