"""A short pause when the interpreter ends; every process entry point imports this module.

A thread of the Temporal SDK may still be delivering its last result while the main thread ends the
interpreter. Up to CPython 3.13 that thread is then torn down in the middle of the call and takes the process
with it (`Fatal Python error: PyGILState_Release` or a segmentation fault), standard output included. Without
the pause about one short client process in six ended so; with it none of 450 did. Known upstream since 2023
as sdk-python issue 300.
"""

import atexit
import time

PAUSE_S = 0.1

atexit.register(time.sleep, PAUSE_S)
