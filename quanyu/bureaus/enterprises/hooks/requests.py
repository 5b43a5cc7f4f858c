"""What a firm's request ties into its case: its times are kept beside it."""

from __future__ import annotations

from quanyu.bureaus.enterprises.acts import requests as acts
from quanyu.casework.hooks import effect

effect("enterprises.request_noted")(acts.note)
