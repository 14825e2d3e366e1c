"""What picks the fields that an override is for: Grafana's `FieldMatcherID`, and what each wants to be told.

Grafana draws nothing of a panel with a matcher that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from stackgen.definition.grafana.options import CALCULATIONS
from stackgen.definition.grafana.shapes import Shape

_TYPES = ("time", "number", "string", "boolean", "trace", "geo", "enum", "frame", "nestedFrames", "other")
#: Of each matcher the shape of its options; None: it has none that need be given.
MATCHERS: Mapping[str, Shape | None] = {
    "byName": str,
    "byNames": {"mode": ("include", "exclude"), "names": [str], "prefix": str, "readOnly": bool},
    "byRegexp": str,
    "byRegexpOrNames": {"names": [str], "pattern": str, "variable": str},
    "byType": _TYPES,
    "byTypes": [_TYPES],
    "byFrameRefID": str,
    "byValue": {"op": ("eq", "neq", "gt", "gte", "lt", "lte"), "reducer": CALCULATIONS, "value": float},
    "numeric": None,
    "time": None,
    "first": None,
    "firstTimeField": None,
}

_SLASHED = re.compile(r"/(?P<inside>.*)/(?P<flags>[gimyus]*)", re.DOTALL)
#: What Python's `re` says of expressions that JavaScript cannot read either; in other things the two differ.
_BROKEN = ("missing )", "unbalanced parenthesis", "unterminated character set", "nothing to repeat", "bad escape (end")


def fits_no_regex(text: str) -> str:
    """Why Grafana can make no regular expression of a text, bare or between slashes with flags; empty if it can."""
    inside = text
    if text.startswith("/"):
        slashed = _SLASHED.fullmatch(text)
        if slashed is None:
            return f"{text!r} begins with a slash and does not end with one"
        inside = slashed["inside"]
    try:
        re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", inside))
    except re.error as error:
        if str(error).startswith(_BROKEN):
            return f"no regular expression: {error}"
    return ""
