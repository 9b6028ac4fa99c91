"""The files of the modules, planned and printed by several processes where that is quicker.

No module's file depends on the plan of another.  A process that is forked knows the schema and the
names already; what comes back is text and a few names, which is little.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Container, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from zohohub_gen.ir import Module
from zohohub_gen.plan import PackagePlanner
from zohohub_gen.plan_module import ModuleHead
from zohohub_gen.progress import UNSEEN, Work
from zohohub_gen.render import Printer, module_path

_ENOUGH_FIELDS: Final = 4_000
"""From so many on another process makes up for its start."""

_MOST_PROCESSES: Final = 4


class Shares:
    """Files of modules that are being made.  Those of other processes are begun at once."""

    def __init__(self, planner: PackagePlanner, untouched: Container[str] = ()) -> None:
        """``untouched`` are the api_names of modules whose files need not be made."""
        self._planner = planner
        self._printer = Printer()
        modules = [module for module in planner.modules if module.api_name not in untouched]
        self._own, *others = split(modules, _processes(modules))
        self._others = [(share, self._begin(share)) for share in others]

    def files(self, work: Work = UNSEEN) -> dict[str, str]:
        """All files of the package, but for those of the modules that are untouched, by path."""
        work.begin("Planning the package", len(self._own))
        printed = dict(self._print(module, work) for module in self._own)
        for share, receiver in self._others:
            try:
                printed |= receiver.recv()
            except (EOFError, OSError):  # the process died; what it met shows here
                printed |= dict(self._print(module, work) for module in share)
        heads = [
            printed[module.api_name][0]
            if module.api_name in printed
            else self._planner.head(module)
            for module in self._planner.modules
        ]
        rest = self._printer.rest(self._planner.package(heads))
        return {**{module_path(head): text for head, text in printed.values()}, **rest}

    def _print(self, module: Module, work: Work = UNSEEN) -> tuple[str, tuple[ModuleHead, str]]:
        plan = self._planner.module(module)
        text = self._printer.module(plan)
        work.step(plan.file)
        # The head alone: the rest is large, and is in the text.
        return module.api_name, (ModuleHead(plan.file, plan.record, plan.handle, plan.former), text)

    def _begin(self, share: Sequence[Module]) -> Connection:
        context = get_context("fork")
        receiver, sender = context.Pipe(duplex=False)
        context.Process(target=self._send, args=(share, sender), daemon=True).start()
        sender.close()
        return receiver

    def _send(self, share: Sequence[Module], sender: Connection) -> None:
        # The first process hears it, and ends this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            sender.send(dict(self._print(module) for module in share))
        except Exception:  # noqa: BLE001 -- the first process makes this share again, and tells
            os._exit(1)


def split(modules: Sequence[Module], shares: int) -> list[Sequence[Module]]:
    """The modules in so many shares, each of as many fields as the next, in the same order."""
    total = sum(len(module.fields) for module in modules)
    found: list[list[Module]] = [[] for _ in range(shares)]
    before = 0
    for module in modules:
        middle = before + len(module.fields) / 2
        found[min(int(shares * middle / max(total, 1)), shares - 1)].append(module)
        before += len(module.fields)
    return list(found)


def _processes(modules: Sequence[Module]) -> int:
    """How many processes these modules are worth; one, where this one cannot be forked safely."""
    fields = sum(len(module.fields) for module in modules)
    if sys.platform != "linux" or len(list(Path("/proc/self/task").iterdir())) > 1:
        return 1  # a thread, such as the one that draws the progress, may hold a lock
    cores = len(os.sched_getaffinity(0))
    return max(1, min(cores, _MOST_PROCESSES, fields // _ENOUGH_FIELDS))
