"""Pages are complete in English: each marked sentence has a text with the same blanks, and the .mo is fresh."""

from __future__ import annotations

import re
import shutil

import pytest
from django.utils.translation import gettext, override

from quanyu.pagekit.format import bracketed
from tests.web import catalogue
from tests.web.conftest import OPEN

BLANK = re.compile(r"%\(\w+\)s")
HOW = "run `python -m tests.web.catalogue`, then fill in the empty texts it lists"


def test_every_marked_sentence_has_an_english_text():
    english = catalogue.english()
    held = {m.id if isinstance(m.id, str) else tuple(m.id) for m in english if m.id}
    assert sorted(map(str, catalogue.marked().keys() - held)) == [], HOW
    assert catalogue.missing(english) == [], HOW


def test_no_text_is_left_over():
    held = {m.id if isinstance(m.id, str) else tuple(m.id) for m in catalogue.english() if m.id}
    assert sorted(map(str, held - catalogue.marked().keys())) == [], HOW


def test_blanks_are_the_same_in_both_languages():
    wrong = []
    for m in catalogue.english():
        ids, texts = (m.id, m.string) if isinstance(m.id, tuple) else ((m.id,), (m.string,))
        if m.id and any(set(BLANK.findall(text)) != set(BLANK.findall(ids[0])) for text in texts):
            wrong.append(m.id)
    assert wrong == []


def test_english_texts_are_english():
    chinese = re.compile(r"[\u4e00-\u9fff，。；：（）]")
    texts = [t for m in catalogue.english() if m.id for t in (m.string if isinstance(m.string, tuple) else (m.string,))]
    assert [t for t in texts if chinese.search(t)] == []


def test_the_compiled_catalogue_is_the_written_one():
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.english())


def test_the_switch_works():
    with override("en"):
        assert gettext("规划驾驶页") == "Cockpit"
        assert bracketed("Amount", "yuan") == "Amount (yuan)"
    with override("zh-hans"):
        assert gettext("规划驾驶页") == "规划驾驶页"


def test_a_sentence_nobody_translated_is_found(tmp_path, monkeypatch):
    page = tmp_path / "quanyu" / "x.html"
    page.parent.mkdir()
    text = '{% load i18n %}{% translate "没有译文" %}{% blocktranslate %}甲 {{ n }}{% endblocktranslate %}'
    page.write_text(text, "utf-8")
    shutil.copy(catalogue.PO, tmp_path / "django.po")
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setattr(catalogue, "PO", tmp_path / "django.po")
    assert set(catalogue.update()) == {"没有译文", "甲 %(n)s"}


@pytest.mark.parametrize("address", ["/plan/", "/indicators/", "/indicators/high_tech/", "/indicators/rd_rate/"])
def test_pages_hold_no_chinese_but_data_that_has_no_english(desk, settings, address):
    settings.QUANYU_SITE_NAME = settings.QUANYU_SITE_SUBTITLE = "quanyu"
    desk.cookies["quanyu_language"] = "en"
    html = desk.get(address).content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    data = "".join(OPEN.values())
    assert [run for run in re.findall(r"[\u4e00-\u9fff]+", re.sub(r"<[^>]+>", " ", main)) if run not in data] == []
