"""The one place where a name of a deal becomes an identifier of a program or a workbook."""

from __future__ import annotations

import re
from functools import lru_cache

NEVER = 9999
"""The month number that means "never"."""

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*\Z")


def check_name(name: str) -> str:
    """Return a line's name, or raise ValueError: words of a-z, 0-9 and _ joined by dots."""
    if len(name) > 200 or not _NAME.match(name):
        raise ValueError(f"{name!r} is not a name: words of a-z, 0-9 and _ joined by dots, 200 characters at most")
    return name


@lru_cache(maxsize=65536)
def identifier(name: str) -> str:
    """Return the identifier of a name: `class_a.interest_paid` becomes `v_class_a__interest_paid`.

    Two names may share an identifier (`a.b` and `a__b`); the builder refuses the second.
    """
    return "v_" + check_name(name).replace(".", "__")
