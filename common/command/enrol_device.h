// SPDX-License-Identifier: Apache-2.0
// The device of `mycred enrol`: what the options say of it, and how it is shown.
#ifndef MYCRED_COMMON_COMMAND_ENROL_DEVICE_H
#define MYCRED_COMMON_COMMAND_ENROL_DEVICE_H

#include "common/command/command.h"
#include "common/device.h"

// A device by the options, with a new secret or the imported one. Complains where an option is
// wrong. The label points into the arguments; an imported secret is wiped there.
enum mc_exit mc_enrol_read_device(const struct mc_arguments *arguments,
                                  struct mc_device *ret_device);

// Shows QR code, secret and URI of a new device.
enum mc_result mc_enrol_show_device(const struct mc_config *config, const struct mc_device *device,
                                    struct mc_span account) MC_MUST_USE;

#endif
