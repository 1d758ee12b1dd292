from datetime import timedelta

from dashboard.web.rate_limit import Pace
from tests.support.five_members import NOW


def test_a_pace_refills_and_counts_each_key_by_itself() -> None:
    pace = Pace(2)

    assert [pace.lets("a", now=NOW) for _ in range(3)] == [True, True, False]
    assert pace.lets("b", now=NOW)
    assert not pace.lets("a", now=NOW + timedelta(seconds=20))
    assert pace.lets("a", now=NOW + timedelta(seconds=60))
