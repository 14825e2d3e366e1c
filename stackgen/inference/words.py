"""What the words in a metric's name say, by the field's habits of naming."""

from __future__ import annotations

from stackgen.scrape.names import words

FAILURES = frozenset(
    {
        "abort", "aborted", "aborts", "canceled", "cancelled", "corrupted", "corruption", "corruptions",
        "crash", "crashed",
        "crashes", "discarded", "dropped", "drops", "error", "errors", "errs", "exceeded", "exception",
        "exceptions", "fail",
        "failed", "fails", "failure", "failures", "fatal", "invalid", "lost", "panic", "panics", "refused",
        "reject",
        "rejected", "rejections", "timeout", "timeouts", "unreachable",
    }
)  # fmt: skip
#: Words for all of what is tried, failed or not.
ATTEMPTS = frozenset(
    {"all", "attempted", "attempts", "calls", "operations", "ops", "processed", "requests", "started", "tried"}
)
#: Words for what came off, beside which failures are counted apart.
SUCCESSES = frozenset(
    {"accepted", "completed", "delivered", "ok", "sent", "succeeded", "success", "successes", "successful"}
)
HITS = {"hit": "miss", "hits": "misses"}

LIMITS = frozenset({"capacity", "limit", "max", "maximum", "size", "total"})
USED = frozenset(
    {"active", "allocated", "busy", "connected", "current", "entries", "in", "inuse", "open", "use", "used"}
)
FREE = frozenset({"avail", "available", "free", "idle", "remaining"})

#: Values of labels (`result`, `status`, `outcome`) that say how something ended.
BAD_VALUES = frozenset({"dropped", "error", "errors", "fail", "failed", "failure", "invalid", "rejected", "timeout"})
GOOD_VALUES = frozenset({"accepted", "ok", "pass", "sent", "success", "successful"})

_ACRONYMS = {
    each.lower(): each
    for each in (
        "API", "CPU", "CPUs", "DB", "DNS", "FDs", "GC", "GRPC", "HTTP", "ID", "IO", "IP", "JSON", "JVM",
        "LRU", "NFS",
        "OS", "PID", "RSS", "SD", "SLO", "SQL", "SSL", "TCP", "TLS", "TSDB", "TTL", "UDP", "URL", "VM", "WAL", "XFS",
    )
}  # fmt: skip


def singular(word: str) -> str:
    """A word without the s of the plural, so that `evaluations` and `evaluation` are one."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "xes", "ches")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def title(key: str) -> str:
    """A key as people write it: `http_request_duration` is HTTP request duration."""
    parts = [_ACRONYMS.get(part, part) for part in key.split("_") if part]
    text = " ".join(parts)
    return text[:1].upper() + text[1:]


def tells_failure(name: str) -> bool:
    """Whether a name is that of something that went wrong."""
    return not FAILURES.isdisjoint(words(name))


def camel(text: str) -> str:
    """`cache_hit_ratio` as the name of an alert has it: CacheHitRatio."""
    return "".join(part[:1].upper() + part[1:] for part in text.split("_"))
