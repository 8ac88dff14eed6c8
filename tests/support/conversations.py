"""Connections as bytes, cut and interleaved in any way, and what the tee takes of them."""

from dataclasses import dataclass, field

from shadow.capture.intake import Intake, IntakePolicy
from shadow.capture.tee.bodies import Room
from shadow.capture.tee.first_bytes import AnyConversation
from shadow.capture.tee.transcript import Event, Transcript
from shadow.model import Exchange

ROOM_BYTES = 1024 * 1024


@dataclass(kw_only=True)
class Reading:
    """One connection that is read; times count up by one with each thing that happens."""

    max_body_bytes: int = 1000
    room_bytes: int = ROOM_BYTES
    unsafe: tuple[str, ...] = ("*",)
    taken: list[Exchange] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        policy = IntakePolicy(max_body_bytes=self.max_body_bytes, unsafe=self.unsafe)
        self.intake = Intake(policy, "test", self._offer)
        self.room = Room(self.room_bytes)
        self.conversation = AnyConversation(self.intake, self.room, lambda at: 1000 + at)
        self.transcript = Transcript(self.conversation)

    def user(self, data: bytes) -> "Reading":
        return self._wrote(data, by_user=True)

    def primary(self, data: bytes) -> "Reading":
        return self._wrote(data, by_user=False)

    def happens(self, event: Event) -> "Reading":
        self.now += 1
        self.transcript.happened(event, self.now)
        self._read()
        return self

    @property
    def ended(self) -> dict[str, int]:
        """How many ended in which way, those that were taken left out."""
        return {f"{key.outcome}:{key.reason}": n for key, n in self.intake.counts().outcomes}

    @property
    def captured(self) -> int:
        return self.intake.counts().captured

    @property
    def adds_up(self) -> bool:
        return self.captured == len(self.taken) + sum(self.ended.values())

    def _offer(self, exchange: Exchange) -> bool:
        self.taken.append(exchange)
        return True

    def _wrote(self, data: bytes, *, by_user: bool) -> "Reading":
        self.now += 1
        self.transcript.wrote(data, self.now, by_user=by_user)
        self._read()
        return self

    def _read(self) -> None:
        while self.transcript.read():
            pass
