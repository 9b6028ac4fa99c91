"""Bulk jobs: work that goes on in the background, and what is known of it meanwhile.

A job is a row of the store from the moment it is asked for; one that a restart has interrupted goes
on where it was.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, TypeAlias

from .errors import ApiError
from .state import State
from .store import Content, Row
from .values import Json, format_time, is_id, loads

_PAUSE = 0.02
"""Seconds in each state before the work begins, so that clients see them all."""
_DOWNLOADS = 10
_MINUTE = 60

_log = logging.getLogger("zohohub_gen.emulator")

Stage: TypeAlias = Literal["ADDED", "QUEUED", "RUNNING", "COMPLETED", "FAILED"]


@dataclass(slots=True)
class Job:
    """One job."""

    id: str
    order: Json
    """What the work was made from, and can be made from again after a restart."""
    request: Json
    created_by: Json
    created_time: str
    stage: Stage = "ADDED"
    details: Json = field(default_factory=dict[str, object])
    """What the work found out, for the answer about the job."""
    result: bytes | None = field(default=None, repr=False)
    """The zip file that it leaves."""


class Stopped(Exception):  # noqa: N818 - it is no error
    """The emulator stops, and the work with it."""


class Jobs:
    """The jobs of one API, each in a thread of its own.  Safe under threads.

    ``module`` is where the store has them.
    """

    def __init__(self, state: State, module: str) -> None:
        self._state = state
        self._module = module
        self._lock = threading.Lock()
        self._unfinished: dict[str, Job] = {}
        self._downloads: dict[str, list[float]] = {}
        self._threads: list[threading.Thread] = []

    def add(self, order: Json, request: Json, work: Callable[[Job], None]) -> Job:
        """Start a job; ``work`` sets its details and result, or raises ApiError.

        Returns the job as it was added.
        """
        user = self._state.user
        created_by = {"id": user.get("id"), "name": user.get("full_name")}
        moment = format_time(self._state.clock(), self._state.zone)
        with self._state.store.transaction():
            job = Job(self._state.store.new_id(), order, request, created_by, moment)
            self._save(job)
        added = replace(job)  # the job itself may be at work before the answer is made
        self._start(job, work)
        return added

    def resume(self, work: Callable[[Job], None]) -> None:
        """Go on with the jobs that the last stop interrupted."""
        with self._state.store.transaction():
            rows = self._state.store.select(
                "SELECT data FROM record WHERE module = ? ORDER BY key", (self._module,)
            )
        for (text,) in rows:
            job = Job(**loads(text))
            if job.stage not in ("COMPLETED", "FAILED"):
                self._start(job, work)

    def get(self, job_id: str) -> Job:
        """The job; raises RESOURCE_NOT_FOUND."""
        with self._lock:
            job = self._unfinished.get(job_id)
        if job is not None:
            return job
        with self._state.store.transaction():
            row = self._state.store.get(self._module, job_id) if is_id(job_id) else None
        if row is None:
            raise ApiError(404, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.")
        return Job(**row.data)

    def download(self, job_id: str) -> bytes:
        """The result; raises RESOURCE_NOT_FOUND, and TOO_MANY_REQUESTS after 10 in a minute."""
        self.get(job_id)
        now = self._state.clock()
        with self._lock:
            recent = [each for each in self._downloads.get(job_id, []) if each > now - _MINUTE]
            if len(recent) >= _DOWNLOADS:
                raise ApiError(429, "TOO_MANY_REQUESTS", "too many downloads in a minute")
            self._downloads[job_id] = [*recent, now]
        with self._state.store.transaction():
            content = self._state.store.content(_result_id(job_id))
        if content is None:
            raise ApiError(404, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.")
        return content.bytes

    def check(self) -> None:
        """Raise `Stopped` when the emulator stops; long work asks from time to time."""
        if self._state.stopping.is_set():
            raise Stopped

    def close(self) -> None:
        """Wait for the threads, which end soon after the emulator said that it stops."""
        with self._lock:
            threads, self._threads = self._threads, []
        for thread in threads:
            thread.join()
        self._unfinished.clear()
        self._downloads.clear()

    def _start(self, job: Job, work: Callable[[Job], None]) -> None:
        thread = threading.Thread(target=self._run, args=(job, work), daemon=True)
        with self._lock:
            self._unfinished[job.id] = job
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
            thread.start()

    def _run(self, job: Job, work: Callable[[Job], None]) -> None:
        stages: tuple[Stage, ...] = ("QUEUED", "RUNNING")
        for stage in stages:
            if self._state.stopping.wait(_PAUSE):
                return
            job.stage = stage
        stage, details = self._outcome(job, work)
        if stage == "RUNNING":
            return
        with self._state.store.transaction():
            job.details, job.stage = details, stage
            self._save(job)
        with self._lock:
            self._unfinished.pop(job.id, None)

    def _outcome(self, job: Job, work: Callable[[Job], None]) -> tuple[Stage, Json]:
        """The stage in which a job ends, and what there is to say of it; RUNNING if interrupted."""
        try:
            work(job)
        except Stopped:
            return "RUNNING", {}
        except ApiError as error:
            return "FAILED", {"error": error.body}
        except Exception:  # noqa: BLE001 - as a request would be answered
            _log.exception("job %s failed", job.id)
            message = "Internal Server Error"
            return "FAILED", {"error": {"code": "INTERNAL_ERROR", "message": message}}
        return "COMPLETED", job.details

    def _save(self, job: Job) -> None:
        if job.result is not None:
            content = Content(f"{job.id}.zip", "application/zip", job.result)
            self._state.store.put_content(_result_id(job.id), content)
        # The result is a file of its own; asdict would copy it.
        data = asdict(replace(job, result=None))
        self._state.store.put(Row(self._module, job.id, 0, 0, None, data), ())


def _result_id(job_id: str) -> str:
    return f"result of {job_id}"
