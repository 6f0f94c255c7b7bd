// SPDX-License-Identifier: Apache-2.0
// What is told of one person in lists: a table of columns, and the forms they are written in. Never
// a secret.
#ifndef MYCRED_COMMON_COMMAND_RECORD_H
#define MYCRED_COMMON_COMMAND_RECORD_H

#include "common/account.h"
#include "common/reseal.h"

struct mc_record {
    const struct mc_context *context;
    const struct mc_account *account;
    const struct mc_rules *rules; // NULL: a value that decides about access is damaged
    struct mc_sealed_count sealed;
};

void mc_record_init(struct mc_record *record, const struct mc_context *context,
                    const struct mc_account *account, const struct mc_rules *rules);

bool mc_record_is_bare(const struct mc_record *record);
bool mc_record_has_old_password(const struct mc_record *record);
bool mc_record_has_old_key(const struct mc_record *record);

// One object without a line's end; and the same as one line of CSV, with the line of names before
// the first.
void mc_record_write_json(const struct mc_record *record, struct mc_buffer *out);
void mc_record_write_csv_names(struct mc_buffer *out);
void mc_record_write_csv(const struct mc_record *record, struct mc_buffer *out);

#endif
