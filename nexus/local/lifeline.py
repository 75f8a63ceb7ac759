"""
Become another program that ends when the process which started it ends, however that one ends.

Run as a script, not imported: `python -I -S lifeline.py PARENT_PID SIGNAL USER COMMAND...`, where USER is
`uid:gid` or `-` for no change. A tiny program between fork and exec does what `preexec_fn` cannot do safely in
a process with threads. On Linux the kernel sends SIGNAL at the parent's death; elsewhere the next start of the
stack takes down what is left over.
"""

import ctypes
import os
import sys

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in <sys/prctl.h>


def main(parent_pid: str, death_signal: str, user: str, *command: str) -> None:
    """Change the user, tie this process to its parent, become the command."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if user != "-":
        uid, gid = map(int, user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if libc is not None:
        # After the change of user, which would clear it.
        libc.prctl(SET_PARENT_DEATH_SIGNAL, int(death_signal))
    if os.getppid() != int(parent_pid):
        sys.exit("the process that started this one is gone")
    os.execvp(command[0], command)  # noqa: S606 - a command without a shell is what is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
