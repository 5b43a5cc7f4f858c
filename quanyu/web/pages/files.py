"""Addresses that end in a file's suffix: `/indicators/rd_to_gdp.csv`."""

from __future__ import annotations

from django.urls import register_converter


class Suffix:
    regex = "csv|xlsx|svg|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Sheet(Suffix):
    regex = "csv|xlsx"


register_converter(Suffix, "file")
register_converter(Sheet, "sheet")
