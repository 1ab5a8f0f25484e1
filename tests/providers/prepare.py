"""Gives a state the channels alipay, wechat and stripe, with keys made here and simulators' addresses on this machine.

    python3 tests/providers/prepare.py STATE

writes STATE/channels.conf, which make run takes into souk.conf, and STATE/providers/ with the keys of both sides.
"""

import base64
import pathlib
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from ports import free_ports  # noqa: E402

APP_ID, SELLER_ID = "2021000122671080", "2088531891668739"
MCHID, APPID, MERCHANT_SERIAL = "1900009191", "wxd678efh567hg6787", "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C"
API_V3_KEY, PUBLIC_KEY_ID = "0123456789abcdef0123456789ABCDEF", "PUB_KEY_ID_0119000091912024120300387500000000"
STRIPE_KEY, STRIPE_WEBHOOK = "sk_test_simulated", "whsec_simulated"


def new_key(folder, name):
    """name.pem: the private key in PKCS #8. Gives it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / f"{name}.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return key


def public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def public_bare(key):
    """As Alipay's console shows it: base64 of the DER, no lines around it."""
    return base64.b64encode(key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def prepare(state):
    state = pathlib.Path(state).resolve()
    if (state / "channels.conf").exists():
        return
    folder = state / "providers"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    new_key(folder, "alipay_app")
    (folder / "alipay_public.txt").write_bytes(public_bare(new_key(folder, "alipay")))
    new_key(folder, "wechat_merchant")
    (folder / "wechat_public.pem").write_bytes(public_pem(new_key(folder, "wechat")))
    alipay, wechat, stripe = free_ports(3)
    (state / "channels.conf").write_text(f"""
[channel.alipay]
app_id = {APP_ID}
seller_id = {SELLER_ID}
private_key_file = {folder}/alipay_app.pem
public_key_file = {folder}/alipay_public.txt
gateway = http://127.0.0.1:{alipay}/gateway.do

[channel.wechat]
mchid = {MCHID}
appid = {APPID}
serial = {MERCHANT_SERIAL}
private_key_file = {folder}/wechat_merchant.pem
api_v3_key = {API_V3_KEY}
public_key_id = {PUBLIC_KEY_ID}
public_key_file = {folder}/wechat_public.pem
url = http://127.0.0.1:{wechat}

[channel.stripe]
secret_key = {STRIPE_KEY}
webhook_secret = {STRIPE_WEBHOOK}
url = http://127.0.0.1:{stripe}
""")


if __name__ == "__main__":
    prepare(sys.argv[1])
