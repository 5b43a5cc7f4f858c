"""Which organisation does a row of a file mean? By credit code first, by exact name otherwise; doubt is refused."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quanyu.facts.sheets import text_of
from quanyu.people.models import Organisation
from quanyu.people.reads import checked_code
from quanyu.registry.problem import Refused

TOTALS = frozenset({"合计", "总计", "小计"})
GUESSES = 20  # how many unknown names are worth a search through the whole register


@dataclass
class Register:
    """The register by code and by name, as held in memory while a file is read."""

    by_code: Mapping[str, int]
    names: Mapping[int, str]
    guesses: int = GUESSES

    @classmethod
    def load(cls) -> Register:
        by_code: dict[str, int] = {}
        names: dict[int, str] = {}
        for pk, code, name in Organisation.objects.order_by("pk").values_list("pk", "code", "name").iterator():
            names[pk] = name
            if code:
                by_code[code] = pk
        return cls(by_code, names)

    @cached_property
    def by_name(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = {}
        for pk, name in self.names.items():
            found.setdefault(_plain(name), []).append(pk)
        return found

    @cached_property
    def codes(self) -> Mapping[int, str]:
        return {pk: code for code, pk in self.by_code.items()}

    def find(self, code: Any, name: Any) -> int:
        """The id of the organisation; Refused says why none, or not this one, is meant."""
        known = self.by_code.get(code)
        if known is None and (text := text_of(code)):
            known = self.by_code.get(text.upper().replace(" ", ""))
            if known is None:
                raise self._unknown_code(text, _plain(name))
        if known is not None:
            own = self.names[known]
            if name and name != own and _plain(name) != _plain(own):
                raise Refused(f"这个代码登记的是“{own}”，表里写的是“{text_of(name)}”。", "请核对是代码错还是名称错。")
            return known
        plain = _plain(name)
        if not plain:
            raise Refused("没有填统一社会信用代码，也没有填单位名称。")
        if plain in TOTALS:
            raise Refused("合计行由系统计算。", "请删去这一行。")
        found = self.by_name.get(plain, [])
        if len(found) > 1:
            raise Refused(f"有 {len(found)} 家单位都叫“{plain}”。", "请填统一社会信用代码。")
        if not found:
            raise Refused(f"名录里没有“{plain}”。", self._guess(plain) or "请先登记单位。")
        return found[0]

    def _unknown_code(self, code: str, name: str) -> Refused:
        if found := self.by_name.get(name):
            told = f"名录里没有代码 {code}；“{name}”登记的代码是 {self.codes.get(found[0], '空')}。"
            return Refused(told, "请核对代码。")
        try:
            checked_code(code)
        except Refused as malformed:
            near = difflib.get_close_matches(code, self.by_code, 1, 0.85) if self._may_guess() else []
            meant = f"是不是“{self.names[self.by_code[near[0]]]}”的 {near[0]}？" if near else malformed.hint
            return Refused(malformed.sentence, meant)
        return Refused(f"名录里没有代码 {code}。", (name and self._guess(name)) or "请先登记单位。")

    def _guess(self, name: str) -> str:
        near = difflib.get_close_matches(name, self.by_name, 1, 0.7) if self._may_guess() else []
        return f"是不是“{near[0]}”？" if near else ""

    def _may_guess(self) -> bool:
        self.guesses -= 1
        return self.guesses >= 0


def _plain(name: Any) -> str:
    return "".join(text_of(name).split())
