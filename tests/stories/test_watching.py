"""What the watch costs the cluster while it judges the same trouble again and again."""

from tests.stories.telling import Stage
from tests.support.fake_pods import Script


def test_a_log_is_read_once_a_life_however_often_the_rollout_is_judged() -> None:
    """A container that ended and waits for its restart is judged every second; its log stays what it is."""
    stage = Stage(Script.crash_loop(exit_code=1, after_s=20).saying("connection refused", at_s=1))

    stage.run()

    read = [one for one in stage.cluster.requests if one.startswith(("log ", "previous_log "))]
    # Once to judge by, and as evidence of what went wrong and of what was rolled back.
    assert max(read.count(one) for one in read) <= 3
