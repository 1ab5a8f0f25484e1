"""An api of a test's own: on the databases of the running souk, with settings changed, asked by FastCGI without nginx."""

import configparser
import os
import subprocess

import fastcgi
from client import wait_for


class OwnApi:
    """`settings`: {"section.key": value}, over those of the running souk; `files`: descriptors it may have; `env`: variables
    beside everybody's; `ready`: what answers 200 once it serves. Ended by stop()."""

    def __init__(self, souk, folder, settings, files=None, env=(), ready="/readyz"):
        self.folder, self.uri = folder, ready
        self.socket = folder / "api.sock"
        self.config = folder / "souk.conf"
        conf = configparser.ConfigParser(interpolation=None)
        conf.read(souk.state / "souk.conf")
        own = {"api.socket": self.socket, "api.pid_file": folder / "api.pid", "api.processes": 2, "api.threads": 32}
        for name, value in (own | settings).items():
            section, key = name.rsplit(".", 1)
            conf[section][key] = str(value)
        with open(self.config, "w") as file:
            conf.write(file)
        self.config.chmod(0o600)
        with open(folder / "log", "a") as log:
            limit = ["prlimit", f"--nofile={files}"] if files else []
            self.process = subprocess.Popen([*limit, str(souk.binary), "api", "--config", str(self.config)], stderr=log,
                                            env=os.environ | dict(env))
        wait_for(self.ready)

    def ready(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            return self.request("GET", self.uri).status == 200
        except OSError:
            return False

    def request(self, method, uri, body=None, **params):
        return fastcgi.request(self.socket, method, uri, body, **params)

    def sign_in(self, email, password, address="192.0.2.1"):
        return self.request("POST", "/v1/sessions", {"email": email, "password": password}, REMOTE_ADDR=address)

    def stop(self):
        self.process.terminate()
        self.process.wait(15)
