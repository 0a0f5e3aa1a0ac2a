"""A run's report for machines: the whole story as one JSON object with a version of its own."""

import msgspec

from seatrial.report.parts import Story

API_VERSION = "seatrial.dev/v1alpha1"
KIND = "RunReport"


def json(story: Story) -> str:
    """The story, names in camel case, times in ISO 8601, durations in seconds, sizes in bytes. Ends with a newline."""
    told: dict[str, object] = msgspec.to_builtins(story)
    envelope = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": story.subject.run_id, "namespace": story.subject.namespace},
        "outcome": story.outcome,
        **{_name(key): _converted(value) for key, value in told.items()},
    }
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2).decode() + "\n"


def _converted(value: object) -> object:
    match value:
        case dict():
            return {_name(str(key)): _converted(item) for key, item in value.items() if key != "type"}
        case list() | tuple():
            return [_converted(item) for item in value]
        case _:
            return value


def _name(snake: str) -> str:
    head, *rest = snake.split("_")
    return head + "".join(word.capitalize() for word in rest)
