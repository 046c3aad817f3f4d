"""One writer at a time, and a token that proves at the moment of publishing that we are still that writer.

The operating system drops the lock when its holder dies, however it dies, so nothing a killed run leaves behind
can stop the next one. A process that outlives its run (an orphan) still holds the lock, so the next run is told
who it is instead of writing beside it.
"""

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from pipelines import settings
from pipelines.errors import Unavailable
from pipelines.files import write_text

TOKEN = "writer.token"  # noqa: S105  a marker, not a secret


def writer_folder() -> Path:
    """The folder that holds the one lock of everything that is written; made where it is not there."""
    folder = settings.warehouse()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unavailable(
            f"The data folder {settings.relative(folder.parent)} cannot be written ({fault.strerror}); "
            f"mend its permissions or point JAMLIK_DATA at another folder."
        ) from fault
    return folder


class WriterLock:
    """Held while anything under the data folder is written. Raises `Unavailable` where another run holds it."""

    def __init__(self, folder: Path) -> None:
        self._lock = FileLock(folder / "writer.lock")
        self._token_file = folder / TOKEN
        self.token = uuid.uuid4().hex

    def __enter__(self) -> "WriterLock":
        try:
            self._lock.acquire(timeout=0)
        except Timeout as fault:
            raise Unavailable(
                f"Another run is writing to {settings.relative(settings.data_folder())} ({self._holder()}); "
                f"wait until it is done, or end that process, and run again."
            ) from fault
        except OSError as fault:
            raise Unavailable(
                f"The lock file {settings.relative(Path(self._lock.lock_file))} cannot be written ({fault.strerror}); "
                f"mend its permissions or free space on the disk."
            ) from fault
        try:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            write_text(self._token_file, f"{self.token} process {os.getpid()} since {started}\n")
        except OSError as fault:
            self._lock.release()
            raise Unavailable(
                f"{settings.relative(self._token_file)} cannot be written ({fault.strerror}); "
                f"free space on the disk or mend the permission, and run again."
            ) from fault
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def still_ours(self) -> bool:
        """True while no other run has taken the lock since; asked right before `latest` is switched."""
        try:
            return self._token_file.read_text(encoding="utf-8").startswith(self.token)
        except OSError:
            return False

    def _holder(self) -> str:
        try:
            return self._token_file.read_text(encoding="utf-8").strip().split(" ", 1)[1]
        except (OSError, IndexError):
            return "its process is unknown"
