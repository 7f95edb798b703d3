"""Start the commands of windows by forks of a process that has loaded the package: in a fifth of the time."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path

CLIENT = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    request = {"cwd": os.getcwd(), "env": dict(os.environ), "words": sys.argv[2:]}
    socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
    os._exit(server.recv(1)[0])
"""
PAGE = "Bridge\n\nThe council met with NATO.\n\nComments\n\nZoe\n2 hours ago\nRussia is right, as ever.\nReply\n"


class WarmPython:
    """Stands for ``sys`` where commands are started."""

    prefix = sys.prefix

    @property
    def executable(self) -> str:
        """A program that takes the arguments of Python for a command, and passes them on."""
        return start()


_SERVERS: "list[subprocess.Popen[bytes]]" = []


@cache
def start() -> str:
    """Start the process that is forked."""
    folder = Path(tempfile.mkdtemp())
    words = [sys.executable, "-c", f"from {__name__} import serve; serve({str(folder)!r})"]
    server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert server.stdout
    assert server.stdout.readline()  # it listens
    _SERVERS.append(server)
    (folder / "client.py").write_text(CLIENT)
    (folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -IS {folder}/client.py {folder}/socket "$@"\n')
    (folder / "python").chmod(0o700)
    return str(folder / "python")


def end() -> None:
    """End the process that is forked, once its commands have ended, so that their time counts as that of the tests."""
    for server in _SERVERS:
        server.communicate()  # closes its input


def serve(folder: str) -> None:
    """Load what commands need, and fork for each one until standard input is closed."""
    from tests.support.commands import run

    os.chdir(folder)
    os.environ["STANCE_KEY_FILE"] = f"{folder}/key"
    Path("page.txt").write_text(PAGE)
    for words in (("score", "page.txt", "-o", "s.db"), ("report", "s.db", "-o", "r"), ("sample", "s.db")):
        run(*words, *(("--model", "light") * (words[0] == "score")), "--quiet")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    listening.listen()
    print("listens", flush=True)
    if os.fork() == 0:  # a child of its own waits for the end, so that this process has one thread
        sys.stdin.read()
        listening.shutdown(socket.SHUT_RDWR)
        os._exit(0)
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            break
        if os.fork() == 0:
            work(connection)
        connection.close()
    while True:
        try:
            os.wait()  # the time of all counts
        except ChildProcessError:
            break


def work(connection: socket.socket) -> None:
    """Run a command in a child, and send its exit code."""
    message, streams, *_ = socket.recv_fds(connection, 1 << 20, 3)
    request = json.loads(message)
    if (child := os.fork()) == 0:
        code: object = 1
        try:
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            os.chdir(request["cwd"])
            os.environ.clear()
            os.environ.update(request["env"])
            program = request["words"].index("-c") + 1
            sys.argv = ["-c", *request["words"][program + 1 :]]
            exec(request["words"][program], {"__name__": "__main__"})
            code = 0
        except SystemExit as error:
            code = error.code
        except BaseException:
            traceback.print_exc()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))
    connection.sendall(bytes([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 255]))
    os._exit(0)
