"""Signing keys: published for everybody, made and retired by operators, changed without anybody noticing."""

import base64
import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from client import wait_for
from own_api import OwnApi


def header_of(token):
    part = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_jwks(souk):
    answer = souk.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    keys = {key["kid"]: key for key in answer.json()["keys"]}
    key = keys[header_of(souk.new_buyer().token)["kid"]]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    assert len(key["x"]) == 43
    assert "d" not in key


def test_the_published_key_checks_tokens(souk, tmp_path):
    token = souk.new_buyer().token
    text, signature = token.rsplit(".", 1)
    key = next(key for key in souk.get("/.well-known/jwks.json").json()["keys"] if key["kid"] == header_of(text)["kid"])
    raw = base64.urlsafe_b64decode(key["x"] + "=")
    (tmp_path / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + raw)
    (tmp_path / "text").write_text(text)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", str(tmp_path / "key"),
                           "-in", str(tmp_path / "text"), "-sigfile", str(tmp_path / "signature")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_keys_command(souk, tmp_path):
    """On a folder of its own: the running souk keeps its keys."""
    conf = (souk.state / "souk.conf").read_text().replace(souk.conf["souk"]["keys_dir"], str(tmp_path / "keys"))
    (tmp_path / "souk.conf").write_text(conf)
    (tmp_path / "souk.conf").chmod(0o600)

    def keys(*arguments, check=True):
        return souk.command("admin", "--config", tmp_path / "souk.conf", "keys", *arguments, check=check)

    assert "No such file" in keys("list", check=False).stderr
    first, second = keys("new").stdout.strip(), json.loads(keys("new", "--json").stdout)["kid"]
    assert first < second
    assert [(line["kid"], line["state"]) for line in map(json.loads, keys("list", "--json").stdout.splitlines())] == [
        (first, "checks"), (second, "signs")]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").glob("*.pem")} == {0o600}
    assert "signs" in keys("retire", second, check=False).stderr
    assert "30 days" in keys("retire", first, check=False).stderr
    keys("retire", first, "--now")
    assert second in keys("list").stdout and first not in keys("list").stdout
    (tmp_path / "keys" / "zzz.pem").write_text("")
    assert "name order" in keys("new", check=False).stderr


@pytest.mark.parametrize("arguments, code, words", [
    ([], 2, "usage"),
    (["retire", "nothing"], 1, "there is no such key"),
    (["retire"], 2, "usage"),
    (["list", "more"], 2, "usage"),
    (["new", "--now"], 2, "usage"),
])
def test_bad_commands(souk, arguments, code, words):
    done = souk.admin_command("keys", *arguments, check=False)
    assert done.returncode == code
    assert words in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_new_key_takes_over(souk, tmp_path):
    """Nobody is signed out, and no process meets a token of a key that it has not read yet."""
    folder, buyer = tmp_path / "keys", souk.new_buyer()
    shutil.copytree(souk.conf["souk"]["keys_dir"], folder)
    api = OwnApi(souk, tmp_path, {"souk.keys_dir": folder})

    def sign_in():
        answer = api.sign_in(buyer.email, buyer.password)
        assert answer.status == 201, answer.body
        return answer.json()["access_token"]

    def me(token):
        return api.request("GET", "/v1/me", HTTP_AUTHORIZATION=f"Bearer {token}").status

    def reload_until(kids):
        api.process.send_signal(signal.SIGHUP)
        wait_for(lambda: all({key["kid"] for key in api.request("GET", "/.well-known/jwks.json").json()["keys"]} == kids
                             for _ in range(8)), seconds=15)

    try:
        token, first = sign_in(), {path.stem for path in folder.glob("*.pem")}
        new = json.loads(souk.command("admin", "--config", api.config, "keys", "new", "--json").stdout)["kid"]
        reload_until(first | {new})
        assert me(token) == 200
        assert header_of(sign_in())["kid"] in first  # other processes may not have the new one yet
        os.utime(folder / f"{new}.pem", (time.time() - 7200,) * 2)
        reload_until(first | {new})
        wait_for(lambda: header_of(sign_in())["kid"] == new)
        assert (me(token), me(sign_in())) == (200, 200)
        for kid in first:
            souk.command("admin", "--config", api.config, "keys", "retire", kid, "--now")
        reload_until({new})
        wait_for(lambda: me(token) == 401)
        assert me(sign_in()) == 200
    finally:
        api.stop()
