"""What an answer of the wrong shape would look like."""

import pytest
from alibabacloud_cbn20170912 import models

import shape


@pytest.mark.parametrize(
    ("cen", "problem"),
    [
        ({"Name": "a"}, None),
        ({"Nickname": "a"}, "loses {'Nickname'}"),
        ({"Name": None}, "loses {'Name'}"),
        ({"Name": 1}, "name is 1 and not str"),
        ({"Tags": {"Tag": [{"Key": True}]}}, "key is True and not str"),
    ],
)
def test_a_key_that_is_lost_and_a_value_of_another_type_are_noticed(cen, problem):
    answer = {"TotalCount": 1, "Cens": {"Cen": [cen]}}
    body = models.DescribeCensResponseBody().from_map(answer)
    if problem:
        with pytest.raises(AssertionError, match=problem):
            shape.check(answer, body)
    else:
        shape.check(answer, body)
