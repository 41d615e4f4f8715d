"""CEN, STS and RAM through the two official SDKs. Both are called in the same way: an action and its parameters in, the
answer as a dictionary out, `Refused` where the service refuses."""

import importlib
import json

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.request import CommonRequest
from alibabacloud_cbn20170912 import models
from alibabacloud_cbn20170912.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from darabonba.runtime import RuntimeOptions

import seen
import shape
from emulator import KEY
from refused import Refused

CBN_HOST = "cbn.aliyuncs.com"
CBN_VERSION = "2017-09-12"

# Actions of CEN that the legacy SDK has no class for: its users call them by name.
NOT_IN_LEGACY = {"ModifyGrantInstanceToTransitRouter"}

# The actions of other products that cenform calls: their product, host and version.
OTHERS = {
    "GetCallerIdentity": ("sts", "sts.aliyuncs.com", "2015-04-01"),
    "GetRole": ("ram", "ram.aliyuncs.com", "2015-05-01"),
}


class Cbn:
    """What both SDKs have in common."""

    def __init__(self, key=KEY, token=None, region="cn-hangzhou", **options):
        self.key, self.token, self.region, self.options = key, token, region, options

    def but(self, **changes):
        """The same SDK, with another key, token, region or option."""
        kept = {"key": self.key, "token": self.token, "region": self.region, **self.options}
        return type(self)(**kept | changes)

    def __call__(self, action, **parameters):
        product, host, version = OTHERS.get(action, ("cbn", CBN_HOST, None))
        if version is None:
            return seen.call(product, action, self.sdk, lambda: self.send(action, parameters))
        return seen.call(product, action, self.sdk, lambda: self.send_other(host, version, action, parameters))


class Legacy(Cbn):
    """aliyun-python-sdk-cbn: RPC signature version 1. `method` is POST or GET; with `form` the parameters are sent in
    the body."""

    sdk = "aliyun-python-sdk-cbn"

    def client(self):
        """A client of its own for each call: they keep nothing that matters."""
        credential = StsTokenCredential(*self.key, self.token) if self.token else AccessKeyCredential(*self.key)
        retries = self.options.get("retries")
        options = {"max_retry_time": retries} if retries else {"auto_retry": False}
        return AcsClient(region_id=self.region, credential=credential, **options)

    def send(self, action, parameters):
        """Calls an action of CEN by its own class. None has a RegionId: the SDK sends that of its client. What else a
        class has no setter for, as it is older than the API, is added by name."""
        if action in NOT_IN_LEGACY:
            return self.send_other(CBN_HOST, CBN_VERSION, action, parameters)
        region = parameters.pop("RegionId", self.region)
        module = importlib.import_module(f"aliyunsdkcbn.request.v20170912.{action}Request")
        request = getattr(module, f"{action}Request")()
        for name, value in parameters.items():
            setter = getattr(request, f"set_{name}s", None) if isinstance(value, list) else None
            setter = setter or getattr(request, f"set_{name}", None)
            if setter:
                setter(value)
            else:
                request.add_query_param(name, value)
        request.set_method(self.options.get("method", "POST"))
        if self.options.get("form"):
            request.set_body_params(dict(request.get_query_params()))
            request.set_query_params({})
        return self.but(region=region).do(request)

    def send_other(self, host, version, action, parameters):
        """Calls an action of another product."""
        request = CommonRequest(domain=host, version=version, action_name=action)
        request.set_method(self.options.get("method", "POST"))
        for name, value in parameters.items():
            request.add_query_param(name, value)
        return self.do(request)

    def do(self, request):
        """Sends a request."""
        try:
            return json.loads(self.client().do_action_with_exception(request))
        except ServerException as error:
            raise Refused(
                error.get_http_status(), error.get_error_code(), error.get_error_msg(), error.get_request_id()
            ) from error


class Watched(Client):
    """The client of the current SDK, which also keeps an answer as it came, before a model is made of it."""

    answer = None

    def call_api(self, *arguments):
        self.answer = super().call_api(*arguments)
        return self.answer


class Current(Cbn):
    """alibabacloud-cbn20170912: ACS3-HMAC-SHA256, or RPC signature version 1 with `signature="v2"`."""

    sdk = "alibabacloud-cbn20170912"

    def client(self, host=CBN_HOST):
        """A client of its own for each call."""
        config = Config(
            access_key_id=self.key[0],
            access_key_secret=self.key[1],
            security_token=self.token,
            region_id=self.region,
            endpoint=host,
            protocol="http",
            signature_algorithm=self.options.get("signature"),
            retry_options=self.options.get("retry_options"),
        )
        return Watched(config)

    def send(self, action, parameters):
        """Calls an action of CEN by its own method."""
        request = getattr(models, f"{action}Request")().from_map(parameters)
        unknown = parameters.keys() - request.to_map().keys()
        assert not unknown, f"the SDK has no {unknown} for {action}"
        client = self.client()
        name = f"{action}_with_options".replace("_", "").lower()
        method = next(getattr(client, each) for each in dir(client) if each.replace("_", "").lower() == name)
        body = self.do(lambda: method(request, RuntimeOptions()).body)
        shape.check(client.answer["body"], body)
        return body.to_map()

    def send_other(self, host, version, action, parameters):
        """Calls an action of another product."""
        params = Params(
            action=action,
            version=version,
            protocol="HTTP",
            pathname="/",
            method=self.options.get("method", "POST"),
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = OpenApiRequest(query=parameters)
        return self.do(lambda: self.client(host).call_api(params, request, RuntimeOptions())["body"])

    @staticmethod
    def do(send):
        """Sends a request."""
        try:
            return send()
        except AlibabaCloudException as error:
            raise Refused(error.status_code, error.code, error.data["Message"], error.request_id) from error


# Each SDK as it is used by default.
SDKS = [Legacy, Current]

# And each form in which a call can reach the service.
FORMS = [
    ("legacy, POST", Legacy, {}),
    ("legacy, GET", Legacy, {"method": "GET"}),
    ("legacy, form", Legacy, {"form": True}),
    ("current, ACS3", Current, {}),
    ("current, RPC v1", Current, {"signature": "v2"}),
]
