"""How a request says who we are: a token, given or read anew from its file each minute. Certificates are the TLS layer's business."""

from pathlib import Path

from seatrial.cluster.timing import Clock

READ_ANEW_S = 60.0


class Token:
    """A bearer token; none where a certificate speaks for us."""

    def __init__(self, clock: Clock, token: str = "", file: str = "") -> None:
        self._clock = clock
        self._token = token
        self._file = file
        self._read_at_s = float("-inf")

    def headers(self) -> dict[str, str]:
        """The Authorization header, if any."""
        if self._file and self._clock.monotonic_s() - self._read_at_s >= READ_ANEW_S:
            self.renew()
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    def renew(self) -> bool:
        """Read the file again: True where it holds another token than before."""
        if not self._file:
            return False
        self._read_at_s = self._clock.monotonic_s()
        before = self._token
        try:
            self._token = Path(self._file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return False
        return self._token != before
