"""One table on 100 columns, row by row as the answers come in."""

import os
import sys
import textwrap
from dataclasses import dataclass

COLUMNS = (("artifact", 21), ("what happened to it", 36), ("verdict", 8), ("reason", 23))
GAP = "  "
WIDTH = 100
MILLISECONDS_WIDTH = WIDTH - sum(width + len(GAP) for _, width in COLUMNS)
GREEN, RED, YELLOW, BOLD, DIM, ALARM = "32", "31", "33", "1", "2", "1;7;31"
COLOURS = {"yes": GREEN, "allowed": GREEN, "no": RED, "denied": RED, "could not tell": YELLOW}


@dataclass(frozen=True)
class Answer:
    """What was said about an artifact. `reason` is "" for a yes."""

    verdict: str
    reason: str = ""

    def __str__(self):
        return f"{self.verdict} ({self.reason})" if self.reason else self.verdict


class Table:
    """Prints rows and counts those that are not as expected."""

    def __init__(self):
        self.rows = 0
        self.wrong = 0
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text

    def head(self):
        self._line([name for name, _ in COLUMNS], "ms", (BOLD,) * 5)
        print("─" * WIDTH)

    def section(self, text):
        print()
        print(self.paint(BOLD, text), flush=True)

    def row(self, artifact, what, answer, milliseconds, expected):
        cells = [wrap(text, width) for text, (_, width) in zip((artifact, what, answer.verdict, answer.reason), COLUMNS)]
        colour = COLOURS.get(answer.verdict, YELLOW)
        for number in range(max(map(len, cells))):
            texts = [cell[number] if number < len(cell) else "" for cell in cells]
            self._line(texts, f"{milliseconds:.0f}" if number == 0 else "", ("", "", colour, "", DIM))
        self.rows += 1
        if answer != expected:
            self.wrong += 1
            print(self.paint(ALARM, f"  WRONG: expected {expected}"))
        sys.stdout.flush()

    def _line(self, texts, milliseconds, colours):
        padded = [self.paint(colour, f"{text:<{width}}") for text, colour, (_, width) in zip(texts, colours, COLUMNS)]
        last = self.paint(colours[-1], f"{milliseconds:>{MILLISECONDS_WIDTH}}")
        print(GAP.join([*padded, last]).rstrip())


def wrap(text, width):
    """Lines of at most `width`, broken at spaces and hyphens where there are any."""
    return textwrap.wrap(text, width) or [""]


def print_wrapped(text, indent):
    """Text of several lines on the width of the table, as a terminal of that width shows it."""
    for line in text.splitlines():
        more = indent + ("  " if line.startswith("- ") else "")
        print(textwrap.fill(line, WIDTH, initial_indent=indent, subsequent_indent=more, break_on_hyphens=False, break_long_words=False))
