"""Checks a request as it came over the wire with the code that the SDKs sign their own requests with."""

from urllib.parse import parse_qsl, unquote, urlsplit

from alibabacloud_tea_openapi.utils import Utils
from aliyun.log.auth import AuthV1
from aliyun.log.credentials import StaticCredentialsProvider
from aliyunsdkcore.auth.composer import rpc_signature_composer

# What stands in a `Authorization` of Log Service, version 1.
LOG = "LOG "

compose = getattr(rpc_signature_composer, "__compose_string_to_sign")
sign = getattr(rpc_signature_composer, "__get_signature")


class SignedThen(AuthV1):
    """The log SDK's signer at the time of the request."""

    def __init__(self, credentials, date):
        super().__init__(credentials)
        self.date = date

    def _getGMT(self):
        return self.date


def pairs(text):
    """Names and values of a query or a form."""
    return parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))


def is_signed(method, url, headers, body, key):
    """Whether a request carries the signature that each SDK would give it. `key` is (id, secret)."""
    headers = {name.lower(): value for name, value in headers.items()}
    if headers.get("authorization", "").startswith(LOG):
        return is_signed_for_log_service(method, url, headers, body, key)
    return is_signed_for_rpc(method, url, body, key)


def is_signed_for_rpc(method, url, body, key):
    """RPC signature version 1, as both SDKs of CEN make it."""
    parameters = pairs(urlsplit(url).query) + pairs(body.decode())
    names = [name for name, _ in parameters]
    assert len(names) == len(set(names)), "a parameter is there twice"
    parameters = dict(parameters)
    signature = parameters.pop("Signature")
    legacy = sign(compose(method, parameters), key[1])
    current = Utils.get_rpcsignature(parameters, method, key[1])
    return parameters["AccessKeyId"] == key[0] and signature == legacy == current


def is_signed_for_log_service(method, url, headers, body, key):
    """`LOG`, HMAC-SHA1, as the log SDK makes it."""
    parts = urlsplit(url)
    given = headers.pop("authorization")
    expected = {name: value for name, value in headers.items() if name.startswith(("x-log-", "x-acs-"))}
    if "content-type" in headers:
        # The log SDK looks for the name as it writes it itself.
        expected["Content-Type"] = headers["content-type"]
    signer = SignedThen(StaticCredentialsProvider(*key, headers.get("x-acs-security-token")), headers["date"])
    signer.sign_request(method, unquote(parts.path), dict(pairs(parts.query)), expected, body)
    return given == expected["Authorization"] and headers.get("content-md5") == expected.get("Content-MD5")
