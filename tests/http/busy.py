"""People who do something over and over, a thread each, until they are told to stop."""

import threading


class Busy:
    """`run(person)` is each one's thread; it ends once `stop` is set, which leaving the with-block does."""

    def __init__(self, people):
        self.people = people
        self.stop, self.lock = threading.Event(), threading.Lock()

    def run(self, person):
        raise NotImplementedError

    def __enter__(self):
        self.threads = [threading.Thread(target=self.run, args=(person,)) for person in self.people]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
