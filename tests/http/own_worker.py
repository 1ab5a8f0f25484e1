"""A worker of a test's own: on the databases of the running souk, beside its worker or in its place, with settings changed."""

import configparser
import os
import signal
import subprocess
import uuid


class OwnWorker:
    """`settings`: {"section.key": value}, over those of the running souk; `env`: what it has in its environment beside the
    test's. Ended by end()."""

    def __init__(self, souk, folder, settings=(), env=()):
        name = uuid.uuid4().hex[:8]
        conf = configparser.ConfigParser(interpolation=None)
        conf.read(souk.state / "souk.conf")
        own = {"worker.pid_file": folder / f"{name}.pid"} | dict(settings)
        for key, value in own.items():
            section, key = key.split(".")
            conf[section][key] = str(value)
        config, self.log = folder / f"{name}.conf", folder / f"{name}.log"
        with open(config, "w") as file:
            conf.write(file)
        config.chmod(0o600)
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([str(souk.binary), "worker", "--config", str(config)], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=log, env={**os.environ, **dict(env)})

    def says(self, text):
        return text in self.log.read_text()

    def leads(self, text):
        """`text`: "<job> on database <number>", or its beginning: what its last word on it was."""
        lines = [line for line in self.log.read_text().splitlines() if text in line]
        return bool(lines) and ": leading" in lines[-1]

    def end(self, how=signal.SIGKILL):
        self.process.send_signal(how)
        self.process.wait(20)
