"""Expositions, as exporters make them and as nobody should."""

from __future__ import annotations

from hypothesis import strategies as st

names = st.from_regex(
    r"[a-z_:][a-z0-9_:]{0,12}(_total|_seconds|_bytes|_max|_info|_count|_sum|_bucket|_created)?", fullmatch=True
)
label_names = st.sampled_from(["code", "le", "quantile", "job", "instance", "_x", "path", "result", "Ä", "__y", "a"])
texts = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.one_of(
    st.floats(width=32).map(repr), st.sampled_from(["+Inf", "-Inf", "NaN", "0", "1", "1e308", "1795649382.2", "1.8e19"])
)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@st.composite
def sample_lines(draw: st.DrawFn) -> str:
    """A line of a sample, legal but for the names of its labels."""
    labels = draw(
        st.dictionaries(
            label_names, st.one_of(texts, st.sampled_from(["200", "hit", "miss", "0.5", "+Inf"])), max_size=3
        )
    )
    inner = ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items() if key.isascii())
    return draw(names) + (f"{{{inner}}}" if inner else "") + " " + draw(values)


@st.composite
def comment_lines(draw: st.DrawFn) -> str:
    """A line of metadata."""
    kind = draw(st.sampled_from(["counter", "gauge", "histogram", "summary", "untyped", "info", "stateset", "unknown"]))
    name = draw(names)
    help_text = draw(texts).replace("\n", " ").replace("\r", " ")
    return draw(
        st.sampled_from(
            [f"# TYPE {name} {kind}", f"# HELP {name} {help_text}", f"# UNIT {name} seconds", f"# {help_text}"]
        )
    )


expositions = st.lists(st.one_of(sample_lines(), comment_lines()), min_size=1, max_size=25).map(
    lambda lines: "\n".join(lines) + "\n"
)
