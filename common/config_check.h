// SPDX-License-Identifier: Apache-2.0
// Inside the configuration parser: the tables of checks.
#ifndef MYCRED_COMMON_CONFIG_CHECK_H
#define MYCRED_COMMON_CONFIG_CHECK_H

#include "common/config_reader.h"

struct mc_value_check {
    const char *option;
    const char *(*complain)(
        const char *text); // "must be ...", or NULL when the text is fine; never given ""
    bool may_be_shown;     // values of the others may hold credentials
};

// Ends with an empty row.
extern const struct mc_value_check mc_delivery_value_checks[];

typedef enum mc_result mc_config_check_function(struct mc_config_reader *reader);
mc_config_check_function mc_config_check_sms MC_MUST_USE;
mc_config_check_function mc_config_check_smtp MC_MUST_USE;

#endif
