"""The starter deal certifies at first try."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealmodel.definition.load import deal_from_text
from dealmodel.definition.starter import starter_text
from dealmodel.engine.compile import compile_deal
from dealmodel.engine.run import run_model
from dealmodel.excel.certify import certify


@pytest.mark.libreoffice
def test_the_starter_deal_recalculates_to_the_engines_numbers(tmp_path: Path) -> None:
    model = compile_deal(deal_from_text(starter_text("my_deal"), "deal.yaml"))
    certificate = certify(model, run_model, folder=tmp_path)
    assert certificate.holds, str(certificate)
    assert len(certificate.scenarios) == 4
