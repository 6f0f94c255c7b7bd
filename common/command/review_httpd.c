// SPDX-License-Identifier: Apache-2.0
// httpd's configuration on a web server: whether the site is in it, and behind TLS.
#include "common/command/review.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#define DEPTH_MAX 8
#define LINE_SIZE 2048
#define CERTIFICATES_MAX (1 << 20) // bytes of their paths
#define USUAL "/etc/apache2/apache2.conf"

// What is gathered while the files are read.
struct httpd {
    char root[PATH_MAX]; // ServerRoot: what relative names are below
    bool loads, has_handler, has_tls;
    char conf[PATH_MAX];            // of MycredConfig
    char location[PATH_MAX];        // in which the handler is set
    char inside[PATH_MAX];          // the Location that is open
    struct mc_buffer *certificates; // paths, each with a NUL behind it
    int depth;
};

static bool read_config(struct httpd *httpd, const char *path);

// One word, quotes taken off.
static char *take_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t");
    bool quoted = *word == '"';
    word += quoted;
    char *end = word + strcspn(word, quoted ? "\"" : " \t\r\n>");
    *rest = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static void include(struct httpd *httpd, const char *pattern)
{
    char path[2 * PATH_MAX];
    glob_t found;
    (void)snprintf(path, sizeof path, "%s%s%s", pattern[0] == '/' ? "" : httpd->root,
                   pattern[0] == '/' ? "" : "/", pattern);
    if (httpd->depth >= DEPTH_MAX || glob(path, 0, NULL, &found) != 0) {
        return;
    }
    httpd->depth++;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        (void)read_config(httpd, found.gl_pathv[i]);
    }
    httpd->depth--;
    globfree(&found);
}

static void copy(char to[PATH_MAX], const char *text)
{
    (void)snprintf(to, PATH_MAX, "%s", text);
}

static void take_handler(struct httpd *httpd, const char *handler)
{
    if (strcmp(handler, "mycred") == 0) {
        httpd->has_handler = true;
        copy(httpd->location, httpd->inside);
    }
}

// Many virtual hosts share one. A name that is no path (pkcs11:, a variable) is httpd's affair.
static void take_certificate(struct httpd *httpd, const char *path)
{
    char whole[2 * PATH_MAX];
    bool is_absolute = path[0] == '/';
    (void)snprintf(whole, sizeof whole, "%s%s%s", is_absolute ? "" : httpd->root,
                   is_absolute ? "" : "/", path);
    const char *known = mc_buffer_text(httpd->certificates);
    const char *end = known + httpd->certificates->size;
    while (known < end && strcmp(known, whole) != 0) {
        known += strlen(known) + 1;
    }
    if (known == end) {
        mc_buffer_append(httpd->certificates, whole, strlen(whole) + 1);
    }
}

static void check_certificates(struct mc_review *review, const struct httpd *httpd)
{
    const char *path = mc_buffer_text(httpd->certificates);
    const char *end = path + httpd->certificates->size;
    for (; path < end; path += strlen(path) + 1) {
        mc_review_certificate_file(review, path, "Renew it, then systemctl reload apache2.",
                                   "SSLCertificateFile");
    }
}

static void take_directive(struct httpd *httpd, const char *name, char *rest)
{
    if (strcasecmp(name, "Include") == 0 || strcasecmp(name, "IncludeOptional") == 0) {
        include(httpd, take_word(&rest));
    } else if (strcasecmp(name, "ServerRoot") == 0) {
        copy(httpd->root, take_word(&rest));
    } else if (strcasecmp(name, "LoadModule") == 0) {
        httpd->loads = httpd->loads || strcmp(take_word(&rest), "mycred_module") == 0;
    } else if (strcasecmp(name, "MycredConfig") == 0) {
        copy(httpd->conf, take_word(&rest));
    } else if (strcasecmp(name, "SetHandler") == 0) {
        take_handler(httpd, take_word(&rest));
    } else if (strcasecmp(name, "SSLEngine") == 0) {
        httpd->has_tls = httpd->has_tls || strcasecmp(take_word(&rest), "on") == 0;
    } else if (strcasecmp(name, "SSLCertificateFile") == 0) {
        take_certificate(httpd, take_word(&rest));
    } else if (strcasecmp(name, "<Location") == 0) {
        copy(httpd->inside, take_word(&rest));
    } else if (strcasecmp(name, "</Location") == 0) {
        httpd->inside[0] = '\0';
    }
}

static bool read_config(struct httpd *httpd, const char *path)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "re");
    if (!file) {
        return false;
    }
    while (fgets(line, sizeof line, file)) {
        char *rest = line;
        char *name = take_word(&rest);
        if (name[0] && name[0] != '#') {
            take_directive(httpd, name, rest);
        }
    }
    (void)fclose(file);
    return true;
}

// "/mycred/" of "https://login.example.org/mycred"; both with a slash at the end.
static bool is_at(const struct httpd *httpd, const char *site_url)
{
    const char *host = strstr(site_url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    size_t size = path ? strlen(path) : 0;
    size -= size && path[size - 1] == '/';
    size_t other = strlen(httpd->location);
    other -= other && httpd->location[other - 1] == '/';
    return size == other && (size == 0 || memcmp(path, httpd->location, size) == 0);
}

static bool is_same_file(const char *path, const char *other)
{
    struct stat status = {0}, other_status = {0};
    return strcmp(path, other) == 0 ||
           (stat(path, &status) == 0 && stat(other, &other_status) == 0 &&
            status.st_dev == other_status.st_dev && status.st_ino == other_status.st_ino);
}

static void check_site(struct mc_review *review, const struct httpd *httpd, const char *path)
{
    const struct mc_config *config = review->admin.config;
    const char *conf = mc_admin_conf(review->arguments);
    if (!httpd->conf[0]) {
        mc_review_error(review, "Add 'MycredConfig PATH', as in mod_mycred(8).",
                        "%s: MycredConfig is missing", path);
    } else if (!is_same_file(httpd->conf, conf)) {
        mc_review_error(review, "Name the same file in both, or check that one with --conf.",
                        "%s: MycredConfig names %s, while this is about %s", path, httpd->conf,
                        conf);
    }
    if (!httpd->has_handler) {
        mc_review_error(review, "Add 'SetHandler mycred' in a Location, as in mod_mycred(8).",
                        "%s: no Location has the handler mycred", path);
    } else if (config->site_url[0] && !is_at(httpd, config->site_url)) {
        mc_review_error(review, "Give both the same path.",
                        "%s: the handler mycred is at %s, but site_url is %s", path,
                        httpd->location[0] ? httpd->location : "/", config->site_url);
    }
}

void mc_review_httpd(struct mc_review *review)
{
    const char *given = review->arguments->values[MC_ARGUMENT_HTTPD];
    const char *path = given ? given : USUAL;
    MC_AUTO_FREE struct httpd *httpd = mc_allocate(sizeof *httpd);
    MC_AUTO_BUFFER struct mc_buffer certificates;
    mc_buffer_init(&certificates, CERTIFICATES_MAX);
    if (!httpd || (!given && !review->has_site)) {
        return;
    }
    httpd->certificates = &certificates;
    const char *slash = strrchr(path, '/');
    (void)snprintf(httpd->root, sizeof httpd->root, "%.*s", (int)(slash ? slash - path : 0), path);
    if (!read_config(httpd, path)) {
        mc_review_error(review, "Name httpd's configuration with --httpd.",
                        "the site's key is here, but %s cannot be read", path);
        return;
    }
    if (!httpd->loads) {
        mc_review_error(review, "a2enmod mycred, then systemctl restart apache2.",
                        "%s: the module mycred is not loaded", path);
        return;
    }
    check_site(review, httpd, path);
    check_certificates(review, httpd);
    if (!httpd->has_tls && strncmp(review->admin.config->site_url, "https:", 6) == 0) {
        mc_review_error(review, "a2enmod ssl, and give the site's VirtualHost SSLEngine on.",
                        "%s: site_url is https, but no server there has TLS", path);
    }
}
