"""One module per artefact, each a pure function from a definition to files."""
