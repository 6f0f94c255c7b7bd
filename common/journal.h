// SPDX-License-Identifier: Apache-2.0
// Entries of systemd's journal with the pairs of an event line as fields of their own, by its
// native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): one datagram an entry, one line a
// field.
#ifndef MYCRED_COMMON_JOURNAL_H
#define MYCRED_COMMON_JOURNAL_H

#include "common/base.h"

#define MC_JOURNAL_SOCKET "/run/systemd/journal/socket"

// Writes `origin` and `line` as one message, with the facility authpriv and the program's own name;
// each pair at the beginning of `line` (`event=code_wrong user=bob` ...) becomes a field as well:
// MYCRED_EVENT, MYCRED_USER. Neither text holds a line end. Never waits. False where there is no
// journal or it does not take the entry now: then syslog(3) is to write the line.
bool mc_journal_write(int priority, const char *origin, const char *line) MC_MUST_USE;

#endif
