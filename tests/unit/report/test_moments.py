import zlib

import pytest

from shadow.report.moments import Sighting, moment_in
from shadow.report.record import record_of
from shadow.verdict.identity import finding_id
from tests.support.hostile import hostile_release


def test_a_stored_verdict_tells_its_numbers():
    verdict, examples = hostile_release("x")
    moment = moment_in(record_of(verdict, examples).content)
    assert moment is not None
    assert (moment.decision, moment.captured, moment.compared) == ("FAIL", 100, 90)
    assert moment.findings == len(verdict.findings)
    seen = Sighting(state="findings", differing=14, compared=100, noise=2)
    slow, also = verdict.findings[-1].signature, verdict.findings[1].also_at[3]
    assert moment.sightings[finding_id(slow)] == seen
    assert moment.sightings[finding_id(also)] == seen


@pytest.mark.parametrize(
    "content",
    [b"", b"no zlib", zlib.compress(b"no json"), zlib.compress(b"[]"), zlib.compress(b"{}")],
)
def test_what_cannot_be_read_is_no_moment(content):
    assert moment_in(content) is None
