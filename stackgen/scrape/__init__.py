"""Reads what is exposed: the metrics of targets, of files, and of a Prometheus that scrapes them."""
