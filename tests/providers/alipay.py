"""A simulator of Alipay's open platform, written from https://opendocs.alipay.com: open/270 (page pay), common/02kf5q and
02mse7 (RSA2), open/028woa (notifications) and the API pages of alipay.trade.query, close, refund, fastpay.refund.query and
alipay.data.dataservice.bill.downloadurl.query."""

import datetime
import decimal
import io
import json
import time
import urllib.parse
import uuid
import zipfile

from providers import keys
from providers.prepare import APP_ID, SELLER_ID
from providers.server import Provider

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
COLUMNS = ["支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员", "终端号",
           "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）",
           "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号", "服务费（元）", "分润（元）", "备注"]


def clock(at=None):
    return datetime.datetime.fromtimestamp(time.time() if at is None else at, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


class Alipay(Provider):
    def __init__(self, souk):
        port = urllib.parse.urlsplit(souk.conf["channel.alipay"]["gateway"]).port
        folder = souk.state / "providers"
        self.key = keys.private_key(folder / "alipay.pem")
        self.app = keys.private_key(folder / "alipay_app.pem").public_key()
        self.trades = {}     # out_trade_no: what is known of it
        self.refunds = {}    # (out_trade_no, out_request_no): amount
        self.forge = False   # answers are signed by somebody else
        self.balance = True  # the merchant has enough for refunds
        super().__init__(port, souk.certificate)

    # What the merchant's server and the buyer's browser ask

    def answer(self, call):
        if call.path.startswith("/bill/"):
            return 200, {"Content-Type": "application/zip"}, self.bill(call.path.removeprefix("/bill/"))
        params = call.form if call.method == "POST" else call.query
        method = params["method"]
        if not self.merchant_signed(params):
            return self.reply(method, {"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature"})
        biz = json.loads(params["biz_content"])
        if method in ("alipay.trade.page.pay", "alipay.trade.wap.pay"):
            return self.page(biz, params)
        return self.reply(method, getattr(self, method.removeprefix("alipay.").replace(".", "_"))(biz))

    def merchant_signed(self, params):
        text = "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign" and params[name])
        return (params["app_id"] == APP_ID and params["sign_type"] == "RSA2" and
                abs(time.time() - datetime.datetime.strptime(params["timestamp"] + " +0800", "%Y-%m-%d %H:%M:%S %z").timestamp()) < 900 and
                keys.valid(self.app, text.encode(), params["sign"]))

    def reply(self, method, fields):
        node = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        sign = keys.sign(self.key, (node + (" " if self.forge else "")).encode())
        body = f'{{"{method.replace(".", "_")}_response":{node},"sign":"{sign}"}}'
        return 200, {"Content-Type": "text/html;charset=utf-8"}, body.encode()

    def page(self, biz, params):
        """The buyer opens the page and signs in: from here on there is a trade."""
        trade = self.trades.setdefault(biz["out_trade_no"], {
            "trade_no": f"{time.strftime('%Y%m%d')}22001468{uuid.uuid4().int % 10**12:012}", "trade_status": "WAIT_BUYER_PAY",
            "total_amount": biz["total_amount"], "passback_params": biz["passback_params"], "created": time.time(),
            "notify_url": params["notify_url"], "until": biz["time_expire"], "paid": None, "refunded": decimal.Decimal(0)})
        if clock() > trade["until"] and trade["trade_status"] == "WAIT_BUYER_PAY":
            trade["trade_status"] = "TRADE_CLOSED"
        return 200, {"Content-Type": "text/html"}, b"<html>sign in and pay</html>"

    def trade_query(self, biz):
        trade = self.trades.get(biz["out_trade_no"])
        if not trade:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}
        fields = {"code": "10000", "msg": "Success", "out_trade_no": biz["out_trade_no"], "trade_no": trade["trade_no"],
                  "trade_status": trade["trade_status"], "total_amount": trade["total_amount"], "buyer_logon_id": "ver***@x.cn"}
        return fields | ({"send_pay_date": clock(trade["paid"])} if trade["paid"] else {})

    def trade_close(self, biz):
        trade = self.trades.get(biz["out_trade_no"])
        if not trade:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}
        if trade["trade_status"] != "WAIT_BUYER_PAY":
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_STATUS_ERROR", "sub_msg": "交易状态不合法"}
        trade["trade_status"] = "TRADE_CLOSED"
        return {"code": "10000", "msg": "Success", "out_trade_no": biz["out_trade_no"], "trade_no": trade["trade_no"]}

    def trade_refund(self, biz):
        trade = self.trades.get(biz["out_trade_no"])
        key, amount = (biz["out_trade_no"], biz["out_request_no"]), decimal.Decimal(biz["refund_amount"])
        if not trade or not trade["paid"]:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.TRADE_STATUS_ERROR"}
        if key not in self.refunds:
            if not self.balance:
                return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
            if trade["refunded"] + amount > decimal.Decimal(trade["total_amount"]):
                return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}
            self.refunds[key], changed = biz["refund_amount"], "Y"
            trade["refunded"] += amount
            if trade["refunded"] == decimal.Decimal(trade["total_amount"]):
                trade["trade_status"] = "TRADE_CLOSED"
        else:
            if self.refunds[key] != biz["refund_amount"]:
                return {"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"}
            changed = "N"
        return {"code": "10000", "msg": "Success", "trade_no": trade["trade_no"], "out_trade_no": biz["out_trade_no"],
                "refund_fee": str(trade["refunded"]), "fund_change": changed}

    def trade_fastpay_refund_query(self, biz):
        amount = self.refunds.get((biz["out_trade_no"], biz["out_request_no"]))
        if amount is None:
            return {"code": "10000", "msg": "Success"}
        return {"code": "10000", "msg": "Success", "out_trade_no": biz["out_trade_no"], "out_request_no": biz["out_request_no"],
                "refund_amount": amount, "total_amount": self.trades[biz["out_trade_no"]]["total_amount"],
                "refund_status": "REFUND_SUCCESS"}

    def data_dataservice_bill_downloadurl_query(self, biz):
        if biz["bill_date"] >= clock()[:10]:
            return {"code": "40004", "msg": "Business Failed", "sub_code": "isp.bill_not_exist", "sub_msg": "账单不存在"}
        return {"code": "10000", "msg": "Success", "bill_download_url": f"{self.url}/bill/{biz['bill_date']}"}

    def bill(self, day):
        rows = [[trade["trade_no"], number, "交易", "order", clock(trade["created"]), clock(trade["paid"]), "", "", "", "", "*",
                 trade["total_amount"], trade["total_amount"], "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", "",
                 "-0.06", "0.00", ""] for number, trade in self.trades.items() if trade["paid"] and clock(trade["paid"])[:10] == day]
        rows += [[self.trades[number]["trade_no"], number, "退款", "order", clock(), clock(), "", "", "", "", "*", f"-{amount}",
                  f"-{amount}", "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", request, "0.00", "0.00", ""]
                 for (number, request), amount in self.refunds.items()
                 if self.trades[number]["paid"] and clock(self.trades[number]["paid"])[:10] == day]
        text = "\r\n".join(["#支付宝业务明细查询", f"#账号：[{SELLER_ID}0156]", "#-------业务明细列表-------", ",".join(COLUMNS),
                            *(",".join(f"{value}\t" for value in row) for row in rows), "#-------业务明细列表结束-------",
                            f"#交易合计：{len(rows)}笔", ""])
        summary = "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数,退款订单总笔数\r\n合计,,1,0\r\n"
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{SELLER_ID}0156_{day}_summary.csv", summary.encode("gbk"))
            archive.writestr(f"{SELLER_ID}0156_{day}_details.csv", text.encode("gbk"))
        return out.getvalue()

    # What happens on Alipay's side

    def pay(self, number, at=None):
        with self.lock:
            trade = self.trades[number]
            assert trade["trade_status"] == "WAIT_BUYER_PAY"
            trade["trade_status"], trade["paid"] = "TRADE_SUCCESS", at or time.time()

    def notification(self, number, **changed):
        trade = self.trades[number]
        return {"notify_time": clock(), "notify_type": "trade_status_sync", "notify_id": uuid.uuid4().hex, "charset": "utf-8",
                "version": "1.0", "sign_type": "RSA2", "auth_app_id": APP_ID, "app_id": APP_ID, "seller_id": SELLER_ID,
                "trade_no": trade["trade_no"], "out_trade_no": number, "trade_status": trade["trade_status"],
                "total_amount": trade["total_amount"], "receipt_amount": trade["total_amount"], "subject": "订单 & 更多=1",
                "gmt_create": clock(trade["created"]), "gmt_payment": clock(trade["paid"]), "buyer_id": "2088102534368455",
                "passback_params": trade["passback_params"],
                "fund_bill_list": '[{"amount":"%s","fundChannel":"ALIPAYACCOUNT"}]' % trade["total_amount"]} | changed

    def notify(self, number, *, key=None, mangle=lambda form: form, **changed):
        """Sends a notification; `changed` before it is signed, `mangle` behind."""
        fields = self.notification(number, **changed)
        text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "sign_type")
        form = urllib.parse.urlencode(fields | {"sign": keys.sign(key or self.key, text.encode())})
        return self.call_back(self.trades[number]["notify_url"], mangle(form).encode(),
                              {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
