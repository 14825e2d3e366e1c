"""The language: read from YAML, held against its schema and its meaning, given as an immutable model."""

from stackgen.definition.loading import load
from stackgen.definition.model import Definition
from stackgen.definition.sources import packs
from stackgen.definition.structure import schema_text

__all__ = ["Definition", "load", "packs", "schema_text"]
