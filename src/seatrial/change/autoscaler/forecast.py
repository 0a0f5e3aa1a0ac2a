"""Where an autoscaler settles, whether it ever comes down again, and why: one setting foretold."""

from msgspec import Struct
from msgspec.structs import replace

from seatrial.change.autoscaler.arithmetic import Goal, NoProposal
from seatrial.change.autoscaler.course import Setting, Step, course, fixed_points, percent_of, wanted
from seatrial.model.quantities import say_s


class Forecast(Struct, frozen=True):
    """What will become of the pods if each uses what the setting says.

    fixed_points: the counts at which it would leave things as they are. settles_at: where it rests, from the replicas of the
    setting. comes_down_to: where it rests once something (a burst of load) has brought it to its maximum. percents: by metric, at
    settles_at; None: `<unknown>`. because: where it does nothing, since no metric can be computed.
    """

    fixed_points: tuple[int, ...]
    settles_at: int
    settles_after_s: float
    comes_down_to: int
    comes_down_after_s: float
    percents: tuple[int | None, ...]
    highest: int
    reasons: tuple[str, ...]
    because: str = ""

    @property
    def is_blind(self) -> bool:
        """Whether it would see no metric at all."""
        return bool(self.because)


def simulate(setting: Setting) -> Forecast:
    """Foretell one setting, by the controller's own arithmetic."""
    rules = setting.rules
    asked = wanted(setting, rules.bounded(max(1, setting.replicas)))
    up = course(setting)
    down = course(replace(setting, replicas=rules.most, warm_up=None), all_warm=True)
    settles, rests = up[-1], down[-1]
    forecast = Forecast(
        fixed_points=fixed_points(setting),
        settles_at=settles.replicas,
        settles_after_s=settles.at_s,
        comes_down_to=rests.replicas,
        comes_down_after_s=rests.at_s,
        percents=tuple(percent_of(setting, goal, max(1, settles.replicas)) for goal in rules.goals),
        highest=max(step.replicas for step in up),
        reasons=(),
        because=asked.because if isinstance(asked, NoProposal) else "",
    )
    return replace(forecast, reasons=(*_reasons(setting, forecast, up),))


def _reasons(setting: Setting, forecast: Forecast, up: tuple[Step, ...]) -> list[str]:
    rules = setting.rules
    if forecast.is_blind:
        return [f"it would do nothing: {forecast.because}"]
    said = [_of_metric(setting, goal, percent) for goal, percent in zip(rules.goals, forecast.percents, strict=True)]
    if forecast.settles_at == setting.replicas == forecast.highest:
        said.append(f"it stays at {forecast.settles_at}")
    elif forecast.settles_at == forecast.highest:
        said.append(f"it goes from {setting.replicas} to {forecast.settles_at} within {say_s(up[-1].at_s)}")
    else:
        said.append(f"it goes to {forecast.highest} and rests at {forecast.settles_at} after {say_s(up[-1].at_s)}")
    return [*said, _of_the_way_down(setting, forecast)]


def _of_metric(setting: Setting, goal: Goal, percent: int | None) -> str:
    where = f" of container {goal.container}" if goal.container else ""
    if goal.percent is None:
        return f"{goal.resource}{where} is steered to an amount, not to a share of the request"
    seen = "<unknown>" if percent is None else f"{percent}%"
    return f"{goal.resource}{where} is at {seen} of the request, the target is {goal.percent}%"


def _of_the_way_down(setting: Setting, forecast: Forecast) -> str:
    most = setting.rules.most
    if forecast.comes_down_to == most:
        return f"once at {most} it never comes down"
    in_time = f"after {say_s(forecast.comes_down_after_s)}"
    if forecast.comes_down_to > setting.rules.least and forecast.comes_down_to > forecast.settles_at:
        return f"once at {most} it comes back to {forecast.comes_down_to} {in_time}, no further"
    return f"once at {most} it comes back to {forecast.comes_down_to} {in_time}"
