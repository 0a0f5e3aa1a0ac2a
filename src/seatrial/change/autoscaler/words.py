"""A prospect in words: what the autoscaler will do, and why, one sentence each."""

from collections.abc import Iterator

from seatrial.change.autoscaler.course import Setting
from seatrial.change.autoscaler.forecast import Forecast
from seatrial.change.autoscaler.prospect import Level, Prospect, StartUp
from seatrial.model.quantities import say_bytes, say_s


def sentences(prospect: Prospect) -> tuple[str, ...]:
    """All that is to be said of one autoscaler."""
    return tuple(_sentences(prospect))


def _sentences(prospect: Prospect) -> Iterator[str]:
    rules = prospect.rules
    for kind in rules.unforeseen:
        yield f"Autoscaler {rules.name} has a metric of type {kind}, which can't be foretold: what follows leaves it out."
    blind = next((one.forecast for one in prospect.levels if one.forecast.is_blind), None)
    if blind:
        yield f"Autoscaler {rules.name} will do nothing: {blind.because}."
    else:
        yield from _headline(prospect)
        yield from (_of_level(prospect, one) for one in prospect.levels)
        yield from _of_start_up(prospect)
    yield from _of_room(prospect)


def _headline(prospect: Prospect) -> Iterator[str]:
    """The runbook's kind of autoscaler, shown for what it is."""
    rules = prospect.rules
    name, most = f"Autoscaler {rules.name}", rules.most
    steers = any(goal.resource == "memory" for goal in rules.goals)
    grows = [one for one in prospect.levels if one.forecast.settles_at > prospect.levels[0].forecast.settles_at]
    to_max = [one for one in prospect.levels if one.forecast.settles_at == most > rules.least]
    keeps = [one for one in prospect.levels if one.forecast.comes_down_to > one.forecast.settles_at]
    if not steers:
        return
    why = "more pods don't lower the memory of each, and a JVM hardly ever gives memory back"
    if to_max:
        end = f"it ends at its maximum of {most} without any load, once each pod is {_state(to_max[0])}"
        yield f"{name} is a one-way ratchet: {why}: {end}."
    elif grows or keeps:
        first = (keeps or grows)[0]
        kept = max(first.forecast.comes_down_to, first.forecast.settles_at)
        yield f"{name} is a one-way ratchet: {why}: after a burst {kept} pods stay, when each is {_state(first)}."
    if to_max or grows or keeps:
        yield f"For a JVM, let {rules.name} steer by CPU or by requests, or by the heap after a collection; not by memory."


def _state(level: Level) -> str:
    return f"at {say_bytes(level.memory_bytes)}, {level.when}"


def _of_level(prospect: Prospect, level: Level) -> str:
    forecast = level.forecast
    shares = _shares(prospect, forecast)
    return (
        f"Each pod at {say_bytes(level.memory_bytes)}, {level.when} ({shares}): {_up(prospect.setting, forecast)}; "
        f"{_down(prospect, forecast)}."
    )


def _shares(prospect: Prospect, forecast: Forecast) -> str:
    told = []
    for goal, percent in zip(prospect.rules.goals, forecast.percents, strict=True):
        if goal.percent is not None:
            seen = "<unknown>" if percent is None else f"{percent}%"
            told.append(f"{goal.resource} {seen}/{goal.percent}%")
    return ", ".join(told) or "a target that is an amount"


def _up(setting: Setting, forecast: Forecast) -> str:
    begun = setting.rules.bounded(setting.replicas)
    if forecast.settles_at == begun:
        return f"it rests at {begun}"
    return f"it goes from {begun} to {forecast.settles_at} within {say_s(forecast.settles_after_s)}"


def _down(prospect: Prospect, forecast: Forecast) -> str:
    most = prospect.rules.most
    if forecast.comes_down_to == most:
        return f"once at {most} it never comes down"
    further = ", no further" if forecast.comes_down_to > max(forecast.settles_at, prospect.rules.least) else ""
    return (
        f"once at {most} it comes back to {forecast.comes_down_to}, after {say_s(forecast.comes_down_after_s)}{further}"
    )


def _of_start_up(prospect: Prospect) -> Iterator[str]:
    """Whether the CPU of a start pushes it up, by the smallest memory that is known: the rest is not the start's doing."""
    start, calm = prospect.start_up, prospect.levels[0].forecast
    if start is None:
        return
    amount = _burnt(start)
    if start.forecast.highest > calm.highest:
        added = f"it goes to {start.forecast.highest}"
        most = " (its maximum)" if start.forecast.highest == prospect.rules.most else ""
        after = (
            f"and rests at {start.forecast.settles_at} from {say_s(start.forecast.settles_after_s)} after the start on"
        )
        yield (
            f"A JVM that has just become ready goes on to burn CPU, {amount}: if all do for a minute, {added}{most} {after}. "
            "`behavior.scaleUp.stabilizationWindowSeconds: 120` prevents that."
        )
    elif prospect.rules.up is not None and prospect.rules.up.window_s:
        yield (
            f"The CPU of starting JVMs ({amount}) adds no pod: the scale-up waits {say_s(prospect.rules.up.window_s)} "
            "for it to pass."
        )


def _burnt(start: StartUp) -> str:
    cores = f"{start.millicores}m" if start.millicores % 1000 else str(start.millicores // 1000)
    return (
        f"up to its limit of {cores}" if start.is_limit else f"up to all {cores} cores of a node, for want of a limit"
    )


def _of_room(prospect: Prospect) -> Iterator[str]:
    most, places = prospect.rules.most, prospect.places
    limit = f" They may use {say_bytes(float(most * prospect.limit_bytes))} of memory." if prospect.limit_bytes else ""
    if places is None:
        return
    known = "" if prospect.counts_others else " (what else runs there could not be read)"
    if places < most:
        yield (
            f"The ready nodes have room for {places} of its {most} pods{known}: the others would stay Pending, "
            f"and the autoscaler counts them as using nothing.{limit}"
        )
    else:
        yield f"The ready nodes have room for all of its {most} pods{known}.{limit}"
