"""A simulator of WeChat Pay's API v3, written from https://pay.weixin.qq.com/doc/v3/merchant: 4012791832 (Native), 4012365342
(signatures), 4012071382 (callbacks), 4013070756 (certificates), 4012556490 (bills)."""

import base64
import datetime
import hashlib
import json
import re
import secrets
import time
import urllib.parse
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives import serialization

from providers import keys
from providers.alipay import BEIJING, clock
from providers.prepare import API_V3_KEY, APPID, MCHID, MERCHANT_SERIAL, PUBLIC_KEY_ID
from providers.server import Provider

BILL_COLUMNS = ("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,"
                "代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,"
                "申请退款金额,费率备注").split(",")


def rfc3339(at=None):
    return datetime.datetime.fromtimestamp(time.time() if at is None else at, BEIJING).isoformat(timespec="seconds")


def yuan(fen):
    return f"{fen // 100}.{fen % 100:02}"


class Wechat(Provider):
    def __init__(self, souk):
        port = urllib.parse.urlsplit(souk.conf["channel.wechat"]["url"]).port
        folder = souk.state / "providers"
        self.merchant = keys.private_key(folder / "wechat_merchant.pem").public_key()
        self.signers = {PUBLIC_KEY_ID: keys.private_key(folder / "wechat.pem")}
        self.certificates = []  # serials that GET /v3/certificates lists
        self.platform = []      # the serials there are, and their certificates
        self.answer_serial = PUBLIC_KEY_ID  # what answers are signed with
        self.transactions, self.refunds = {}, {}
        self.refund_status = "SUCCESS"
        self.tampered_bill = False
        super().__init__(port, souk.certificate)

    def new_platform(self, n):
        """Signs with `n` certificates that nobody has seen before and GET /v3/certificates does not list yet; gives their serials."""
        self.certificates.clear()
        self.platform.clear()
        for _ in range(n):
            key, certificate = keys.new_certificate()
            serial = f"{certificate.serial_number:040X}"
            self.platform.append((serial, certificate))
            self.signers[serial] = key
        return [serial for serial, _ in self.platform]

    # What the merchant's server asks

    def answer(self, call):
        if not self.merchant_signed(call):
            return 401, {"Content-Type": "application/json"}, b'{"code":"SIGN_ERROR","message":"sign error"}'
        status, fields = self.route(call)
        if isinstance(fields, bytes):  # a bill: not signed
            return status, {"Content-Type": "text/plain"}, fields
        body = b"" if fields is None else json.dumps(fields, ensure_ascii=False).encode()
        return status, {"Content-Type": "application/json; charset=utf-8", "Request-ID": uuid.uuid4().hex} | \
            self.signature(body, self.answer_serial), body

    def merchant_signed(self, call):
        scheme, _, rest = call.headers["Authorization"].partition(" ")
        given = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        text = f"{call.method}\n{call.target}\n{given['timestamp']}\n{given['nonce_str']}\n".encode() + call.body + b"\n"
        return (scheme == "WECHATPAY2-SHA256-RSA2048" and given["mchid"] == MCHID and given["serial_no"] == MERCHANT_SERIAL and
                abs(time.time() - int(given["timestamp"])) < 300 and call.headers.get("User-Agent") and
                call.headers.get("Accept") == "application/json" and keys.valid(self.merchant, text, given["signature"]))

    def signature(self, body, serial, stamp=None, key=None):
        stamp, nonce = str(int(time.time()) if stamp is None else stamp), secrets.token_hex(16)
        return {"Wechatpay-Serial": serial, "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce,
                "Wechatpay-Signature": keys.sign(key or self.signers[serial], f"{stamp}\n{nonce}\n".encode() + body + b"\n")}

    def route(self, call):
        parts = call.path.strip("/").split("/")
        body = json.loads(call.body) if call.body else None
        if call.path == "/v3/pay/transactions/native":
            return self.prepay(body)
        if parts[:4] == ["v3", "pay", "transactions", "out-trade-no"]:
            return self.close(parts[4], body) if parts[-1] == "close" else self.query(parts[4], call.query)
        if parts[:4] == ["v3", "refund", "domestic", "refunds"]:
            return self.refund(body) if call.method == "POST" else self.refund_query(parts[4])
        if call.path == "/v3/certificates":
            return 200, {"data": [self.sealed_certificate(serial) for serial, _ in self.platform if serial in self.certificates]}
        if call.path == "/v3/bill/tradebill":
            return self.tradebill(call.query)
        if call.path == "/v3/billdownload/file":
            return 200, self.bill(call.query["token"]) + (b"x" if self.tampered_bill else b"")
        return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "not found"}

    def prepay(self, body):
        number = body["out_trade_no"]
        if body["appid"] != APPID or body["mchid"] != MCHID:
            return 400, {"code": "APPID_MCHID_NOT_MATCH", "message": "appid and mchid"}
        known = self.transactions.get(number)
        if known and known["body"] != body:
            return 403, {"code": "OUT_TRADE_NO_USED", "message": "number used"}
        if known and known["trade_state"] != "NOTPAY":
            return 400, {"code": "ORDERPAID" if known["trade_state"] == "SUCCESS" else "ORDER_CLOSED", "message": "ended"}
        self.transactions.setdefault(number, {
            "body": body, "trade_state": "NOTPAY", "transaction_id": f"42000{uuid.uuid4().int % 10**23:023}", "paid": None,
            "code_url": f"weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(6)}"})
        return 200, {"code_url": self.transactions[number]["code_url"]}

    def content(self, number):
        """A transaction as answers and callbacks have it."""
        one = self.transactions[number]
        fields = {"appid": APPID, "mchid": MCHID, "out_trade_no": number, "trade_type": "NATIVE", "attach": one["body"]["attach"],
                  "trade_state": one["trade_state"], "trade_state_desc": "…",
                  "amount": {"total": one["body"]["amount"]["total"], "currency": "CNY"}}
        if one["paid"]:
            fields |= {"transaction_id": one["transaction_id"], "success_time": rfc3339(one["paid"]), "bank_type": "OTHERS",
                       "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}
            fields["amount"] |= {"payer_total": one["body"]["amount"]["total"], "payer_currency": "CNY"}
        return fields

    def query(self, number, query):
        if query.get("mchid") != MCHID:
            return 400, {"code": "PARAM_ERROR", "message": "mchid"}
        if number not in self.transactions:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
        return 200, self.content(number)

    def close(self, number=None, body=None):
        if number is None:
            return super().close()
        one = self.transactions.get(number)
        if not one:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
        if one["trade_state"] == "SUCCESS":
            return 400, {"code": "ORDERPAID", "message": "订单已支付"}
        one["trade_state"] = "CLOSED"
        return 204, None

    def refund_fields(self, number):
        one = self.refunds[number]
        return {"refund_id": one["refund_id"], "out_refund_no": number, "out_trade_no": one["body"]["out_trade_no"],
                "transaction_id": self.transactions[one["body"]["out_trade_no"]]["transaction_id"], "channel": "ORIGINAL",
                "user_received_account": "零钱", "create_time": rfc3339(one["at"]), "amount": one["body"]["amount"]}

    def refund(self, body):
        number, one = body["out_refund_no"], self.transactions.get(body["out_trade_no"])
        if not one or one["trade_state"] not in ("SUCCESS", "REFUND"):
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "no such payment"}
        if body["amount"]["total"] != one["body"]["amount"]["total"]:
            return 400, {"code": "INVALID_REQUEST", "message": "total"}
        if number not in self.refunds:
            done = sum(each["body"]["amount"]["refund"] for each in self.refunds.values()
                       if each["body"]["out_trade_no"] == body["out_trade_no"])
            if done + body["amount"]["refund"] > body["amount"]["total"]:
                return 400, {"code": "INVALID_REQUEST", "message": "more than was paid"}
            one["trade_state"] = "REFUND"
            self.refunds[number] = {"body": body, "refund_id": f"503{uuid.uuid4().int % 10**25:025}", "status": self.refund_status,
                                    "at": time.time()}
        elif self.refunds[number]["body"] != body:
            return 400, {"code": "INVALID_REQUEST", "message": "another refund under this number"}
        return 200, self.refund_fields(number) | {"status": self.refunds[number]["status"]}

    def refund_query(self, number):
        if number not in self.refunds:
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"}
        return 200, self.refund_fields(number) | {"status": self.refunds[number]["status"]}

    def seal(self, text, associated):
        nonce = secrets.token_hex(6)
        sealed = AESGCM(API_V3_KEY.encode()).encrypt(nonce.encode(), text, associated.encode())
        return {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": associated,
                "ciphertext": base64.b64encode(sealed).decode()}

    def sealed_certificate(self, serial):
        certificate = dict(self.platform)[serial]
        return {"serial_no": serial, "effective_time": "2024-06-08T10:34:56+08:00", "expire_time": "2029-06-08T10:34:56+08:00",
                "encrypt_certificate": self.seal(certificate.public_bytes(serialization.Encoding.PEM), "certificate")}

    def tradebill(self, query):
        if query["bill_date"] >= clock()[:10]:
            return 400, {"code": "NO_STATEMENT_EXIST", "message": "账单文件不存在"}
        return 200, {"hash_type": "SHA1", "hash_value": hashlib.sha1(self.bill(query["bill_date"])).hexdigest(),
                     "download_url": f"{self.url}/v3/billdownload/file?token={query['bill_date']}"}

    def bill(self, day):
        def line(at, number, state, **more):
            one = self.transactions[number]
            row = dict.fromkeys(BILL_COLUMNS, "") | {
                "交易时间": clock(at), "公众账号ID": APPID, "商户号": MCHID, "微信订单号": one["transaction_id"], "商户订单号": number,
                "交易类型": "NATIVE", "交易状态": state, "付款银行": "OTHERS", "货币种类": "CNY", "商品名称": "order",
                "应结订单金额": yuan(one["body"]["amount"]["total"]), "订单金额": yuan(one["body"]["amount"]["total"]),
                "微信退款单号": "0", "商户退款单号": "0", "退款金额": "0.00", "申请退款金额": "0.00", "手续费": "0.06000"} | more
            return ",".join(f"`{value}" for value in row.values())
        rows = [line(one["paid"], number, "SUCCESS") for number, one in self.transactions.items()
                if one["paid"] and clock(one["paid"])[:10] == day]
        for number, one in self.refunds.items():
            paid = self.transactions[one["body"]["out_trade_no"]]["paid"]
            if clock(paid)[:10] == day:
                amount = yuan(one["body"]["amount"]["refund"])
                rows.append(line(paid, one["body"]["out_trade_no"], "REFUND", 微信退款单号=one["refund_id"], 商户退款单号=number,
                                 退款金额=amount, 申请退款金额=amount, 退款类型="ORIGINAL", 退款状态="SUCCESS", 订单金额="0.00", 手续费="0.00000"))
        head = "\ufeff" + ",".join(BILL_COLUMNS)
        total = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
        return "\r\n".join([head, *rows, total, f"`{len(rows)},`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00", ""]).encode()

    # What happens on WeChat Pay's side

    def pay(self, number, at=None):
        with self.lock:
            assert self.transactions[number]["trade_state"] == "NOTPAY"
            self.transactions[number] |= {"trade_state": "SUCCESS", "paid": at or time.time()}

    def send(self, number, event, content, *, serial=PUBLIC_KEY_ID, key=None, stamp=None, mangle=lambda body: body):
        """Sends a callback: content is sealed, then the whole is signed."""
        body = json.dumps({"id": str(uuid.uuid4()), "create_time": rfc3339(), "resource_type": "encrypt-resource",
                           "event_type": event, "summary": "支付成功",
                           "resource": self.seal(json.dumps(content).encode(), "transaction") | {"original_type": "transaction"}},
                          ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048"}
        return self.call_back(self.transactions[number]["body"]["notify_url"], mangle(body),
                              headers | self.signature(body, serial, stamp, key))

    def notify(self, number, *, changed=None, **how):
        return self.send(number, "TRANSACTION.SUCCESS", self.content(number) | (changed or {}), **how)

    def notify_refund(self, refund, status="SUCCESS", **how):
        one = self.refunds[refund]
        one["status"] = status
        fields = {"mchid": MCHID, "refund_status": status, "success_time": rfc3339()} | self.refund_fields(refund)
        return self.send(one["body"]["out_trade_no"], f"REFUND.{status}", fields, **how)
