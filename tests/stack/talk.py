# SPDX-License-Identifier: Apache-2.0
"""Conversations with programs on a terminal: what they show, what is typed, how they end."""

import pexpect

# A prompt is what stands at the very end of the output without a line break after it.
ANY_PROMPT = r"[^\r\n]+[:：?] ?\Z"


class Conversation:
    """One program on a terminal.

    .prompts is what was shown before each answer (the prompt and all since the answer before),
    .transcript everything, .status the exit status once it ended (minus the signal if killed).
    """

    def __init__(self, child, prompt=ANY_PROMPT):
        self.child = child
        self.pattern = prompt
        self.prompts = []
        self.transcript = ""
        self.status = None

    def prompt(self, timeout=-1):
        """Waits for the next prompt; what was shown until then. None when the program ended instead."""
        which = self.child.expect([self.pattern, pexpect.EOF], timeout=timeout)
        shown = self.child.before + (self.child.after if which == 0 else "")
        self.transcript += shown
        if which == 1:
            self._ended()
            return None
        self.prompts.append(shown)
        return shown

    def answer(self, text):
        self.child.sendline(text)

    def finish(self, timeout=-1):
        """Waits for the end; a program that asks again instead is hung up on."""
        if self.status is None and self.prompt(timeout) is not None:
            self.hang_up()
        return self

    def hang_up(self):
        self.child.close(force=True)
        self._ended()

    def _ended(self):
        self.child.close()
        self.status = self.child.exitstatus if self.child.signalstatus is None else -self.child.signalstatus

    @property
    def ok(self):
        return self.status == 0

    @property
    def last(self):
        """What was shown at the last prompt."""
        return self.prompts[-1] if self.prompts else ""

    def __repr__(self):
        return f"<status {self.status}, {len(self.prompts)} prompts:\n{self.transcript}>"


def converse(conversation, *answers):
    """Gives each answer at its prompt and waits for the end.

    An answer may be a function: it is called with the conversation when its prompt stands, and
    returns the text to type. Whoever asks for more than there are answers is hung up on.
    """
    for answer in answers:
        if conversation.prompt() is None:
            return conversation
        conversation.answer(answer(conversation) if callable(answer) else answer)
    return conversation.finish()
