"""Logs as JSON: each record a line with time, level, logger and event, for whoever collects them.

Whatever is in a message stands in a string of ASCII: no record can look like two, and no character
can act on a terminal.
"""

import logging
import traceback
from datetime import UTC, datetime
from typing import cast

from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
from structlog.types import EventDict, WrappedLogger

from shadow.terminal import ForMachines, debugging, place_of


class _JsonFormatter(ProcessorFormatter, ForMachines):
    pass


def json_formatter() -> logging.Formatter:
    """Make what writes records so; of an error only type and place, but with `--debug` all."""
    return _JsonFormatter(
        processors=[
            add_log_level,
            add_logger_name,
            _with_time,
            _with_error,
            ProcessorFormatter.remove_processors_meta,
            JSONRenderer(sort_keys=True),
        ]
    )


def log_as_json() -> None:
    """From now on, write records so."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(json_formatter())


def _with_time(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say when it happened, which is not when it is written."""
    record = cast(logging.LogRecord, event["_record"])
    moment = datetime.fromtimestamp(record.created, UTC)
    event["timestamp"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event["process"] = record.process
    return event


def _with_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    raised = event.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else None
    if isinstance(error, BaseException):
        event["error"] = place_of(error)
        if debugging():
            event["traceback"] = "".join(traceback.format_exception(error))
    return event
