"""Whether an answer is what the models of the current SDK say that it is: each key known, each value of its type."""

from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from darabonba.model import DaraModel

# Where the emulator does not go by the model, and why: (model, field) and the type of the value.
EXCEPTIONS = {
    # What the Terraform provider does with it can only be done with a truth value.
    ("CheckTransitRouterServiceResponseBody", "enabled"): bool,
}

# What the emulator answers beyond a model, and why.
BEYOND = {
    # The model of the request has it, and the log SDK reads it.
    "GetIndexResponseBody.scan_index",
    # The log SDK sends and reads them.
    "GetIndexResponseBody.line.auto_key_detect",
    "GetIndexResponseBody.line.auto_text_keys",
}


def check(answer, model):
    """Compares an answer with the model that the SDK has made of it."""
    assert_kept(answer, model.to_map(), type(model).__name__)
    assert_model(model)


def assert_kept(sent, kept, path):
    """All that was sent can be read out of the model; a key that it does not know would be lost."""
    if isinstance(sent, dict):
        assert isinstance(kept, dict), path
        lost = {key for key in sent.keys() - kept.keys() if f"{path}.{key}" not in BEYOND}
        assert not lost, f"{path} loses {lost}"
        for key in sent.keys() & kept.keys():
            assert_kept(sent[key], kept[key], f"{path}.{key}")
    elif isinstance(sent, list):
        assert isinstance(kept, list) and len(sent) == len(kept), path
        for one, other in zip(sent, kept):
            assert_kept(one, other, f"{path}[]")
    else:
        assert type(sent) is type(kept) and sent == kept, f"{path}: {sent!r} became {kept!r}"


def assert_model(model):
    """Every field of a model is of the type that the model declares, or not there."""
    name = type(model).__name__
    for field, declared in fields(type(model)):
        assert_is(getattr(model, field), declared, f"{name}.{field}")


@cache
def fields(model):
    """The fields of a model, with their types."""
    found = []
    for field, declared in get_type_hints(model.__init__).items():
        # Before Python 3.11 the default None makes the type an Optional.
        declared = get_args(declared)[0] if get_origin(declared) is Union else declared
        found.append((field, EXCEPTIONS.get((model.__name__, field), declared)))
    return found


def assert_is(value, declared, path):
    """A value is of a type as models declare them."""
    if value is None or declared is Any:
        return
    if get_origin(declared) is list:
        assert type(value) is list, f"{path} is {value!r}"
        for each in value:
            assert_is(each, get_args(declared)[0], path)
    elif get_origin(declared) is dict:
        assert type(value) is dict, f"{path} is {value!r}"
        for key, each in value.items():
            assert_is(key, get_args(declared)[0], path)
            assert_is(each, get_args(declared)[1], path)
    elif issubclass(declared, DaraModel):
        assert isinstance(value, declared), f"{path} is {value!r}"
        assert_model(value)
    else:
        # A truth value is a number for Python, but not on the wire.
        assert type(value) is declared, f"{path} is {value!r} and not {declared.__name__}"
