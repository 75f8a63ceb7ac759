"""
Which language a text is written in.

Loading this module is cheap. The first question loads the classifier: about 75 MB that stay.
"""

from threading import Lock

import py3langid

LOOKED_AT = 3_000  # characters: enough to be sure, and a few milliseconds at most

_loading = Lock()


def language_of(text: str) -> str:
    """Name the language by its ISO 639-1 code, such as `de`. Any text gets the likeliest one."""
    with _loading:  # the classifier loads itself at the first call, and two threads would load it twice
        code, _score = py3langid.classify(text[:LOOKED_AT])
    return str(code)
