"""An emulator for each test, the SDKs as fixtures, and the summary of what was met."""

import os

import pytest

import cbn as cbn_sdks
import seen
from emulator import Emulator


@pytest.fixture(autouse=True)
def emulator(request):
    """An emulator of its own, with the options of the mark `emulator`."""
    mark = request.node.get_closest_marker("emulator")
    running = Emulator(os.environ["CENFORM"], *(mark.args if mark else ()))
    yield running
    running.stop()


@pytest.fixture(params=cbn_sdks.SDKS, ids=lambda sdk: sdk.sdk)
def cbn(request):
    """CEN, through each SDK that has it."""
    return request.param()


def pytest_sessionfinish(session):
    """A whole run fails when it has not met all that there is to meet."""
    if session.exitstatus == pytest.ExitCode.OK and "WHOLE" in os.environ and seen.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    """Shows what was met."""
    for line in seen.summary():
        terminalreporter.write_line(line)
