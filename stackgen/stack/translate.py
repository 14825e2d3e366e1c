"""What is one thing in a container and another on the machine: paths, and the addresses of other services."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

#: The machine itself, as containers call it.
_HOST = re.compile(r"(?<![\w.-])host\.docker\.internal(?![\w.-])")
_LOOPBACK = "127.0.0.1"


class Translator:
    """Turns texts written for one container into texts for a process on the machine.

    `paths` maps container paths to local ones; `addresses` maps service and port inside to the port on 127.0.0.1.
    """

    def __init__(self, paths: Mapping[str, Path], addresses: Mapping[tuple[str, int], int]) -> None:
        self._paths = {target.rstrip("/") or "/": source for target, source in paths.items()}
        self._addresses = addresses
        # Longest first: /var/lib/grafana/dashboards is not the folder `dashboards` of what is at /var/lib/grafana.
        targets = "|".join(re.escape(path) for path in sorted(self._paths, key=len, reverse=True))
        # A path begins where no other path or word goes on, or a file's URL, and ends with its last component.
        begin = r"(?:(?<=\bfile://)|(?<![\w./-]))"
        self._path = re.compile(rf"{begin}(?:{targets})(?![\w.-])") if targets else None
        services = sorted({service for service, _ in addresses}, key=len, reverse=True)
        names = "|".join(re.escape(name) for name in services)
        self._address = re.compile(rf"(?<![\w.-])({names}):(\d+)(?!\d)") if names else None

    def text(self, text: str) -> str:
        """`text` with every container path and every `service:port` replaced."""
        if self._path is not None:
            text = self._path.sub(lambda match: str(self._paths[match[0]]), text)
        if self._address is not None:
            text = self._address.sub(self._local, text)
        return _HOST.sub(_LOOPBACK, text)

    def file(self, name: str, text: str) -> str:
        """The text of a configuration file; in YAML only values are touched, and quoted again where they must be."""
        if not name.endswith((".yml", ".yaml")):
            return self.text(text)
        if self.text(text) == text:
            return text
        documents = list(yaml.compose_all(text, yaml.SafeLoader))
        # An alias is the same node again; it is translated once.
        seen: set[int] = set()
        changed = [self._node(document, seen) for document in documents]
        return yaml.serialize_all(documents, Dumper=yaml.SafeDumper, width=10_000) if any(changed) else text

    def _local(self, match: re.Match[str]) -> str:
        published = self._addresses.get((match[1], int(match[2])))
        return match[0] if published is None else f"{_LOOPBACK}:{published}"

    def _node(self, node: yaml.Node, seen: set[int]) -> bool:
        if id(node) in seen:
            return False
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            before, node.value = node.value, self.text(node.value)
            return bool(node.value != before)
        children = [value for _, value in node.value] if isinstance(node, yaml.MappingNode) else node.value
        changed = [self._node(child, seen) for child in children]
        return any(changed)
