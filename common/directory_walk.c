// SPDX-License-Identifier: Apache-2.0
#include "common/directory_private.h"

#include <stdlib.h>

#define FILTER_MAX 4096 // bytes
#define PAGE_SIZE 250   // entries

struct pages {
    struct mc_directory *directory;
    const char *filter;
    struct berval cookie; // libldap's memory
    bool cut;
};

static void pages_release(struct pages *pages)
{
    ber_memfree(pages->cookie.bv_val);
}

static int send_page(struct pages *pages, int *message)
{
    struct mc_directory *directory = pages->directory;
    LDAPControl *page = NULL;
    int code = ldap_create_page_control(directory->handle, PAGE_SIZE, &pages->cookie, 1, &page);
    if (code == LDAP_SUCCESS) {
        LDAPControl *controls[] = {page, NULL};
        directory->phase = "reading people";
        code = ldap_search_ext(directory->handle, directory->config->ldap_base, LDAP_SCOPE_SUBTREE,
                               pages->filter, directory->attributes, 0, controls, NULL, NULL, 0,
                               message);
    }
    ldap_control_free(page);
    return code;
}

// The cookie of the next page; none after the last one.
static void read_cookie(struct pages *pages, LDAPControl **controls)
{
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    ber_int_t estimate = 0;
    ber_memfree(pages->cookie.bv_val);
    pages->cookie = (struct berval){0, NULL};
    if (control && ldap_parse_pageresponse_control(pages->directory->handle, control, &estimate,
                                                   &pages->cookie) != LDAP_SUCCESS) {
        pages->cookie = (struct berval){0, NULL};
    }
}

static enum mc_result judge(struct pages *pages, LDAPMessage *answer)
{
    struct mc_directory *directory = pages->directory;
    LDAPControl **controls = NULL;
    int code = LDAP_OTHER;
    int parsed =
        ldap_parse_result(directory->handle, answer, &code, NULL, NULL, NULL, &controls, 0);
    read_cookie(pages, controls);
    ldap_controls_free(controls);
    code = parsed == LDAP_SUCCESS ? code : parsed;
    pages->cut = code == LDAP_SIZELIMIT_EXCEEDED;
    return code == LDAP_SUCCESS || pages->cut
               ? MC_OK
               : mc_directory_fail(directory, directory->handle, "ldap_search", code);
}

static enum mc_result read_page(struct pages *pages, struct mc_entries *ret_entries)
{
    struct mc_directory *directory = pages->directory;
    LDAPMessage *answer = NULL;
    int message = 0;
    int code = send_page(pages, &message);
    if (code != LDAP_SUCCESS) {
        enum mc_result lost = mc_directory_fail(directory, directory->handle, "ldap_lost", code);
        mc_directory_drop(directory);
        return lost;
    }
    enum mc_result result = mc_directory_wait(directory, directory->handle, message, &answer);
    if (result != MC_OK) {
        mc_directory_drop(directory);
        return result;
    }
    result = judge(pages, answer);
    if (result == MC_OK) {
        result = mc_directory_copy_entries(directory, answer, ret_entries);
    }
    ldap_msgfree(answer);
    return result;
}

static enum mc_result walk_pages(struct pages *pages, const struct mc_walk *walk)
{
    enum mc_result result = MC_OK;
    do {
        MC_CLEANUP(mc_entries_release) struct mc_entries entries = {0};
        LDAP *handle = pages->directory->handle;
        result = read_page(pages, &entries);
        for (size_t i = 0; result == MC_OK && i < entries.count; i++) {
            result = walk->see(walk->data, &entries.items[i]);
        }
        // a cookie is good on its own connection alone
        if (result == MC_OK && pages->cookie.bv_len && pages->directory->handle != handle) {
            result = MC_UNAVAILABLE;
        }
    } while (result == MC_OK && pages->cookie.bv_len && !pages->cut);
    return result;
}

enum mc_result mc_directory_walk(struct mc_directory *directory, const struct mc_walk *walk,
                                 bool *ret_cut)
{
    MC_AUTO_BUFFER struct mc_buffer filter;
    mc_buffer_init(&filter, FILTER_MAX);
    mc_buffer_format(&filter, "(&%s(%s=*)%s)", directory->config->ldap_person_filter,
                     directory->config->login_attribute, walk->filter);
    enum mc_result result = mc_buffer_result(&filter);
    if (result == MC_OK && directory->handle && mc_directory_is_stale(directory)) {
        mc_directory_drop(directory);
    }
    if (result == MC_OK) {
        result = mc_directory_connect(directory);
    }
    if (result != MC_OK) {
        return result;
    }
    MC_CLEANUP(pages_release)
    struct pages pages = {.directory = directory, .filter = mc_buffer_text(&filter)};
    result = walk_pages(&pages, walk);
    *ret_cut = pages.cut;
    return result;
}
