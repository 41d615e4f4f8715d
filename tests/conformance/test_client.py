"""The mirror image: what cenform itself sends is signed as the SDKs would sign it."""

import base64
import json
import os
import random
import subprocess
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import seen
from emulator import ACCOUNT
from signatures import is_signed

TOKEN = "CAIS+token/==~*%20&x=y"
KEY = ("STS.key", "secret+/=&%")

# Each character that some encoding treats in its own way.
AWKWARD = list(" +*~%&=/?#@:;,'\"()[]{}\\|^`<>!$-_.\taZ0é中ん日\u0301\u05d0\u202e😀👩‍💻")


@pytest.fixture
def gate(emulator):
    """A server in front of the emulator that checks each signature on its way."""

    class Gate(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self):
            """Checks a request, and gives back what the emulator answers to it."""
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            server.verdicts.append((is_signed(self.command, self.path, dict(self.headers), body, KEY), self.path))
            request = urllib.request.Request(emulator.url + self.path, body or None, method=self.command)
            for name, value in self.headers.items():
                request.add_header(name, value)
            try:
                answer = urllib.request.urlopen(request)
            except urllib.error.HTTPError as refusal:
                answer = refusal
            with answer:
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "connection", "transfer-encoding", "date"):
                        self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = pass_on

        def log_message(self, *_):
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    server.verdicts = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def text(chance, longest):
    """A text that a name, a description or a tag may be."""
    made = "".join(chance.choice(AWKWARD) for _ in range(chance.randint(1, longest))).strip()
    return made.replace("${", "$ {").replace("\t", " ") or "-"


def stack(seed):
    """A stack of which each text is random, and its network the same for every seed."""
    chance = random.Random(seed)

    def words():
        tags = {f"k{number}{text(chance, 20)}": text(chance, 60) for number in range(chance.randint(0, 4))}
        return {"name": text(chance, 60), "description": text(chance, 120), "tags": tags}

    def words_of_store():
        return {name: value for name, value in words().items() if name != "name"}

    networks = range(100)
    return {
        "version": 1,
        "provider": {"region": "cn-hangzhou"},
        "cens": {"c": words()},
        "transit_routers": {"hz": {"cen": "c", **words()}},
        "attachments": {
            f"a{number}": {
                "type": "vpc",
                "transit_router": "hz",
                "vpc_id": f"vpc-{number}",
                "zone_mappings": [{"zone_id": "cn-hangzhou-h", "vswitch_id": f"vsw-{number}"}],
                **words(),
            }
            for number in networks
        },
        "log_projects": {f"p{number}": {"name": f"netflow-{number}", **words_of_store()} for number in range(40)},
        "logstores": {
            f"s{number}": {"project": f"p{number}", "name": "sent", "ttl": 30 + seed, "tags": words()["tags"]}
            for number in range(40)
        },
        "flow_logs": {
            f"f{number}": {"attachment": f"a{number}", "logstore": f"s{number % 40}", **words()} for number in networks
        },
    }


@pytest.mark.emulator("--access-key", f"{KEY[0]}:{KEY[1]}:{ACCOUNT}:{TOKEN}", "--settle", "0")
def test_what_cenform_sends_is_signed_as_the_sdks_sign(gate, tmp_path):
    """Some hundred objects with awkward texts are made, changed and deleted, with a temporary key."""
    environment = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": KEY[0],
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": KEY[1],
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        "HOME": str(tmp_path),
    }
    file = tmp_path / "stack.yaml"

    def run(command):
        endpoint = f"http://127.0.0.1:{gate.server_port}"
        words = [os.environ["CENFORM"], command, "--endpoint", endpoint, "--auto-approve", "--parallelism", "60", file]
        ended = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr

    for seed in (1, 2):
        file.write_text(json.dumps(stack(seed), ensure_ascii=False), encoding="utf-8")
        run("apply")
    run("destroy")
    wrong = [path for verdict, path in gate.verdicts if not verdict]
    assert not wrong
    of_log_service = sum("Signature=" not in path for _, path in gate.verdicts)
    assert of_log_service > 300 and len(gate.verdicts) - of_log_service > 600


@pytest.mark.parametrize("scheme", ["rpc", "sls"])
def test_random_requests_of_the_client_are_signed_as_the_sdks_sign(scheme):
    """The requests of a file that the tests of the client keep up to date."""
    lines = (seen.DATA / "signed-requests.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [case for case in map(json.loads, lines) if case["scheme"].startswith(scheme)]
    assert len(cases) >= 200
    for case in cases:
        request = (case["method"], case["url"], case["headers"], base64.b64decode(case["body_base64"]))
        key = (case["access_key_id"], case["access_key_secret"])
        assert is_signed(*request, key), case
        assert not is_signed(*request, (key[0], key[1] + "x")), case
