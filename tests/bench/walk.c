// SPDX-License-Identifier: Apache-2.0
// Walks through whole flows of the site as a browser does, each over one connection that is kept:
// one for the person of each line of standard input, and a line says how many nanoseconds its
// requests took.
//
//   walk sign-in SITE PASSWORD
//   walk change-mobile SITE PASSWORD
//
// Where a code was sent it prints `to NUMBER` and reads the code; that time does not count. Person
// n is as people.c makes them; their watermark must be old.
#include "tests/bench/wire.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STEP_SECONDS 30
#define LEAST_LEFT 4 // seconds of the step in which a walk begins
#define SECRET_SIZE 20
#define TEXT_MAX 4096

struct walk {
    struct wire wire;
    const char *site, *password;
    char cookies[2][TEXT_MAX]; // "name=value" of visitor and session
    char token[TEXT_MAX], flow[TEXT_MAX];
    char location[TEXT_MAX];
    double taken; // seconds, of the requests alone
};

static void refuse(const struct walk *walk, const char *what)
{
    fprintf(stderr, "%s: status %d\n%.3000s\n", what, walk->wire.status, walk->wire.data);
    exit(1);
}

// What stands between a text and the next quotation mark or line end.
static bool cut(const char *from, const char *text, char *out)
{
    const char *start = from ? strstr(from, text) : NULL;
    if (!start) {
        return false;
    }
    start += strlen(text);
    size_t size = strcspn(start, "\";\r");
    snprintf(out, TEXT_MAX, "%.*s", (int)size, start);
    return true;
}

// The form's own token, not that of the menu, stands right before its flow.
static void read_form(struct walk *walk)
{
    const char *page = walk->wire.data;
    const char *form = strstr(page, "name=\"flow\""), *at = page;
    for (const char *next = page; next && (!form || next < form);
         next = strstr(next + 1, "name=\"token\"")) {
        at = next;
    }
    (void)cut(at, "name=\"token\" value=\"", walk->token);
    (void)cut(form, "name=\"flow\" value=\"", walk->flow);
}

static void read_answer(struct walk *walk)
{
    const char *page = walk->wire.data;
    (void)cut(page, "Set-Cookie: __Host-mycred-visitor=", walk->cookies[0]);
    (void)cut(page, "Set-Cookie: __Host-mycred=", walk->cookies[1]);
    const char *location = strstr(page, "\r\nLocation: ");
    walk->location[0] = '\0';
    if (location && cut(location, "://", walk->location)) {
        memmove(walk->location, strchr(walk->location, '/'),
                strlen(strchr(walk->location, '/')) + 1);
    }
    read_form(walk);
}

static void ask(struct walk *walk, const char *method, const char *path, const char *body,
                int status)
{
    char text[6 * TEXT_MAX];
    int size = snprintf(text, sizeof text,
                        "%s %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
                        "Cookie: __Host-mycred-visitor=%s; __Host-mycred=%s\r\n"
                        "Content-Type: application/x-www-form-urlencoded\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        method, path, walk->cookies[0], walk->cookies[1], strlen(body), body);
    double began = wire_now();
    wire_send(&walk->wire, text, (size_t)size);
    while (!wire_read(&walk->wire)) {
    }
    walk->taken += wire_now() - began;
    if (walk->wire.status != status) {
        refuse(walk, path);
    }
    read_answer(walk);
}

static void get(struct walk *walk, const char *path)
{
    char whole[2 * TEXT_MAX];
    snprintf(whole, sizeof whole, "%s%s", *path == '/' ? "" : walk->site, path);
    ask(walk, "GET", whole, "", 200);
}

// Sends the form of the page before and goes where that leads.
static void post(struct walk *walk, const char *path, const char *fields, bool follow)
{
    char whole[2 * TEXT_MAX], body[4 * TEXT_MAX];
    snprintf(whole, sizeof whole, "%s%s", walk->site, path);
    snprintf(body, sizeof body, "token=%s&flow=%s&%s", walk->token, walk->flow, fields);
    ask(walk, "POST", whole, body, 303);
    if (follow) {
        char next[TEXT_MAX];
        snprintf(next, sizeof next, "%s", walk->location);
        get(walk, next);
    }
}

static void code_field(unsigned person, int steps_ago, char fields[64])
{
    char secret[SECRET_SIZE + 1], code[16];
    snprintf(secret, sizeof secret, "%020u", person);
    oath_totp_generate(secret, SECRET_SIZE, time(NULL) - steps_ago * STEP_SECONDS, STEP_SECONDS, 0,
                       6, code);
    snprintf(fields, 64, "code=%s", code);
}

// With the code of `steps_ago`: a later step is left for more.
static void sign_in(struct walk *walk, unsigned person, int steps_ago)
{
    char fields[256];
    walk->cookies[0][0] = walk->cookies[1][0] = walk->flow[0] = '\0';
    walk->taken = 0;
    get(walk, "sign-in");
    snprintf(fields, sizeof fields, "to=&login=u%07u&password=%s", person, walk->password);
    post(walk, "sign-in", fields, true);
    code_field(person, steps_ago, fields);
    post(walk, "verify", fields, false);
    if (!walk->cookies[1][0]) {
        refuse(walk, "no session");
    }
}

static void change_mobile(struct walk *walk, unsigned person)
{
    char fields[256], code[64];
    sign_in(walk, person, 1);
    walk->taken = 0;
    get(walk, "mobile");
    post(walk, "mobile", "way=totp", true);
    code_field(person, 0, fields);
    post(walk, "mobile", fields, true);
    snprintf(fields, sizeof fields, "address=%%2B491601%06u", person);
    post(walk, "mobile", fields, true);
    printf("to +491601%06u\n", person);
    if (!fgets(code, sizeof code, stdin)) {
        exit(1);
    }
    code[strcspn(code, "\n")] = '\0';
    snprintf(fields, sizeof fields, "code=%s", code);
    post(walk, "mobile", fields, false);
}

int main(int argc, char **argv)
{
    static struct walk walk;
    struct wire_address address;
    char line[64];
    if (argc != 4) {
        fprintf(stderr, "usage: walk sign-in|change-mobile SITE PASSWORD\n");
        return 2;
    }
    wire_split(argv[2], &address);
    walk.site = address.path;
    walk.password = argv[3];
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        unsigned person = (unsigned)atoi(line);
        long left = STEP_SECONDS - time(NULL) % STEP_SECONDS;
        if (left < LEAST_LEFT) {
            sleep((unsigned)left);
        }
        wire_open(&walk.wire, &address);
        if (strcmp(argv[1], "sign-in") == 0) {
            sign_in(&walk, person, 0);
        } else {
            change_mobile(&walk, person);
        }
        wire_close(&walk.wire);
        printf("%.0f\n", walk.taken * 1e9);
    }
    return 0;
}
