// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/rate.h"

#include <liboath/oath.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_SECONDS 30
#define SECRET_SIZE 20

static const char *confdir, *service;

void rate_pam_prepare(char **argv)
{
    confdir = argv[0];
    service = argv[1];
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
                    void *code)
{
    struct pam_response *made = calloc((size_t)count, sizeof *made);
    if (!made) {
        return PAM_BUF_ERR;
    }
    for (int i = 0; i < count; i++) {
        int style = messages[i]->msg_style;
        if (style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON) {
            made[i].resp = strdup(code);
        }
    }
    *responses = made;
    return PAM_SUCCESS;
}

static int sign_in(unsigned person, unsigned turn)
{
    char user[16], secret[SECRET_SIZE + 1], code[16];
    pam_handle_t *pamh = NULL;
    const struct pam_conv conversation = {converse, code};
    time_t step = time(NULL) - (time_t)(RATE_TURNS - 1 - turn) * STEP_SECONDS;
    snprintf(user, sizeof user, "u%07u", person);
    snprintf(secret, sizeof secret, "%020u", person);
    oath_totp_generate(secret, SECRET_SIZE, step, STEP_SECONDS, 0, 6, code);
    int result = pam_start_confdir(service, user, &conversation, confdir, &pamh);
    if (result == PAM_SUCCESS) {
        result = pam_authenticate(pamh, 0);
    }
    pam_end(pamh, result);
    return result;
}

void rate_pam_login(unsigned person, unsigned turn)
{
    int result = sign_in(person, turn);
    if (result == PAM_AUTH_ERR) {
        result = sign_in(person, turn); // the step may have ended on the way
    }
    if (result != PAM_SUCCESS) {
        fprintf(stderr, "person %u: PAM code %d\n", person, result);
        exit(1);
    }
}
