// SPDX-License-Identifier: Apache-2.0
// How sms_url, sms_header and sms_body are written: text with placeholders like %{to}. The list of
// names is closed, and what is put in their place is never read as a template again.
#ifndef MYCRED_COMMON_SMS_TEMPLATE_H
#define MYCRED_COMMON_SMS_TEMPLATE_H

#include "common/base.h"

// X(NAME, word, what it stands for)
#define MC_SMS_PLACEHOLDERS(X)                                                                     \
    X(TO, "to", "the number with its plus sign")                                                   \
    X(TO_DIGITS, "to_digits", "the number without the plus sign")                                  \
    X(TEXT, "text", "the text of the message")                                                     \
    X(CODING, "coding", "0 when the text fits the GSM 7-bit alphabet, else 2")                     \
    X(ID, "id", "the message's own id")                                                            \
    X(SERVICE, "service", "service_name")                                                          \
    X(USER, "user", "sms_user")                                                                    \
    X(PASSWORD, "password", "the content of sms_password_file")                                    \
    X(BASIC, "basic", "user:password in base64")

enum mc_sms_placeholder {
    MC_SMS_LITERAL, // not a placeholder: the piece is taken as it is
#define MC_SMS_PLACEHOLDER_ENUM(name, word, meaning) MC_SMS_##name,
    MC_SMS_PLACEHOLDERS(MC_SMS_PLACEHOLDER_ENUM)
#undef MC_SMS_PLACEHOLDER_ENUM
        MC_SMS_PLACEHOLDER_COUNT,
    MC_SMS_UNKNOWN // a name that is not in the list, or a "%{" that is never closed
};

#define MC_SMS_BIT(placeholder) (1u << (placeholder))
// Those that are credentials, and so have no place in a URL.
#define MC_SMS_CREDENTIALS                                                                         \
    (MC_SMS_BIT(MC_SMS_USER) | MC_SMS_BIT(MC_SMS_PASSWORD) | MC_SMS_BIT(MC_SMS_BASIC))

struct mc_sms_piece {
    enum mc_sms_placeholder what;
    struct mc_span text; // the literal, or the name as it was written
};

// Takes the next piece off the front of `rest`; false at the end.
bool mc_sms_piece_take(struct mc_span *rest, struct mc_sms_piece *ret_piece) MC_MUST_USE;

#endif
