"""Find out in which encoding a file is, by looking at all of it, and never by replacing letters."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

LABELS = {
    "utf-8": "Unicode (UTF-8)",
    "utf-8-sig": "Unicode (UTF-8 with mark)",
    "utf-16": "Unicode (UTF-16)",
    "utf-16-le": "Unicode (UTF-16, little endian)",
    "utf-16-be": "Unicode (UTF-16, big endian)",
    "cp1252": "Western European (Windows)",
    "cp1250": "Central European (Windows)",
    "cp1251": "Cyrillic (Windows)",
    "cp1253": "Greek (Windows)",
    "cp1254": "Turkish (Windows)",
    "cp1255": "Hebrew (Windows)",
    "cp1256": "Arabic (Windows)",
    "mac_roman": "Western European (Mac)",
    "iso8859_15": "Western European (ISO)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
    "big5": "Chinese (Big5)",
    "euc_kr": "Korean (EUC-KR)",
}
LEGACY = ("cp1252", "cp1250", "cp1251", "shift_jis", "gb18030", "euc_kr", "mac_roman")
BLOCK = 1 << 20
SAMPLE = 64 * 1024


@dataclass(frozen=True)
class Encoding:
    """What was found: the codec, and whether it is certain or only the likeliest."""

    name: str
    is_certain: bool


def decodes(path: Path, encoding: str) -> bool:
    """Whether the whole file can be read in the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as stream:
        try:
            while block := stream.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def detect_encoding(path: Path) -> Encoding:
    """
    Find the encoding: mark at the beginning, UTF-8 over the whole file, then the likeliest.

    :returns: an encoding in which the whole file can be read
    """
    with path.open("rb") as stream:
        head = stream.read(SAMPLE)
    marked = _marked(head)
    if marked and decodes(path, marked):
        return Encoding(marked, is_certain=True)
    wide = _unmarked_utf_16(head)
    if wide and decodes(path, wide):
        return Encoding(wide, is_certain=False)
    if decodes(path, "utf-8"):
        return Encoding("utf-8", is_certain=True)
    return Encoding(_likeliest(path), is_certain=False)


def _marked(head: bytes) -> str | None:
    """Read the byte order mark."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return None


def _unmarked_utf_16(head: bytes) -> str | None:
    """Recognize UTF-16 without a mark by the zero in every second byte of Latin text."""
    if len(head) < 4:
        return None
    half = len(head) // 2
    if head[1::2].count(0) > 0.4 * half and head[0::2].count(0) < 0.05 * half:
        return "utf-16-le"
    if head[0::2].count(0) > 0.4 * half and head[1::2].count(0) < 0.05 * half:
        return "utf-16-be"
    return None


def _foreign_lines(path: Path) -> bytes:
    """Collect lines that are not plain ASCII, wherever in the file they are."""
    sample = bytearray()
    with path.open("rb") as stream:
        while (block := stream.read(BLOCK)) and len(sample) < SAMPLE:
            if block.isascii():
                continue
            for line in block.splitlines(keepends=True):
                if not line.isascii():
                    sample += line[:2000]
    return bytes(sample[:SAMPLE])


def _likeliest(path: Path) -> str:
    """Rank the legacy encodings by how readable the foreign lines become."""
    readable = [name for name in LEGACY if decodes(path, name)]
    if len(readable) > 1:
        ranked = from_bytes(_foreign_lines(path), cp_isolation=readable, threshold=0.5)
        best = ranked.best()
        if best is not None and best.encoding in readable and _is_wide(best.encoding):
            return best.encoding
        if best is not None and best.encoding == "cp1251":
            return "cp1251"
    return readable[0] if readable else "iso8859_15"


def _is_wide(name: str) -> bool:
    """Whether letters take two bytes, so that a clean reading is hardly an accident."""
    return name in {"shift_jis", "gb18030", "euc_kr"}
