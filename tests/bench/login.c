// SPDX-License-Identifier: Apache-2.0
// One whole login: a process that authenticates one person by a PAM service of a private folder.
//
//   login CONFDIR SERVICE USER ANSWER...
//
// The answer "-" is a line of standard input, asked for by a line of standard output. Ends with 0
// on PAM_SUCCESS, else with PAM's code.
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct answers {
    char **next;
};

static char *next_answer(struct answers *answers)
{
    char line[64] = "";
    const char *answer = *answers->next++;
    if (strcmp(answer, "-") != 0) {
        return strdup(answer);
    }
    puts("?");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) {
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return strdup(line);
}

static int is_question(const struct pam_message *message)
{
    return message->msg_style == PAM_PROMPT_ECHO_OFF || message->msg_style == PAM_PROMPT_ECHO_ON;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **responses,
                    void *data)
{
    struct answers *answers = data;
    struct pam_response *made = calloc((size_t)count, sizeof *made);
    if (!made) {
        return PAM_BUF_ERR;
    }
    for (int i = 0; i < count; i++) {
        if (is_question(messages[i]) && *answers->next) {
            made[i].resp = next_answer(answers);
        }
    }
    *responses = made;
    return PAM_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: login CONFDIR SERVICE USER ANSWER...\n");
        return 2;
    }
    struct answers answers = {argv + 4};
    const struct pam_conv conversation = {converse, &answers};
    pam_handle_t *pamh = NULL;
    int code = pam_start_confdir(argv[2], argv[3], &conversation, argv[1], &pamh);
    if (code == PAM_SUCCESS) {
        code = pam_authenticate(pamh, 0);
    }
    if (pamh) {
        (void)pam_end(pamh, code);
    }
    return code;
}
