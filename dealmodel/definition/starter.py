"""A starter deal: the text of a small, whole deal file with a comment on every family, under a name of one's own."""

from __future__ import annotations

import json
import re
import unicodedata
from importlib.resources import files

from dealmodel.basics.errors import DealFileError, Issue
from dealmodel.definition.checks_names import BAD_ID, MOST_CHARACTERS, PATTERN, TOO_LONG, is_id
from dealmodel.definition.messages import said
from dealmodel.io.characters import refused_in_value

_ID_LINE, _NAME_LINE = "  id: starter\n", "  name: A starter deal\n"


def starter_id(name: str) -> str:
    """Id of a deal of some name: the name itself if it is an id, or its letters and digits in lower case.

    "GPU notes, first draft" becomes `gpu_notes_first_draft`; accents are left out.

    Raises
    ------
    DealFileError
        If no id can be made of it.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = name if is_id(name) else re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not is_id(made):
        raise DealFileError(
            "dealmodel new", [Issue("NAME", f"no id can be made of {said(name)}", PATTERN, code=BAD_ID)]
        )
    return made


def starter_text(name: str) -> str:
    """Text of the starter deal under a name, as YAML. It loads without a problem; see `definition/starter_deal.yaml`.

    Parameters
    ----------
    name : str
        What people call the deal. Of an id, such as `my_deal`, words are made: "My deal".

    Raises
    ------
    DealFileError
        If the name is too long, holds a character that hides what a reader sees, or no id can be made of it.
    """
    if len(name) > MOST_CHARACTERS:
        what = f"a name of {len(name):,} characters"
        raise DealFileError("dealmodel new", [Issue("NAME", what, f"at most {MOST_CHARACTERS:,}", code=TOO_LONG)])
    refused = refused_in_value(name)
    if refused is not None:
        raise DealFileError("dealmodel new", [Issue("NAME", f"{said(name)} holds {refused.what}", code=refused.code)])
    deal_id = starter_id(name)
    words = name.replace("_", " ").capitalize() if is_id(name) else " ".join(name.split())
    text = files("dealmodel.definition").joinpath("starter_deal.yaml").read_text(encoding="utf-8")
    for line, filled in ((_ID_LINE, deal_id), (_NAME_LINE, json.dumps(words, ensure_ascii=False))):
        before, found, after = text.partition(line)
        if not found:
            raise ValueError(f"the starter deal has no line {line.strip()!r}")
        text = f"{before}{line.partition(': ')[0]}: {filled}\n{after}"
    return text
