"""Files are written whole or not at all, and never over another unless that is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dealmodel.basics.errors import FileAccessError
from dealmodel.io import write
from dealmodel.io.write import write_text


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def test_a_text_is_written_as_it_stands_in_a_folder_that_is_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "deal.yaml"
    write_text("name: Café\n", target)
    assert target.read_bytes() == b"name: Caf\xc3\xa9\n"
    assert names(target.parent) == ["deal.yaml"]


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    target = tmp_path / "deal.yaml"
    target.write_text("mine")
    with pytest.raises(FileAccessError, match=r"there is a file of that name already; .* --force") as refused:
        write_text("other", target)
    assert refused.value.exit_code == 3
    assert target.read_text() == "mine"
    assert names(tmp_path) == ["deal.yaml"]


def test_a_link_that_leads_nowhere_counts_as_a_file(tmp_path: Path) -> None:
    target = tmp_path / "deal.yaml"
    target.symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(FileAccessError, match="already"):
        write_text("other", target)
    assert names(tmp_path) == ["deal.yaml"]


@pytest.mark.parametrize("can_link", [True, False], ids=["linked", "renamed"])
def test_a_file_that_comes_while_another_is_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_link: bool
) -> None:
    target = tmp_path / "deal.yaml"
    sync = os.fsync

    def meanwhile(handle: int) -> None:
        target.write_text("came first")
        sync(handle)

    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(write.os, "fsync", meanwhile)
    if not can_link:
        monkeypatch.setattr(write.os, "link", no_links)
    with pytest.raises(FileAccessError, match="already"):
        write_text("other", target)
    assert target.read_text() == "came first"
    assert names(tmp_path) == ["deal.yaml"]


def test_a_disk_without_links_takes_a_new_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(write.os, "link", no_links)
    write_text("new", tmp_path / "deal.yaml")
    assert (tmp_path / "deal.yaml").read_text() == "new"
    assert names(tmp_path) == ["deal.yaml"]


def test_force_replaces_a_file_and_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "deal.yaml"
    target.write_text("mine")
    target.chmod(0o640)
    write_text("other", target, force=True)
    assert target.read_text() == "other"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_disk_that_fills_up_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "deal.yaml"
    target.write_text("mine")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(FileAccessError, match="cannot be written: no space left on device"):
        write_text("other", target, force=True)
    assert target.read_text() == "mine"
    assert names(tmp_path) == ["deal.yaml"]


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "deal.yaml").mkdir()
    with pytest.raises(FileAccessError, match="cannot be written"):
        write_text("other", tmp_path / "deal.yaml", force=True)
    assert names(tmp_path) == ["deal.yaml"]


@pytest.mark.parametrize("place", ["file/deal.yaml", "file/inner/deal.yaml"])
def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(FileAccessError, match=r"not a (folder|directory)"):
        write_text("other", tmp_path / place)
    assert (tmp_path / "file").read_text() == "a file"
