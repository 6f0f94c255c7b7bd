// SPDX-License-Identifier: Apache-2.0
#include "common/warning.h"

#include "common/notice.h"

#define SEVERAL 3
#define SOURCE_SIZE (MC_NOTICE_SOURCE_MAX + 1)

// Each wrong attempt has a rank of its own, so that of any number of parallel ones one warns.
static enum mc_warning warning_of(const struct mc_config *config, const struct mc_attempt *attempt)
{
    if (attempt->lost_race || !attempt->charge[0]) {
        return MC_WARNING_NONE;
    }
    return attempt->failures == (unsigned)config->failures_max ? MC_WARNING_DISABLED
           : attempt->failures == SEVERAL                      ? MC_WARNING_SEVERAL
                                                               : MC_WARNING_NONE;
}

// One word that may be an address, whatever PAM was told: it becomes part of a message.
static void copy_source(struct mc_span source, char word[SOURCE_SIZE])
{
    source = source.size ? source : mc_span_of("-");
    size_t size = source.size < SOURCE_SIZE ? source.size : SOURCE_SIZE - 1;
    for (size_t i = 0; i < size; i++) {
        char letter = (char)source.data[i];
        word[i] = letter && strchr(MC_NOTICE_SOURCE_LETTERS, letter) ? letter : '?';
    }
    word[size] = '\0';
}

enum mc_warning mc_warn_of_failures(const struct mc_context *context,
                                    const struct mc_account *account,
                                    const struct mc_attempt *attempt, struct mc_span source)
{
    enum mc_warning warning = warning_of(context->config, attempt);
    char from[SOURCE_SIZE];
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, 4096);
    if (warning == MC_WARNING_NONE) {
        return warning;
    }
    copy_source(source, from);
    const struct mc_notice notice = {
        .event = warning == MC_WARNING_DISABLED ? MC_NOTICE_DISABLED : MC_NOTICE_WRONG_CODES,
        .when = context->now(),
        .source = from,
        .parameter = ""};
    enum mc_result result = mc_notice_write(context, account, &notice, &value);
    if (result == MC_OK) {
        const struct mc_change change = {MC_CHANGE_ADD, "mycredNotice", mc_buffer_span(&value)};
        result = mc_directory_modify(context->directory, account->dn, &change, 1, NULL);
    }
    (void)result; // the refusal does not hang on it
    return warning;
}
