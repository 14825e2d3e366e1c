"""What a Django cache is recorded by, and the other self that does its work."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from stackgen.exporters.cache import Kind
from stackgen.instrument.errors import THROWN_IN, Kinds
from stackgen.instrument.observed import plain_class
from stackgen.instrument.recorder import Recorder
from stackgen.instrument.recording import Recording


def pickle_kind_of(error: BaseException, kinds: Kinds) -> Kind:
    """The `kind` of an exception; pickle has many that are not its own for what it cannot write or read."""
    kind = kinds(error)
    if kind != "other":
        return kind
    told = isinstance(error, (TypeError, AttributeError)) and any(
        words in str(error) for words in ("pickle", "Can't get attribute")
    )
    return "serialization" if told or isinstance(error, (ImportError, EOFError)) else kind


class CacheRecording(Recording):
    """What one cache object's operations are recorded by.

    Operations call each other: `get_or_set` gets, adds and gets again, the database's `get` is its `get_many`, `aget`
    is `get` in a thread. What a caller asked for is counted once, because the work is done by a second object: of the
    plain class, with the same attributes (one dictionary for both), and observed by nobody.
    """

    __slots__ = ("_inner",)

    def __init__(self, metrics: Recorder) -> None:
        super().__init__(metrics, pickle_kind_of)
        self._inner: Any = None

    def inner(self, observed: Any) -> Any:
        """The plain object that shares the attributes of `observed`."""
        inner = self._inner
        if inner is None:
            inner = self._inner = object.__new__(self.inner_class(plain_class(observed)))
            inner.__dict__ = observed.__dict__
        return inner

    def inner_class(self, plain: Any) -> Any:
        """The class of the plain object."""
        return plain

    def let_go(self) -> bool:
        """Forget the plain object, which leads back to here; whether there was one."""
        inner, self._inner = self._inner, None
        return inner is not None

    def swallowed(self) -> BaseException | None:
        """The failure that the operation under way has kept from its caller, told once."""
        return None

    def created(self, creation: Creation) -> None:
        """A `get_or_set` ended."""
        now = perf_counter()
        if creation.began is None:
            self.hit(now - creation.started)
            return
        self.miss(creation.began - creation.started)
        creation.record_load(self.metrics)
        self.done(now - creation.ended, "set", 1)

    def not_created(self, creation: Creation, error: BaseException) -> None:
        """A `get_or_set` ended in an exception: of the lookup, of the source, or of the store."""
        now = perf_counter()
        if creation.began is None:
            self.failed(now - creation.started, "get", 1, error)
            return
        self.miss(creation.began - creation.started)
        creation.record_load(self.metrics)
        if creation.error is None:
            self.failed(now - creation.ended, "set", 1, error)


class Creation:
    """One `get_or_set`: it is told a miss by being asked for the value."""

    __slots__ = ("_default", "_recording", "began", "ended", "error", "started", "swallowed")

    def __init__(self, recording: CacheRecording, default: Any) -> None:
        self._recording = recording
        self._default = default
        self.started = perf_counter()
        self.began: float | None = None
        self.ended = 0.0
        #: What the source raised.
        self.error: BaseException | None = None
        #: What failed before the source was asked, and was kept from the caller.
        self.swallowed: BaseException | None = None

    def __call__(self) -> Any:
        """Give the default as Django would: what it returns, if it can be called."""
        # The source may use a cache itself.
        self.swallowed = self._recording.swallowed()
        self.began = perf_counter()
        try:
            return self._default() if callable(self._default) else self._default
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.ended = perf_counter()

    def record_load(self, metrics: Recorder) -> None:
        """Record how long the source took, where the default came from one."""
        if self.began is None or not callable(self._default):
            return
        if self.error is None:
            metrics.record_load(self.ended - self.began)
        elif not isinstance(self.error, THROWN_IN):
            metrics.record_load_error(self.ended - self.began)
