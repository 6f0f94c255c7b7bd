// SPDX-License-Identifier: Apache-2.0
// Inside the configuration parser: what its files share. Everybody else includes config.h.
#ifndef MYCRED_COMMON_CONFIG_READER_H
#define MYCRED_COMMON_CONFIG_READER_H

#include "common/config.h"

#define MC_CONFIG_VALUE_MAX 4096        // bytes in one value
#define MC_CONFIG_FILE_MAX (256 * 1024) // bytes in the file

struct mc_config_reader {
    const char *name; // of the file, for errors
    struct mc_buffer *error;
    struct mc_config *config;
    unsigned *lines; // by option: where it was set first, 0 where its preset stands
    unsigned line;   // being read
};

// Both write "file:line: sentence" and return MC_BAD_CONFIG. mc_config_refuse names the line being
// read, mc_config_refuse_option the one where that option was set (the file alone where it was
// not).
enum mc_result mc_config_refuse(struct mc_config_reader *reader, const char *format, ...)
    MC_PRINTF(2, 3) MC_MUST_USE;
enum mc_result mc_config_refuse_option(struct mc_config_reader *reader, const char *option,
                                       const char *format, ...) MC_PRINTF(3, 4) MC_MUST_USE;

// Text from outside as it may stand in an error: printable ASCII as it is, anything else escaped,
// long texts cut. Used within one expression: mc_config_quoted(value).text
struct mc_config_quoted {
    char text[96];
};
struct mc_config_quoted mc_config_quoted(struct mc_span text);

// NULL when there is no such option.
const struct mc_option *mc_option_find(struct mc_span name);

// The option whose name is nearest to the one written; NULL when none is near.
const struct mc_option *mc_option_suggest(struct mc_span name);

// Parses one value by the option's type and stores it. MC_BAD_CONFIG with `error` written;
// MC_NO_MEMORY.
enum mc_result mc_option_store(struct mc_config_reader *reader, const struct mc_option *option,
                               struct mc_span value) MC_MUST_USE;

// Frees what the option holds.
void mc_option_release(struct mc_config *config, const struct mc_option *option);

// What the value just stored must be beyond its type.
enum mc_result mc_config_check_value(struct mc_config_reader *reader,
                                     const struct mc_option *option) MC_MUST_USE;

// What options must be together, once all are stored.
enum mc_result mc_config_check(struct mc_config_reader *reader) MC_MUST_USE;

#endif
