"""`stackgen infer`: a definition of what is exposed already."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from stackgen.definition.quantities import duration
from stackgen.findings import StackgenError
from stackgen.inference.inferring import Wishes, infer
from stackgen.output import write_new
from stackgen.scrape.fetching import access
from stackgen.scrape.targets import read, resolve
