"""Simple Log Service through the two official SDKs, each with both of its signatures. All are called in the same way:
an action and its fields as the API names them (`project` and `logstore` where they stand in host and path) in, the
answer as a dictionary out, `Refused` where the service refuses. Every answer must have the shape that the SDKs read."""

import re

import pytest
from Tea.exceptions import TeaException
from aliyun.log import IndexConfig, LogClient, LogException
from alibabacloud_sls20201230 import models
from alibabacloud_sls20201230.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

import seen
import shape
from emulator import KEY
from refused import Refused


class Sls:
    """What both SDKs have in common."""

    def __init__(self, signature="v1", key=KEY, token=None, region="cn-hangzhou", host=None, **options):
        self.signature, self.key, self.token, self.region, self.options = signature, key, token, region, options
        self.host = host or f"{region}.log.aliyuncs.com"

    def but(self, **changes):
        """The same SDK, with another signature, key, token, region, host or option."""
        kept = {"signature": self.signature, "key": self.key, "token": self.token, "region": self.region}
        return type(self)(**kept | self.options | changes)

    def __call__(self, action, **fields):
        return seen.call("sls", action, self.sdk, lambda: self.send(action, fields))


class Log(Sls):
    """aliyun-log-python-sdk: HMAC-SHA1 in version 1."""

    sdk = "aliyun-log-python-sdk"

    # The methods that are not called like the action.
    METHODS = {
        "CreateLogStore": "create_logstore",
        "GetLogStore": "get_logstore",
        "UpdateLogStore": "update_logstore",
        "DeleteLogStore": "delete_logstore",
        "ListLogStores": "list_logstore",
        "GetIndex": "get_index_config",
    }

    # The fields that have other names in all methods, and those that have them in some.
    NAMES = {"project": "project_name", "logstore": "logstore_name"}
    NAMES_IN = {
        "CreateProject": {"description": "project_des"},
        "UpdateProject": {"description": "project_des"},
        "ListProject": {"projectName": "project_name_pattern"},
        "ListLogStores": {"logstoreName": "logstore_name_pattern"},
    }

    def send(self, action, fields):
        """Calls an action by its own method."""
        client = LogClient(
            f"http://{self.host}",
            *self.key,
            securityToken=self.token,
            source="127.0.0.1",
            auth_version=self.signature,
            region=self.region,
        )
        method = getattr(client, self.METHODS.get(action) or snake(action))
        special = getattr(self, snake(action), None)
        try:
            return special(method, **fields) if special else self.plain(action, method, fields)
        except LogException as error:
            if error.get_error_code() == "LogRequestError":
                raise
            raise Refused(
                error.get_resp_status(), error.get_error_code(), error.get_error_message(), error.get_request_id()
            ) from error

    def plain(self, action, method, fields):
        """Calls a method that has the fields as parameters."""
        names = self.NAMES | self.NAMES_IN.get(action, {})
        return self.read(action, method(**{names.get(name) or snake(name): value for name, value in fields.items()}))

    @staticmethod
    def read(action, answer):
        """The body of an answer, once the SDK has read (and printed) all that it reads of it."""
        answer.log_print()
        return shaped(action, answer.get_body() or {}, answer.get_request_id())

    def create_index(self, method, **fields):
        """An index goes in as an object."""
        return self.put_index("CreateIndex", method, **fields)

    def update_index(self, method, **fields):
        """As when it is made."""
        return self.put_index("UpdateIndex", method, **fields)

    def put_index(self, action, method, project, logstore, **index):
        """Makes or changes an index."""
        config = IndexConfig()
        config.from_json(index)
        return self.read(action, method(project, logstore, config))

    def change_resource_group(self, method, project, **fields):
        """The SDK takes the project from the id."""
        assert project == fields["resourceId"]
        return self.plain("ChangeResourceGroup", method, fields)

    def tag_resources(self, method, resourceType, resourceId, tags):
        """Tags go in as keyword arguments."""
        return self.read("TagResources", method(resourceType, *resourceId, **as_keywords(tags)))

    def untag_resources(self, method, resourceType, resourceId, tags):
        """Keys go in as arguments."""
        return self.read("UntagResources", method(resourceType, *resourceId, *tags))

    def list_tag_resources(self, method, resourceType, resourceId=(), tags=()):
        """The SDK goes from page to page by itself; the rows are put together here."""
        pages = method(resourceType, next(iter(resourceId), ""), **as_keywords(tags))
        pages = [self.read("ListTagResources", page) for page in pages]
        return {"nextToken": "", "tagResources": [row for page in pages for row in page["tagResources"]]}


class Current(Sls):
    """alibabacloud-sls20201230: HMAC-SHA256 in both versions."""

    sdk = "alibabacloud-sls20201230"

    def send(self, action, fields):
        """Calls an action by its own method."""
        client = Listening(
            Config(
                access_key_id=self.key[0],
                access_key_secret=self.key[1],
                security_token=self.token,
                region_id=self.region,
                endpoint=self.host,
                protocol="http",
                signature_version=self.signature,
                retry_options=self.options.get("retry_options"),
            )
        )
        method = getattr(client, snake(action) + "_with_options")
        fields = dict(fields)
        places = [fields.pop(name) for name in ("project", "logstore") if name in fields]
        request = getattr(models, f"{action}Request", None)
        try:
            answer = method(*places, *([self.request(request(), fields)] if request else []), {}, RuntimeOptions())
        except TeaException as error:
            raise Refused(error.statusCode, error.code, error.message, error.data["requestId"]) from error
        shaped(action, client.heard["body"] or {}, answer.headers["x-log-requestid"])
        return answer.to_map().get("body", {})

    @staticmethod
    def request(request, fields):
        """The model of a request; an index is the whole body."""
        sent = {"body": fields} if hasattr(request, "body") else fields
        shape.assert_kept(sent, request.from_map(sent).to_map(), type(request).__name__)
        return request


class Listening(Client):
    """The SDK's client. It keeps what it hears, since the SDK's models drop what they do not know."""

    heard = None

    def execute(self, params, request, runtime):
        """Calls, as ever."""
        self.heard = super().execute(params, request, runtime)
        return self.heard


def as_keywords(tags):
    """Tags as the log SDK takes them."""
    return {tag["key"]: tag["value"] for tag in tags}


def snake(name):
    """A name of the API as Python writes it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def shaped(action, body, request_id):
    """A body that has the shape of the current SDK's model."""
    assert re.fullmatch("[0-9A-F]{24}", request_id)
    model = dict(shape.fields(getattr(models, f"{action}Response"))).get("body")
    if model:
        shape.check(body, model().from_map(body))
    else:
        assert body == {}, f"{action} has no answer, but it was {body}"
    return body


# Each SDK with each of its signatures.
WAYS = [(sdk, signature) for sdk in (Log, Current) for signature in ("v1", "v4")]


def name_of(way):
    """How a test calls one."""
    return " ".join((way[0].sdk, way[1]))


def through(ways):
    """A mark for tests that need not go through all."""
    return pytest.mark.parametrize("sls", ways, indirect=True, ids=name_of)


def only(sdk):
    """A mark for tests of what only one SDK can say."""
    return through([way for way in WAYS if way[0] is sdk])


# A mark for tables of what does not depend on the signature.
once_an_sdk = through([way for way in WAYS if way[1] == "v1"])
