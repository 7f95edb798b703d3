"""Commands as a person types them, run in this process."""

from typing import Any

from typer.testing import CliRunner

from stance.cli import app


def invoke(*words: object, stdin: str | bytes | None = None, code: int | None = None) -> Any:
    """Run a command, which ends with this status; None: with any."""
    result = CliRunner().invoke(app, [*map(str, words)], input=stdin)
    if code is not None:
        assert "Traceback" not in result.output
        assert result.exit_code == code, result.output
    return result


def run(*words: object, code: int = 0) -> Any:
    """Run a command that ends with this status."""
    return invoke(*words, code=code)


def told(*words: object, code: int = 0) -> str:
    """Run a command that ends with this status; return all that it printed."""
    return str(run(*words, code=code).output)


def refused(*words: object, code: int = 2) -> str:
    """Run a command that is refused with this status; return the one line that says why."""
    line = str(run(*words, code=code).stderr)
    assert line.count("\n") == 1, line
    return line
