"""Where commands print: results to standard output, and what happens to standard error."""

from shadow.terminal import Terminal

OUT = Terminal(highlight=False, emoji=False)
ERR = Terminal(stderr=True, highlight=False, emoji=False)
