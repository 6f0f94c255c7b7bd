// SPDX-License-Identifier: Apache-2.0
// A module for tests: stands before or after ours, hands a password on, returns what it is told to,
// and shows what it finds.
//
//   pam_probe.so [authtok=TEXT] [oldauthtok=TEXT] [filler] [code=NUMBER] [show]
#include <security/pam_modules.h>

#include <security/pam_ext.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static void show(pam_handle_t *pamh, const char *name, int item)
{
    const void *value = NULL;
    (void)pam_get_item(pamh, item, &value);
    pam_syslog(pamh, LOG_INFO, "probe %s=%s", name, value ? (const char *)value : "-");
}

static int probe(pam_handle_t *pamh, int argc, const char **argv)
{
    int code = PAM_SUCCESS;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "authtok=", 8) == 0) {
            (void)pam_set_item(pamh, PAM_AUTHTOK, argv[i] + 8);
        } else if (strncmp(argv[i], "oldauthtok=", 11) == 0) {
            (void)pam_set_item(pamh, PAM_OLDAUTHTOK, argv[i] + 11);
        } else if (strcmp(argv[i], "filler") == 0) {
            (void)pam_set_item(pamh, PAM_AUTHTOK, "\b\n\r\177INCORRECT");
        } else if (strncmp(argv[i], "code=", 5) == 0) {
            code = atoi(argv[i] + 5);
        } else if (strcmp(argv[i], "show") == 0) {
            show(pamh, "authtok", PAM_AUTHTOK);
            show(pamh, "oldauthtok", PAM_OLDAUTHTOK);
        }
    }
    return code;
}

#define ENTRY(name)                                                                                \
    __attribute__((visibility("default"))) int name(pam_handle_t *pamh, int flags, int argc,       \
                                                    const char **argv)                             \
    {                                                                                              \
        (void)flags;                                                                               \
        return probe(pamh, argc, argv);                                                            \
    }

ENTRY(pam_sm_authenticate)
ENTRY(pam_sm_setcred)
ENTRY(pam_sm_acct_mgmt)
ENTRY(pam_sm_chauthtok)
