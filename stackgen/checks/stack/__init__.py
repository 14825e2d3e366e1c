"""Checks of what has to agree across the files of a stack."""
