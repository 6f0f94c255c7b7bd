// SPDX-License-Identifier: Apache-2.0
// Binding a virtual MFA device and renewing recovery codes. Who calls must have made sure that the
// person, or an administrator, wants it; the directory's rules decide whether it may be written.
#ifndef MYCRED_COMMON_DEVICE_BIND_H
#define MYCRED_COMMON_DEVICE_BIND_H

#include "common/changes.h"
#include "common/device.h"
#include "common/recovery.h"

// The new codes as they are shown, once. Start from {0}.
struct mc_recovery_codes {
    struct mc_secret items[MC_RECOVERY_CODES];
};
void mc_recovery_codes_release(struct mc_recovery_codes *codes);

// A device with a new secret of 160 bits. Label, id and creation are for mc_device_bind and its
// caller.
enum mc_result mc_device_make(struct mc_device *ret_device) MC_MUST_USE;

// NULL, or why this cannot be a device's label: "must be ...".
const char *mc_device_label_complaint(struct mc_span label);

struct mc_binding {
    struct mc_device *device; // its id and time of creation are set by mc_device_bind
    mc_time proved;           // start of the step whose code the person gave; 0: none was asked
    bool choose;              // the device also becomes the person's method
    bool keep_codes;          // recovery codes that are there stay; `ret_codes` is then empty
    const struct mc_changes *also; // of the same modify: what allows it, who is told; or NULL
};

// One modify: class, device, ten new recovery codes in place of all old ones and, when a code was
// proved, that step as the newest one spent and an end to this factor's failures. Nothing is
// written on failure. MC_LOST_RACE: the entry changed since `account` was read. MC_BAD_DATA: what
// is stored now is damaged. `account` is not brought up to date.
enum mc_result mc_device_bind(const struct mc_context *context, const struct mc_account *account,
                              const struct mc_binding *binding,
                              struct mc_recovery_codes *ret_codes) MC_MUST_USE;

// Ten new recovery codes in place of all old ones. `also` as in a binding.
enum mc_result mc_recovery_renew(const struct mc_context *context, const struct mc_account *account,
                                 const struct mc_changes *also,
                                 struct mc_recovery_codes *ret_codes) MC_MUST_USE;

#endif
