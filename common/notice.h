// SPDX-License-Identifier: Apache-2.0
// Notices of changes: written into the person's entry in the same modify as the change, sent
// afterwards, deleted when delivered, so that a broken mail server delays notices and never loses
// one. Stored as
//   mycredNotice: <id> <created> <lease or -> <sealed event and parameters>
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
    MC_NOTICE_EVENT_COUNT
};

struct mc_notice {
    enum mc_notice_event event;
    mc_time when;
    const char *source;    // address it was done from
    const char *parameter; // "" where the event has none
};

// The value to add in the modify that makes the change.
enum mc_result mc_notice_write(const struct mc_context *context, const struct mc_account *account,
                               const struct mc_notice *notice, struct mc_buffer *value) MC_MUST_USE;

// Takes one waiting notice for this process by giving it a lease. MC_NOT_FOUND: none waits, or
// others have them. `ret_value` is the value with the lease, for mc_notice_done; `jobs` gets the
// jobs (job.h) to send, each preceded by its size in decimal and a line break.
enum mc_result mc_notice_claim(const struct mc_context *context, struct mc_account *account,
                               struct mc_buffer *ret_value, struct mc_buffer *jobs) MC_MUST_USE;

// Delivered: takes it out of the outbox.
enum mc_result mc_notice_done(const struct mc_context *context, const struct mc_account *account,
                              struct mc_span value) MC_MUST_USE;

#endif
