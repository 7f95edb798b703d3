"""``python -m stance``."""

import sys


def main() -> None:
    """Run the command line; an interrupt while libraries load ends it with one line, too."""
    try:
        from stance.cli import main as run

        run()
    except KeyboardInterrupt:
        is_interrupted = True
    except Exception as error:  # some libraries turn an interrupt into an error of their own while they load
        is_interrupted = isinstance(error.__cause__ or error.__context__, KeyboardInterrupt)
        if not is_interrupted:
            raise
    else:
        return
    print("stance: interrupted; a store keeps what was finished, and no other incomplete file is left", file=sys.stderr)
    sys.exit(130)


if __name__ == "__main__":
    main()
