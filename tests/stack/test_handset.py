# SPDX-License-Identifier: Apache-2.0
"""fakesmsc's lines become one message per SMS."""

import pytest

from stack.handset import Handset

SPLIT = (
    "demo +49151 udh %05%00%03%07%02%01 data one+long",
    "demo +49152 udh %05%00%03%07%02%01 data other",
    "demo +49151 udh %05%00%03%07%02%02 data +text",
)


@pytest.mark.parametrize(
    "lines, messages",
    [
        (["demo +49151 text code 123456."], [("+49151", "code 123456.")]),
        (["demo +49151 text code 1", "@host #1", "", "end"], [("+49151", "code 1 @host #1 end")]),
        (["demo +49151 text a", "demo +49152 text b"], [("+49151", "a"), ("+49152", "b")]),
        (["demo +49151 ucs-2 N%E3x%01%00+%001"], [("+49151", "代码 1")]),
        (["demo +49151 udh %05%00%03%01%01%01 data N%E3x%01%00+%001"], [("+49151", "代码 1")]),
        (SPLIT, [("+49151", "one long text")]),
        (["no message at all"], []),
    ],
)
def test_each_sms_becomes_one_message(lines, messages):
    delivered = []
    handset = Handset(lambda number, text: delivered.append((number, text)))
    for line in lines:
        handset.line(b"2026-11-21 [1] DEBUG: Got message 1: <" + line.encode() + b">")
    handset.silence()
    assert delivered == messages


def test_other_output_of_fakesmsc_is_no_message():
    handset = Handset(lambda *_: pytest.fail("delivered"))
    handset.line(b"INFO: fakesmsc starting")
    handset.silence()
