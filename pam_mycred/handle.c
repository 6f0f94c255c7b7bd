// SPDX-License-Identifier: Apache-2.0
#include "pam_mycred/handle.h"

#include <stdlib.h>

#define VERIFIED "pam_mycred_verified"
#define CHANGE "pam_mycred_change"

struct verified {
    bool must_change;
    char *user;
};

static void free_verified(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    struct verified *verified = data;
    if (verified) {
        free(verified->user);
        free(verified);
    }
}

static void free_change(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    struct mc_change *change = data;
    if (change) {
        mc_secret_release(&change->password);
        mc_secret_release(&change->state);
        free(change->user);
        free(change);
    }
}

int mc_handle_set_verified(pam_handle_t *pamh, const char *user, bool must_change)
{
    struct verified *verified = mc_allocate(sizeof *verified);
    if (!verified) {
        return PAM_SYSTEM_ERR;
    }
    verified->must_change = must_change;
    verified->user = mc_copy_text(mc_span_of(user));
    if (!verified->user || pam_set_data(pamh, VERIFIED, verified, free_verified) != PAM_SUCCESS) {
        free_verified(pamh, verified, 0);
        return PAM_SYSTEM_ERR;
    }
    return PAM_SUCCESS;
}

bool mc_handle_is_verified(pam_handle_t *pamh, const char *user, bool *ret_must_change)
{
    const void *data = NULL;
    if (pam_get_data(pamh, VERIFIED, &data) != PAM_SUCCESS || !data) {
        return false;
    }
    const struct verified *verified = data;
    if (strcmp(verified->user, user) != 0) {
        return false;
    }
    *ret_must_change = verified->must_change;
    return true;
}

// pam_set_data frees what stood there, but cannot take the name away.
static int forget(pam_handle_t *pamh, const char *name)
{
    const void *data = NULL;
    if (pam_get_data(pamh, name, &data) != PAM_SUCCESS) {
        return PAM_SUCCESS;
    }
    return pam_set_data(pamh, name, NULL, NULL) == PAM_SUCCESS ? PAM_SUCCESS : PAM_SYSTEM_ERR;
}

int mc_handle_forget_verified(pam_handle_t *pamh)
{
    return forget(pamh, VERIFIED);
}

int mc_handle_set_change(pam_handle_t *pamh, struct mc_change *change)
{
    if (pam_set_data(pamh, CHANGE, change, free_change) != PAM_SUCCESS) {
        free_change(pamh, change, 0);
        return PAM_SYSTEM_ERR;
    }
    return PAM_SUCCESS;
}

struct mc_change *mc_handle_find_change(pam_handle_t *pamh, const char *user)
{
    const void *data = NULL;
    if (pam_get_data(pamh, CHANGE, &data) != PAM_SUCCESS || !data) {
        return NULL;
    }
    struct mc_change *change = (struct mc_change *)data;
    // short of memory the first pass may have left one without a name
    return change->user && strcmp(change->user, user) == 0 ? change : NULL;
}

int mc_handle_forget_change(pam_handle_t *pamh)
{
    return forget(pamh, CHANGE);
}
