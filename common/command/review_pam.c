// SPDX-License-Identifier: Apache-2.0
// The stacks of PAM that name the module: whether a login can pass without it, or never reaches it.
#include "common/command/review.h"

#include "common/command/pam_stack.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static const char module[] = "pam_mycred.so";
static const char *const password_modules[] = {"pam_unix.so", "pam_sss.so",     "pam_ldap.so",
                                               "pam_krb5.so", "pam_winbind.so", "pam_pwdb.so"};

// One service under review.
struct service {
    struct mc_review *review;
    const char *folder, *name;
    struct mc_pam_stack stack;
    size_t at; // of the module's first line of auth; stack.count: none
};

static bool is_password(const struct mc_pam_line *line)
{
    bool found = false;
    for (size_t i = 0; i < MC_COUNT(password_modules); i++) {
        found = found || mc_pam_line_is(line, "auth", password_modules[i]);
    }
    return found;
}

static bool checks_password(const struct mc_pam_line *line)
{
    return mc_pam_line_has(line, "first_factor") || mc_pam_line_has(line, "api_password");
}

static size_t count_of(const struct service *service, const char *type)
{
    size_t count = 0;
    for (size_t i = 0; i < service->stack.count; i++) {
        count += mc_pam_line_is(&service->stack.lines[i], type, module);
    }
    return count;
}

// Whether a success on line `from` leads past every line of the module.
static bool leads_past(const struct service *service, size_t from)
{
    const struct mc_pam_stack *stack = &service->stack;
    int skips = mc_pam_line_skips(&stack->lines[from]);
    bool ahead = false, reached = false;
    for (size_t i = from + 1; i < stack->count; i++) {
        if (strcmp(stack->lines[i].type, "auth") != 0) {
            continue;
        }
        bool own = mc_pam_line_is(&stack->lines[i], "auth", module);
        ahead = ahead || own;
        reached = reached || (own && skips == 0);
        skips -= skips > 0;
    }
    return ahead && !reached;
}

static void check_bypass(struct service *service)
{
    for (size_t i = 0; i < service->stack.count; i++) {
        const struct mc_pam_line *line = &service->stack.lines[i];
        if (is_password(line) && mc_pam_line_skips(line) && leads_past(service, i)) {
            mc_review_error(service->review,
                            "Write requisite instead, as in pam_mycred(8), or jump to the line of "
                            "pam_mycred.so.",
                            "%s/%s: after the right password, '%s %s' leads past pam_mycred.so, so "
                            "no code is asked for",
                            service->folder, service->name, line->control, line->module);
        }
    }
}

static void check_control(struct service *service)
{
    static const char *const harmful[] = {"sufficient", "optional"};
    const struct mc_pam_line *line = &service->stack.lines[service->at];
    for (size_t i = 0; i < MC_COUNT(harmful); i++) {
        if (strcmp(line->control, harmful[i]) == 0) {
            mc_review_error(service->review,
                            "Write [success=ok default=die], or another control of pam_mycred(8).",
                            "%s/%s: with '%s' a login goes on after pam_mycred.so refused it",
                            service->folder, service->name, harmful[i]);
        }
    }
    if (strstr(line->control, "default=ignore") && !mc_pam_line_has(line, "decoy")) {
        mc_review_error(service->review, "Write default=die instead of default=ignore.",
                        "%s/%s: with '%s' a login goes on after pam_mycred.so refused it",
                        service->folder, service->name, line->control);
    }
}

static void check_order(struct service *service)
{
    const struct mc_pam_line *own = &service->stack.lines[service->at];
    bool before = checks_password(own), after = false;
    for (size_t i = 0; i < service->stack.count; i++) {
        before = before || (i < service->at && is_password(&service->stack.lines[i]));
        after = after || (i > service->at && is_password(&service->stack.lines[i]));
    }
    if (after && !before) {
        mc_review_error(service->review,
                        "Put the line of pam_mycred.so behind that of the password.",
                        "%s/%s: the code is asked for, and sent, before the password is checked",
                        service->folder, service->name);
    }
}

static void check_first_password(struct service *service)
{
    for (size_t i = 0; i < service->stack.count; i++) {
        const struct mc_pam_line *line = &service->stack.lines[i];
        bool own = mc_pam_line_is(line, "auth", module) && checks_password(line);
        if (!is_password(line) && !own) {
            continue;
        }
        if (mc_pam_line_has(line, "use_first_pass")) {
            mc_review_error(service->review, "Take use_first_pass out of that line.",
                            "%s/%s: '%s use_first_pass' is the first to need a password, and asks "
                            "for none",
                            service->folder, service->name, line->module);
        }
        return;
    }
}

static void check_nullok(struct service *service)
{
    const struct mc_pam_line *line = &service->stack.lines[service->at];
    bool takes_ignored = strstr(line->control, "ignore=ignore") != NULL;
    bool nullok = mc_pam_line_has(line, "nullok");
    if (nullok && !takes_ignored && line->control[0] == '[' && strstr(line->control, "die")) {
        mc_review_error(service->review,
                        "Write [success=ok ignore=ignore default=die], as in pam_mycred(8).",
                        "%s/%s: nullok lets people without login verification in, but '%s' does "
                        "not",
                        service->folder, service->name, line->control);
    }
}

// Debian keeps accounts in a file of their own.
static size_t count_accounts(const struct service *service)
{
    MC_AUTO_FREE struct mc_pam_stack *other = NULL;
    size_t count = count_of(service, "account");
    if (strcmp(service->name, "common-auth") == 0) {
        other = mc_allocate(sizeof *other);
        if (other && mc_pam_stack_read(service->folder, "common-account", other)) {
            for (size_t i = 0; i < other->count; i++) {
                count += mc_pam_line_is(&other->lines[i], "account", module);
            }
        }
    }
    return count;
}

static void check_account(struct service *service)
{
    if (count_accounts(service) == 0) {
        mc_review_error(service->review,
                        "Add 'account required pam_mycred.so'; pam_mycred(8) has whole stacks.",
                        "%s/%s: no line of account names pam_mycred.so, so who is locked gets in "
                        "by a public key",
                        service->folder, service->name);
    }
}

static void (*const checks[])(struct service *) = {
    check_control, check_bypass, check_order, check_first_password, check_nullok, check_account};

static void check_service(struct mc_review *review, const char *folder, const char *name)
{
    MC_AUTO_FREE struct service *service = mc_allocate(sizeof *service);
    if (!service) {
        return;
    }
    *service = (struct service){.review = review, .folder = folder, .name = name};
    if (!mc_pam_stack_read(folder, name, &service->stack)) {
        return;
    }
    while (service->at < service->stack.count &&
           !mc_pam_line_is(&service->stack.lines[service->at], "auth", module)) {
        service->at++;
    }
    for (size_t i = 0; service->at < service->stack.count && i < MC_COUNT(checks); i++) {
        checks[i](service);
    }
}

// A file of a package manager, or an editor's copy, is no service.
static int is_service(const struct dirent *file)
{
    return file->d_name[0] != '.' && !strchr(file->d_name, '~') &&
           !strstr(file->d_name, ".dpkg-") && !strstr(file->d_name, ".rpm") &&
           strncmp(file->d_name, "common-account", 14) != 0;
}

void mc_review_pam(struct mc_review *review)
{
    const char *given = review->arguments->values[MC_ARGUMENT_PAM_DIR];
    const char *path = given ? given : MC_SYSCONFDIR "/pam.d";
    struct dirent **files = NULL;
    int count = scandir(path, &files, is_service, alphasort);
    if (given && count < 0) {
        mc_review_error(review, "Correct the option --pam-dir.", "%s cannot be read", path);
    }
    for (int i = 0; i < count; i++) {
        if (mc_review_names_module(path, files[i]->d_name)) {
            check_service(review, path, files[i]->d_name);
        }
        free(files[i]);
    }
    free(files);
}
