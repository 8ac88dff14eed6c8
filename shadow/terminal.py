"""What the commands print to: rich on a terminal, plain text elsewhere, never an end of Shadow."""

import contextlib
import logging
import os
import time
from queue import Full, Queue
from threading import Thread
from types import TracebackType
from typing import override

from rich.console import Console

from shadow.errors import UnavailableError

type _Raised = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class Terminal(Console):
    """A console whose reader may go away (`| head -1`) without harm to what runs."""

    def document(self, text: str) -> None:
        """Write text as it is. Raises `UnavailableError` where it cannot be written."""
        if self.quiet:
            return
        try:
            self.file.write(text)
            self.file.flush()
        except BrokenPipeError:
            self.on_broken_pipe()
        except OSError as error:
            self.on_broken_pipe()
            problem = f"standard output cannot be written: {error.strerror}"
            raise UnavailableError(f"{problem}; make room, or send it elsewhere") from None

    def news(self, text: str) -> None:
        """Write a text with markup, not wrapped; that it cannot be written is no error."""
        with self.capture() as captured:
            self.print(text, soft_wrap=True)
        try:
            self.document(captured.get())
        except UnavailableError as error:
            logging.getLogger(__name__).warning("%s", error)

    @override
    def on_broken_pipe(self) -> None:
        """Write no more, and leave nothing that the end of the program would try to write."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def debugging() -> bool:
    """Whether the operator asked for more than an operator needs (`--debug`)."""
    return logging.getLogger("shadow").isEnabledFor(logging.DEBUG)


def inherited_options() -> tuple[str, ...]:
    """The options that say how this process logs, for the processes that it starts."""
    return (
        *(() if logs_text() else ("--log-format", "json")),
        *(("--debug",) if debugging() else ()),
    )


class ForMachines:
    """Marks a formatter whose lines are not for people."""


def logs_text() -> bool:
    """Whether log lines are for people, as they are unless the operator asks for JSON."""
    handlers = logging.getLogger().handlers
    return not any(isinstance(each.formatter, ForMachines) for each in handlers)


def place_of(error: BaseException) -> str:
    """Type of an error and where it was raised; the system's words for it, if it has any.

    Other messages may quote what a user or a server sent.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
    reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
    return f"{type(error).__name__}{reason}{place}"


def on_one_line(text: str) -> str:
    """A text of which nothing acts on a terminal or begins a line: that is written out, `\\x1b`."""
    return text if text.isprintable() else "".join(map(_written_out, text))


def _written_out(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


class LogFormat(logging.Formatter):
    """A line for each record; of an exception only type and place, but with `--debug` all.

    A message may quote what a stranger sent: none can look like two, or act on a terminal.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s: %(message)s")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        return on_one_line(super().formatMessage(record))

    @override
    def formatException(self, ei: _Raised) -> str:
        error = ei[1]
        if error is None or debugging():
            return "\n".join(map(on_one_line, super().formatException(ei).split("\n")))
        return place_of(error)


class LogLater(logging.Handler):
    """Has a thread of its own write, so that standard error that nobody reads holds up nobody.

    Lines that it cannot take any more are left out.
    """

    _MOST_LINES = 1000
    _FLUSH_SECONDS = 1.0
    _POLL_SECONDS = 0.01

    def __init__(self, writer: logging.Handler) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(writer.formatter)
        self._records: Queue[logging.LogRecord] = Queue(self._MOST_LINES)
        Thread(target=self._write, daemon=True).start()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Full):
            self._records.put_nowait(record)

    @override
    def flush(self) -> None:
        """Wait until all is written; called at the end of the program, and not for long."""
        deadline = time.monotonic() + self._FLUSH_SECONDS
        while self._records.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(self._POLL_SECONDS)

    def _write(self) -> None:
        while True:
            self._writer.handle(self._records.get())
            self._records.task_done()


def log_later() -> None:
    """From now on, let no log line wait for whoever reads standard error."""
    root = logging.getLogger()
    root.handlers = [LogLater(handler) for handler in root.handlers]
