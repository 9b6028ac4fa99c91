"""Bulk jobs: work that goes on in the background, and what is known of it meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .errors import ApiError
from .state import State
from .values import Json, format_time

_PAUSE = 0.02
"""Seconds in each state before the work begins, so that clients see them all."""
_DOWNLOADS = 10
_MINUTE = 60

_log = logging.getLogger("zohohub_gen.emulator")

Stage: TypeAlias = Literal["ADDED", "QUEUED", "RUNNING", "COMPLETED", "FAILED"]


@dataclass(slots=True)
class Job:
    """One job.  ``result`` is the zip file that it leaves."""

    id: str
    request: Json
    created_by: Json
    created_time: str
    stage: Stage = "ADDED"
    details: Json = field(default_factory=dict[str, object])
    """What the work found out, for the answer about the job."""
    result: bytes | None = None
    downloads: list[float] = field(default_factory=list[float])


class Stopped(Exception):  # noqa: N818 - it is no error
    """The emulator stops, and the work with it."""


class Jobs:
    """The jobs of one API, each in a thread of its own.  Safe under threads."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._threads: list[threading.Thread] = []

    def add(self, request: Json, work: Callable[[Job], None]) -> Job:
        """Start a job; ``work`` sets its details and result, or raises ApiError."""
        user = self._state.user
        with self._state.store.transaction():
            job_id = self._state.store.new_id()
        created_by = {"id": user.get("id"), "name": user.get("full_name")}
        moment = format_time(self._state.clock(), self._state.zone)
        job = Job(job_id, request, created_by, moment)
        thread = threading.Thread(target=self._run, args=(job, work), daemon=True)
        with self._lock:
            self._jobs[job.id] = job
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()
        return job

    def get(self, job_id: str) -> Job:
        """The job; raises RESOURCE_NOT_FOUND."""
        with self._lock:
            job = self._jobs.get(job_id)
        if job is None:
            raise ApiError(404, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.")
        return job

    def download(self, job_id: str) -> bytes:
        """The result; raises RESOURCE_NOT_FOUND, and TOO_MANY_REQUESTS after 10 in a minute."""
        job = self.get(job_id)
        now = self._state.clock()
        with self._lock:
            job.downloads = [moment for moment in job.downloads if moment > now - _MINUTE]
            if len(job.downloads) >= _DOWNLOADS:
                raise ApiError(429, "TOO_MANY_REQUESTS", "too many downloads in a minute")
            job.downloads.append(now)
        if job.result is None:
            raise ApiError(404, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.")
        return job.result

    def check(self) -> None:
        """Raise `Stopped` when the emulator stops; long work asks from time to time."""
        if self._state.stopping.is_set():
            raise Stopped

    def close(self) -> None:
        """Wait for the threads, which end soon after the emulator said that it stops."""
        for thread in self._threads:
            thread.join()

    def _run(self, job: Job, work: Callable[[Job], None]) -> None:
        stages: tuple[Stage, ...] = ("QUEUED", "RUNNING")
        for stage in stages:
            if self._state.stopping.wait(_PAUSE):
                return
            job.stage = stage
        try:
            work(job)
        except Stopped:
            return
        except ApiError as error:
            job.details = {"error": error.body}
            job.stage = "FAILED"
        except Exception:  # noqa: BLE001 - as a request would be answered
            _log.exception("job %s failed", job.id)
            job.details = {"error": {"code": "INTERNAL_ERROR", "message": "Internal Server Error"}}
            job.stage = "FAILED"
        else:
            job.stage = "COMPLETED"
