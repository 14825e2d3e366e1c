"""The parts of a generated exporter module."""
