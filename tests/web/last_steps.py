# SPDX-License-Identifier: Apache-2.0
"""The step of each flow that makes its change: how to come before it, what it changes, what the page says of it."""

from .walk import LAST_STEP_IS_A_CODE, VALUES, errors, heading

# What a whole change touches.
TOUCHES = {
    "api-password": {"mycredApiPassword"},
    "device": {"mycredTotp", "mycredRecovery"},
    "email": {"mail", "mycredVerified"},
    "method": {"mycredLoginMethod"},
    "mobile": {"mobile", "mycredVerified"},
    "password": {"userPassword"},
    "recovery": {"mycredRecovery"},
}
FLOWS = sorted(TOUCHES)


def before_last(walk, path):
    """The page whose form makes the change, and the fields that it takes."""
    if path == "method":
        asked = walk.client.send(walk.client.get("method"), method="sms")
        return asked, {"code": walk.flows.code(walk.login, "mobile")}
    proved = walk.prove(path, by="email" if path == "mobile" else "sms")
    values = walk.values(path, proved)
    if path not in LAST_STEP_IS_A_CODE:
        return proved, values
    sent = walk.client.send(proved, **values)
    arrivals = walk.flows.mails if path == "email" else walk.flows.sms
    return sent, {"code": walk.flows.next_code(arrivals, VALUES[path]["address"])}


def says_done(answer):
    """Whether the page says that the change was made."""
    if answer is None or answer.status != 200 or errors(answer):
        return False
    shown_once = 'class="copy"' in answer.text or heading(answer) == "Your recovery codes"
    return shown_once or 'class="note good"' in answer.text


def is_whole(path, before, after):
    """Either nothing was changed or all that the flow changes."""
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return changed in (set(), TOUCHES[path])
