// SPDX-License-Identifier: Apache-2.0
// Everything people read, in their own language. English is in the code; other languages are
// gettext catalogues in common/po, compiled into the program. No locale of the process is used or
// changed.
#ifndef MYCRED_COMMON_MESSAGE_H
#define MYCRED_COMMON_MESSAGE_H

#include "common/buffer.h"
#include "common/config.h"

enum mc_language { MC_ENGLISH, MC_CHINESE_SIMPLIFIED, MC_LANGUAGE_COUNT };

// The best of what `preferred` asks for (RFC 2798 preferredLanguage: an Accept-Language value such
// as "zh-CN, en;q=0.5"); `fallback` (a single tag) where it names none we have.
enum mc_language mc_language_choose(const char *preferred, const char *fallback);

// Whether there is a catalogue for this tag.
bool mc_language_is_known(const char *tag);

// The translation of a text; the text itself when there is none. xgettext keywords: mc_text,
// mc_text_n:2,3, N_.
const char *mc_text(enum mc_language language, const char *english)
    __attribute__((format_arg(2), returns_nonnull));

// The same with a number that decides the plural form.
const char *mc_text_n(enum mc_language language, const char *one, const char *many,
                      unsigned long number)
    __attribute__((format_arg(2), format_arg(3), returns_nonnull));

#define N_(text) text // marks a text in a table for translation

// "7 days", "5 minutes", "30 seconds": a duration for people, rounded up.
void mc_text_duration(enum mc_language language, int64_t seconds, struct mc_buffer *out);

// What a code is for.
enum mc_code_use {
    MC_CODE_LOGIN,
    MC_CODE_CHANGE,  // of a credential, by who is signed in
    MC_CODE_ADDRESS, // to an address that may be somebody else's
    MC_CODE_RESET    // of a forgotten password, asked for by anybody
};

// The message that carries a code: text for the channel, and a subject for e-mail.
struct mc_code_message {
    enum mc_language language;
    enum mc_method channel;
    const char *code;
    int64_t life; // seconds
    enum mc_code_use use;
};
enum mc_result mc_message_code(const struct mc_config *config,
                               const struct mc_code_message *message, struct mc_buffer *subject,
                               struct mc_buffer *text) MC_MUST_USE;

// The mail that carries an invitation's link (invite.h).
struct mc_invite_message {
    enum mc_language language;
    const char *link;
    int64_t life; // seconds
};
enum mc_result mc_message_invite(const struct mc_config *config,
                                 const struct mc_invite_message *message, struct mc_buffer *subject,
                                 struct mc_buffer *text) MC_MUST_USE;

#endif
