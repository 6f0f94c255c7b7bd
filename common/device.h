// SPDX-License-Identifier: Apache-2.0
// Virtual MFA devices: TOTP, RFC 6238, by liboath. Stored as
//   mycredTotp: <id> <algorithm>/<digits>/<period> <created> <sealed secret> <label>
// e.g. `1 sha1/6/30 20261121201533Z k1:... phone of Alice`.
#ifndef MYCRED_COMMON_DEVICE_H
#define MYCRED_COMMON_DEVICE_H

#include "common/account.h"

#define MC_DEVICE_SECRET_MIN 16  // bytes, for imported ones; RFC 4226 R6
#define MC_DEVICE_SECRET_SIZE 20 // bytes, for new ones
#define MC_DEVICE_SECRET_MAX 64
#define MC_DEVICE_LABEL_MAX 64 // bytes

enum mc_algorithm { MC_SHA1 = 1, MC_SHA256, MC_SHA512 };

struct mc_device {
    unsigned id;
    enum mc_algorithm algorithm;
    unsigned digits; // 6 to 8
    unsigned period; // seconds, 15 to 120
    mc_time created;
    struct mc_secret secret; // raw bytes
    struct mc_span label;    // into the stored value
};

void mc_device_release(struct mc_device *device);

// Reads and unseals one value of an entry. MC_BAD_DATA when it is damaged or belongs to another
// entry.
enum mc_result mc_device_open(const struct mc_context *context, const char *entry_uuid,
                              struct mc_span value, struct mc_device *ret_device) MC_MUST_USE;

// The value to store for a device.
enum mc_result mc_device_write(const struct mc_context *context, const char *entry_uuid,
                               const struct mc_device *device, struct mc_buffer *out) MC_MUST_USE;

// The code of the step that holds `time`.
enum mc_result mc_device_code(const struct mc_device *device, mc_time time,
                              struct mc_secret *ret_code) MC_MUST_USE;

// Whether `code` is of the current step or of one of `earlier` steps before, beginning later than
// `after`. MC_OK with the start of the step; MC_WRONG. Every allowed step is compared, in constant
// time.
struct mc_step_window {
    mc_time now;
    unsigned earlier;
    mc_time after; // the newest step spent, or the last change of servers
};
enum mc_result mc_device_match(const struct mc_device *device, struct mc_span code,
                               const struct mc_step_window *window,
                               mc_time *ret_step_start) MC_MUST_USE;

#endif
