// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/password_rules.h"

#include "common/utf8.h"

#include <stdlib.h>

#define DISTINCT_MIN 4 // different bytes; with fewer it is a pattern
#define UNIT_MAX 4     // bytes that may not make a password by being repeated
#define OWN_WORD_MIN 3 // bytes; shorter words are in everything
#define OWN_REST_MIN 6 // bytes there must be besides one's own words
#define FLAT_MAX (4 * MC_PASSWORD_MAX)

// What is left of a text when letters are made small and signs dropped: "+49 151-2" and "491512"
// are the same to who guesses.
struct flat {
    char data[FLAT_MAX + 1];
    size_t size;
};

static char lower(uint8_t byte)
{
    return (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

static void flat_release(struct flat *flat)
{
    mc_wipe(flat, sizeof *flat);
}

static void flatten(struct mc_span text, struct flat *flat)
{
    flat->size = 0;
    for (size_t i = 0; i < text.size && flat->size < FLAT_MAX; i++) {
        char byte = lower(text.data[i]);
        if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || (byte & 0x80)) {
            flat->data[flat->size++] = byte;
        }
    }
    flat->data[flat->size] = '\0';
}

// Takes every occurrence of the word out.
static bool remove_word(struct flat *flat, const struct flat *word)
{
    bool found = false;
    char *at = flat->data;
    while ((at = strstr(at, word->data)) != NULL) {
        memmove(at, at + word->size, strlen(at + word->size) + 1);
        flat->size -= word->size;
        found = true;
    }
    return found;
}

// The longest first: an address may hold the login name.
static int longest_first(const void *one, const void *other)
{
    size_t a = ((const struct mc_span *)one)->size, b = ((const struct mc_span *)other)->size;
    return (a < b) - (a > b);
}

static bool is_own(const struct password_about *about, struct mc_span password)
{
    MC_CLEANUP(flat_release) struct flat rest;
    bool found = false;
    struct mc_span own[PASSWORD_OWN_MAX];
    memcpy(own, about->own, sizeof own);
    qsort(own, about->own_count, sizeof own[0], longest_first);
    flatten(password, &rest);
    for (size_t i = 0; i < about->own_count; i++) {
        struct flat word;
        flatten(own[i], &word);
        found = (word.size >= OWN_WORD_MIN && remove_word(&rest, &word)) || found;
    }
    return found && rest.size < OWN_REST_MIN;
}

static bool is_repetition(struct mc_span text, size_t unit)
{
    for (size_t i = unit; i < text.size; i++) {
        if (lower(text.data[i]) != lower(text.data[i - unit])) {
            return false;
        }
    }
    return true;
}

static bool is_sequence(struct mc_span text)
{
    int step = text.data[1] - text.data[0];
    for (size_t i = 2; i < text.size; i++) {
        if (text.data[i] - text.data[i - 1] != step) {
            return false;
        }
    }
    return step >= -1 && step <= 1;
}

static size_t distinct(struct mc_span text)
{
    bool seen[256] = {false};
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += !seen[text.data[i]];
        seen[text.data[i]] = true;
    }
    return count;
}

static bool is_pattern(struct mc_span text)
{
    if (text.size < 2 || distinct(text) < DISTINCT_MIN || is_sequence(text)) {
        return true;
    }
    for (size_t unit = 1; unit <= text.size / 2; unit++) {
        const struct mc_span first = {text.data, unit};
        if (text.size % unit == 0 && is_repetition(text, unit) &&
            (unit <= UNIT_MAX || password_is_common(first))) {
            return true;
        }
    }
    return false;
}

// Why it could not be prepared.
static unsigned judge_form(struct mc_span typed)
{
    size_t count = 0;
    uint32_t rune = 0;
    while (mc_utf8_take(&typed, &rune)) {
        count++;
    }
    return typed.size == 0 && count > MC_PASSWORD_MAX ? PASSWORD_BIT(PASSWORD_LONG)
                                                      : PASSWORD_BIT(PASSWORD_CHARACTERS);
}

enum mc_result password_rules_check(const struct password_about *about, struct mc_span typed,
                                    unsigned *ret_unmet)
{
    MC_AUTO_SECRET struct mc_secret password = {0};
    size_t count = 0;
    bool breached = false;
    enum mc_result result = mc_password_prepare(typed, &password, &count);
    if (result == MC_MALFORMED) {
        *ret_unmet = typed.size ? judge_form(typed) : PASSWORD_BIT(PASSWORD_SHORT);
        return MC_OK;
    }
    if (result == MC_OK && about->breached_file[0]) {
        result = password_is_breached(about->breached_file, mc_secret_span(&password), &breached);
    }
    if (result != MC_OK) {
        return result;
    }
    struct mc_span text = mc_secret_span(&password);
    unsigned unmet = count < about->minimum ? PASSWORD_BIT(PASSWORD_SHORT) : 0;
    unmet |= password_is_common(text) || is_pattern(text) ? PASSWORD_BIT(PASSWORD_COMMON) : 0;
    unmet |= is_own(about, text) ? PASSWORD_BIT(PASSWORD_OWN) : 0;
    unmet |= breached ? PASSWORD_BIT(PASSWORD_BREACHED) : 0;
    *ret_unmet = unmet;
    return MC_OK;
}
