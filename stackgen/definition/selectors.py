"""Which series an expression is computed from."""

from __future__ import annotations

from stackgen.definition.model import (
    Age,
    Expression,
    Increase,
    Info,
    Level,
    Mean,
    Quantile,
    Rate,
    Ratio,
    Raw,
    Term,
)


def selectors_of(expression: Expression) -> Term:
    """All selectors of an expression; none for raw PromQL, which names its metrics in its text."""
    match expression:
        case Rate(term) | Increase(term) | Level(term):
            return term
        case Ratio(part, whole):
            return (*part, *whole)
        case Quantile(of) | Mean(of) | Age(of) | Info(of):
            return (of,)
        case Raw():
            return ()
