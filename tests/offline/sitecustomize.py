"""On ``PYTHONPATH``: ends a program that asks the network for anything; on Linux also where compiled code asks.

``IS_SEEN_BY_KERNEL`` says whether that can be seen here.
"""

import ctypes
import os
import platform
import struct
import sys
from typing import Any

NAMES = ("connect", "bind", "sendto", "sendmsg", "getaddrinfo", "gethostbyname")
ASKING = {f"socket.{name}" for name in NAMES}
AF_UNIX, AF_NETLINK = 1, 16  # within this machine
SYSTEMS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # what the kernel calls them and ``socket(2)``

ALLOW, KILL = 0x7FFF0000, 0x80000000
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, SYSTEM, FAMILY = 0, 4, 16  # where they stand in what a filter is shown of a call


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Name what asked; a kernel only kills."""
    if event in ASKING and getattr(arguments[0], "family", None) != AF_UNIX:
        print("the network was asked:", event, arguments, file=sys.stderr, flush=True)
        os._exit(99)


def forbid_sockets(system: int, socket: int) -> bool:
    """Have the kernel kill this process, and all that it starts, at a socket that leads out of this machine (seccomp).

    :return: Whether the kernel does.
    """
    steps = [
        (LOAD, 0, 0, SYSTEM),
        (EQUAL, 0, 5, system),
        (LOAD, 0, 0, NUMBER),
        (EQUAL, 0, 3, socket),
        (LOAD, 0, 0, FAMILY),
        (EQUAL, 1, 0, AF_UNIX),
        (EQUAL, 0, 1, AF_NETLINK),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, KILL),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    bound = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(program)))
    control = ctypes.CDLL(None).prctl
    control.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    no_new_privileges, set_filter, by_program = 38, 22, 2
    return not (
        control(no_new_privileges, 1, 0, 0, 0) or control(set_filter, by_program, ctypes.addressof(bound), 0, 0)
    )


sys.addaudithook(refuse)
IS_SEEN_BY_KERNEL = (
    sys.platform == "linux" and platform.machine() in SYSTEMS and forbid_sockets(*SYSTEMS[platform.machine()])
)
