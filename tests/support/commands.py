"""Commands as a person types them, run in this process."""

from typing import Any

from typer.testing import CliRunner

from stance.cli import app


def invoke(*words: object, stdin: str | bytes | None = None) -> Any:
    """Run a command, which may fail."""
    return CliRunner().invoke(app, [*map(str, words)], input=stdin)


def run(*words: object, code: int = 0) -> Any:
    """Run a command that ends with this status."""
    result = invoke(*words)
    assert "Traceback" not in result.output
    assert result.exit_code == code, result.output
    return result


def told(*words: object, code: int = 0) -> str:
    """Run a command that ends with this status; return all that it printed."""
    return str(run(*words, code=code).output)
