// SPDX-License-Identifier: Apache-2.0
#include "mod_mycred/templates.h"

#include "common/message.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#ifndef MC_TEMPLATE_DIR
#define MC_TEMPLATE_DIR "/usr/share/mycred/templates"
#endif

#define FILE_SIZE_MAX 131072 // bytes

struct templates {
    const struct mustache **pages[MC_LANGUAGE_COUNT]; // in the order of template_pages
    struct mc_span *files;                            // of template_files
    char version[17];
};

struct loader {
    const struct mc_config *config;
    apr_pool_t *pool;
    struct mc_buffer *error;
    enum mc_language language;
    enum mc_result result; // of the partials
};

static bool is_there(const char *path)
{
    return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

// The site's own file, else the program's. An own file that is there and cannot be used is an
// error, not a reason to show the program's.
static const char *path_of(const struct loader *loader, const char *name)
{
    const char *own = apr_psprintf(loader->pool, "%s/%s", loader->config->template_dir, name);
    bool is_own = loader->config->template_dir[0] && is_there(own);
    return is_own ? own : apr_psprintf(loader->pool, "%s/%s", MC_TEMPLATE_DIR, name);
}

// `[[English text]]` stands for its translation. A page exists once for each language, so that
// nothing is looked up while it is rendered.
static void translate(struct loader *loader, const char *text, struct mc_buffer *out)
{
    for (;;) {
        const char *start = strstr(text, "[[");
        const char *end = start ? strstr(start, "]]") : NULL;
        if (!end) {
            mc_buffer_add_text(out, text);
            return;
        }
        const char *english =
            apr_pstrmemdup(loader->pool, start + 2, (apr_size_t)(end - start - 2));
        mc_buffer_append(out, text, (size_t)(start - text));
        mustache_escape(mc_span_of(mc_text(loader->language, english)), out);
        text = end + 2;
    }
}

// The text lives as long as the pool.
static enum mc_result read_file(struct loader *loader, const char *name,
                                struct mustache_text *ret_text)
{
    MC_AUTO_BUFFER struct mc_buffer content;
    mc_buffer_init(&content, FILE_SIZE_MAX);
    const char *path = path_of(loader, name);
    enum mc_result result =
        mc_file_read_trusted(path, MC_FILE_ANYBODY, FILE_SIZE_MAX, loader->error, &content);
    if (result == MC_OK) {
        const void *copy = apr_pmemdup(loader->pool, mc_buffer_text(&content), content.size + 1);
        *ret_text = (struct mustache_text){path, {copy, content.size}};
    }
    return result;
}

static enum mc_result read_template(struct loader *loader, const char *name,
                                    struct mustache_text *ret_text)
{
    MC_AUTO_BUFFER struct mc_buffer translated;
    struct mustache_text text = {0};
    mc_buffer_init(&translated, 2 * FILE_SIZE_MAX);
    enum mc_result result =
        read_file(loader, apr_pstrcat(loader->pool, name, ".html", NULL), &text);
    if (result == MC_OK) {
        translate(loader, (const char *)text.text.data, &translated);
        result = mc_buffer_result(&translated);
    }
    if (result == MC_OK) {
        const void *copy =
            apr_pmemdup(loader->pool, mc_buffer_text(&translated), translated.size + 1);
        *ret_text = (struct mustache_text){text.name, {copy, translated.size}};
    }
    return result;
}

static bool read_partial(void *data, const char *name, struct mustache_text *ret_text)
{
    struct loader *loader = data;
    const char *file = apr_pstrcat(loader->pool, name, ".html", NULL);
    if (loader->result != MC_OK || !is_there(path_of(loader, file))) {
        return false; // the check says where it is called
    }
    loader->result = read_template(loader, name, ret_text);
    return loader->result == MC_OK;
}

static apr_status_t free_page(void *page)
{
    mustache_free(page);
    return APR_SUCCESS;
}

static enum mc_result parse_page(struct loader *loader, const char *name,
                                 struct mustache **ret_page)
{
    MC_AUTO_BUFFER struct mc_buffer error;
    struct mustache_source source = {.partial = read_partial, .data = loader};
    mc_buffer_init(&error, loader->error->maximum);
    enum mc_result result = read_template(loader, name, &source.main);
    if (result != MC_OK) {
        return result;
    }
    result = mustache_parse(&source, &error, ret_page);
    if (loader->result == MC_OK) {
        if (result != MC_OK) {
            mc_buffer_add_span(loader->error, mc_buffer_span(&error));
        }
        return result;
    }
    // the partial's error is there already, and one is enough
    if (result == MC_OK) {
        mustache_free(*ret_page);
    }
    return loader->result;
}

static enum mc_result load_page(struct loader *loader, const char *name,
                                const struct mustache **ret_page)
{
    struct mustache *page = NULL;
    enum mc_result result = parse_page(loader, name, &page);
    if (result != MC_OK) {
        return result;
    }
    result = mustache_check_html(page, template_values, loader->error);
    if (result != MC_OK) {
        mustache_free(page);
        return result;
    }
    *ret_page = page;
    return MC_OK;
}

static size_t count_names(const char *const *names)
{
    size_t count = 0;
    while (names[count]) {
        count++;
    }
    return count;
}

static enum mc_result load_pages(struct loader *loader, struct templates *templates,
                                 apr_pool_t *pool)
{
    enum mc_result result = MC_OK;
    const struct mustache **pages = apr_pcalloc(pool, count_names(template_pages) * sizeof *pages);
    templates->pages[loader->language] = pages;
    for (size_t i = 0; template_pages[i] && result == MC_OK; i++) {
        result = load_page(loader, template_pages[i], &pages[i]);
        if (result == MC_OK) {
            apr_pool_cleanup_register(pool, pages[i], free_page, apr_pool_cleanup_null);
        }
    }
    return result;
}

static enum mc_result load_languages(struct loader *loader, struct templates *templates,
                                     apr_pool_t *pool)
{
    enum mc_result result = MC_OK;
    for (int i = 0; i < MC_LANGUAGE_COUNT && result == MC_OK; i++) {
        loader->language = (enum mc_language)i;
        result = load_pages(loader, templates, pool);
    }
    return result;
}

// FNV-1a: tells versions apart, keeps nobody out.
static uint64_t digest(uint64_t digest, struct mc_span content)
{
    for (size_t i = 0; i < content.size; i++) {
        digest = (digest ^ content.data[i]) * 0x100000001b3;
    }
    return digest;
}

static enum mc_result load_files(struct loader *loader, struct templates *templates,
                                 apr_pool_t *pool)
{
    enum mc_result result = MC_OK;
    uint64_t version = 0xcbf29ce484222325;
    templates->files = apr_pcalloc(pool, count_names(template_files) * sizeof *templates->files);
    for (size_t i = 0; template_files[i] && result == MC_OK; i++) {
        struct mustache_text text = {0};
        result = read_file(loader, template_files[i], &text);
        version = digest(version, text.text);
        templates->files[i] = (struct mc_span){
            apr_pmemdup(pool, text.text.size ? text.text.data : (const uint8_t *)"",
                        text.text.size + 1),
            text.text.size};
    }
    (void)snprintf(templates->version, sizeof templates->version, "%016" PRIx64, version);
    return result;
}

enum mc_result templates_load(const struct mc_config *config, apr_pool_t *pool,
                              struct mc_buffer *error, struct templates **ret_templates)
{
    struct loader loader = {.config = config, .error = error, .result = MC_OK};
    struct templates *templates = apr_pcalloc(pool, sizeof *templates);
    if (apr_pool_create(&loader.pool, pool) != APR_SUCCESS) {
        return MC_NO_MEMORY;
    }
    enum mc_result result = load_languages(&loader, templates, pool);
    if (result == MC_OK) {
        result = load_files(&loader, templates, pool);
    }
    apr_pool_destroy(loader.pool);
    if (result == MC_OK) {
        *ret_templates = templates;
        return MC_OK;
    }
    return result == MC_NO_MEMORY ? result : MC_BAD_CONFIG;
}

static size_t find_name(const char *const *names, const char *name)
{
    size_t i = 0;
    while (names[i] && strcmp(names[i], name) != 0) {
        i++;
    }
    return i;
}

const struct mustache *templates_find(const struct templates *templates, const char *name,
                                      enum mc_language language)
{
    size_t i = find_name(template_pages, name);
    return template_pages[i] ? templates->pages[language][i] : NULL;
}

struct mc_span templates_file(const struct templates *templates, const char *name)
{
    size_t i = find_name(template_files, name);
    return template_files[i] ? templates->files[i] : (struct mc_span){0};
}

const char *templates_version(const struct templates *templates)
{
    return templates->version;
}
