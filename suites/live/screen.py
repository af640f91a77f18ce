"""A terminal that two write to: pytest its lines, and we a panel below them that is never mixed up with these.

The panel is taken away before anything else is written, and put back after it. A line that pytest has begun and not
ended (the dots) is written anew then, so that it goes on where it was.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, TextIO

from rich.cells import cell_len
from rich.text import Text

Size = Callable[[], tuple[int, int]]
_CLEAR_BELOW = "\x1b[J"


class Screen:
    """Stands in for the file that pytest's reporter writes to; what a file can do besides, that file does.

    `terminal` is a descriptor of the terminal itself: while pytest captures output, the file leads elsewhere.
    """

    def __init__(self, file: TextIO, terminal: int, size: Size) -> None:
        self._file = file
        self._terminal = terminal
        self._size = size
        self._lock = threading.RLock()
        self._begun = ""  # of the line that pytest has not ended yet, as written
        self._panel: list[str] = []  # on the terminal now
        self._latest: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """What pytest writes; the panel goes out of its way."""
        with self._lock:
            if not self._leads_there():
                return self._file.write(text)
            self._send(self._taken_away() + text + self._follow(text))
            return len(text)

    def line(self, text: str) -> None:
        """A line of our own, above the panel and after what pytest has written; pytest's line is ended first."""
        with self._lock:
            ended = "\n" if self._begun else ""
            away = self._taken_away()
            self._begun = ""
            self._send(f"{away}{ended}{text}\n" + self._put())

    def show(self, panel: Sequence[str]) -> None:
        """Put these lines at the bottom instead of the earlier ones; none takes them away."""
        with self._lock:
            away = self._taken_away()
            self._latest = list(panel)
            self._send(away + self._put())

    def _leads_there(self) -> bool:
        """Whether what is written to the file now comes out on the terminal, and is not captured."""
        file, terminal = os.fstat(self._file.fileno()), os.fstat(self._terminal)
        return (file.st_dev, file.st_ino) == (terminal.st_dev, terminal.st_ino)

    def _follow(self, text: str) -> str:
        """Know what stands on the line that is not ended; returns what puts the panel back below it."""
        before, ended, after = text.rpartition("\n")
        line = after if ended else self._begun + before + after
        self._begun = line.rpartition("\r")[2] if "\r" in line else line
        return self._put()

    def _put(self) -> str:
        """What draws the panel below the line that is not ended."""
        self._panel = self._latest
        return ("\n" if self._begun and self._panel else "") + "\n".join(self._panel)

    def _taken_away(self) -> str:
        """What takes the panel away, and puts the cursor back where pytest left it."""
        if not self._panel:
            return ""
        up = sum(self._rows(line) for line in self._panel) - 1
        if self._begun:
            up += self._rows(self._begun)
        upwards = f"\x1b[{up}A" if up else ""
        self._panel = []
        return f"\r{upwards}{_CLEAR_BELOW}{self._begun}"

    def _rows(self, line: str) -> int:
        """How many rows of the terminal a line fills, be it that the terminal has become narrower since."""
        width = max(self._size()[0], 1)
        return max(-(-cell_len(Text.from_ansi(line).plain) // width), 1)

    def _send(self, text: str) -> None:
        """In one piece, so that nobody sees a terminal without its panel; after what the file has kept."""
        self._file.flush()
        data = text.encode(self._file.encoding or "utf-8", "replace")
        try:
            while data:
                data = data[os.write(self._terminal, data) :]
        except OSError:  # the terminal is gone; whoever writes the results will notice
            return
