"""Files that are hostile or broken: refused soon, in little memory, and with a reason."""

from __future__ import annotations

import os
import time
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest
import yaml

from dealmodel.basics.errors import DealError, DealFileError, FileAccessError
from dealmodel.io import yaml_reader
from dealmodel.io.build import DEEPEST, MOST_ISSUES, MOST_NODES
from dealmodel.io.files import MOST_BYTES
from dealmodel.io.read import read_deal, read_text

Kind = Literal["yaml", "json"]
SECONDS = 2.0
MEMORY = 128 * 1024 * 1024  # bytes beyond what stood before


def refusal(text: str | bytes, kind: Kind = "yaml") -> DealFileError:
    with pytest.raises(DealFileError) as refused:
        read_text(text, "deal.yaml", kind)
    return refused.value


ALIAS_BOMB = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30))
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 2_000))
DEEP_ISSUES = "{a" + "a" * 250 + ": "

HOSTILE: list[tuple[str, Kind, str | bytes, str]] = [
    ("alias bomb", "yaml", ALIAS_BOMB, "DM-YML-001"),
    ("merge bomb", "yaml", MERGE_BOMB, "DM-YML-001"),
    ("deep brackets", "yaml", "a: " + "[" * 500_000, "DM-CAP-002"),
    ("deep braces", "yaml", "{a: " * 400_000, "DM-CAP-002"),
    ("deep dashes", "yaml", "- " * 500_000, "DM-CAP-002"),
    ("deep keys", "yaml", "? " * 500_000, "DM-YML-004"),
    ("deep arrays in JSON", "json", "[" * 500_000, "DM-CAP-002"),
    ("deep objects in JSON", "json", '{"a":' * 400_000, "DM-CAP-002"),
    ("many nodes", "yaml", "a: [" + "1," * 1_000_000 + "]", "DM-CAP-003"),
    ("many nodes in JSON", "json", '{"a": [' + "1," * 1_000_000 + "1]}", "DM-CAP-003"),
    ("many problems", "yaml", "a: [" + "5%, " * 500_000 + "]", "DM-CAP-005"),
    ("many problems far down", "yaml", DEEP_ISSUES * 30 + "[" + "5%, " * 400_000, "DM-CAP-005"),
    ("many tags", "yaml", "a: [" + "!x 1, " * 300_000 + "]", "DM-CAP-005"),
    ("a number without end", "yaml", "a: " + "1" * 2_000_000, "DM-NUM-007"),
    ("a number without end in JSON", "json", '{"a": ' + "1" * 2_000_000 + "}", "DM-NUM-007"),
    ("a key without end", "yaml", "? " + "k" * 2_000_000 + "\n: 1", "DM-CAP-004"),
    ("a key without end in JSON", "json", '{"' + "k" * 2_000_000 + '": 1}', "DM-CAP-004"),
    ("a word without end", "yaml", "k" * 2_000_000, "DM-YML-005"),
    ("quotes without end", "yaml", "a: '" + "x" * 2_000_000, "DM-YML-003"),
    ("escapes without end", "json", '{"a": "' + "\\n" * 1_000_000, "DM-YML-003"),
    ("only comments", "yaml", "#\n" * 1_000_000, "DM-YML-005"),
    ("only line ends", "json", "\n" * 2_000_000, "DM-YML-005"),
    ("zeros", "yaml", b"\x00" * 2_000_000, "DM-ENC-003"),
    ("ten megabytes", "yaml", b"a: 1 # " + b"x" * 10_000_000, "DM-CAP-001"),
    ("ten megabytes of text", "yaml", "\u20ac" * 1_000_000, "DM-CAP-001"),
]


@pytest.mark.parametrize(("kind", "text", "code"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_text_is_refused_soon_and_in_little_memory(kind: Kind, text: str | bytes, code: str) -> None:
    start = time.perf_counter()
    error = refusal(text, kind)
    assert time.perf_counter() - start < SECONDS
    assert code in [issue.code for issue in error.issues]
    assert len(error.issues) <= MOST_ISSUES + 1
    assert len(str(error)) < 1_000_000


@pytest.mark.parametrize("name", ["many problems far down", "many nodes", "alias bomb"])
def test_memory_stays_small(name: str) -> None:
    kind, text = next((kind, text) for case, kind, text, _ in HOSTILE if case == name)
    tracemalloc.start()
    try:
        refusal(text, kind)
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["a: " + "[" * 500_000, "{a: " * 400_000, ALIAS_BOMB])
def test_the_python_parser_is_no_way_around_the_caps(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.SafeLoader)
    start = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - start < SECONDS


def test_the_largest_depth_and_count_are_still_read() -> None:
    deep = "a: " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert read_text(deep, "deal.yaml", "yaml").data
    assert refusal(deep.replace("[]", "[[]]")).issues[0].text() == (
        "file (line 1): more than 32 levels of nesting; at most 32"
    )
    wide = "a: [" + "1, " * (MOST_NODES - 3) + "]"
    assert len(read_text(wide, "deal.yaml", "yaml").data["a"]) == MOST_NODES - 3
    assert str(refusal(wide.replace("]", "1, 1]"))) == (
        "deal.yaml has 1 problem\n  file (line 1): more than 100_000 keys and values; at most 100_000"
    )


@pytest.mark.parametrize(
    ("raw", "code", "message"),
    [
        ("a: 1".encode("utf-16"), "001", "file (line 1): the file is in UTF-16 or UTF-32; save the file as UTF-8"),
        ("a: 1".encode("utf-16-le"), "001", "file (line 1): the file is in UTF-16 or UTF-32; save the file as UTF-8"),
        ("a: 1".encode("utf-16-be"), "001", "file (line 1): the file is in UTF-16 or UTF-32; save the file as UTF-8"),
        (b"a: 1\nb: \xc3\xa9\xe9\n", "002", "file (line 2): byte 0xE9 is not UTF-8; save the file as UTF-8"),
        (b"a: \xed\xa0\x80", "002", "file (line 1): byte 0xED is not UTF-8; save the file as UTF-8"),
        (b"a: 1\nb: x\x00", "003", "file (line 2): a control character, U+0000; "),
        (b"a: \x1b[31m", "003", "file (line 1): a control character, U+001B; "),
        ("a: x\x85b".encode(), "003", "file (line 1): a control character, U+0085; "),
        ("a: \u202egp".encode(), "004", "file (line 1): a character that changes the order of the text, U+202E; "),
        ("a: \u2067gp".encode(), "004", "file (line 1): a character that changes the order of the text, U+2067; "),
        ("a\u200b: 1".encode(), "005", "file (line 1): a character that cannot be seen, U+200B; "),
        ("a: 1 # \u200d".encode(), "005", "file (line 1): a character that cannot be seen, U+200D; "),
        ("a: 1\n\ufeffb: 1".encode(), "005", "file (line 2): a character that cannot be seen, U+FEFF; "),
        ("a: b\u2028c".encode(), "006", "file (line 1): a character that files cannot carry, U+2028; "),
        ("a: \uffff".encode(), "006", "file (line 1): a character that files cannot carry, U+FFFF; "),
    ],
)
def test_text_that_is_not_what_it_seems_is_refused(raw: bytes, code: str, message: str) -> None:
    (issue,) = refusal(raw).issues
    assert issue.code == f"DM-ENC-{code}"
    if message.endswith("; "):
        message += "delete it and type the text around it again"
    assert issue.text() == message


def test_the_place_of_a_refused_byte_or_character() -> None:
    assert [(issue.line, issue.column) for issue in refusal("a: é\r\nb: é\u200b".encode()).issues] == [(2, 5)]
    assert [(issue.line, issue.column) for issue in refusal("a: é\nb: é".encode() + b"\xff").issues] == [(2, 5)]


def test_lone_surrogates_are_refused_in_text_and_in_escapes() -> None:
    assert refusal("a: \ud800").issues[0].code == "DM-ENC-006"
    assert refusal('{"a": "\\ud83d"}', "json").issues[0].code == "DM-ENC-006"
    assert refusal('{"a": "\\ude00\\ud83d"}', "json").issues[0].code == "DM-ENC-006"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\r", "\u202a", "\u2069", "\u200b", "\ufeff", "\x7f"])
def test_an_escape_is_no_way_around_it(character: str) -> None:
    escape = f"\\u{ord(character):04x}"
    for text, kind in ((f'a: "x{escape}"', "yaml"), (f'{{"a": "x{escape}"}}', "json")):
        (issue,) = refusal(text, kind).issues  # type: ignore[arg-type]
        assert issue.code.startswith("DM-ENC-"), text
        assert issue.path == "a"


def test_messages_never_show_the_refused_character_itself() -> None:
    error = refusal('{"a\\u202e\\ud800": {"b": 1e400}, "c": "\\u0007"}', "json")
    assert [issue.path for issue in error.issues] == ["", "a??.b", "c"]
    assert str(error).replace("\n", "").isprintable()


@pytest.mark.parametrize("name", ["deal.yaml", "deal.yml", "deal.json", "My Deal.YAML"])
def test_a_file_is_read_by_its_ending(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text('{"a": "2026-12-31"}')
    document = read_deal(file)
    assert document.name == name
    assert isinstance(document.data["a"], str) == (not name.endswith("json"))


@pytest.mark.parametrize("name", ["deal.yaml", "deal.yml", "deal.json"])
def test_a_folder_stands_for_the_deal_in_it(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"a": 1}')
    (tmp_path / "other.yaml").write_text("b: 1")
    document = read_deal(str(tmp_path))
    assert (document.name, document.data) == (name, {"a": 1})


def access_refusal(path: Path | str, error: type[DealError] = FileAccessError) -> str:
    start = time.perf_counter()
    with pytest.raises(error) as refused:
        read_deal(path)
    assert time.perf_counter() - start < SECONDS
    return str(refused.value)


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "two").mkdir()
    for name in ("deal.yaml", "deal.json"):
        (tmp_path / "two" / name).write_text("a: 1")
    (tmp_path / "file.yaml").write_text("a: 1")
    assert access_refusal("none.yaml") == (
        "none.yaml has 1 problem\n  file: there is no such file; check the name and the folder"
    )
    assert access_refusal("file.yaml/deal.yaml") == (
        "file.yaml/deal.yaml has 1 problem\n  file: there is no such file; check the name and the folder"
    )
    assert access_refusal("empty") == (
        "empty has 1 problem\n  file: the folder holds no deal file; deal.yaml, deal.yml or deal.json"
    )
    assert access_refusal("two") == (
        "two has 1 problem\n  file: the folder holds deal.yaml and deal.json; keep one, or name the file"
    )
    assert access_refusal("a\x00b.yaml").endswith("file: the file cannot be read: its name is not a file name")
    assert access_refusal("x" * 5_000 + ".yaml").endswith("file: the file cannot be read: file name too long")


def test_a_missing_file_has_exit_code_three(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError) as refused:
        read_deal(tmp_path / "none.yaml")
    assert refused.value.exit_code == 3
    assert refused.value.issues[0].code == "DM-IO-001"


def test_a_file_with_another_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    assert access_refusal(tmp_path / "book.xlsx", DealFileError) == (
        "book.xlsx has 1 problem\n  file: the name does not end as a deal file's; .yaml, .yml or .json"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_or_a_device_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "deal.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    for path in (tmp_path, tmp_path / "deal.yaml", tmp_path / "zero.yaml", "/dev/zero"):
        assert access_refusal(path).endswith("  file: this is not a regular file; a file, or a folder with deal.yaml")


def test_a_folder_named_as_a_deal_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deal.yaml").mkdir()
    assert "this is not a regular file" in access_refusal(tmp_path)


def test_a_link_to_a_regular_file_is_read_and_one_to_nothing_is_not(tmp_path: Path) -> None:
    (tmp_path / "there.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "there.yaml")
    (tmp_path / "deal.yaml").symlink_to(tmp_path / "nowhere.yaml")
    assert read_deal(tmp_path / "link.yaml").data == {"a": 1}
    assert "there is no such file" in access_refusal(tmp_path)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "deal.yaml"
    file.write_text("a: 1")

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dealmodel.io.files.os.open", denied)
    assert access_refusal(file).endswith("  file: the file may not be read; ask for permission to read it")


def test_a_large_file_is_refused_by_its_size_and_a_growing_one_by_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deal.yaml"
    file.write_bytes(b"#" * (MOST_BYTES + 1))
    message = "deal.yaml has 1 problem\n  file: the file is larger than 2 MiB; at most 2_097_152 bytes"
    assert access_refusal(file, DealFileError) == message
    taken: list[int] = []
    read = os.read
    monkeypatch.setattr("dealmodel.io.files.os.read", lambda handle, count: taken.append(count) or read(handle, count))
    assert access_refusal(file, DealFileError) == message
    assert taken == []
    monkeypatch.setattr("dealmodel.io.files.os.fstat", lambda handle: os.stat(tmp_path / "small.yaml"))
    (tmp_path / "small.yaml").write_text("a: 1")
    assert access_refusal(file, DealFileError) == message
    assert max(taken) == MOST_BYTES + 1


def test_the_largest_file_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "deal.yaml").write_bytes(b"a: 1\n#" + b"x" * (MOST_BYTES - 6))
    assert read_deal(tmp_path).data == {"a": 1}
