// SPDX-License-Identifier: Apache-2.0
// Writes LDIF for slapadd: people who each have a virtual MFA device.
//
//   people COUNT BASE KEY_FILE PASSWORD_HASH
//
// Person n is u%07u; the secret of the device is the number as 20 decimal digits.
#include "common/device.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_UID_NUMBER 100000

static void write_device(const struct mc_context *context, unsigned number, const char *uuid)
{
    char secret[MC_DEVICE_SECRET_SIZE + 1];
    MC_AUTO_BUFFER struct mc_buffer value;
    mc_buffer_init(&value, 512);
    snprintf(secret, sizeof secret, "%020u", number);
    const struct mc_device device = {
        .id = 1,
        .algorithm = MC_SHA1,
        .digits = 6,
        .period = 30,
        .created = 1767225600 * MC_SECOND,
        .secret = {secret, MC_DEVICE_SECRET_SIZE},
        .label = mc_span_of("telephone"),
    };
    if (mc_device_write(context, uuid, &device, &value) != MC_OK) {
        exit(1);
    }
    printf("mycredTotp: %s\n", mc_buffer_text(&value));
}

static void write_person(const struct mc_context *context, unsigned number, char **argv)
{
    char uuid[40];
    snprintf(uuid, sizeof uuid, "%08x-0000-4000-8000-000000000000", number);
    printf("dn: uid=u%07u,ou=people,%s\n"
           "objectClass: inetOrgPerson\nobjectClass: posixAccount\nobjectClass: mycredAccount\n"
           "uid: u%07u\ncn: Person %u\nsn: %u\ndisplayName: Person %u\n"
           "uidNumber: %u\ngidNumber: 10000\nhomeDirectory: /home/u%07u\nloginShell: /bin/sh\n"
           "mail: u%07u@example.org\nmobile: +49151%07u\npreferredLanguage: en\n"
           "userPassword: %s\nentryUUID: %s\n"
           "mycredLoginMethod: totp\nmycredTotpUsed: 20260101000000Z\n",
           number, argv[2], number, number, number, number, FIRST_UID_NUMBER + number, number,
           number, number, argv[4], uuid);
    write_device(context, number, uuid);
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct mc_context context = {0};
    MC_CLEANUP(mc_keys_free_pointer) struct mc_keys *keys = NULL;
    MC_AUTO_BUFFER struct mc_buffer error;
    mc_buffer_init(&error, 1024);
    if (argc != 5) {
        fprintf(stderr, "usage: people COUNT BASE KEY_FILE PASSWORD_HASH\n");
        return 2;
    }
    if (mc_keys_load(argv[3], &error, &keys) != MC_OK) {
        fprintf(stderr, "%s\n", mc_buffer_text(&error));
        return 1;
    }
    context.keys = keys;
    unsigned count = (unsigned)strtoul(argv[1], NULL, 10);
    for (unsigned number = 1; number <= count; number++) {
        write_person(&context, number, argv);
    }
    return 0;
}
