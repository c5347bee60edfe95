"""What an optimizer may be called; the rule is that of the harness."""

from __future__ import annotations

import re

RULE = "1 to 40 lower-case letters, digits and single dashes, a letter first, such as `my-method`"
_LONGEST = 40


def mistake(name: str) -> str | None:
    """What is wrong with a name; None if it may be used."""
    if not isinstance(name, str):
        return f"it is not a text but {name!r}"
    if not name:
        return "it is empty"
    if len(name) > _LONGEST:
        return f"it has more than {_LONGEST} letters"
    if not "a" <= name[0] <= "z":
        return "it does not begin with a lower-case letter"
    if re.fullmatch(r"[a-z0-9-]+", name) is None:
        return "it has other than lower-case letters, digits and dashes"
    if name.endswith("-") or "--" in name:
        return "a dash has to stand between letters or digits"
    return None


def kebab(class_name: str) -> str:
    """The name of a class as that of an optimizer: ``NormalizedGD`` is ``normalized-gd``, ``AdamW`` is ``adam-w``."""
    if not class_name.isascii():
        # The rule refuses it, and says so of all of it.
        return class_name.lower()
    words = re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[A-Z][0-9]*|[0-9]+", class_name)
    return "-".join(words).lower()
