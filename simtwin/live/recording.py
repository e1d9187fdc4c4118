"""This module holds the recordings: what sources told, read back the same every time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simtwin.errors import InvalidInput
from simtwin.live.envelope import Envelope
from simtwin.live.mapping import MTCONNECT, of_keys
from simtwin.live.message import Decoder, Message, Rejected
from simtwin.live.shdr import Lines, RejectedLine, ShdrReader, keys_of
from simtwin.live.table import TableReader
from simtwin.live.v0 import V0

Kind = Literal["v0", "shdr", "csv"]


@dataclass(frozen=True, slots=True)
class Recording:
    """All that a file told: its readings, and which lines could not be read and why."""

    path: str
    kind: Kind
    epoch: str
    """Hash of the bytes of the file, unpacked."""
    envelopes: tuple[Envelope, ...]
    lines: Lines

    @property
    def rejected(self) -> tuple[RejectedLine, ...]:
        """The lines that could not be read."""
        return tuple(self.lines.rejected)


def read_recording(
    path: Path | str, *, device: str | None = None, kind: Kind | None = None
) -> Recording:
    """Return what the file *path* tells: v0 messages, SHDR lines or CSV, plain or ``.gz``.

    *kind* says which; without it the first line does. *device* is who speaks, where the file
    does not say; without it the name of the file before its first dot.
    """
    file = Path(path)
    data = _bytes(file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file}: is not UTF-8 at byte {error.start}") from None
    lines = lines_of(text)
    first = next((line for line in lines if line.strip()), "")
    kind = kind or _kind(first)
    epoch = hashlib.blake2b(data, digest_size=16).hexdigest()
    name = device or file.name.partition(".")[0]
    counts = Lines()
    try:
        if kind == "v0":
            decode = V0(source=file.name)
            envelopes = tuple(_v0(lines, decode, counts))
        elif kind == "shdr":
            reader = ShdrReader(name, epoch, file.name, of_keys(keys_of(lines), MTCONNECT))
            envelopes = tuple(reader.read(lines, counts))
        else:
            envelopes = tuple(TableReader(name, epoch, file.name).read(lines, counts))
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error}") from None
    return Recording(str(file), kind, epoch, envelopes, counts)


def read_messages(path: Path | str) -> Iterator[Message]:
    """Give the messages of a v0 recording, in the order of the file."""
    for number, line in enumerate(lines_of(_bytes(Path(path)).decode()), 1):
        if line.strip():
            try:
                yield message_of(line)
            except Rejected as reason:
                raise InvalidInput(f"{path}:{number}: {reason}") from None


def lines_of(text: str) -> list[str]:
    r"""Return the lines of a recording; nothing but a line feed ends one, with or without \r.

    >>> lines_of("a\x0cb\r\nc\u2028d\n")
    ['a\x0cb', 'c\u2028d']
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def line_of(message: Message) -> str:
    """Return *message* as one line of a recording.

    >>> line_of(Message("modax/sensor/data", b"{}", 5.25))
    '{"t_received":5.25,"topic":"modax/sensor/data","payload":"{}"}'
    """
    fields: dict[str, object] = {"t_received": message.t_received, "topic": message.topic}
    try:
        fields["payload"] = message.payload.decode()
    except UnicodeDecodeError:
        fields["payload_base64"] = base64.b64encode(message.payload).decode()
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def message_of(line: str) -> Message:
    """Return the message of one *line* of a recording, or raise Rejected."""
    try:
        fields = json.loads(line)
        payload = fields.get("payload")
        data = (
            payload.encode()
            if payload is not None
            else base64.b64decode(fields["payload_base64"], validate=True)
        )
        return Message(str(fields["topic"]), data, float(fields["t_received"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Rejected(
            "must be an object with t_received, topic and payload or payload_base64 "
            f"({type(error).__name__}: {error})"
        ) from None


def _v0(lines: Iterable[str], decode: Decoder, counts: Lines) -> Iterator[Envelope]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            counts.blank += 1
            continue
        try:
            decoded = decode(message_of(line))
        except Rejected as reason:
            counts.rejected.append(RejectedLine(number, str(reason), line))
            continue
        counts.read += 1
        yield from decoded.envelopes


def _kind(first: str) -> Kind:
    if first.lstrip().startswith("{"):
        return "v0"
    if "|" in first or first.startswith("*"):
        return "shdr"
    return "csv"


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror or error})") from None
    except (EOFError, zlib.error) as error:
        raise InvalidInput(f"{path}: is damaged, it cannot be unpacked ({error})") from None
