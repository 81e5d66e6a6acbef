"""`dealmodel new`: a starter deal that checks and runs as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_it_writes_a_deal_that_the_commands_it_prints_accept(dealmodel, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = dealmodel("new")
    assert (said.code, said.err) == (0, "")
    assert [str(path) for path in Path().rglob("*.yaml")] == ["my_deal/deal.yaml"]
    commands = [line.split()[1:] for line in said.out.splitlines() if line.startswith("  dealmodel ")]
    assert [words[0] for words in commands] == ["check", "run", "explain", "certify"]
    for words in commands[:-1]:
        assert dealmodel(*words).code == 0, words
    assert "Change it, and try:" in said.out
    assert said.widest <= 100


def test_a_name_and_a_folder_of_ones_own(dealmodel, tmp_path) -> None:
    said = dealmodel("new", 'GPU notes: "first" draft', "--out", tmp_path / "my deals")
    deal = tmp_path / "my deals" / "gpu_notes_first_draft" / "deal.yaml"
    assert said.code == 0
    assert f"dealmodel check '{deal.parent}'" in said.out
    assert '"GPU notes: \\"first\\" draft"' in deal.read_text(encoding="utf-8")
    assert 'GPU notes: "first" draft (gpu_notes_first_draft): no problem found.' in dealmodel("check", deal).out


def test_a_deal_that_is_there_stays_unless_forced(dealmodel, tmp_path) -> None:
    assert dealmodel("new", "--out", tmp_path).code == 0
    deal = tmp_path / "my_deal" / "deal.yaml"
    whole = deal.read_text(encoding="utf-8")
    deal.write_text("mine")
    said = dealmodel("new", "--out", tmp_path)
    assert (said.code, said.out) == (3, "")
    assert "there is a file of that name already; choose another name, or add --force" in said.err
    assert deal.read_text() == "mine"
    assert dealmodel("new", "--out", tmp_path, "--force").code == 0
    assert deal.read_text(encoding="utf-8") == whole
    assert [path.name for path in deal.parent.iterdir()] == ["deal.yaml"]


@pytest.mark.parametrize("name", ["", "...", "Жучка", "a" * 65, "a\u202eb"])
def test_a_name_that_cannot_be_one_writes_nothing(dealmodel, tmp_path, name: str) -> None:
    said = dealmodel("new", name, "--out", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "NAME: " in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_stays(dealmodel, tmp_path) -> None:
    (tmp_path / "my_deal").write_text("a file")
    said = dealmodel("new", "--out", tmp_path)
    assert said.code == 3
    assert "is not a folder" in said.err
    assert (tmp_path / "my_deal").read_text() == "a file"
