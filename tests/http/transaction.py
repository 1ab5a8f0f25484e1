"""A transaction that a test holds open, so that others wait for it."""

import subprocess
import time


def lock_waiters(db):
    """Connections in this schema that wait for a row another holds. InnoDB answers from a copy that it renews only when nobody
    has looked for 0.1 s: who asks more often learns nothing new, hence the pause."""
    time.sleep(0.12)
    rows = db.rows("SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
                   f" ON p.id = t.trx_mysql_thread_id WHERE t.trx_state = 'LOCK WAIT' AND p.db = '{db.schema}'")
    return [row["id"] for row in rows]


class Transaction:
    """A connection that keeps what it has done to itself until it is told to commit, or its `with` ends."""

    def __init__(self, db, sql):
        command = [*db.command, "--batch", "--unbuffered", "--skip-column-names"]
        self.client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.client.stdin.write(sql + ";\nSELECT 'ready';\n")
        self.client.stdin.flush()
        line = ""
        while line != "ready\n":
            line = self.client.stdout.readline()
            assert line, "the transaction failed"

    def end(self, sql="COMMIT", after_s=0):
        """`after_s`: what waits for this transaction has given up by then, also calls whose client was killed."""
        time.sleep(after_s)
        if self.client.poll() is None:
            self.client.communicate(sql + ";\n", timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
