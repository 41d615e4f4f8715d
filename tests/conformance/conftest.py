"""An emulator for each test, the SDKs as fixtures, and the summary of what was met."""

import json
import os

import pytest

import cbn as cbn_sdks
import seen
import sls as sls_sdks
from emulator import Emulator


# Whether all tests are run: only then can it be asked whether they have met everything.
IS_WHOLE = "WHOLE" in os.environ


@pytest.fixture(autouse=True)
def emulator(request):
    """An emulator of its own, with the options of the mark `emulator` (what can be called is asked now, as what depends
    on the time must be) and the world of the mark `world`."""
    marks = {name: request.node.get_closest_marker(name) for name in ("emulator", "world")}
    options = marks["emulator"].args if marks["emulator"] else ()
    arguments = [option() if callable(option) else option for option in options]
    if marks["world"]:
        data = request.getfixturevalue("tmp_path") / "world.json"
        data.write_text(json.dumps(marks["world"].args[0]), encoding="utf-8")
        arguments += ["--data", data]
    running = Emulator(os.environ["CENFORM"], *arguments)
    yield running
    running.stop()


@pytest.fixture(params=cbn_sdks.SDKS, ids=lambda sdk: sdk.sdk)
def cbn(request):
    """CEN, through each SDK that has it."""
    return request.param()


@pytest.fixture(params=sls_sdks.WAYS, ids=sls_sdks.name_of)
def sls(request):
    """Simple Log Service, through each SDK with each of its signatures."""
    sdk, signature = request.param
    return sdk(signature)


def pytest_sessionfinish(session):
    """A whole run fails when it has not met all that there is to meet."""
    if IS_WHOLE and session.exitstatus == pytest.ExitCode.OK and seen.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Shows what a whole run has met."""
    for line in seen.summary() if IS_WHOLE else ():
        terminalreporter.write_line(line)
