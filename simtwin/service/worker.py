"""This module holds the worker of a job: a process that reads a question and leaves an answer.

It is started as ``python -m simtwin.service.worker FOLDER SECONDS``, says on stdout how far it
is, and ends with whoever holds the other end of its stdin. The answer appears whole or not at
all, so that whoever finds it knows that the job is done.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from simtwin.errors import SimtwinError
from simtwin.service import verbs
from simtwin.service.desk import deadline
from simtwin.service.durable import as_json, read_json, settle, write
from simtwin.service.problem import refused

QUESTION, RESULTS = "question.json", "results"
ANSWER = "result.json"

PAUSE = 0.1
"""Between two words about progress [s]."""


def main(folder: Path, seconds: float) -> None:
    """Do the job in *folder* within *seconds*."""
    question = verbs.Question(**read_json(folder / QUESTION))
    try:
        found = verbs.answer(question, _progress(), deadline(seconds))
    except SimtwinError as error:
        _say({"problem": refused(error).plain()})
        return
    _leave(folder, found)
    _say({"done": True})


def _leave(folder: Path, found: verbs.Answer) -> None:
    """Put the answer into the folder, whole."""
    draft = folder / f".{RESULTS}.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    write(draft / ANSWER, as_json(found.plain).encode("utf-8"))
    for name, text in found.sheets.items():
        write(draft / f"{name}.csv", text.encode("utf-8"))
    for name, text in found.pages.items():
        write(draft / f"{name}.html", text.encode("utf-8"))
    draft.replace(folder / RESULTS)
    settle(folder)


def _progress() -> verbs.Progress:
    last = 0.0

    def moved(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last > PAUSE:
            last = now
            _say({"progress": [done, total]})

    return moved


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _stay_while_held() -> None:
    """End this process when the other end of stdin is closed: nobody waits any more."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The service ends it, in order.
    threading.Thread(target=_stay_while_held, daemon=True).start()
    main(Path(sys.argv[1]), float(sys.argv[2]))
