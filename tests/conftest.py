"""Tests of workbooks need LibreOffice; where a run must not skip them, its absence is a failure."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("libreoffice")]
    if not marked:
        return
    from dealmodel.excel.recalculate import find_libreoffice

    if find_libreoffice() is not None:
        return
    if os.environ.get("DEALMODEL_TESTS_NEED_LIBREOFFICE"):
        pytest.exit("LibreOffice is missing, and this run must not skip the tests that need it", returncode=1)
    for item in marked:
        item.add_marker(pytest.mark.skip(reason="LibreOffice and its Python bridge are not installed"))
