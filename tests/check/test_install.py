"""make install puts a souk together that systemd accepts."""

import os
import pathlib
import shutil
import subprocess

import pytest

from client import make

BUILD = os.environ.get("BUILD", "build")


def installed(folder):
    return {str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file()}


def test_destdir_holds_everything_and_is_named_nowhere(tmp_path):
    make("install", BUILD=BUILD, DESTDIR=tmp_path, PREFIX="/usr")
    files = installed(tmp_path)
    for name in ("usr/bin/souk", "etc/souk/souk.conf", "etc/souk/nginx/souk.conf", "etc/souk/nginx/snippets/tls.conf",
                 "usr/lib/systemd/system/souk-api.socket", "usr/lib/systemd/system/souk-api.service",
                 "usr/lib/systemd/system/souk-worker.service", "usr/lib/systemd/system/souk-search.service", "etc/souk/search.conf",
                 "usr/lib/sysusers.d/souk.conf",
                 "usr/share/souk/migrations/shard/sqitch.plan", "usr/share/souk/www/index.html",
                 "usr/share/souk/sql/shard/cluster/slot_check.sql"):
        assert name in files
    for name in files - {"usr/bin/souk"}:
        assert str(tmp_path) not in (tmp_path / name).read_text(errors="replace"), name
    assert "@" not in (tmp_path / "etc/souk/nginx/souk.conf").read_text().split("@problem")[0].split("http {")[1]


def test_an_existing_configuration_is_kept(tmp_path):
    conf = tmp_path / "etc/souk/souk.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("; mine\n")
    make("install", BUILD=BUILD, DESTDIR=tmp_path)
    assert conf.read_text() == "; mine\n"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_units_are_accepted(tmp_path):
    make("install", BUILD=BUILD, PREFIX=tmp_path / "usr", SYSCONFDIR=tmp_path / "etc")
    units = sorted((tmp_path / "usr/lib/systemd/system").glob("souk-*"))
    assert len(units) == 4
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if "souk" in line]
    assert done.returncode == 0 and complaints == [], done.stderr
