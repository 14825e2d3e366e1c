"""Exporters generated from the packs that ship with stackgen."""
