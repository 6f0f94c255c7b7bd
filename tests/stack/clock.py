# SPDX-License-Identifier: Apache-2.0
"""Servers under another clock."""

from pathlib import Path


def shifted(by):
    """What goes before a command whose clock shall differ by so much ("+2h", "-8d"): it is replaced by the command,
    where `faketime` itself would stay as its parent and leave it behind when killed."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    return ["env", f"LD_PRELOAD={library}", f"FAKETIME={by}"]
