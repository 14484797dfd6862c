"""What is wrong with the settings, all of it at once."""

import msgspec

from tenantry.base.errors import Invalid


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: which variable, where it was set, what it got and what it wants."""

    variable: str
    source: str
    got: str
    wants: str

    def __str__(self) -> str:
        return f"{self.variable} ({self.source}): got {self.got}, wants {self.wants}"


class SettingsError(Invalid):
    """The settings cannot be used; `problems` has every reason."""

    default_code = "invalid_settings"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        super().__init__(
            "\n".join([f"{count} wrong:", *(f"  {problem}" for problem in problems)]),
            details={"problems": [msgspec.to_builtins(problem) for problem in problems]},
        )
        self.problems = problems
