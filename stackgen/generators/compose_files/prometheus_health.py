"""How Prometheus's container is asked for its health, and what heals it after its disk was full."""

from __future__ import annotations

from stackgen import conventions
from stackgen.definition.model import Definition
from stackgen.generators.document import heading

#: The script, in the folder of Prometheus's configuration.
SCRIPT = "healthy.sh"


def script(definition: Definition) -> str:
    """A script for busybox, which the image has.

    Prometheus goes on after a failed write, but its write-ahead log is torn there, and when it is next read back all
    that comes after is dropped. So it is started anew as soon as there is room: then next to nothing comes after. For
    processes `stackgen.stack.health` does the same.
    """
    about = heading(definition, "Whether Prometheus is well; one whose disk was full is ended, to be started again.")
    url = f"http://127.0.0.1:{conventions.SERVICE_PORTS['prometheus']}"
    return f"""{about}
wget -q -T 3 -O /dev/null {url}/-/ready || exit 1
failed=$(wget -q -T 3 -O - {url}/metrics | awk '$1 == "{conventions.FAILED_WAL_WRITES}" {{ print $2 }}')
[ "${{failed:-0}}" = 0 ] && exit 0

# A write has failed, and the log is torn. What is stored from now on would be lost with the next start. That writes the
# torn file anew, so there has to be room for it.
room=$(df -Pk /prometheus | awk 'NR == 2 {{ print $4 }}')
needed=$(find /prometheus/wal -maxdepth 1 -type f -exec du -k {{}} + | awk '$1 > most {{ most = $1 }}
  END {{ print most + {conventions.DISK_ROOM // 1024} }}')
if [ "${{room:-0}}" -lt "$needed" ]; then
  echo "its disk was full, and has room for $room kB; with $needed kB it is started anew, until then nothing is safe"
  exit 1
fi
echo "its disk was full, and has room again: it is started anew"
kill -TERM 1
exit 1
"""
