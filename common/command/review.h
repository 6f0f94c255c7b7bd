// SPDX-License-Identifier: Apache-2.0
// The parts of `mycred check`. Each prints a line for what is wrong and for nothing else.
#ifndef MYCRED_COMMON_COMMAND_REVIEW_H
#define MYCRED_COMMON_COMMAND_REVIEW_H

#include "common/command/admin.h"

struct mc_review {
    const struct mc_arguments *arguments;
    struct mc_admin admin; // what could be opened; members are NULL where that failed
    unsigned errors, warnings;
    bool has_site;           // a key file of the site's is here, and good
    bool is_web_server;      // and the site uses the identity of ldap_bind
    bool is_connected;       // the directory answers and lets us in
    struct mc_buffer person; // DN of somebody on whom rights are tried; "" for nobody
};

typedef void mc_review_part(struct mc_review *review);

// In the order in which they run; later ones rely on what earlier ones opened.
mc_review_part mc_review_config, mc_review_keys, mc_review_files;      // review_files.c
mc_review_part mc_review_programs, mc_review_module, mc_review_socket; // review_install.c
mc_review_part mc_review_pam;                                          // review_pam.c
mc_review_part mc_review_httpd;                                        // review_httpd.c
mc_review_part mc_review_replication, mc_review_policy;                // review_replication.c
mc_review_part mc_review_servers, mc_review_tree, mc_review_clock;     // review_directory.c
mc_review_part mc_review_schema, mc_review_indexes;                    // review_schema.c
mc_review_part mc_review_rights;                                       // review_rights.c
mc_review_part mc_review_person;                                       // review_person.c
mc_review_part mc_review_delivery;                                     // review_delivery.c

// One line each: "error: <what>. Cure: <cure>" and the same with "warning".
void mc_review_error(struct mc_review *review, const char *cure, const char *format, ...)
    MC_PRINTF(3, 4);
void mc_review_warn(struct mc_review *review, const char *cure, const char *format, ...)
    MC_PRINTF(3, 4);

// The directory failed in `result`: one error with cause and cure.
void mc_review_error_directory(struct mc_review *review, const struct mc_directory *directory,
                               enum mc_result result);

// One line when a certificate has ended or will in 30 days; false when it has ended. `format` says
// whose it is.
bool mc_review_certificate(struct mc_review *review, mc_time end, const char *cure,
                           const char *format, ...) MC_PRINTF(4, 5);

// The same for the first one of a file; what is no certificate is for others to find.
void mc_review_certificate_file(struct mc_review *review, const char *path, const char *cure,
                                const char *option);

// Whether a file of PAM's speaks of the module.
bool mc_review_names_module(const char *folder, const char *name);

// Path of a helper program.
void mc_review_program(const struct mc_review *review, const char *name, struct mc_buffer *path);

#endif
