"""What a report or a page shows of a verdict: pure, bounded, and safe to be escaped and shown.

Every text from traffic has gone through `shadow.report.plain.visible`: nothing in it moves, hides
or reverses other text. It is text still, not markup: whoever writes it into HTML escapes it.
"""
