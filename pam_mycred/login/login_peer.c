// SPDX-License-Identifier: Apache-2.0
#include "common/field.h"
#include "pam_mycred/login/login.h"

#include <pwd.h>
#include <unistd.h>

#define PASSWD_MAX 16384 // bytes of one entry's texts

static bool has_uid(struct mc_span name, uid_t uid)
{
    char texts[PASSWD_MAX];
    struct passwd entry, *found = NULL;
    MC_AUTO_FREE char *copy = mc_copy_text(name);
    return copy && strlen(copy) == name.size &&
           getpwnam_r(copy, &entry, texts, sizeof texts, &found) == 0 && found &&
           found->pw_uid == uid;
}

// `trusted_uid = freeradius:freerad`: that service's own user, at the API door alone.
static bool is_trusted_door(const struct login *login, const struct wire_request *request,
                            uid_t peer)
{
    if (!(request->flags & WIRE_API_PASSWORD) || request->kind != WIRE_START) {
        return false;
    }
    for (size_t i = 0; i < login->config->trusted_uid.count; i++) {
        struct mc_span user = mc_span_of(login->config->trusted_uid.items[i]);
        struct mc_span service = mc_field_next(&user, ':');
        if (mc_secret_matches(service, request->service) && has_uid(user, peer)) {
            return true;
        }
    }
    return false;
}

bool login_peer_may(const struct login *login, const struct wire_request *request, uid_t peer)
{
    // root may ask about anybody; who runs a helper of their own may do there what they can do
    // anyway
    if (peer == 0 || (geteuid() != 0 && peer == geteuid())) {
        return true;
    }
    return has_uid(request->user, peer) || is_trusted_door(login, request, peer);
}
