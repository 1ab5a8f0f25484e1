"""A transaction that a test holds open, so that others wait for it."""

import subprocess
import time


class Transaction:
    """A connection that keeps what it has done to itself until it is told to commit, or its `with` ends."""

    def __init__(self, db, sql):
        command = [word for word in db.command if word != "--xml"]
        command[-1:] = ["--batch", "--unbuffered", "--skip-column-names", db.schema]
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
