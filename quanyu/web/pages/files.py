"""Addresses that end in a file's suffix: `/indicators/rd_to_gdp.csv`."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class Suffix(StringConverter):
    regex = "csv|xlsx|svg|json"


class Sheet(StringConverter):
    regex = "csv|xlsx"


register_converter(Suffix, "file")
register_converter(Sheet, "sheet")
