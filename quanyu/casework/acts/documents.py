"""Files of a case: looked at before they are kept, kept once under the digest of their content.

What is asked of a file: a type that is allowed, content that is what its ending says, no macro, nothing executable, not
empty, not too big, and the word of the antivirus command where one is set.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import shlex
import subprocess
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from quanyu.casework import reads
from quanyu.casework.acts.deadlines import hold
from quanyu.casework.models import Case, Document
from quanyu.people.acts import record
from quanyu.people.models import User
from quanyu.registry.problem import Refused

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OFFICE = "application/vnd.openxmlformats-officedocument."
KNOWN: dict[str, tuple[str, bytes, str]] = {  # ending: media type, how the content begins, what its archive must hold
    "pdf": ("application/pdf", b"%PDF-", ""),
    "jpg": ("image/jpeg", b"\xff\xd8\xff", ""),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff", ""),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n", ""),
    "docx": (OFFICE + "wordprocessingml.document", ZIP, "word/document.xml"),
    "xlsx": (OFFICE + "spreadsheetml.sheet", ZIP, "xl/workbook.xml"),
    "pptx": (OFFICE + "presentationml.presentation", ZIP, "ppt/presentation.xml"),
    "ofd": ("application/ofd", ZIP, "ofd.xml"),
    "doc": ("application/msword", OLE, ""),
    "xls": ("application/vnd.ms-excel", OLE, ""),
    "wps": ("application/vnd.ms-works", OLE, ""),
    "et": ("application/vnd.ms-excel", OLE, ""),
    "txt": ("text/plain", b"", ""),
    "csv": ("text/csv", b"", ""),
}
ACTIVE = ("vbaproject.bin", "vbadata.xml", "macrosheets/", "activex/")  # parts of an office archive that can act
OLE_MACROS = "_VBA_PROJECT".encode("utf-16-le")  # the folder of macros inside an older office file
NAMELESS = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]')


class Kept(NamedTuple):
    """A file as it lies in the store, not yet anybody's document."""

    digest: str
    name: str
    type: str
    size: int


def attach(case: Case, upload: UploadedFile, *, by: User, at: dt.datetime, action: str = "") -> Document:
    """Add a file to an open case. Anybody who may open the case may add to it.

    Effects, in order: the content kept; the document; one event.
    """
    if not reads.may_see(case, by, timezone.localdate(at)):
        raise Refused("只有办理或参与本事项的人才能上传附件。")
    kept = keep(upload)
    with transaction.atomic():
        held = hold(case)
        enclosed = enclose(held, [kept], action, by, at)
        record("casework.attach", held.tag, by, at, {"documents": enclosed})
    return Document.objects.get(pk=enclosed[0]["id"])


def enclose(case: Case, kept: Iterable[Kept], action: str, by: User | None, at: dt.datetime) -> list[dict[str, Any]]:
    """Make kept files documents of a case, within an act, which writes what is returned into its event."""
    made = [Document.objects.create(case=case, action=action, by=by, at=at, **file._asdict()) for file in kept]
    return [{"id": d.pk, "name": d.name, "digest": d.digest} for d in made]


def keep(upload: UploadedFile) -> Kept:
    """Look at a file and lay it into the store, whole or not at all; the same content lies there once.

    The store is written before the transaction that mentions the file: content nobody mentions does no harm.
    """
    name, ending, content = look(upload)
    digest, folder = hashlib.sha256(content).hexdigest(), reads.documents_folder()
    final = folder / digest[:2] / digest
    for each in (folder / "tmp", final.parent):
        each.mkdir(parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(dir=folder / "tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        scan(path, name)
        os.replace(path, final)
    finally:
        Path(path).unlink(missing_ok=True)
    return Kept(digest, name, KNOWN[ending][0], len(content))


def look(upload: UploadedFile) -> tuple[str, str, bytes]:
    """Name, ending and content of a file that may be taken in, save for what the antivirus command says (`scan`)."""
    name, most = file_name(upload.name or ""), settings.QUANYU_UPLOAD_MB * 1024 * 1024
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    allowed = [e for e in settings.QUANYU_UPLOAD_TYPES if e in KNOWN]
    if ending not in allowed:
        raise Refused(f"“{name}”的类型不能上传。", f"可上传：{'、'.join(allowed)}。")
    upload.seek(0)
    content = upload.read(most + 1)
    if len(content) > most:
        raise Refused(f"“{name}”超过 {settings.QUANYU_UPLOAD_MB} MB。", "请压缩图片或分成几个文件。")
    if reason := _suspicious(content, ending):
        raise Refused(f"“{name}”{reason}", "请检查文件，或另存为不含宏的正常文件后再传。")
    return name, ending, content


def file_name(given: str) -> str:
    """A name that is safe to show and to save under: no folders, no signs that hide its ending, at most 120 letters."""
    name = NAMELESS.sub("", unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])).strip(" .")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:110]}{dot}{ending[:9]}" if dot else name[:120]


def _suspicious(content: bytes, ending: str) -> str:
    """What speaks against the content of a file, or ""."""
    _media, start, part = KNOWN[ending]
    if not content:
        return "是空文件。"
    plain = not start and (content[:2] == b"MZ" or b"\x00" in content)
    if plain or not content.startswith(start):
        return f"的内容不是 {ending} 文件。"
    if start == OLE and OLE_MACROS in content:
        return "含有宏。"
    if start != ZIP:
        return ""
    try:
        names = [n.lower() for n in zipfile.ZipFile(io.BytesIO(content)).namelist()]
    except (zipfile.BadZipFile, ValueError):
        names = []
    if part not in names:
        return f"的内容不是 {ending} 文件。"
    return "含有宏或可执行内容。" if any(mark in name for name in names for mark in ACTIVE) else ""


def scan(path: str, name: str) -> None:
    """Ask the antivirus command, where one is set; without its clear word the file is refused."""
    if not settings.QUANYU_ANTIVIRUS:
        return
    command = [*shlex.split(settings.QUANYU_ANTIVIRUS), path]
    try:
        found = subprocess.run(command, capture_output=True, timeout=120, check=False)  # noqa: S603 - the administrator's own command, no shell
    except (OSError, subprocess.TimeoutExpired):
        raise Refused("防病毒检查没有完成，文件没有收下。", "请联系系统管理员检查 QUANYU_ANTIVIRUS。") from None
    if found.returncode:
        raise Refused(f"“{name}”没有通过防病毒检查，没有收下。", "请查杀后重新上传。")
