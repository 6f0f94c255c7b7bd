// SPDX-License-Identifier: Apache-2.0
// What is installed on this machine: programs, PAM module, service.
#include "common/command/review.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define SERVICE_FILE_MAX 65536 // bytes
#define ANSWER_MS 3000

static const char module_name[] = "pam_mycred.so";

// NULL when only root (or we ourselves) can change the file; else why it cannot be trusted.
static const char *distrust(const char *path, bool must_be_executable)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return strerror(errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return "not a plain file";
    }
    if (status.st_uid != 0 && status.st_uid != geteuid()) {
        return "belongs to another user than root";
    }
    if (status.st_mode & (S_IWGRP | S_IWOTH)) {
        return "can be written by others";
    }
    return must_be_executable && !(status.st_mode & S_IXUSR) ? "is not executable" : NULL;
}

void mc_review_program(const struct mc_review *review, const char *name, struct mc_buffer *path)
{
    mc_buffer_format(path, "%s/%s", review->admin.config->program_dir, name);
}

void mc_review_programs(struct mc_review *review)
{
    static const char *const names[] = {"mycred-login", "mycred-send"};
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        MC_AUTO_BUFFER struct mc_buffer path;
        mc_buffer_init(&path, PATH_SIZE);
        mc_review_program(review, names[i], &path);
        const char *reason = distrust(mc_buffer_text(&path), true);
        if (reason) {
            mc_review_error(review, "Install mycred again (make install).", "%s: %s",
                            mc_buffer_text(&path), reason);
        }
    }
}

bool mc_review_names_module(const char *folder, const char *name)
{
    char text[SERVICE_FILE_MAX], path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    MC_AUTO_CLOSE int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = file >= 0 ? read(file, text, sizeof text) : -1;
    return size > 0 && memmem(text, (size_t)size, module_name, strlen(module_name));
}

static bool is_used_by_a_service(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *file = folder ? readdir(folder) : NULL; file && !found;
         file = readdir(folder)) {
        found = file->d_name[0] != '.' && mc_review_names_module(path, file->d_name);
    }
    if (folder) {
        (void)closedir(folder);
    }
    return found;
}

static bool is_there(const char *folder, const char *below, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s%s%s/%s", folder, below, below[0] ? "/security" : "",
                   module_name);
    return access(path, F_OK) == 0;
}

// The folder differs from one distribution to the next: /usr/lib/<triplet>/security, /usr/lib64...
static bool find_module(char path[PATH_SIZE])
{
    if (is_there("/usr/lib64/security", "", path) || is_there("/usr/lib/security", "", path)) {
        return true;
    }
    DIR *folder = opendir("/usr/lib");
    bool found = false;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry && !found;
         entry = readdir(folder)) {
        found = entry->d_name[0] != '.' && is_there("/usr/lib/", entry->d_name, path);
    }
    if (folder) {
        (void)closedir(folder);
    }
    return found;
}

void mc_review_module(struct mc_review *review)
{
    static const char services[] = MC_SYSCONFDIR "/pam.d";
    const char *given = review->arguments->values[MC_ARGUMENT_MODULE];
    const char *folder = review->arguments->values[MC_ARGUMENT_PAM_DIR];
    char found[PATH_SIZE] = "";
    if (!given && !find_module(found)) {
        mc_review_warn(review, "Install it (make install), or leave it away where nobody logs in.",
                       "the PAM module %s is not installed", module_name);
        return;
    }
    const char *path = given ? given : found;
    const char *reason = distrust(path, false);
    if (reason) {
        mc_review_error(review, "Install mycred again (make install).", "%s: %s", path, reason);
    } else if ((!given || folder) && !is_used_by_a_service(folder ? folder : services)) {
        mc_review_warn(review, "Put it into the stack of a service; pam_mycred(8) has examples.",
                       "no file in %s names %s", folder ? folder : services, module_name);
    }
}

// 0, or why nobody answers. A connection that asks nothing is closed by a service that is alive.
static int try_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char byte = 0;
    if (strlen(path) >= sizeof address.sun_path) {
        return ENAMETOOLONG;
    }
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    MC_AUTO_CLOSE int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (peer < 0 || connect(peer, (struct sockaddr *)&address, sizeof address) != 0) {
        return errno;
    }
    struct pollfd wait = {peer, POLLIN, 0};
    (void)shutdown(peer, SHUT_WR);
    bool is_closed = poll(&wait, 1, ANSWER_MS) == 1 && read(peer, &byte, 1) <= 0;
    return is_closed ? 0 : ETIMEDOUT;
}

void mc_review_socket(struct mc_review *review)
{
    const char *given = review->arguments->values[MC_ARGUMENT_SOCKET];
    const char *path = given ? given : "/run/mycred/login.sock";
    int reason = try_socket(path);
    if (reason == ENOENT) {
        mc_review_warn(review, "systemctl enable --now mycred-login.socket.",
                       "the login service has no socket %s, so every login starts a helper of its "
                       "own, which is slower and only root can",
                       path);
    } else if (reason) {
        mc_review_error(review, "systemctl restart mycred-login.socket, and see the journal.",
                        "the login service does not answer at %s: %s", path, strerror(reason));
    }
}
