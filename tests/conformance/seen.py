"""What the tests have met, and whether that is all that there is to meet."""

import json
import os
import textwrap
from collections import defaultdict
from pathlib import Path

from refused import Refused

DATA = Path(__file__).resolve().parent.parent / "data"

# The SDKs that have the actions of a product.
CEN_SDKS = ["aliyun-python-sdk-cbn", "alibabacloud-cbn20170912"]
SDKS = {
    "cbn": CEN_SDKS,
    "sts": CEN_SDKS,
    "ram": CEN_SDKS,
    "sls": ["aliyun-log-python-sdk", "alibabacloud-sls20201230"],
}

# Codes of the page that cannot be met from outside, and why.
OUT_OF_REACH = {}

# The tests in which (product, action, SDK) was answered, and in which (code, SDK) was met.
actions = defaultdict(set)
codes = defaultdict(set)


def call(product, action, sdk, send):
    """Sends a call, and remembers what became of it."""
    test = os.environ["PYTEST_CURRENT_TEST"]
    try:
        answer = send()
    except Refused as refused:
        codes[refused.code, sdk].add(test)
        raise
    actions[product, action, sdk].add(test)
    return answer


def used():
    """The actions that cenform uses: (product, action)."""
    lines = (DATA / "wire" / "actions.txt").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split()) for line in lines]


def documented():
    """The error codes of the CreateFlowlog page."""
    return [row["code"] for row in json.loads((DATA / "create-flowlog-codes.json").read_text(encoding="utf-8"))]


def missing():
    """What should have been met and was not, a sentence each."""
    unanswered = [
        f"{sdk} was never answered to {action}."
        for product, action in used()
        for sdk in SDKS[product]
        if not actions[product, action, sdk]
    ]
    unmet = [f"{code} was never met." for code in documented() if code not in OUT_OF_REACH and not sdks_of(code)]
    return unanswered + unmet


def sdks_of(code):
    """The SDKs of CEN that met a code."""
    return [sdk for sdk in CEN_SDKS if (code, sdk) in codes]


def summary():
    """Lines that tell what was met."""
    for products in (("cbn", "sts", "ram"), ("sls",)):
        sdks = SDKS[products[0]]
        yield ""
        yield f"{'in how many tests it was answered':45}" + "".join(f"{sdk:>25}" for sdk in sdks)
        for product, action in used():
            if product in products:
                yield f"{action:45}" + "".join(f"{len(actions[product, action, sdk]):25}" for sdk in sdks)
    met = [code for code in documented() if sdks_of(code)]
    yield ""
    yield f"{len(met)} of the {len(documented())} codes of CreateFlowlog were met:"
    for code in documented():
        yield f"  {code:43} {', '.join(sdks_of(code)) or 'not met: ' + OUT_OF_REACH.get(code, '')}"
    others = sorted({code for code, _ in codes} - set(documented()))
    yield f"{len(others)} other codes were met:"
    yield from textwrap.wrap(", ".join(others), 94, initial_indent="  ", subsequent_indent="  ")
    yield from missing()
