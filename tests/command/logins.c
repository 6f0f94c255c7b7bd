// SPDX-License-Identifier: Apache-2.0
// Logins at a steady rate:
//
//   logins CONF RATE   reads `USER totp` and `USER CODE` lines (a recovery code), one login each
//
// Prints `USER KIND RESULT` for each. `totp` makes the code itself, from the device as it is
// stored.
#include "common/attempt.h"
#include "common/device.h"
#include "common/process.h"
#include "common/recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct door {
    struct mc_config *config;
    struct mc_keys *keys;
    struct mc_directory *directory;
    struct mc_context context;
};

static void open_door(const char *conf, struct door *door)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 4096);
    if (mc_config_load(conf, &error, &door->config) != MC_OK ||
        mc_keys_load(door->config->login_key_file, &error, &door->keys) != MC_OK ||
        mc_directory_new(door->config, &error, &door->directory) != MC_OK) {
        fprintf(stderr, "%s\n", mc_buffer_text(&error));
        exit(2);
    }
    door->context = (struct mc_context){
        .config = door->config, .keys = door->keys, .directory = door->directory, .now = mc_now};
}

static enum mc_result by_device(const struct door *door, struct mc_account *account)
{
    MC_CLEANUP(mc_device_release) struct mc_device device = {0};
    MC_AUTO_SECRET struct mc_secret code = {0};
    struct mc_attempt attempt = {0};
    enum mc_result result =
        account->devices.count
            ? mc_device_open(&door->context, account->uuid, account->devices.items[0], &device)
            : MC_NO_METHOD;
    if (result == MC_OK) {
        result = mc_device_code(&device, mc_now(), &code);
    }
    return result == MC_OK
               ? mc_attempt_totp(&door->context, account, mc_secret_span(&code), &attempt)
               : result;
}

static enum mc_result sign_in(const struct door *door, const char *user, const char *code)
{
    MC_CLEANUP(mc_account_release) struct mc_account account = {0};
    struct mc_attempt attempt = {0};
    mc_directory_set_deadline(door->directory, 60000);
    enum mc_result result = mc_account_find(&door->context, mc_span_of(user), &account);
    if (result != MC_OK) {
        return result;
    }
    return strcmp(code, "totp") == 0
               ? by_device(door, &account)
               : mc_attempt_recovery(&door->context, &account, mc_span_of(code), &attempt);
}

int main(int argc, char **argv)
{
    struct door door = {0};
    char user[64], code[64];
    if (argc != 3 || mc_process_prepare(MC_PROCESS_HELPER) != MC_OK) {
        return 2;
    }
    const struct timespec pause = {.tv_nsec = 1000000000 / atoi(argv[2])};
    open_door(argv[1], &door);
    while (scanf("%63s %63s", user, code) == 2) {
        enum mc_result result = sign_in(&door, user, code);
        printf("%s %s %s\n", user, strcmp(code, "totp") == 0 ? code : "recovery",
               mc_result_word(result));
        fflush(stdout);
        nanosleep(&pause, NULL);
    }
    mc_directory_free(door.directory);
    mc_keys_free(door.keys);
    mc_config_free(door.config);
    return 0;
}
