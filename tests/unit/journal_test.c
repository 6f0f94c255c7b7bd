// SPDX-License-Identifier: Apache-2.0
// Built with --wrap=sendto: what the journal would get is kept.
#include "common/journal.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct {
    char entry[8192];
    int error;         // errno of a failing call; 0: none fails
    unsigned failures; // how many calls fail
    unsigned calls;
} journal;

ssize_t __wrap_sendto(int descriptor, const void *bytes, size_t size, int flags,
                      const struct sockaddr *address, socklen_t address_size);

ssize_t __wrap_sendto(int descriptor, const void *bytes, size_t size, int flags,
                      const struct sockaddr *address, socklen_t address_size)
{
    assert_true(descriptor >= 0);
    assert_int_equal(flags, MSG_DONTWAIT | MSG_NOSIGNAL);
    assert_int_equal(address_size, sizeof(struct sockaddr_un));
    assert_string_equal(((const struct sockaddr_un *)(const void *)address)->sun_path,
                        MC_JOURNAL_SOCKET);
    if (journal.calls++ < journal.failures) {
        errno = journal.error;
        return -1;
    }
    assert_true(size < sizeof journal.entry);
    memcpy(journal.entry, bytes, size);
    journal.entry[size] = '\0';
    return (ssize_t)size;
}

static int restore_journal(void **state)
{
    (void)state;
    memset(&journal, 0, sizeof journal);
    return 0;
}

struct sample {
    const char *line, *fields;
};

static const struct sample samples[] = {
    {"event=code_wrong id=9f02 user=bob",
     "MYCRED_EVENT=code_wrong\nMYCRED_ID=9f02\nMYCRED_USER=bob\n"},
    {"event=fault login_uid=7", "MYCRED_EVENT=fault\nMYCRED_LOGIN_UID=7\n"},
    {"event=fault detail=\"two words = none\" user=\"\" by=x",
     "MYCRED_EVENT=fault\nMYCRED_DETAIL=two words = none\nMYCRED_USER=\nMYCRED_BY=x\n"},
    // a refusal ends in words, whose pairs are pam_unix's
    {"event=refused user=bob authentication failure; logname= uid=0 user=root",
     "MYCRED_EVENT=refused\nMYCRED_USER=bob\n"},
    {"event=refused user=\"bob by=root", "MYCRED_EVENT=refused\n"},
    {"event=refused  user=bob", "MYCRED_EVENT=refused\n"},
    {"event=refused Priority=0 user=bob", "MYCRED_EVENT=refused\n"},
    {"event=refused =x", "MYCRED_EVENT=refused\n"},
    {"event=refused abcdefghijklmnopqrstuvwxyzabcdefg=x", "MYCRED_EVENT=refused\n"},
    {"event=refused user=", "MYCRED_EVENT=refused\nMYCRED_USER=\n"},
    {"event=refused user", "MYCRED_EVENT=refused\n"},
    {"no pair", ""},
    {"", ""},
};

static void each_pair_is_a_field(void **state)
{
    (void)state;
    char expected[1024];
    for (size_t i = 0; i < MC_COUNT(samples); i++) {
        assert_true(mc_journal_write(5, "pam_mycred(sshd:auth): ", samples[i].line));
        snprintf(expected, sizeof expected,
                 "PRIORITY=5\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=journal_test\n"
                 "MESSAGE=pam_mycred(sshd:auth): %s\n%s",
                 samples[i].line, samples[i].fields);
        assert_string_equal(journal.entry, expected);
    }
}

static void a_journal_that_does_not_take_it_is_told(void **state)
{
    static const int errors[] = {ENOENT, ECONNREFUSED, EAGAIN, EMSGSIZE, EACCES};
    (void)state;
    for (size_t i = 0; i < MC_COUNT(errors); i++) {
        restore_journal(NULL);
        journal.error = errors[i];
        journal.failures = 1;
        assert_false(mc_journal_write(5, "", "event=fault"));
        assert_int_equal(journal.calls, 1);
    }
}

static void a_signal_is_no_reason_to_lose_it(void **state)
{
    (void)state;
    journal.error = EINTR;
    journal.failures = 2;
    assert_true(mc_journal_write(5, "", "event=fault"));
    assert_int_equal(journal.calls, 3);
}

static void a_line_without_an_end_is_none(void **state)
{
    static char line[40000];
    (void)state;
    memset(line, 'x', sizeof line - 1);
    assert_false(mc_journal_write(5, "", line));
    assert_int_equal(journal.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_pair_is_a_field, restore_journal),
        cmocka_unit_test_setup(a_journal_that_does_not_take_it_is_told, restore_journal),
        cmocka_unit_test_setup(a_signal_is_no_reason_to_lose_it, restore_journal),
        cmocka_unit_test_setup(a_line_without_an_end_is_none, restore_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
