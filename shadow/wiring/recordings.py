"""Recordings as a way in: how a replay is known again, and what its process is made of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from shadow.capture.intake import Intake
from shadow.capture.recordings.files import Recording, recording_at
from shadow.capture.recordings.front import Choice, RecordingFront
from shadow.capture.recordings.pace import Pace
from shadow.capture.recordings.patience import PatientOffers
from shadow.errors import UsageError
from shadow.queue.lines import QueueLimits
from shadow.queue.local import LocalQueue
from shadow.queue.pulse import Pulse
from shadow.settings import Settings
from shadow.store.engine import migrate, open_store
from shadow.store.ledger import Ledger
from shadow.store.replays import ledgers_of
from shadow.wiring.live import intake_policy
from shadow.wiring.shared import queue_endpoint, required

_PREFIX = "replay/"
_DIGEST_BYTES = 5
_AHEAD = 256
"""So much a worker has in hand: what it commits at once and more, so that it is busy meanwhile, and
not so much that stopping has to wait for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayName:
    """What one replay is counted under: the content of its files, what is chosen of them, their
    paths, and which time it is. `content` has a digest of each file, in their order.
    """

    content: str
    choice: str
    paths: str
    repetition: int

    def shares_files(self, other: "ReplayName") -> bool:
        """Whether a file of the one is among those of the other."""
        return not set(_files(self.content)).isdisjoint(_files(other.content))

    def __str__(self) -> str:
        parts = (self.content, self.choice, self.paths, str(self.repetition))
        return _PREFIX + "/".join(parts)

    @classmethod
    def read(cls, line: str) -> "ReplayName | None":
        """Read what `str` gave; None for another line."""
        parts = line.removeprefix(_PREFIX).split("/")
        if len(parts) != 4 or not parts[3].isdecimal():
            return None
        content, choice, paths, repetition = parts
        return cls(content=content, choice=choice, paths=paths, repetition=int(repetition))


class RecordingSide:
    """The process that replays recordings: its front, intake and end of the queue.

    Raises `UnavailableError` for a store that cannot be used, `UsageError` for files that are no
    recordings.
    """

    def __init__(self, settings: Settings) -> None:
        recordings = recordings_of(settings)
        capture = settings.capture
        name, counted = _how_far(replay_name(recordings, settings), settings)
        limits = QueueLimits(
            max_exchanges=min(capture.queue_exchanges, _AHEAD * settings.workers),
            max_bytes=capture.queue_bytes,
            window=_AHEAD,
        )
        self.queue = LocalQueue(queue_endpoint(settings), name, limits, line=name)
        offers = PatientOffers(
            self.queue.offer, lambda: not self.queue.unsettled, counted.__contains__
        )
        policy = replace(intake_policy(settings), only=capture.recordings.only)
        self.intake = Intake(policy, name, offers.take)
        self.pulse = Pulse(self.queue, self.intake.counts, serves_users=False)
        self.front = RecordingFront(
            recordings,
            Choice(hosts=capture.recordings.host, ask_primary=capture.recordings.ask_primary),
            Pace(capture.recordings.times_as_fast),
            self.intake,
            offers,
            lambda: self.queue.unsettled,
        )


def recordings_of(settings: Settings) -> tuple[Recording, ...]:
    """Look at all files. Raises `UsageError` for those that are no recordings or the same."""
    found: dict[str, Recording] = {}
    for file in settings.capture.recordings.files:
        recording = recording_at(file)
        same = found.setdefault(recording.fingerprint, recording)
        if same is not recording:
            raise UsageError(f"{file} has what {same.path} has, and would count twice; name one")
    return tuple(found.values())


def replay_name(recordings: Sequence[Recording], settings: Settings) -> ReplayName:
    """What a replay is counted under."""
    capture = settings.capture
    choice = capture.model_dump(
        mode="json", include={"sample", "sample_by", "include", "exclude", "unsafe"}
    )
    choice["max_body_bytes"] = capture.max_body_bytes
    choice["recordings"] = capture.recordings.model_dump(
        mode="json", include={"host", "only", "ask_primary"}
    )
    return ReplayName(
        content="".join(_digest(recording.fingerprint) for recording in recordings),
        choice=_digest(choice),
        paths=_digest([str(Path(recording.path).absolute()) for recording in recordings]),
        repetition=capture.recordings.repetition,
    )


def to_go_on(name: ReplayName, settings: Settings, *, from_start: bool) -> ReplayName:
    """The replay to go on with: one of the same files wherever they lay, else a new one.

    With `from_start` it is one that has counted nothing. Raises `UsageError` where some of the
    files were replayed with others, with another choice, or with another content by their paths, as
    they would be counted twice without a word.
    """
    known = [found for line in _ledgers(settings) if (found := ReplayName.read(line)) is not None]
    same = [k for k in known if (k.content, k.choice) == (name.content, name.choice)]
    if from_start:
        times = max((k.repetition for k in known), default=0)
        return _repeated(name, times + 1)
    if same:
        latest = max(same, key=lambda k: k.repetition)
        return latest if latest.repetition >= name.repetition else name
    if any(k.paths == name.paths and k.content != name.content for k in known):
        raise UsageError(_again("the files have changed since they were replayed"))
    if any(k.content == name.content for k in known):
        raise UsageError(_again("these files were replayed with another choice of requests"))
    if any(k.shares_files(name) for k in known):
        raise UsageError(
            _again("some of these files, with others or in other order, were replayed")
        )
    return name


def _how_far(name: ReplayName, settings: Settings) -> tuple[str, Ledger]:
    """The line that a replay is counted on, and what is; the files may have lain elsewhere then."""
    wanted = (name.content, name.choice, name.repetition)
    for line, ledger in _ledgers(settings).items():
        known = ReplayName.read(line)
        if known and (known.content, known.choice, known.repetition) == wanted:
            return line, ledger
    return str(name), Ledger()


def _again(problem: str) -> str:
    hint = "to count all of it once more, give --from-start; to count it apart, another --release"
    return f"{problem} for this release; {hint}"


def _repeated(name: ReplayName, repetition: int) -> ReplayName:
    return ReplayName(
        content=name.content, choice=name.choice, paths=name.paths, repetition=repetition
    )


def _ledgers(settings: Settings) -> Mapping[str, Ledger]:
    engine = open_store(settings.store)
    try:
        migrate(engine)
        return ledgers_of(engine, required(settings.release), _PREFIX)
    finally:
        engine.dispose()


def _files(content: str) -> list[str]:
    """The digests of files that are one behind the other."""
    length = _DIGEST_BYTES * 2
    return [content[n : n + length] for n in range(0, len(content), length)]


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True).encode()
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()
