// SPDX-License-Identifier: Apache-2.0
// The directory's own time for what flows of the site need of it, as the site's identity: done for
// the person of each line of standard input, and a line says how many nanoseconds that took.
//
//   own sign-in URI BASE BIND_DN BIND_PASSWORD PASSWORD
//   own change-mobile URI BASE BIND_DN BIND_PASSWORD PASSWORD
//   own read URI BASE BIND_DN BIND_PASSWORD -
//
// A sign-in is a bind as the person on a connection of its own, an attempt charged, a step spent, a
// session added. A change of the mobile number is a search for each of the eight pages, and what
// they write: attempt, step, proof, session, code and sending time, attempt, code, and the change.
#include "tests/bench/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAGES 8

struct own {
    struct floor floor;
    const char *uri, *base, *password;
    char dn[256], session[160];
};

static long long nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// Unlike any other, and about as long as the site's.
static const char *value(char out[160], const char *words)
{
    snprintf(out, 160, "%s%lld k1:-----------------------------------------", words, nanoseconds());
    return out;
}

static void swap(struct own *own, const char *attribute, const char *old, const char *new)
{
    const struct floor_change changes[] = {{LDAP_MOD_DELETE, attribute, old},
                                           {LDAP_MOD_ADD, attribute, new}};
    floor_modify(&own->floor, own->dn, changes, 2);
}

static void add(struct own *own, const char *attribute, const char *new)
{
    const struct floor_change change = {LDAP_MOD_ADD, attribute, new};
    floor_modify(&own->floor, own->dn, &change, 1);
}

static void sign_in(struct own *own)
{
    char session[160];
    floor_bind(own->uri, own->dn, own->password);
    floor_charge(&own->floor, own->dn);
    floor_spend(&own->floor, own->dn, "20260101000000Z", "20260101000030Z");
    add(own, "mycredSession", value(session, "20260101000000Z 20260101000000Z - totp "));
}

static void change_mobile(struct own *own)
{
    char next[160], mark[160], code[160], mobile[32], verified[160], notice[160];
    snprintf(mobile, sizeof mobile, "+49%lld", nanoseconds() % 10000000000LL);
    for (unsigned page = 0; page < PAGES; page++) {
        floor_read(&own->floor, own->dn);
    }
    floor_charge(&own->floor, own->dn);
    floor_spend(&own->floor, own->dn, "20260101000000Z", "20260101000030Z");
    add(own, "mycredChallenge", value(mark, "proved/totp 20260101000000Z "));
    swap(own, "mycredSession", own->session,
         value(next, "20260101000000Z 20260101000030Z - totp "));
    const struct floor_change issue[] = {
        {LDAP_MOD_ADD, "mycredChallenge", value(code, "address/sms 20260101000000Z ")},
        {LDAP_MOD_REPLACE, "mycredSendTime", "20260101000000Z"}};
    floor_modify(&own->floor, own->dn, issue, 2);
    floor_charge(&own->floor, own->dn);
    const struct floor_change spend[] = {{LDAP_MOD_DELETE, "mycredChallenge", code},
                                         {LDAP_MOD_REPLACE, "mycredTotpFailure", NULL}};
    floor_modify(&own->floor, own->dn, spend, 2);
    const struct floor_change change[] = {
        {LDAP_MOD_DELETE, "mycredChallenge", mark},
        {LDAP_MOD_REPLACE, "mobile", mobile},
        {LDAP_MOD_REPLACE, "mycredVerified", value(verified, "mobile 20260101000000Z ")},
        {LDAP_MOD_REPLACE, "mycredNotice", value(notice, "mobile 20260101000000Z ")}};
    floor_modify(&own->floor, own->dn, change, 4);
}

static void read_entry(struct own *own)
{
    floor_read(&own->floor, own->dn);
}

static void begin_session(struct own *own)
{
    add(own, "mycredSession", value(own->session, "20260101000000Z 20260101000000Z - totp "));
}

static const struct kind {
    const char *name;
    void (*before)(struct own *own); // does not count
    void (*measured)(struct own *own);
} kinds[] = {{"sign-in", NULL, sign_in},
             {"change-mobile", begin_session, change_mobile},
             {"read", NULL, read_entry}};

int main(int argc, char **argv)
{
    const struct kind *kind = NULL;
    char line[64];
    for (unsigned i = 0; argc == 7 && i < sizeof kinds / sizeof kinds[0]; i++) {
        kind = strcmp(argv[1], kinds[i].name) == 0 ? &kinds[i] : kind;
    }
    if (!kind) {
        fprintf(stderr, "usage: own KIND URI BASE BIND_DN BIND_PASSWORD PASSWORD\n");
        return 2;
    }
    struct own own = {.uri = argv[2], .base = argv[3], .password = argv[6]};
    floor_connect_as(&own.floor, argv[2], argv[4], argv[5]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        snprintf(own.dn, sizeof own.dn, "uid=u%07d,ou=people,%s", atoi(line), own.base);
        if (kind->before) {
            kind->before(&own);
        }
        long long began = nanoseconds();
        kind->measured(&own);
        printf("%lld\n", nanoseconds() - began);
    }
    floor_disconnect(&own.floor);
    return 0;
}
