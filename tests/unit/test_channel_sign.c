/* Signatures of Alipay, WeChat Pay and Stripe: the samples that the providers publish with their own libraries, and that
 * nothing that was touched is believed. Each sample says where it stands; all keys are the providers' test keys. */
#include <stdio.h>
#include <string.h>

#include "domain/channel_alipay_sign.h"
#include "domain/channel_stripe_sign.h"
#include "domain/channel_wechat_sign.h"
#include "guard/rsa.h"
#include "guard/seal.h"
#include "unit.h"

/* wechatpay-go, utils/sign_test.go: the signature of "source" under this private key. */
#define SIGN_KEY \
    "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDZUJN33V+dSfvdfL0Mu+39XrZNXFFMQSy1V15FpncHeV47" \
    "SmV0TzTqZc7hHB0ddqAdDi8Z5k3TKqb76sOwYr5TcAfuR6PIPaleyE0/0KrljBum2Isa2Nyq7Dgc3ElBQ6YN4l/a+DpvKaz1" \
    "FSKmKrhLNskqokWVSlu4g8OlKlbPXQ9ibII14MZRQrrkTmHYHzfi7GXXM0thAKuR0HNvyhTHBh4/lrYM3GaMvmWwkwvsMavn" \
    "Oex6+eioZHBOb1/EIZ/LzC6zuHArPpyW3daGaZ1rtQB1vVzTyERAVVFsXXgBHvfFud3w3ShsJYk8JvMwK2RpJ5/gV0QSARcm" \
    "LDRUAlPzAgMBAAECggEBAMc7rDeUaXiWv6bMGbZ3BTXpg1FhdddnWUnYE8HfX/kmOFI7XtBHXcgYFpcjYz4D5787pcsk7ezP" \
    "idAj58zqenuclmjKnUmT3pfbI5eCA2v4C9HnbYDrmUPK1ZcADtka4D6ScDccpNYNa1g2TFHzkIrEa6H+q7S3O2fqxY/DRVtN" \
    "0JIXalBb8daaqL5QVzSmM2BMVnHy+YITJWIkP2a3pKs9C0W65JGDsnG0wVrHinHF+cnhFZIbaPEI//DAFMc9NkrWOKVRTEgc" \
    "CUxCFaHOZVNxDWZD7A2ZfJB2rK6eg//ygEiFDR2h6mTaDowMB4YF2n2dsIO4/dCG8vPHI20jn4ECgYEA/ZGu6lEMlO0XZnam" \
    "AZGtiNgLcCfM/C2ZERZE7QTRPZH1WdK92Al9ndldsswFw4baJrJLCmghjF/iG4zihhBvLnOLksnZUfjdumxoHDWXo2QBWbI5" \
    "QsWIE7AuTiWgWj1I7X4fCXSQf6i+M/y26TogQ7d0ANpZFyOkTNMn/tiJvLECgYEA22XqlamG/yfAGWery5KNH2DGlTIyd6xJ" \
    "WtJ9j3jU99lZ0bCQ5xhiBbU9ImxCi3zgTsoqLWgA/p00HhNFNoUcTl9ofc0G3zwTD1y0ZzcnVKxGJdZ6ohW52V0hJStAigtj" \
    "YAsUgjm7//FH7PiQDBDP1Wa6xSRkDQU/aSbQxvEE8+MCgYEA3bb8krW7opyM0XL9RHH0oqsFlVO30Oit5lrqebS0oHl3Zsr2" \
    "ZGgoBlWBsEzk3UqUhTFwm/DhJLTSJ/TQPRkxnhQ5/mewNhS9C7yua7wQkzVmWN+VYeUGTvDGDF6qDz12/vJAgSwDDRym8x4N" \
    "cXD5tTw7mmNRcwIfL22SkysThIECgYAVBgccoEoXWS/HP2/u6fQr9ZIR6eV8Ij5FPbZacTG3LlS1Cz5XZra95UgebFFUHHtC" \
    "EY1JHJY7z8SWvTH8r3Su7eWNaIAoFBGffzqqSVazfm6aYZsOvRY6BfqPHT3p/H1hTq6AbBffxrcltgvXnCTORjHPglU0CjSx" \
    "Vs7awW3AEQKBgB5WtaC8VLROM7rkfVIq+RXqE5vtJfa3e3N7W3RqxKp4zHFAPfr82FK5CX2bppEaxY7SEZVvVInKDc5gKdG/" \
    "jWNRBmvvftZhY59PILHO2X5vO4FXh7suEjy6VIh0gsnK36mmRboYIBGsNuDHjXLeBDa+8mDLkWu5nHEhOxy2JJZl"
#define SIGN_SIGNATURE \
    "BKyAfU4iMCuvXMXS0Wzam3V/cnxZ+JaqigPM5OhljS2iOT95OO6Fsuml2JkFANJU9K6q9bLlDhPXuoVz+pp4hAm6pHU4ld81" \
    "5U4jsKu1RkyaII+1CYBUYC8TK0XtJ8FwUXXz8vZHh58rrAVN1XwNyvD1vfpxrMT4SL536GLwvpUHlCqIMzoZUguLli/K8V29" \
    "QiOhuH6IEqLNJn8e9b3nwNcQ7be3CzYGpDAKBfDGPCqCv8Rw5zndhlffk2FEA70G4hvMwe51qMN/RAJbknXG23bSlObuTCN7" \
    "Ndj1aJGH6/L+hdwfLpUtJm4QYVazzW7DFD27EpSQEqA8bX9+8m1rLg=="

/* wechatpay-go, core/notify/notify_test.go: a callback and the platform certificate it is signed with. */
#define NOTIFY_CERT \
    "-----BEGIN CERTIFICATE-----\nMIIDVzCCAj+gAwIBAgIJANfOWdH1ItcBMA0GCSqGSIb3DQEBCwUAMEIxCzAJBgNV\nB" \
    "AYTAlhYMRUwEwYDVQQHDAxEZWZhdWx0IENpdHkxHDAaBgNVBAoME0RlZmF1bHQg\nQ29tcGFueSBMdGQwHhcNMjEwNDI3MDg" \
    "1NTIzWhcNMzEwNDI1MDg1NTIzWjBCMQsw\nCQYDVQQGEwJYWDEVMBMGA1UEBwwMRGVmYXVsdCBDaXR5MRwwGgYDVQQKDBNEZ" \
    "WZh\ndWx0IENvbXBhbnkgTHRkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n2VCTd91fnUn73Xy9DLvt/V62T" \
    "VxRTEEstVdeRaZ3B3leO0pldE806mXO4RwdHXag\nHQ4vGeZN0yqm++rDsGK+U3AH7kejyD2pXshNP9Cq5YwbptiLGtjcquw" \
    "4HNxJQUOm\nDeJf2vg6byms9RUipiq4SzbJKqJFlUpbuIPDpSpWz10PYmyCNeDGUUK65E5h2B83\n4uxl1zNLYQCrkdBzb8o" \
    "UxwYeP5a2DNxmjL5lsJML7DGr5znsevnoqGRwTm9fxCGf\ny8wus7hwKz6clt3Whmmda7UAdb1c08hEQFVRbF14AR73xbnd8" \
    "N0obCWJPCbzMCtk\naSef4FdEEgEXJiw0VAJT8wIDAQABo1AwTjAdBgNVHQ4EFgQUT1c7nd/SUO76HSoZ\numNUJv1R5PwwH" \
    "wYDVR0jBBgwFoAUT1c7nd/SUO76HSoZumNUJv1R5PwwDAYDVR0T\nBAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAfTjxKRQ" \
    "MzNB/U6ZoCUS+BSNfa2Oh\n0plMN6ZuzwiVVZwg1jywvv5yv04koS7Pd4i9E4gt9ZBUQXlpq+A3oOCEEHNRR6b2\nkyazGRM" \
    "7s0OP5X21WrbpSmKmU6K7hkfx30yYs08LVs/Q8DIhvaj1FCFeJzUCzYn/\nfHMq4tsbKO0dKAeydPM/nrUZBmaYQVKMVOORG" \
    "LFjFKVO7JV6Kq/R86ouhjEPgJOe\n2xulNBUcjicqtZlBdEh/PWCYP2SpGVDclKm8jeo175T3EVAkdKzzmfpxtMmnMlmq\nc" \
    "TJOU9TxuGvNASMtjj7pYIerTx+xgZDXEVBWFW9PjJ0TV06tCRsgSHItgg==\n-----END CERTIFICATE-----\n"
#define NOTIFY_SIGNATURE \
    "tJHIiIS9eB2hAYstmAmbbD3ZE5LiIm/Ug5tuL4fC0YOFRWIHV39UFIZXC0e9Wl6lBu6sKvkqDkzpqzBsVHyXFlbYZTOQrVdG" \
    "4b6LfTnK4mikv9++ixJMd3vTf2yCqvBkh98zs3Ds5zsYQakzbcwhmw4fMJs4nPLws28H0UW9FjDR//rxELLwXvV1VEA1IBLX" \
    "70xptjL8hrfUjEE8kkry6yNJTHZRU8CAc7qHli2Ng1V1qb9ARbK8A3ThmFmPQvRGrapI/jS2laKKgYUmfdEdkNO6B2Cke5e8" \
    "VTxY406ArAmQ90GAihDwIcb16TQMnzCMBoutnwZKNiKRACrFmtxw2Q=="
#define NOTIFY_BODY \
    "{\"id\":\"3119dfba-e649-5eec-ab1e-3412bc4d2e17\",\"create_time\":\"2021-06-24T16:37:26+08:00\"," \
    "\"resource_type\":\"encrypt-resource\",\"event_type\":\"PAYSCORE.USER_OPEN_SERVICE\",\"summary\"" \
    ":\"签约成功\",\"resource\":{\"original_type\":\"payscore\",\"algorithm\":\"AEAD_AES_256_GCM" \
    "\",\"ciphertext\":\"YDS3lKPaC4Y52Gf3uhft5qUBlIa8b428AWTtTauHQfQrRw+X1WpiuHIDy0vo1Vd6VEq67aVyqPdD" \
    "YMkRVSDaZL3iZttevRMOoPKMifozg6XPWjIZumks/GpT48lI4NizyeaqLBokNebthah3o1H76qSlO9NkDjp9bzmKLEYYH9TE" \
    "klFUpsvPqOTOcgSLgh21YJXYR7dEBXFgRLiNIKRgO5JdXh1hccRUAlyVWxE54PXpnQ==\",\"associated_data\":\"pay" \
    "score\",\"nonce\":\"Kj7QIyUiYx1q\"}}"

enum { NOTIFY_AT = 1624523846 };

/* wechatpay-java, core model/TestConfig.java: a certificate of GET /v3/certificates and the key it is sealed under; and
 * cipher/AeadAesCipherTest.java. */
#define API_V3_KEY "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
#define CERT_SEALED \
    "Mr/AxbvY+WL9hKlD5nIa03LOMPpn5f+CWeNxE4ujl0f5gXZ9XLJ9CldkArCOTsbU62XgKnTc3YvRMZQ7wCmE2fzwmAenAyST" \
    "YsPms72JhggPWfdqVxri9YD5wBYKn8Ck0Fc5JIiVw9WlN2oxHBz83mRVsjoTGC5+cX1CdYqKuZ8pkvi0aCJIq07ZC8MHoTow" \
    "Uz+4jYJy9XeKqip83Z7BmUYxsePpNM+HtihBqTJIUYXJfX7Col5X0ACsApRoU9l6swfW/kzvqNpDJavhDBGasLrr5822+Fk5" \
    "nVkcTi53f8Wbue7ODWjJxj1yhRYcxFCvXLtpYNB+Qa1aXtrBSdBdBI2p7o+6Imn+auHLBCzkrZqF/yd+d4vTn4tqHPLUj89X" \
    "cHsMf96uBo3T/HQV8LEDeIO+6YvOK9FrIDYsvp+imN4n/mnF7eJKo9mpN/QqWJiawrFpAmMMxFKBjIdpgMnVUl3Z11RcWKyf" \
    "OJ3kcmItTWcnZFNyDgR9cS0aU6QPlefa3uUW89uzBuHjcFdDl43yU3LE4qZnHLDcDgx4qt0OFCLiy51GXtEpyYs5k99YJBvK" \
    "K+RyIs4Yc1/smBmClQUhxW+8bsPNOcXfDvH2yX4YzESoO4TV0RqiCgnsSd4zIFyJPiMKIGzVHiw6Kg0eGCmB4mGHEEZCQ0eN" \
    "3SSPO0QVjjtBYfgXDZfVHSaAB8PjWBVNFimoViZZQrwT6Ygo0LU0Dd8+F5aHFYr4OPHPslr3hrgutEYXDTv1vTA6ABJGqknJ" \
    "9Y2vtyWpy7aIwxc0kQq/1ezjs+RMVL/LRpGDnbx1/CGPDjZhYgZypKa55+PDhoaQxqkF3xCLz2DGoNHZYmFqxzAOsAK0vJZw" \
    "4VcAk6ssbA6YIaMuiemEpxfLC9ZiXtRqsX9s+GWjjtA8JywOFMO+NKZm9BH/E5YNg2DDD3sHG9Mciwn7yJ6sdf8h2lAWlEEx" \
    "AOeiBNyshOHAQ0/S+x1ncWNiqY+Uh5n0rtonvePV2MsxVlEWR3AVHn1abcEWkzivd+G5kg7LYO0goqzGClcQfnFfZdO6KwcM" \
    "XsBCnm9A1Bl4+k5LLokTIYH5/36SRIZ9j0CHGD77BQLE7x8AlNsoFS2m263tLLq78TFqvZUTIZIQcVIl+NInscS3xQbA38qq" \
    "FqutCWIwoF1azuJ7woiJyMvnS3xzIpNzP+rzJ8VDXxjLjpEUBOC9WDs74+QMtsAdmh6g0KDclHEk8WJ4P2bnso4z3VCGoDT5" \
    "X/0bS1C+jMZMKaOCNB21FZ08qgUHmKeDeg8ylENu+mh2Y/AaEDSGkGBHIfFbhMYO3uRxhk9hldiHEnHgdkXiVAAUWk/IhtmG" \
    "ijibO/L76vB74Xpes973uK+2iFKgNBk8qTLLZZnuWbcMQuA6VsFULRb/C+q9B21YuAWPMzvgBwr4EX2m/OpF5w8Q0HL7v1H5" \
    "H0mIGJbrjnklUPoBYrw30W3uk7yF0KE6sfMukafFx0S9rBOL0RykGDPwC0lHSNySkXDeM5XvDJ+dtHK+RDwhJR+azfrWAHGM" \
    "tZcQ+YVamjWVmHxXM03j3GeCXgqae1upwHzkPL5OwojcQ5MQi3Kv/1xtwY0cRN/yeZTOsXfujtqhkJj/Vltby4lnW4SCj4Lj" \
    "WQF19BY6zhzF4yybBA8bhhtoNP/zx8QkhHAkIROkK2ZVgfocCAPvfQ+vSrsIBO+L5cmg6mzFn4g84lsHscgXnszIlzUrzx/4" \
    "Tam0uwuS9J1gddZ0I0QUt9SJzfsoBCTU0OgNMUtXKS5HvgXe7abexMtFH5eulOsAuFZkQ5LYJa/m4yHFInXzL/t3hjdTi2Nm" \
    "xUufvYzwIyffRTu5vS9vjscARD9lUQDHFQ/xgWe1i8EkRlrSfjlXt00+4//h2bcJKyTBT3IXwvKNsuY29V9/vU3HkvWKZ99z" \
    "pSlmcZRuBa1BHbyPEvc0NlqIIoKidxqUvOR64MzudHhAjgWFP+IXojfhS3Gj9OJhBL7s"

/* alipay-sdk-nodejs-all, test/alipay.test.ts: a notification with its key (checkNotifySign, "with sign_type"), and an
 * answer of the sandbox with its key ("checkResponseSign should work"). */
#define ALIPAY_KEY \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqObrdC7hrgAVM98tK0nv3hSQRGGKT4lBsQjHiGjeYZjOPIPHR5kn" \
    "m2jnnz/YGIXIofVHkA/tAlBAd5DrY7YpvI4tP5EONLtZKC2ghBMx7McI2wRD0xiqzxOQr1FuhZGJ8/AUokBzJrzY+aGX2xcO" \
    "rxFYRlFilvVLTXg4LWjR1tdPkO6+i7wQZAIVMClPkwVRZEbaERRHlKqTzv2gGv5rDU8gRoe1LeaN+6BlbTqHWkQcNCUNrA8C" \
    "6l17XAXGKDsm/9TFWwO8EPHHHCaQdjtV5/FdcWIt+L8SR1ss7EXTjYDFtxcKVv9rEoY1lX8T4mX+GbXfZHraG5NCF1+XioL5" \
    "JwIDAQAB"
#define ALIPAY_FORM \
    "gmt_create=2019-08-15+15%3A56%3A22&charset=utf-8&seller_email=z97-yuquerevenue%40service.aliyun." \
    "com&subject=%E8%AF%AD%E9%9B%80%E7%A9%BA%E9%97%B4+500%E4%BA%BA%E8%A7%84%E6%A8%A1&sign=QfTb8tqE1BM" \
    "hS5qAnXtvsF3%2FjBkEvu9q9en0pdbBUDDjvKycZhQb7h8GDs4FKfi049PynaNuatxSgLb%2FnLWZpXyyh0LEWdK2S6Ri7nP" \
    "wrVgOs08zugLO20vOQz44y3ti2Ncm8%2FwZts1Fr2gZ7pShnVX3d1B50hbsXnObT1r%2FU8ONNQjWXd0HIul4TG%2BQ3fm3s" \
    "vmSvFEy0WnzuhcyHPX5Gm4ELNctL6Qd5YniGJFNcc7kopHYtI%2FXD9YCKCH6Ct02rzUs9i11C9CsadtZn%2BWhxF26Dqt9s" \
    "GEFajkJ8cxUTLi8%2BVCpLHsgPE8P0y095uQcDdK0YjCh4x7wVSov%2BlrmOQ%3D%3D&buyer_id=2088102534368455&in" \
    "voice_amount=0.10&notify_id=2019081500222155624068450559358070&notify_type=trade_status_sync&tra" \
    "de_status=TRADE_SUCCESS&receipt_amount=0.10&buyer_pay_amount=0.10&sign_type=RSA2&app_id=20190731" \
    "66072302&seller_id=2088531891668739&gmt_payment=2019-08-15+15%3A56%3A24&notify_time=2019-08-15+1" \
    "5%3A56%3A25&version=1.0&out_trade_no=20190815155618536-564-57&total_amount=0.10&trade_no=2019081" \
    "522001468450512505578&auth_app_id=2019073166072302&buyer_logon_id=xud%2A%2A%2A%40126.com&point_a" \
    "mount=0.00&fund_bill_list=%5B%7B%22amount%22%3A%220.10%22%2C%22fundChannel%22%3A%22ALIPAYACCOUNT" \
    "%22%7D%5D"
#define ALIPAY_ANSWER_KEY \
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAk7LzhmMa2c4qQd4fqAqenfbu" \
    "FoA7stPKvoS1LrZEsVnOOGUUjwoa1oU9xsSPjcOWhIerU/VAN4J95GIAXx59ipcleIyfLn2FhHXPgLJpvo+b2jJFyn/1/Dbe" \
    "JDh+0yDVAOf50Z7HhI0mdUhFMkXlT7BU0ZMtJf/TmISFEfhDU/w6qFd6D42L97byAkq0K6LroglSVF24GqJEa7hSeUIkZWj7" \
    "RasykXrc2uVJ1+ejkXE0LyPxa2AHykMGbJLf5SiZvaNzUZgnKIR36mLOHpQ/2JCXxhXZYUWHzy0kMH54JcUEeksFWBYLGvLj" \
    "V1phbcUIc3Q76tIuqApY6E222OoZZQIDAQAB\n-----END PUBLIC KEY-----"
#define ALIPAY_ANSWER \
    "{\"alipay_open_file_upload_response\":{\"code\":\"10000\",\"msg\":\"Success\",\"file_id\":\"CAxA" \
    "ToWB1JsAAAAAAAAAAAAADgSLAQBr\"},\"sign\":\"F+LDzpTNiavn7xVZPGuPCSSVRSmWzJGgtuji6tVELGEaqMaNj0jRK" \
    "XUEr5nloZJBBmwEnddOyCjjepMmrTKTvoOqQ0Efxpr/R1iEeHTHVbb/Q8TTh6Up5gHJDkILdaWS2q1cWeQ6VT+HQY9P3WRXS" \
    "7uhILHuDODIhpAyCu5KhWGt0rMCIG+Im6NODJP2oohtSCtmTFXg58HH587Z2y2bdbjzOxLvzD9IrU1imghXQ2S/Q+wMIvRk9" \
    "on6cWnBLkrNvJKapA2ReNGWOwyuASvB9zDVzhMPbR+3mfRGkVDxsq5HYLjBKGskJMXHw0HuugZij6ScRuaLPODhmHwr/pJ9y" \
    "w==\"}"

/* stripe-dotnet, StripeTests EventUtilityTest.cs and Resources/event_test_signature.json. */
#define STRIPE_SECRET "webhook_secret"
#define STRIPE_V1 "2220f87ef101a04665f11cdf770523143f875572008577fa0f20882ddb9cc3c7"
#define STRIPE_V0 "63f3a72374a733066c4be69ed7f8e5ac85c22c9f0a6a612ab9a025a9e4ee7eef"
#define STRIPE_BODY \
    "{\n  \"id\": \"evt_123\",\n  \"object\": \"event\",\n  \"account\": \"acct_123\",\n" \
    "  \"api_version\": \"2017-05-25\",\n  \"created\": 1533204620,\n  \"data\": {\n    \"object\": {\n" \
    "      \"id\": \"cus_123\",\n      \"object\": \"customer\",\n      \"created\": 123456789,\n" \
    "      \"email\": \"test@stripe.com\",\n      \"livemode\": false,\n      \"metadata\": {}\n    }\n  },\n" \
    "  \"livemode\": false,\n  \"pending_webhooks\": 1,\n  \"request\": {\n    \"id\": \"req_123\",\n" \
    "    \"idempotency_key\": \"idempotency-key-123\"\n  },\n  \"type\": \"customer.created\"\n}\n"

enum { STRIPE_AT = 1533204620 };

static void test_rsa(void)
{
    struct arena *arena = arena_new(1 << 16);
    struct rsa_key *key = rsa_private_of_text(SIGN_KEY), *certificate = rsa_public_of_text(NOTIFY_CERT);
    const char *signature = NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    CU_ASSERT_PTR_NOT_NULL_FATAL(certificate);
    CU_ASSERT_EQUAL_FATAL(rsa_sign(key, arena, "source", 6, &signature), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(signature, SIGN_SIGNATURE);
    CU_ASSERT(rsa_signature_valid(certificate, "source", 6, SIGN_SIGNATURE)); /* the same key pair */
    CU_ASSERT_FALSE(rsa_signature_valid(certificate, "sourcf", 6, SIGN_SIGNATURE));
    CU_ASSERT_FALSE(rsa_signature_valid(certificate, "source", 6, NULL));
    CU_ASSERT_FALSE(rsa_signature_valid(certificate, "source", 6, ""));
    CU_ASSERT_FALSE(rsa_signature_valid(certificate, "source", 6, "AAAA"));
    CU_ASSERT_FALSE(rsa_signature_valid(NULL, "source", 6, SIGN_SIGNATURE));
    rsa_key_free(key);
    rsa_key_free(certificate);
    arena_free(arena);
}

static void test_what_is_no_key(void)
{
    /* An RSA key of 1024 bits and an Ed25519 key. */
    static const char *const texts[] = {
        "", "-----BEGIN PUBLIC KEY-----\n", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "%%%",
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC4GnZenQhsLvjC8j6Yh/wGSUiS+phGRgxfWnzRTzvrvFJSbJmtnpFWf423Eg++UcNqvNZs+iFS969cBU18BBLm0nXi0ucDSNviA8zAVp2nZ2fWvsABIbQ8OhwYZvQtLXaNWXT/Q+k15oVBrnvoYGCT6fC+sc6gY6y1Q4iyDAujwQIDAQAB",
        "MCowBQYDK2VwAyEA7TrMFtUuaIUKlCHJ0psqivKp3VdCcRv95jG6a4gzbUY="};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CU_ASSERT_PTR_NULL(rsa_public_of_text(texts[i]));
        CU_ASSERT_PTR_NULL(rsa_private_of_text(texts[i]));
    }
    CU_ASSERT_PTR_NULL(rsa_public_of_text(SIGN_KEY));
    CU_ASSERT_PTR_NULL(rsa_private_of_text(NOTIFY_CERT));
    CU_ASSERT_PTR_NULL(rsa_public_of_file("/nonexistent/key.pem"));
}

static void test_seal(void)
{
    struct arena *arena = arena_new(1 << 16);
    size_t len = 0;
    const char *text = seal_open(arena, API_V3_KEY, "uluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI=", &len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_STRING_EQUAL(text, "message");
    CU_ASSERT_EQUAL(len, 7);

    const char *pem = seal_open(arena, API_V3_KEY, "14b16c03dc1b", "certificate", CERT_SEALED, &len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pem);
    struct rsa_key *key = rsa_public_of_text(pem);
    CU_ASSERT_PTR_NOT_NULL(key);
    rsa_key_free(key);

    static const struct {
        const char *key, *nonce, *associated, *sealed;
    } wrong[] = {{"b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb", "uluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
                 {"short", "uluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
                 {API_V3_KEY, "vluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
                 {API_V3_KEY, "", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
                 {API_V3_KEY, "uluk4a9R25RW", "AssociatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
                 {API_V3_KEY, "uluk4a9R25RW", "associatedData", "vlwSiIajGClcvcOYvOQ7+l+0PAbzzwI="},
                 {API_V3_KEY, "uluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ7+l+0PAbzwwI="},
                 {API_V3_KEY, "uluk4a9R25RW", "associatedData", "ulwSiIajGClcvcOYvOQ="},
                 {API_V3_KEY, "uluk4a9R25RW", "associatedData", ""},
                 {API_V3_KEY, "uluk4a9R25RW", "associatedData", "%%"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_PTR_NULL(seal_open(arena, wrong[i].key, wrong[i].nonce, wrong[i].associated, wrong[i].sealed, &len));
    arena_free(arena);
}

static struct wechat_message notify(const char *body)
{
    return (struct wechat_message){.serial = "D7CE59D1F522D701",
                                   .timestamp = "1624523846",
                                   .nonce = "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz",
                                   .signature = NOTIFY_SIGNATURE,
                                   .body = body,
                                   .body_len = strlen(body)};
}

static void test_wechat_message(void)
{
    struct arena *arena = arena_new(1 << 22);
    struct rsa_key *key = rsa_public_of_text(NOTIFY_CERT);
    struct wechat_message message = notify(NOTIFY_BODY);
    CU_ASSERT(wechat_message_valid(arena, key, &message, NOTIFY_AT));
    CU_ASSERT(wechat_message_valid(arena, key, &message, NOTIFY_AT + 300));
    CU_ASSERT(wechat_message_valid(arena, key, &message, NOTIFY_AT - 300));
    CU_ASSERT_FALSE(wechat_message_valid(arena, key, &message, NOTIFY_AT + 301));
    CU_ASSERT_FALSE(wechat_message_valid(arena, key, &message, NOTIFY_AT - 301));
    CU_ASSERT_FALSE(wechat_message_valid(arena, NULL, &message, NOTIFY_AT));

    message.timestamp = "1624523847";
    CU_ASSERT_FALSE(wechat_message_valid(arena, key, &message, NOTIFY_AT));
    message = notify(NOTIFY_BODY);
    message.nonce = "";
    CU_ASSERT_FALSE(wechat_message_valid(arena, key, &message, NOTIFY_AT));
    const char **parts[] = {&message.timestamp, &message.nonce, &message.signature};
    for (size_t i = 0; i < 3; i++) {
        message = notify(NOTIFY_BODY);
        *parts[i] = NULL;
        CU_ASSERT_FALSE(wechat_message_valid(arena, key, &message, NOTIFY_AT));
    }
    for (size_t at = 0; at < strlen(NOTIFY_BODY); at += 13) {
        char body[] = NOTIFY_BODY;
        body[at] ^= 1;
        message = notify(body);
        CU_ASSERT_FALSE(wechat_message_valid(arena, key, &message, NOTIFY_AT));
    }
    rsa_key_free(key);
    arena_free(arena);
}

/* wechatpay-go, core/auth/credentials/wechat_pay_credential_test.go has the signed text of this request. */
static void test_wechat_authorization(void)
{
    struct arena *arena = arena_new(1 << 16);
    struct rsa_key *key = rsa_private_of_text(SIGN_KEY);
    const struct wechat_merchant merchant = {"1234567890", "0123456789ABC", key};
    const struct wechat_request request = {"POST", "/v3/certificates", "Hello World!\n", 13};
    const char *header = NULL, *signature = NULL;
    const char *text = "POST\n/v3/certificates\n1624523846\nA1B2C3D4E5F6G7\nHello World!\n\n";
    CU_ASSERT_EQUAL_FATAL(wechat_authorization(arena, &merchant, &request, NOTIFY_AT, "A1B2C3D4E5F6G7", &header), SOUK_OK);
    CU_ASSERT_EQUAL_FATAL(rsa_sign(key, arena, text, strlen(text), &signature), SOUK_OK);
    CU_ASSERT_STRING_EQUAL(header, arena_printf(arena, "WECHATPAY2-SHA256-RSA2048 mchid=\"1234567890\",nonce_str=\"A1B2C3D4E5F6G7\","
                                                       "timestamp=\"1624523846\",serial_no=\"0123456789ABC\",signature=\"%s\"", signature));
    char nonces[2][WECHAT_NONCE_BYTES];
    wechat_nonce(nonces[0]);
    wechat_nonce(nonces[1]);
    CU_ASSERT_EQUAL(strlen(nonces[0]), 32);
    CU_ASSERT_STRING_NOT_EQUAL(nonces[0], nonces[1]);
    rsa_key_free(key);
    arena_free(arena);
}

static bool alipay_valid(struct arena *arena, const struct rsa_key *key, const char *form)
{
    struct pair pairs[QUERY_PAIRS_MAX];
    const char *signature = NULL;
    size_t n = 0;
    if (uri_pairs(arena, form, strlen(form), pairs, &n) != SOUK_OK)
        return false;
    const char *text = alipay_notification_text(arena, pairs, n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].name, "sign") == 0)
            signature = pairs[i].text;
    return text != NULL && rsa_signature_valid(key, text, strlen(text), signature);
}

static void test_alipay_notification(void)
{
    struct arena *arena = arena_new(1 << 22);
    struct rsa_key *key = rsa_public_of_text(ALIPAY_KEY);
    CU_ASSERT(alipay_valid(arena, key, ALIPAY_FORM));
    CU_ASSERT_FALSE(alipay_valid(arena, key, ALIPAY_FORM "&more=1"));
    CU_ASSERT_FALSE(alipay_valid(arena, key, "trade_status=TRADE_SUCCESS"));
    for (size_t at = 0; at < strlen(ALIPAY_FORM); at += 7) {
        char form[] = ALIPAY_FORM;
        form[at] ^= 1;
        bool sign_type = at >= (size_t)(strstr(form, "sign_typ") - form) && at < (size_t)(strstr(form, "app_id") - form);
        CU_ASSERT(sign_type || !alipay_valid(arena, key, form));
    }
    rsa_key_free(key);
    arena_free(arena);
}

static void test_alipay_request(void)
{
    struct arena *arena = arena_new(1 << 16);
    const struct alipay_param params[] = {{"method", "alipay.trade.query"}, {"sign", "x"},     {"app_id", "2014072300007148"},
                                          {"sign_type", "RSA2"},            {"return_url", ""}, {"notify_url", NULL},
                                          {"biz_content", "{\"a\":\"b&c=d\"}"}};
    CU_ASSERT_STRING_EQUAL(alipay_request_text(arena, params, sizeof params / sizeof params[0]),
                           "app_id=2014072300007148&biz_content={\"a\":\"b&c=d\"}&method=alipay.trade.query&sign_type=RSA2");
    CU_ASSERT_STRING_EQUAL(alipay_request_text(arena, params, 0), "");
    arena_free(arena);
}

static void test_alipay_answer(void)
{
    struct rsa_key *key = rsa_public_of_text(ALIPAY_ANSWER_KEY);
    const char *text, *sign, *name = "alipay_open_file_upload_response";
    size_t len, sign_len;
    char signature[512];
    CU_ASSERT_FATAL(alipay_answer_text(ALIPAY_ANSWER, strlen(ALIPAY_ANSWER), name, &text, &len));
    CU_ASSERT_FATAL(alipay_answer_text(ALIPAY_ANSWER, strlen(ALIPAY_ANSWER), "sign", &sign, &sign_len));
    snprintf(signature, sizeof signature, "%.*s", (int)sign_len - 2, sign + 1);
    CU_ASSERT(rsa_signature_valid(key, text, len, signature));
    CU_ASSERT_FALSE(rsa_signature_valid(key, text, len - 1, signature));
    rsa_key_free(key);

    /* The shapes of getSignStr in the same file: blanks around, a member `sign` inside. */
    static const char *const shapes[] = {"{\"r\":{\"sign\":\"x\",\"a\":[1,{\"b\":\"}\\\"\"}]},\"sign\":\"s\"}",
                                         " {\"sign\" : \"s\" ,\n\"r\"\n:\n{\"sign\":\"x\",\"a\":[1,{\"b\":\"}\\\"\"}]} \n}"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        CU_ASSERT_FATAL(alipay_answer_text(shapes[i], strlen(shapes[i]), "r", &text, &len));
        CU_ASSERT_NSTRING_EQUAL(text, "{\"sign\":\"x\",\"a\":[1,{\"b\":\"}\\\"\"}]}", len);
        CU_ASSERT_EQUAL(len, strlen("{\"sign\":\"x\",\"a\":[1,{\"b\":\"}\\\"\"}]}"));
    }
    static const char *const odd[] = {"", "{", "{}", "[]", "{\"r\"", "{\"r\":", "{\"r\":{", "{\"r", "{\"q\":1", "{\"q\":1]", "\"r\":1"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        CU_ASSERT_FALSE(alipay_answer_text(odd[i], strlen(odd[i]), "r", &text, &len));
}

static bool stripe_valid(const char *header, int64_t now_s)
{
    return stripe_signature_valid(STRIPE_SECRET, header, STRIPE_BODY, strlen(STRIPE_BODY), now_s);
}

static void test_stripe(void)
{
    CU_ASSERT(stripe_valid("t=1533204620,v1=" STRIPE_V1 ",v0=" STRIPE_V0, STRIPE_AT + 100));
    CU_ASSERT(stripe_valid("t=1533204620,v1=" STRIPE_V1, STRIPE_AT + 300));
    CU_ASSERT(stripe_valid("t=1533204620,v1=" STRIPE_V1, STRIPE_AT - 300));
    CU_ASSERT_FALSE(stripe_valid("t=1533204620,v1=" STRIPE_V1, STRIPE_AT + 301));
    CU_ASSERT_FALSE(stripe_valid("t=1533204620,v1=" STRIPE_V1, STRIPE_AT - 301));
    /* While a secret is rolled there are several. */
    CU_ASSERT(stripe_valid("t=1533204620,v1=" STRIPE_V0 ",v1=" STRIPE_V1, STRIPE_AT));
    CU_ASSERT(stripe_valid("t=1533204620,v1=" STRIPE_V1 ",v1=bad_signature", STRIPE_AT));
    static const char *const wrong[] = {
        "", "t=", "t", ",,", "v1,t=1", "t=,v1=" STRIPE_V1, "t,v1=,v0=", "v1=" STRIPE_V1, "t=1533204620",
        "t=1533204620,v0=" STRIPE_V1, "t=1533204620,v1=" STRIPE_V0, "t=1533204620,v1=" STRIPE_V1 "00", "t=1533204620,v1=",
        "t=1533204621,v1=" STRIPE_V1, "t=1533204621,t=1533204620,v1=" STRIPE_V1, "t=1533204620 ,v1=" STRIPE_V1, "bad_header"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_FALSE(stripe_valid(wrong[i], STRIPE_AT));
    CU_ASSERT_FALSE(stripe_valid(NULL, STRIPE_AT));
    const char *header = "t=1533204620,v1=" STRIPE_V1;
    CU_ASSERT_FALSE(stripe_signature_valid("", header, STRIPE_BODY, strlen(STRIPE_BODY), STRIPE_AT));
    CU_ASSERT_FALSE(stripe_signature_valid("webhook_secreu", header, STRIPE_BODY, strlen(STRIPE_BODY), STRIPE_AT));
    for (size_t at = 0; at < strlen(STRIPE_BODY); at += 5) {
        char body[] = STRIPE_BODY;
        body[at] ^= 1;
        CU_ASSERT_FALSE(stripe_signature_valid(STRIPE_SECRET, header, body, strlen(body), STRIPE_AT));
    }
}

UNIT_SUITE(channel_sign, UNIT_TEST(test_rsa), UNIT_TEST(test_what_is_no_key), UNIT_TEST(test_seal),
           UNIT_TEST(test_wechat_message), UNIT_TEST(test_wechat_authorization), UNIT_TEST(test_alipay_notification),
           UNIT_TEST(test_alipay_request), UNIT_TEST(test_alipay_answer), UNIT_TEST(test_stripe))
