"""Applications that the proofs of packs run in processes of their own: `python -m ...applications.NAME PORT`."""
