"""PromQL as checks see it: a tree whose parts know where they stand, which labels they have and in what unit.

The parser is promql-parser; it keeps no positions, so the places come from a second, shallow look at the text.
"""
