"""On which line of a file something was named first: twelve bytes for each name, however long it is."""

from hashlib import blake2b

_BUCKETS = 4096
_DIGEST_BYTES, _LINE_BYTES = 8, 4
_RECORD_BYTES = _DIGEST_BYTES + _LINE_BYTES


class FirstLines:
    """Remembers names by 64 bits of a hash: of a million, two are taken for the same once in thirty million files."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(_BUCKETS)]

    def first(self, name: str, line: int) -> int:
        """The line that named it first: `line`, unless there was one before."""
        digest = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=_DIGEST_BYTES).digest()
        bucket = self._buckets[int.from_bytes(digest[:2], "big") % _BUCKETS]
        place = bucket.find(digest)
        while place % _RECORD_BYTES and place >= 0:  # the same bytes across two records
            place = bucket.find(digest, place + 1)
        if place >= 0:
            return int.from_bytes(bucket[place + _DIGEST_BYTES : place + _RECORD_BYTES], "big")
        bucket += digest + line.to_bytes(_LINE_BYTES, "big")
        return line
