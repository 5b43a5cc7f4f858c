"""Files of a case: what is taken in, what is refused, how they are kept."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quanyu.casework import acts, reads
from quanyu.casework.acts.documents import file_name
from quanyu.casework.models import Document
from quanyu.people.models import Event
from tests.casework.conftest import MONDAY, Desk
from tests.casework.test_acts import refused

PDF = b"%PDF-1.7\n1 0 obj\n"


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


def upload(name: str = "平面图.pdf", content: bytes = PDF, type: str = "text/html") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, type)


def in_store() -> list[Path]:
    folder = reads.documents_folder()
    return [p for p in folder.rglob("*") if p.is_file()] if folder.exists() else []


def test_a_file_is_kept_under_its_digest_once(desk: Desk):
    case, digest = desk.open(), hashlib.sha256(PDF).hexdigest()
    first = acts.attach(case, upload(), by=desk.applicant, at=MONDAY)
    second = acts.attach(case, upload("又一份.PDF"), by=desk.officer, at=MONDAY)
    assert [(d.digest, d.name, d.type, d.size, d.by) for d in (first, second)] == [
        (digest, "平面图.pdf", "application/pdf", len(PDF), desk.applicant),
        (digest, "又一份.PDF", "application/pdf", len(PDF), desk.officer),
    ]
    assert in_store() == [reads.content_of(first)] == [reads.documents_folder() / digest[:2] / digest]
    assert reads.content_of(first).read_bytes() == PDF
    assert Event.objects.filter(act="casework.attach").latest("pk").body == {
        "documents": [{"id": second.pk, "name": "又一份.PDF", "digest": digest}]
    }


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.exe", b"MZ\x90", "“a.exe”的类型不能上传。"),
        ("a", PDF, "“a”的类型不能上传。"),
        ("a.docm", archive("word/document.xml"), "“a.docm”的类型不能上传。"),
        ("a.zip", archive("a.txt"), "“a.zip”的类型不能上传。"),
        ("a.html", b"<script>", "“a.html”的类型不能上传。"),
        ("a.pdf", b"", "“a.pdf”是空文件。"),
        ("a.pdf", b"MZ\x90\x00", "“a.pdf”的内容不是 pdf 文件。"),
        ("a.txt", b"MZ\x90", "“a.txt”的内容不是 txt 文件。"),
        ("a.csv", b"a,b\x00", "“a.csv”的内容不是 csv 文件。"),
        ("a.docx", archive("xl/workbook.xml"), "“a.docx”的内容不是 docx 文件。"),
        ("a.docx", b"PK\x03\x04broken", "“a.docx”的内容不是 docx 文件。"),
        ("a.docx", archive("word/document.xml", "word/vbaProject.bin"), "“a.docx”含有宏或可执行内容。"),
        ("a.xlsx", archive("xl/workbook.xml", "xl/activeX/x.bin"), "“a.xlsx”含有宏或可执行内容。"),
        (
            "a.doc",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "_VBA_PROJECT".encode("utf-16-le"),
            "“a.doc”含有宏。",
        ),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * (1024 * 1024), "“a.png”超过 1 MB。"),
    ],
)
def test_a_suspicious_file_is_refused_and_leaves_nothing(
    desk: Desk, settings, name: str, content: bytes, sentence: str
):
    settings.QUANYU_UPLOAD_MB = 1
    case = desk.open()
    assert refused(case, upload(name, content), by=desk.applicant, at=MONDAY, call=acts.attach) == sentence
    assert (Document.objects.count(), in_store()) == (0, [])


def test_sound_office_files_are_taken(desk: Desk):
    case, ole = desk.open(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    for name, content in [
        ("a.docx", archive("word/document.xml")), ("b.xlsx", archive("xl/workbook.xml")), ("c.ofd", archive("OFD.xml")),
        ("d.doc", ole), ("e.txt", "说明".encode("gb18030")), ("f.jpg", b"\xff\xd8\xff\xe0"),
    ]:  # fmt: skip
        acts.attach(case, upload(name, content), by=desk.applicant, at=MONDAY)
    assert list(case.documents.values_list("name", flat=True)) == [
        "a.docx",
        "b.xlsx",
        "c.ofd",
        "d.doc",
        "e.txt",
        "f.jpg",
    ]


def test_only_allowed_types_that_are_known(desk: Desk, settings):
    settings.QUANYU_UPLOAD_TYPES = ["pdf", "exe"]
    assert refused(desk.open(), upload("a.exe", b"MZ"), by=desk.applicant, at=MONDAY, call=acts.attach) == (
        "“a.exe”的类型不能上传。"
    )


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\桌面\\图.pdf", "图.pdf"),
        ("gnp\u202efdp.exe", "gnpfdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ('"><script>.pdf', "script.pdf"),
        ("长" * 300 + ".pdf", "长" * 110 + ".pdf"),
    ],
)
def test_names_are_made_harmless(given: str, name: str):
    assert file_name(given) == name


def test_the_antivirus_command_has_the_last_word(desk: Desk, settings, tmp_path: Path):
    case, script = desk.open(), tmp_path / "scan me.sh"
    script.write_text('#!/bin/sh\ngrep -q EICAR "$2" && exit 1\nexit 0\n')
    script.chmod(0o700)
    settings.QUANYU_ANTIVIRUS = f"'{script}' --quiet"
    acts.attach(case, upload(), by=desk.applicant, at=MONDAY)
    bad = upload("a.txt", b"EICAR; touch /tmp/never")
    assert refused(case, bad, by=desk.applicant, at=MONDAY, call=acts.attach) == "“a.txt”没有通过防病毒检查，没有收下。"
    settings.QUANYU_ANTIVIRUS = "/no/such/command"
    assert (
        refused(case, upload(), by=desk.applicant, at=MONDAY, call=acts.attach) == "防病毒检查没有完成，文件没有收下。"
    )
    assert len(in_store()) == 1


def test_who_may_not_look_may_not_attach_nor_may_anybody_once_closed(desk: Desk):
    case = desk.open()
    assert refused(case, upload(), by=desk.outsider, at=MONDAY, call=acts.attach) == (
        "只有办理或参与本事项的人才能上传附件。"
    )
    acts.take(case, "withdraw", by=desk.applicant, at=MONDAY)
    assert (
        refused(case, upload(), by=desk.officer, at=MONDAY, call=acts.attach) == "“申请一间实验室”已办结，不能再改动。"
    )


def test_a_step_asks_for_its_files(desk: Desk):
    case = acts.take(desk.open(), "return", by=desk.officer, at=MONDAY, note="缺图")
    assert refused(case, "mend", by=desk.applicant, at=MONDAY) == "补正须附材料。"
    assert refused(case, "mend", by=desk.outsider, at=MONDAY, documents=[upload()]) == "补正由申请单位办理。"
    assert in_store() == []
    case = acts.take(case, "mend", by=desk.applicant, at=MONDAY, documents=[upload(), upload("b.txt", b"b")])
    kept = list(case.documents.all())
    assert [(d.name, d.action) for d in kept] == [("平面图.pdf", "mend"), ("b.txt", "mend")]
    assert [d["id"] for d in Event.objects.latest("pk").body["documents"]] == [d.pk for d in kept]
    assert refused(case, "accept", by=desk.officer, at=MONDAY, documents=[upload()]) == "受理不收附件。"
