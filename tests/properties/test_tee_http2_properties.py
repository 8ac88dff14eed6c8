"""However streams are interleaved, cut and damaged, no answer is taken for another request's."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shadow.capture.tee.transcript import Event
from tests.support.conversations import ROOM_BYTES, Reading
from tests.support.http2_bytes import ACK, PREFACE, SETTINGS, Speaker, asks, data, goes_away, reset

CONTENT = st.binary(max_size=40) | st.sampled_from([b"\0" * 9, SETTINGS, PREFACE])
HEADERS = 1
WORDS = st.sampled_from(["a", "b" * 30, "c" * 300])


@st.composite
def bodies(draw: st.DrawFn, stream: int) -> list[bytes]:
    """Content in frames, the last of which ends the stream."""
    parts = draw(st.lists(CONTENT, max_size=3))
    paddings = st.none() | st.integers(0, 20)
    frames = [data(stream, part, padding=draw(paddings)) for part in parts]
    return [*frames, data(stream, b"", ends=True, padding=draw(paddings))]


class Talk:
    """A connection in the making: `said` are whole frames in the order in which they pass.

    Blocks are made when it is their turn, as tables are. Each request asks for its stream's number,
    and each answer says it. `taken` are the streams whose answers began when all was asked.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self.said: Said = [(True, PREFACE + SETTINGS), (False, SETTINGS + ACK), (True, ACK)]
        self.taken: set[int] = set()
        self._draw = draw
        self._user, self._primary = Speaker(), Speaker()
        self._waiting = list(range(1, 2 * draw(st.integers(1, 5)), 2))
        self._uploads: dict[int, list[bytes]] = {}
        self._unanswered: list[int] = []
        self._answers: dict[int, list[bytes]] = {}

    def go_on(self) -> bool:
        """Have something happen, if there is anything left to."""
        usual = [(self._ask, number) for number in self._waiting[:1]]
        usual += [(self._upload, number) for number in self._uploads]
        usual += [(self._answer, number) for number in self._unanswered]
        usual += [(self._download, number) for number in self._answers]
        ends = [self._cancel, self._fail]
        seldom = [(end, n) for n in (*self._unanswered, *self._answers) for end in ends]
        if usual:
            step, number = self._draw(st.sampled_from(usual * 4 + seldom))
            step(number)
        return bool(usual)

    def _ask(self, number: int) -> None:
        self._waiting.remove(number)
        self._unanswered.append(number)
        body = self._draw(st.none() | bodies(number))
        if body is not None:
            self._uploads[number] = body
        self._head(self._user, number, asks(f"/{number}", "POST"), ends=body is None)

    def _upload(self, number: int) -> None:
        self.said.append((True, self._uploads[number].pop(0)))
        if not self._uploads[number]:
            del self._uploads[number]

    def _answer(self, number: int) -> None:
        if self._draw(st.booleans()):
            self._head(self._primary, number, [(":status", "103")], ends=False)
        self._unanswered.remove(number)
        if number not in self._uploads:
            self.taken.add(number)
        body = self._draw(st.none() | bodies(number))
        if body is not None:
            self._answers[number] = body
        fields = [(":status", "200"), ("x-name", str(number))]
        self._head(self._primary, number, fields, ends=body is None)

    def _download(self, number: int) -> None:
        part = self._answers[number].pop(0)
        if self._answers[number] or self._draw(st.booleans()):
            self.said.append((False, part))
        else:
            self._head(self._primary, number, [], ends=True)
        if not self._answers[number]:
            del self._answers[number]

    def _cancel(self, number: int) -> None:
        """What the primary has on its way may still come."""
        self.said.append((True, reset(number)))
        self._uploads.pop(number, None)
        self._end(number)
        if self._draw(st.booleans()):
            late = [(":status", "200"), ("x-name", str(number))]
            self._head(self._primary, number, late, ends=True)

    def _fail(self, number: int) -> None:
        """What the user has on its way still comes."""
        self.said.append((False, reset(number)))
        self._end(number)

    def _end(self, number: int) -> None:
        self.taken.discard(number)
        self._answers.pop(number, None)
        if number in self._unanswered:
            self._unanswered.remove(number)

    def _head(
        self, speaks: Speaker, number: int, fields: list[tuple[str, str]], *, ends: bool
    ) -> None:
        raw = speaks.headers(
            number,
            [*fields, ("x-word", self._draw(WORDS))],
            ends=ends,
            pieces=self._draw(st.sampled_from([1, 1, 2])),
            padding=self._draw(st.sampled_from([0, 0, 9])),
        )
        self.said.append((speaks is self._user, raw))


type Said = list[tuple[bool, bytes]]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Said, set[int]]:
    """Whole frames in the order in which they pass, and the streams that are taken."""
    talk = Talk(draw)
    while talk.go_on():
        pass
    if draw(st.booleans()):
        talk.said.append((False, goes_away(99)))
    return talk.said, talk.taken


def cut(draw: st.DrawFn, raw: bytes) -> list[bytes]:
    if draw(st.booleans()):
        return [raw[at : at + 1] for at in range(len(raw))]
    cuts = sorted({0, len(raw), *draw(st.lists(st.integers(0, len(raw)), max_size=4))})
    return [raw[a:b] for a, b in pairwise(cuts)]


def joined(said: Said) -> Said:
    """What one side says in a row, in one piece."""
    pieces: Said = []
    for by_user, raw in said:
        if pieces and pieces[-1][0] == by_user:
            pieces[-1] = (by_user, pieces[-1][1] + raw)
        else:
            pieces.append((by_user, raw))
    return pieces


@st.composite
def heard(draw: st.DrawFn) -> tuple[Said, set[int]]:
    said, taken = draw(conversations())
    if draw(st.booleans()):
        return joined(said), taken
    return [(by_user, piece) for by_user, raw in said for piece in cut(draw, raw)], taken


def read(pieces: Said) -> Reading:
    reading = Reading()
    for by_user, piece in pieces:
        (reading.user if by_user else reading.primary)(piece)
    return reading


def names(reading: Reading) -> list[tuple[str, str]]:
    """Of each exchange that was taken, the names that request and answer bear."""
    return [
        (taken.request.target, "/" + dict(taken.primary.headers).get(b"x-name", b"").decode())
        for taken in reading.taken
    ]


@settings(max_examples=100, deadline=None)
@given(heard())
def test_each_whole_exchange_is_taken_with_its_answer(told: tuple[Said, set[int]]) -> None:
    pieces, taken = told
    reading = read(pieces)
    found = names(reading)
    assert all(asked == said for asked, said in found)
    assert {asked for asked, _ in found} == {f"/{number}" for number in taken}
    assert len(found) == len(taken)
    reading.happens(Event.PRIMARY_ENDED)
    assert reading.adds_up
    assert "skipped:unparsed" not in reading.ended
    assert reading.room.take(ROOM_BYTES)


@settings(max_examples=100, deadline=None)
@given(conversations(), st.data())
def test_lost_frames_make_no_wrong_pair(told: tuple[Said, set[int]], draws: st.DataObject) -> None:
    """Of a lost block later ones may depend, so that their fields are not what was said."""
    said, _ = told
    may_be_lost = [at for at, (_, raw) in enumerate(said) if raw[3] != HEADERS]
    for at in sorted(draws.draw(st.sets(st.sampled_from(may_be_lost), max_size=3)), reverse=True):
        said.pop(at)
    reading = read(said)
    assert all(asked == answered for asked, answered in names(reading))
    reading.happens(Event.USER_BROKE)
    assert reading.adds_up
    assert "dropped:internal_error" not in reading.ended
    assert reading.room.take(ROOM_BYTES)


@settings(max_examples=100, deadline=None)
@given(heard(), st.data())
def test_damaged_conversations_are_left_out_without_a_mistake(
    told: tuple[Said, set[int]], draws: st.DataObject
) -> None:
    pieces, _ = told
    for _ in range(draws.draw(st.integers(1, 3))):
        which = draws.draw(st.integers(0, len(pieces) - 1))
        by_user, piece = pieces[which]
        at = draws.draw(st.integers(0, len(piece)))
        pieces[which] = (by_user, piece[:at] + draws.draw(st.binary(max_size=4)) + piece[at + 1 :])
    reading = read(pieces)
    reading.happens(Event.USER_BROKE)
    assert reading.adds_up
    assert "dropped:internal_error" not in reading.ended
    assert reading.room.take(ROOM_BYTES)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=30)), max_size=30))
def test_any_bytes_behind_the_preface_are_read_without_a_mistake(pieces: Said) -> None:
    reading = read([(True, PREFACE + SETTINGS), (False, SETTINGS), *pieces])
    reading.happens(Event.PRIMARY_BROKE)
    assert reading.adds_up
    assert "dropped:internal_error" not in reading.ended
