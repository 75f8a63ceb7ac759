"""Python's garbage collector, in processes that live long and whose work is many small things that soon end."""

import gc

YOUNG = 10_000  # objects; the default of 700 looks through the young ones several times in a single request


def set_apart_what_stays() -> None:
    """Spare the collector what lives as long as the process: looking through it all held up answers for 80 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
