// SPDX-License-Identifier: Apache-2.0
#include "common/config_reader.h"

#include <stdlib.h>

#define ITEMS_MAX 256 // values in one option

struct slot {
    struct mc_config_reader *reader;
    const struct mc_option *option;
    void *place; // the option's member of struct mc_config
};

static bool take_word(struct mc_span *rest, struct mc_span *ret_word)
{
    const uint8_t *data = rest->data;
    size_t start = 0;
    while (start < rest->size && (data[start] == ' ' || data[start] == '\t')) {
        start++;
    }
    size_t end = start;
    while (end < rest->size && data[end] != ' ' && data[end] != '\t') {
        end++;
    }
    if (start == end) {
        return false;
    }
    *ret_word = (struct mc_span){data + start, end - start};
    *rest = (struct mc_span){data + end, rest->size - end};
    return true;
}

static enum mc_result store_text(const struct slot *slot, struct mc_span value)
{
    char **text = slot->place;
    free(*text);
    *text = mc_copy_text(value);
    return *text ? MC_OK : MC_NO_MEMORY;
}

static enum mc_result store_path(const struct slot *slot, struct mc_span value)
{
    if (value.size && value.data[0] != '/') {
        return mc_config_refuse(slot->reader, "'%s' must be an absolute path, not '%s'",
                                slot->option->name, mc_config_quoted(value).text);
    }
    return store_text(slot, value);
}

static enum mc_result add_item(const struct slot *slot, struct mc_span item)
{
    struct mc_texts *texts = slot->place;
    if (texts->count == ITEMS_MAX) {
        return mc_config_refuse(slot->reader, "'%s' holds more than %d values", slot->option->name,
                                ITEMS_MAX);
    }
    char **items = mc_allocate((texts->count + 1) * sizeof(*items));
    char *copy = mc_copy_text(item);
    if (!items || !copy) {
        free(items);
        free(copy);
        return MC_NO_MEMORY;
    }
    if (texts->count) {
        memcpy(items, texts->items, texts->count * sizeof(*items));
    }
    items[texts->count++] = copy;
    free(texts->items);
    texts->items = items;
    return MC_OK;
}

static enum mc_result store_words(const struct slot *slot, struct mc_span value)
{
    struct mc_span word;
    while (take_word(&value, &word)) {
        enum mc_result result = add_item(slot, word);
        if (result != MC_OK) {
            return result;
        }
    }
    return MC_OK;
}

static enum mc_result store_line(const struct slot *slot, struct mc_span value)
{
    return value.size ? add_item(slot, value) : MC_OK;
}

static enum mc_result store_bool(const struct slot *slot, struct mc_span value)
{
    bool *place = slot->place;
    *place = mc_span_equals(value, "yes");
    if (!*place && !mc_span_equals(value, "no")) {
        return mc_config_refuse(slot->reader, "'%s' must be yes or no, not '%s'",
                                slot->option->name, mc_config_quoted(value).text);
    }
    return MC_OK;
}

// Takes the digits off the front of `value`. False when there are none or too many for any option.
static bool take_number(struct mc_span *value, int64_t *ret_number)
{
    int64_t number = 0;
    size_t digits = 0;
    while (digits < value->size && value->data[digits] >= '0' && value->data[digits] <= '9') {
        number = number * 10 + (value->data[digits] - '0');
        digits++;
        if (digits > 12) {
            return false;
        }
    }
    *value = (struct mc_span){value->data + digits, value->size - digits};
    *ret_number = number;
    return digits > 0;
}

static enum mc_result store_number(const struct slot *slot, struct mc_span value)
{
    const struct mc_option *option = slot->option;
    struct mc_span rest = value;
    int64_t number = 0;
    if (!take_number(&rest, &number) || rest.size || number < option->minimum ||
        number > option->maximum) {
        return mc_config_refuse(slot->reader, "'%s' must be a number from %lld to %lld, not '%s'",
                                option->name, (long long)option->minimum,
                                (long long)option->maximum, mc_config_quoted(value).text);
    }
    *(int64_t *)slot->place = number;
    return MC_OK;
}

static const struct {
    const char *unit;
    int64_t seconds;
} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

static bool parse_duration(struct mc_span value, int64_t *ret_seconds)
{
    int64_t number = 0;
    if (!take_number(&value, &number)) {
        return false;
    }
    for (size_t i = 0; i < MC_COUNT(units); i++) {
        if (mc_span_equals(value, units[i].unit)) {
            *ret_seconds = number * units[i].seconds;
            return true;
        }
    }
    return false;
}

static enum mc_result store_duration(const struct slot *slot, struct mc_span value)
{
    const struct mc_option *option = slot->option;
    int64_t seconds = 0;
    if (!parse_duration(value, &seconds) || seconds < option->minimum ||
        seconds > option->maximum) {
        return mc_config_refuse(
            slot->reader,
            "'%s' must be a time from %lld to %lld seconds, like 90, 90s, 5m, 8h or 7d, "
            "not '%s'",
            option->name, (long long)option->minimum, (long long)option->maximum,
            mc_config_quoted(value).text);
    }
    *(int64_t *)slot->place = seconds;
    return MC_OK;
}

static enum mc_result store_choice(const struct slot *slot, struct mc_span value)
{
    struct mc_span rest = mc_span_of(slot->option->choices);
    struct mc_span word;
    for (int position = 1; take_word(&rest, &word); position++) {
        if (word.size == value.size && memcmp(word.data, value.data, word.size) == 0) {
            *(int *)slot->place = position;
            return MC_OK;
        }
    }
    return mc_config_refuse(slot->reader, "'%s' must be one of: %s; not '%s'", slot->option->name,
                            slot->option->choices, mc_config_quoted(value).text);
}

static enum mc_result store_methods(const struct slot *slot, struct mc_span value)
{
    mc_method_set methods = 0;
    struct mc_span word;
    while (take_word(&value, &word)) {
        enum mc_method method = mc_method_parse(word);
        if (method == MC_METHOD_NONE) {
            return mc_config_refuse(slot->reader,
                                    "'%s' in '%s' is no method; there are totp, sms and email",
                                    mc_config_quoted(word).text, slot->option->name);
        }
        methods = (mc_method_set)(methods | MC_METHOD_BIT(method));
    }
    *(mc_method_set *)slot->place = methods;
    return MC_OK;
}

typedef enum mc_result store_function(const struct slot *slot, struct mc_span value);

static store_function *const store_functions[] = {
    [MC_OPTION_TEXT] = store_text,     [MC_OPTION_WORDS] = store_words,
    [MC_OPTION_LINES] = store_line,    [MC_OPTION_BOOL] = store_bool,
    [MC_OPTION_NUMBER] = store_number, [MC_OPTION_DURATION] = store_duration,
    [MC_OPTION_CHOICE] = store_choice, [MC_OPTION_METHODS] = store_methods,
    [MC_OPTION_PATH] = store_path,
};

static void *place_of(struct mc_config *config, const struct mc_option *option)
{
    return (char *)config + option->offset;
}

enum mc_result mc_option_store(struct mc_config_reader *reader, const struct mc_option *option,
                               struct mc_span value)
{
    struct slot slot = {reader, option, place_of(reader->config, option)};
    return store_functions[option->type](&slot, value);
}

static void release_texts(struct mc_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        free(texts->items[i]);
    }
    free(texts->items);
    *texts = (struct mc_texts){0};
}

void mc_option_release(struct mc_config *config, const struct mc_option *option)
{
    void *place = place_of(config, option);
    switch (option->type) {
    case MC_OPTION_TEXT:
    case MC_OPTION_PATH:
        mc_free_pointer(place);
        return;
    case MC_OPTION_WORDS:
    case MC_OPTION_LINES:
        release_texts(place);
        return;
    case MC_OPTION_BOOL:
    case MC_OPTION_NUMBER:
    case MC_OPTION_DURATION:
    case MC_OPTION_CHOICE:
    case MC_OPTION_METHODS:
        return;
    }
}
