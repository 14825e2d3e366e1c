"""Lets `python -m stackgen` be the same as `stackgen`."""

from stackgen.cli import main

raise SystemExit(main())
