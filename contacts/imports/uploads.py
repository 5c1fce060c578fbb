"""Take what a marketer gives us to the disk, in blocks, and refuse what is no table of text."""

import gzip
import hashlib
import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

MAX_BYTES = 200 * 1024 * 1024
BLOCK = 1 << 20
GZIP = b"\x1f\x8b"

SAVE_AS_CSV = (
    "In the program that made it, choose File › Save as › CSV (or Download › CSV) and upload "
    "that file."
)
# How files begin that are no text, and what they are.
FOREIGN = (
    (b"PK\x03\x04", "a workbook (XLSX) or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (XLS)"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


class UploadRefused(ValueError):
    """The upload cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Upload:
    """A text file on the disk: its place below ``UPLOAD_DIR``, its size and its hash."""

    path: str
    size_bytes: int
    digest: str


def upload_path(relative: str) -> Path:
    """Find an upload on the disk."""
    return Path(settings.UPLOAD_DIR) / relative


def store_upload(chunks: Iterable[bytes], *, now: datetime) -> Upload:
    """
    Write an upload to the disk while hashing it; a compressed file (.gz) is unpacked.

    :raises UploadRefused: if it is empty, too large or no text; nothing is kept then
    """
    relative = f"{now:%Y/%m}/{uuid.uuid4().hex}.txt"
    path = upload_path(relative)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        size, digest = _write(path, _unpacked(iter(chunks)))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Upload(relative, size, digest)


def delete_upload(relative: str) -> None:
    """Delete an upload from the disk."""
    upload_path(relative).unlink(missing_ok=True)


def _write(path: Path, blocks: Iterator[bytes]) -> tuple[int, str]:
    """Write blocks to the disk; stop at the limit and at what is no text."""
    digest = hashlib.sha256()
    size = 0
    with path.open("xb") as target:
        for block in blocks:
            if not size:
                _refuse_foreign(block)
            size += len(block)
            if size > MAX_BYTES:
                raise UploadRefused(
                    "The file is larger than 200 MB. Split it, or remove columns that you "
                    "do not need."
                )
            digest.update(block)
            target.write(block)
    if not size:
        raise UploadRefused(
            "The file is empty. Choose a file with one contact per row."
        )
    return size, digest.hexdigest()


def _refuse_foreign(block: bytes) -> None:
    """Refuse files that are no text, by how they begin."""
    beginning = block[:64].lstrip()
    for magic, name in FOREIGN:
        if beginning.startswith(magic) or beginning.lower().startswith(magic):
            raise UploadRefused(f"This is {name}, not a CSV file. {SAVE_AS_CSV}")


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give the blocks of the text, unpacked if the file is compressed."""
    first = next(chunks, b"")
    if not first.startswith(GZIP):
        yield from _joined(first, chunks)
        return
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for chunk in _joined(first, chunks):
            rest = chunk
            while rest:
                yield unpacker.decompress(rest, BLOCK)
                rest = unpacker.unconsumed_tail
    except (zlib.error, gzip.BadGzipFile) as error:
        raise UploadRefused(
            "The compressed file is damaged. Unpack it and upload the CSV file in it."
        ) from error


def _joined(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give the blocks that are not empty."""
    for chunk in (first, *()):
        if chunk:
            yield chunk
    for chunk in chunks:
        if chunk:
            yield chunk
