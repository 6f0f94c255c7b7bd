// SPDX-License-Identifier: Apache-2.0
// Notices of changes: written into the person's entry in the same modify as the change, sent
// afterwards, deleted when delivered, so that a broken mail server delays notices and never loses
// one. Stored as
//   mycredNotice: <id> <created> <lease or -> <sealed event and parameters>
// A host, which has no key of the site, writes its own under the login key, with an id that begins
// with "h-"; nothing but what a host can know is believed there.
#ifndef MYCRED_COMMON_NOTICE_H
#define MYCRED_COMMON_NOTICE_H

#include "common/account.h"
#include "common/message.h"

enum mc_notice_event {
    MC_NOTICE_EMAIL_CHANGED = 1, // parameter: the old address, which is told as well
    MC_NOTICE_MOBILE_CHANGED,    // parameter: the old number
    MC_NOTICE_PASSWORD_CHANGED,
    MC_NOTICE_PASSWORD_RESET,
    MC_NOTICE_API_PASSWORD_CHANGED,
    MC_NOTICE_METHOD_CHANGED, // parameter: the new method's word, or "none"
    MC_NOTICE_DEVICE_BOUND,
    MC_NOTICE_DEVICE_UNBOUND,
    MC_NOTICE_RECOVERY_RENEWED,
    // by an administrator (administer.h, invite.h)
    MC_NOTICE_UNLOCKED,
    MC_NOTICE_LOCKED,
    MC_NOTICE_EXEMPTED, // parameter: until when
    MC_NOTICE_EXEMPTION_ENDED,
    MC_NOTICE_DEVICE_REMOVED,
    MC_NOTICE_API_PASSWORD_REMOVED,
    MC_NOTICE_RECOVERY_REMOVED,
    MC_NOTICE_RESET, // parameter: the address known before, which may be vouched for no longer
    MC_NOTICE_SIGNED_OUT,
    MC_NOTICE_REQUIRE_CHANGED, // parameter: the new rule, or "none"
    MC_NOTICE_ALLOWED_CHANGED, // parameter: the methods, or "none"
    MC_NOTICE_INVITED,
    MC_NOTICE_INVITATION_WITHDRAWN,
    MC_NOTICE_ONE_TIME_PASSWORD,
    MC_NOTICE_HELP_CLOSED,
    // reminders (remind.h), which tell of no change
    MC_NOTICE_PASSWORD_OLD,
    MC_NOTICE_API_PASSWORD_OLD,
    MC_NOTICE_API_PASSWORD_ENDS,
    MC_NOTICE_INVITATION_ENDS,
    // also by hosts
    MC_NOTICE_WRONG_CODES, // several wrong codes after the right password
    MC_NOTICE_DISABLED,    // so many that no code is taken any more
    MC_NOTICE_EVENT_COUNT
};

// Of a place that a host tells, anything else is refused: it becomes part of a message.
#define MC_NOTICE_SOURCE_MAX 63 // characters
#define MC_NOTICE_SOURCE_LETTERS                                                                   \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-_%?"

struct mc_notice {
    enum mc_notice_event event;
    mc_time when;
    const char *source;    // address it was done from
    const char *parameter; // "" where the event has none
};

// The value to add in the modify that makes the change.
enum mc_result mc_notice_write(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_notice *notice, struct mc_buffer *value) MC_MUST_USE;

// Takes what waits, up to MC_NOTICES_AT_ONCE, for this process by giving it a lease, so that many
// changes are one message. MC_NOT_FOUND: nothing waits, or others have it. MC_BAD_DATA: nothing but
// what does not open. MC_THROTTLED: a message
// left a moment ago; the next may leave from `ret_from`, with what there is then. `values` gets
// what mc_notice_done takes; `jobs` gets the jobs (job.h) to send, each preceded by its size in
// decimal and a line break, the one to the person first.
#define MC_NOTICES_AT_ONCE 40
#define MC_NOTICE_GAP (20 * MC_SECOND)         // between messages to one person
#define MC_NOTICE_LIFE (48 * 3600 * MC_SECOND) // after which it is given up
enum mc_result mc_notice_claim(const struct mc_context *context, struct mc_account *account,
                               struct mc_buffer *values, struct mc_buffer *jobs,
                               mc_time *ret_from) MC_MUST_USE;

// Delivered, or given up: takes them out of the outbox.
enum mc_result mc_notice_done(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span values) MC_MUST_USE;

// Whether all of them have waited in vain for MC_NOTICE_LIFE.
bool mc_notice_is_too_old(const struct mc_context *context, struct mc_span values);

// Whether this entry's outbox holds anything.
bool mc_notice_waits(const struct mc_account *account);

#endif
