"""Lines that change in their place."""

import pytest

from tenantry.terminal import LiveLines


def test_where_nobody_looks_on_lines_are_printed_when_they_are_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with LiveLines() as live:
        for lines in (["one", "two"], ["one", "two"], ["three [bold]"]):
            live.update(lines)

    assert capsys.readouterr().out == "one\ntwo\nthree [bold]\n"
