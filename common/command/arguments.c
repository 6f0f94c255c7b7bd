// SPDX-License-Identifier: Apache-2.0
#include "common/command/command.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    char letter;
    const char *value; // NULL: a flag
    const char *meaning;
} options[] = {
#define MC_ARGUMENT_ROW(name, word, letter, value, meaning) {word, letter, value, meaning},
    MC_ARGUMENTS(MC_ARGUMENT_ROW)
#undef MC_ARGUMENT_ROW
};

static char flag_value[] = "";

// The words as they are taken.
struct reader {
    char **words;
    int count, next;
    bool no_options; // after --
    bool finished;   // by --help or --version
    const struct mc_command *command;
    struct mc_arguments arguments;
};

void mc_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fflush(stdout);
    (void)fputs("mycred: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

static const struct mc_command *find_command(const char *name)
{
    for (size_t i = 0; i < mc_command_count; i++) {
        if (strcmp(mc_commands[i].name, name) == 0) {
            return &mc_commands[i];
        }
    }
    return NULL;
}

// MC_ARGUMENT_COUNT when there is no such option. `value` is set to what follows = or the letter.
static size_t find_option(char *word, char **value)
{
    bool is_long = word[1] == '-';
    char *name = word + (is_long ? 2 : 1);
    size_t size = is_long ? strcspn(name, "=") : 1;
    *value = is_long ? (name[size] ? name + size + 1 : NULL) : (name[1] ? name + 1 : NULL);
    for (size_t i = 0; i < MC_COUNT(options); i++) {
        if (is_long ? strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0
                    : options[i].letter == name[0]) {
            return i;
        }
    }
    return MC_COUNT(options);
}

static bool store_option(struct reader *reader, size_t option, char *value)
{
    const char *name = options[option].name;
    if (!options[option].value) {
        if (value) {
            mc_complain("the option --%s takes no value.", name);
            return false;
        }
        value = flag_value;
    } else if (!value && reader->next < reader->count) {
        value = reader->words[reader->next++];
    }
    if (!value) {
        mc_complain("the option --%s needs a value: --%s %s.", name, name, options[option].value);
        return false;
    }
    if (reader->arguments.values[option]) {
        mc_complain("the option --%s is given twice; keep one.", name);
        return false;
    }
    reader->arguments.values[option] = value;
    return true;
}

static bool take_option(struct reader *reader, char *word)
{
    static const struct {
        const char *word, *command;
    } commands[] = {{"--help", "help"}, {"-h", "help"}, {"--version", "version"}};
    for (size_t i = 0; i < MC_COUNT(commands); i++) {
        if (strcmp(word, commands[i].word) == 0) {
            // `mycred enrol --help` is about enrol
            reader->arguments.operand = reader->command ? reader->command->name : NULL;
            reader->command = find_command(commands[i].command);
            reader->finished = true;
            return true;
        }
    }
    char *value = NULL;
    size_t option = find_option(word, &value);
    if (option == MC_COUNT(options)) {
        const char *command = reader->command ? reader->command->name : "COMMAND";
        mc_complain("'%s' is no option; 'mycred help %s' lists them.", word, command);
        return false;
    }
    return store_option(reader, option, value);
}

static bool take_plain(struct reader *reader, char *word)
{
    if (!reader->command) {
        reader->command = find_command(word);
        if (!reader->command) {
            mc_complain("'%s' is no command; 'mycred help' lists all.", word);
        }
        return reader->command != NULL;
    }
    const char **const places[] = {&reader->arguments.operand, &reader->arguments.second};
    for (size_t i = 0; i < MC_COUNT(places); i++) {
        if (reader->command->operands[i] && !*places[i]) {
            *places[i] = word;
            return true;
        }
    }
    mc_complain("'%s' is one word too many for 'mycred %s'; see 'mycred help %s'.", word,
                reader->command->name, reader->command->name);
    return false;
}

static bool is_complete(const struct reader *reader)
{
    const struct mc_command *command = reader->command;
    if (!command) {
        mc_complain("a command is missing; 'mycred help' lists all.");
        return false;
    }
    for (size_t i = 0; i < MC_COUNT(options); i++) {
        if (reader->arguments.values[i] && !(command->options & (uint64_t)1 << i)) {
            mc_complain("the option --%s has no meaning for 'mycred %s'; see 'mycred help %s'.",
                        options[i].name, command->name, command->name);
            return false;
        }
    }
    const char *const given[] = {reader->arguments.operand, reader->arguments.second};
    for (size_t i = 0; i < command->required; i++) {
        if (!given[i]) {
            mc_complain("'mycred %s' needs %s; see 'mycred help %s'.", command->name,
                        command->operands[i], command->name);
            return false;
        }
    }
    return true;
}

bool mc_arguments_read(int count, char **words, const struct mc_command **ret_command,
                       struct mc_arguments *ret_arguments)
{
    struct reader reader = {.words = words, .count = count, .next = 1};
    while (reader.next < count && !reader.finished) {
        char *word = words[reader.next++];
        bool is_option = !reader.no_options && word[0] == '-' && word[1];
        bool taken = true;
        if (is_option && strcmp(word, "--") == 0) {
            reader.no_options = true;
        } else {
            taken = is_option ? take_option(&reader, word) : take_plain(&reader, word);
        }
        if (!taken) {
            return false;
        }
    }
    if (!reader.finished && !is_complete(&reader)) {
        return false;
    }
    *ret_command = reader.command;
    *ret_arguments = reader.arguments;
    return true;
}

void mc_arguments_print(uint64_t mask)
{
    for (size_t i = 0; i < MC_COUNT(options); i++) {
        char letter[8] = "    ", name[64];
        if (!(mask & (uint64_t)1 << i)) {
            continue;
        }
        if (options[i].letter) {
            (void)snprintf(letter, sizeof letter, "-%c, ", options[i].letter);
        }
        (void)snprintf(name, sizeof name, "--%s %s", options[i].name,
                       options[i].value ? options[i].value : "");
        (void)printf("  %s%-24s %s\n", letter, name, options[i].meaning);
    }
}
