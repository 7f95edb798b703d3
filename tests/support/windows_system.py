"""Run the package as on Windows, as far as another system can show it, and work through its main commands.

Modules of ``stance`` are loaded with the name of that system, without the modules and functions of Python that it
lacks, and with its rules for files: nothing is renamed onto a file that is there, a folder is not opened, a name has no
colon, and a text file without a stated encoding is refused. Paths and processes stay those of this system.
"""

import os
import signal
import sys
import warnings
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

LACKING = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "readline")
"""Modules of Python that Windows lacks."""

OF_OS = (
    *("fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "setsid", "killpg", "mkfifo", "mknod", "chown"),
    *("sync", "sched_getaffinity", "nice", "wait3", "wait4", "uname", "getpgid", "setpgid", "fchmod", "fchown"),
    *("O_NONBLOCK", "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_ACCMODE", "statvfs", "getloadavg", "openpty"),
)
OF_SIGNAL = ("SIGALRM", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE", "alarm", "setitimer", "pthread_kill")


def without(module: ModuleType, names: tuple[str, ...], **changed: Any) -> ModuleType:
    made = ModuleType(module.__name__)
    vars(made).update({name: value for name, value in vars(module).items() if name not in names} | changed)
    return made


def rename(source: Any, target: Any) -> None:
    if os.path.lexists(target):
        raise FileExistsError(f"as on Windows: {target}")
    Path(source).rename(target)


def open_(path: Any, *options: Any) -> int:
    if Path(path).is_dir():
        raise PermissionError(f"as on Windows: {path}")
    return os.open(path, *options)


def kill(pid: int, number: int) -> None:
    raise AssertionError("on Windows os.kill ends the process at once")


CHANGED = {
    "os": without(os, OF_OS, rename=rename, open=open_, kill=kill, cpu_count=lambda: 1),
    "signal": without(signal, OF_SIGNAL),
}


class WindowsLoader(SourceFileLoader):
    """Loads a module of the package as on Windows."""

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self.get_data(self.path), self.path)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:
        text = bytes(data).decode().replace("sys.platform", '"win32"')
        for name in LACKING:
            text = text.replace(f"import {name}\n", f"import {name}_is_not_on_windows\n")
        for name in CHANGED:
            text = text.replace(f"\nimport {name}\n", f"\nfrom windows_system import {name}\n")
        return compile(text, path, "exec", dont_inherit=True)


class WindowsFinder(MetaPathFinder):
    """Finds the modules of the package, which :class:`WindowsLoader` loads."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name.partition(".")[0] != "stance" or (spec := PathFinder.find_spec(name, path)) is None or not spec.origin:
            return None
        spec.loader = WindowsLoader(name, spec.origin)
        return spec


def act_as_windows() -> None:
    sys.modules["windows_system"] = made = ModuleType("windows_system")
    vars(made).update(CHANGED)
    sys.meta_path.insert(0, WindowsFinder())

    def check_name(event: str, values: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(values[0], str) and "w" in str(values[1]) and ":" in Path(values[0]).name:
            raise AssertionError(f"{values[0]}: a name that Windows refuses")

    sys.addaudithook(check_name)
    warnings.filterwarnings("error", category=EncodingWarning, module="stance")
    old = Path.rename
    Path.rename = lambda self, target: old(self, target) if not os.path.lexists(target) else rename(self, target)  # type: ignore[method-assign, assignment, return-value]


def small_demo(folder: Path) -> Path:
    """Write the pages of the demonstration, without most of them."""
    from stance.resources import DEMO

    with ZipFile(DEMO) as whole, ZipFile(folder / "demo.zip", "w") as part:
        for number, name in enumerate(whole.namelist()):
            if number % 25 == 0 or not name.startswith("pages/"):
                part.writestr(name, whole.read(name))
    return folder / "demo.zip"


def work(folder: Path) -> None:
    """Write the demonstration and a store, label a comment, and open the window."""
    from typer.testing import CliRunner

    from research.benchmarks.window import make_page
    from stance import resources
    from stance.app.commands import CommandQueue
    from stance.cli import app
    from stance.resources import locks
    from stance.store.labels import LabelStore
    from tests.support.labelling_pages import serving
    from tests.support.window_pages import open_window

    assert not locks.HAS_LOCKS

    def run(*words: str) -> None:
        result = CliRunner().invoke(app, [str(each) for each in words])
        if result.exit_code:
            raise AssertionError(f"{words}: {result.exit_code}: {result.stderr}") from result.exception

    resources.DEMO = small_demo(folder)
    run("demo", "-o", str(folder / "demo"))
    (folder / "page.html").write_bytes(make_page(1))
    for _ in range(2):
        run("score", str(folder / "page.html"), "-o", str(folder / "news.db"), "--model", "vader", "--force")
    run("report", str(folder / "news.db"), "-o", str(folder / "demo" / "report"))  # onto files that are there
    run("sample", str(folder / "news.db"), "--n", "3")
    for _ in range(2):
        run("export", str(folder / "news.db"), "-o", str(folder / "scores.csv"))
    from stance.store.assignment import read_annotators
    from stance.store.labels import open_queues

    with LabelStore.write(folder / "news.db", is_shared=True) as store:
        open_queues(store, (), *read_annotators(None, "ann"))
    with serving(folder / "news.db") as page:
        visitor = page.visitor()
        action, token = visitor.form()
        assert visitor.post(action + "/skip", {"form_token": token}).status == 303
    CommandQueue.start = lambda *_, **__: None  # type: ignore[method-assign, assignment, return-value]
    with open_window(folder / "project") as running:
        assert running.guest().send("a folder/page.html", make_page(2)).status == 200


if __name__ == "__main__":
    act_as_windows()
    work(Path(sys.argv[1]))
    print("worked")
