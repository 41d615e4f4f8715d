"""Each form in which a call can reach the service."""

import pytest

import cbn
from emulator import ACCOUNT


@pytest.mark.parametrize(("sdk", "options"), [form[1:] for form in cbn.FORMS], ids=[form[0] for form in cbn.FORMS])
def test_every_form_carries_every_kind_of_parameter(sdk, options, emulator):
    call = sdk(**options)
    assert call("GetCallerIdentity")["AccountId"] == ACCOUNT
    text = "a+b c*~%&=/?#@:;,'\"()[]{}\\|^`<>!$ 専有線 😀"
    cen = call("CreateCen", Name=text, Tag=[{"Key": "k 1+", "Value": text}, {"Key": "空", "Value": ""}])["CenId"]
    assert emulator.ask("world")["Cens"][0]["Name"] == text
    tags = call("ListTagResources", ResourceType="Cen", ResourceId=[cen])["TagResources"]["TagResource"]
    assert sorted((tag["TagKey"], tag["TagValue"]) for tag in tags) == [("k 1+", text), ("空", "")]
