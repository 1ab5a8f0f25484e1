"""Days that no worker has reconciled in time are made up for.

The worker of the running souk rests meanwhile; one of the tests' own takes its place.
"""

import datetime

from client import wait_for
from test_events import ground, resting  # noqa: F401

CHANNEL = "sandbox"


def days_ago(n):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=n)).strftime("%Y-%m-%d")


def test_a_worker_that_was_away_makes_up_for_the_days_it_missed(souk, ground):  # noqa: F811
    everywhere = souk.db("global")
    everywhere.run(f"DELETE FROM reconciliation WHERE channel = '{CHANNEL}';"
                   f"INSERT INTO reconciliation (channel, day, state, runs, lines_n, matched_n, started_at) "
                   f"VALUES ('{CHANNEL}', '{days_ago(4)}', 'running', 1, 0, 0, UTC_TIMESTAMP(3) - INTERVAL 3 DAY)")

    def done():
        return [row["day"] for row in everywhere.rows(
            f"SELECT day FROM reconciliation WHERE channel = '{CHANNEL}' AND finished_at IS NOT NULL ORDER BY day")]
    ground.worker()
    wanted = [days_ago(n) for n in (4, 3, 2, 1)]
    wait_for(lambda: done() == wanted, 30)
