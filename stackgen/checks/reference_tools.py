"""The reference checkers, promtool and amtool, as subjects: which program, and the files to show it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stackgen.checks.configurations import Alertmanager, PrometheusConfig
from stackgen.checks.rule_files import RuleFile
from stackgen.checks.texts import SourceText
from stackgen.findings import Place, StackgenError
from stackgen.stack.binaries import BINARIES, Located, on_path
from stackgen.stack.packages import PackageStore

if TYPE_CHECKING:
    from stackgen.checks.reading import Subjects

#: Longest that a tool may take over one file.
_SECONDS = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceTools:
    """The programs that are there, None for those that are not, and what to show them."""

    promtool: Located | None = None
    amtool: Located | None = None
    rule_files: tuple[RuleFile, ...] = ()
    alertmanagers: tuple[Alertmanager, ...] = ()
    prometheus_configs: tuple[PrometheusConfig, ...] = ()

    def over(self, subjects: Subjects) -> ReferenceTools:
        """The same programs, for the files of a run."""
        return replace(
            self,
            rule_files=tuple(_read_by_promtool(subjects.rule_files)),
            alertmanagers=tuple(subjects.alertmanagers),
            prometheus_configs=tuple(subjects.prometheus_configs),
        )


def _read_by_promtool(files: Sequence[RuleFile]) -> Iterator[RuleFile]:
    """The first document of each file; what is wrapped for Kubernetes, promtool does not read."""
    seen: set[str] = set()
    for file in files:
        if not file.in_kubernetes and file.source.file not in seen:
            seen.add(file.source.file)
            yield file


def installed_tools() -> ReferenceTools:
    """The tools on PATH, or those that `stackgen up` and `stackgen test` have unpacked before; nothing is fetched."""
    return ReferenceTools(promtool=installed("promtool"), amtool=installed("amtool"))


def installed(key: str) -> Located | None:
    """A program that is on this machine, or None."""
    if (found := on_path(key)) is not None:
        return found
    binary = BINARIES[key]
    program = PackageStore().find(binary.packages, binary.names)
    if program is None:
        return None
    return Located(program.path, program.environment, program.tree / "usr" if binary.data is not None else None)


def ask_tool(tool: Located, *arguments: str, files: Sequence[SourceText]) -> tuple[int, str]:
    """Run a tool over files: its exit code, and what it said of them (by their names as the user wrote them).

    The tool may not run where it was called (Debian's programs find their data from a folder of their own), so it is
    given absolute paths. Raises StackgenError where it does not end.
    """
    paths = {str(Path(file.file).resolve()): file.file for file in files}
    try:
        answer = tool.run(*arguments, *paths, seconds=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise StackgenError(f"{tool.path.name} did not end within {_SECONDS:.0f} s; run it by hand") from error
    said = f"{answer.stdout}\n{answer.stderr}"
    for path in sorted(paths, key=len, reverse=True):
        said = said.replace(path, paths[path])
    return answer.returncode, said


#: `  line 3: field foo not found in type config.plain`, each on a line of its own below a heading.
_AT_LINE = re.compile(r"\s*line (?P<line>\d+): (?P<text>.+)")
_HEADING = "unmarshal errors:"


def refusals(said: str, source: SourceText) -> list[tuple[Place, str]]:
    """Why a tool refused a configuration: each reason, and where it is (the file, where the tool names no line)."""
    lines = said.splitlines()
    at = next((index for index, line in enumerate(lines) if "FAILED" in line), None)
    if at is None:
        return [(Place(source.file), said.strip() or "refused")]
    problem = lines[at].split("FAILED:")[-1].strip().removeprefix(f"parsing YAML file {source.file}: ")
    below = [found for line in lines[at + 1 :] if (found := _AT_LINE.fullmatch(line))]
    if problem.endswith(_HEADING) and below:
        return [(Place(source.file, int(found["line"])), found["text"]) for found in below]
    if (found := _AT_LINE.fullmatch(problem.removeprefix("yaml: "))) is not None:
        return [(Place(source.file, int(found["line"])), found["text"])]
    return [(Place(source.file), problem or "refused")]
