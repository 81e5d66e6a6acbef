"""Workbooks with the same bytes for the same content."""

from __future__ import annotations

import io
import re
import zipfile

_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_NO_CLOCK, _NO_CLOCK_XML = (2000, 1, 1, 0, 0, 0), rb"2000-01-01T00:00:00Z"


def without_clock(workbook: bytes) -> bytes:
    """The same workbook with no trace of when it was saved: openpyxl leaves the time in every part."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == _CORE:
                part = _MODIFIED.sub(rb"\g<1>" + _NO_CLOCK_XML + rb"\g<2>", part)
            entry = zipfile.ZipInfo(name, _NO_CLOCK)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, part)
    return packed.getvalue()
