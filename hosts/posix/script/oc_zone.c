#define _GNU_SOURCE
#include "oc_zone.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCALTIME    "/etc/localtime"
#define HEADER_BYTES 44 /* of a TZif file: nothing shorter is one */

static const char *const folders[] = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/etc/zoneinfo"};
static const char marker[] = "/zoneinfo/";

/* Parts of letters, digits, '_', '+' and '-' with '/' between: no dot, so it stays in its folder.
 */
static bool name_valid(const char *name) {
    size_t len = strlen(name);
    if (len == 0 || len >= OC_ZONE_NAME_MAX || name[0] == '/' || name[len - 1] == '/')
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
           len;
}

/* The last bytes of a file into tail, behind its first five into head. Their number, 0: none. */
static size_t read_ends(const char *path, char head[5], char *tail, size_t tail_size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    ssize_t got = 0;
    if (size >= HEADER_BYTES && pread(fd, head, 5, 0) == 5) {
        off_t from = size > (off_t)tail_size ? size - (off_t)tail_size : 0;
        got = pread(fd, tail, tail_size, from);
    }
    if (fd >= 0)
        close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* The rule between the last two newlines of a TZif file. */
static bool read_rule(const char *path, char rule[OC_ZONE_RULE_MAX]) {
    char head[5], tail[OC_ZONE_RULE_MAX + 1];
    size_t len = read_ends(path, head, tail, sizeof(tail));
    if (len < 3 || memcmp(head, "TZif", 4) != 0 || head[4] < '2' || tail[len - 1] != '\n')
        return false;
    const char *before = memrchr(tail, '\n', len - 1);
    size_t rule_len = before ? (size_t)(tail + len - 1 - (before + 1)) : 0;
    if (rule_len == 0 || memchr(before + 1, 0, rule_len))
        return false;
    memcpy(rule, before + 1, rule_len); /* fits: the tail is one newline longer */
    rule[rule_len] = '\0';
    return true;
}

static bool read_named(const char *name, oc_zone_t *zone) {
    char path[PATH_MAX];
    const char *own = getenv("TZDIR");
    if (!name_valid(name))
        return false;
    snprintf(zone->name, sizeof(zone->name), "%s", name);
    if (own && *own) {
        snprintf(path, sizeof(path), "%s/%s", own, name);
        return read_rule(path, zone->rule);
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", folders[i], name);
        if (read_rule(path, zone->rule))
            return true;
    }
    return false;
}

/* A zone given as a file: its name is what stands behind zoneinfo/ in the path it leads to. */
static bool read_file(const char *path, oc_zone_t *zone) {
    char real[PATH_MAX];
    if (!read_rule(path, zone->rule))
        return false;
    const char *name = realpath(path, real) ? strstr(real, marker) : NULL;
    name = name ? name + sizeof(marker) - 1 : "";
    for (size_t i = 0; i < 2; i++) { /* the same zones again, in other folders */
        const char *other = i ? "right/" : "posix/";
        if (strncmp(name, other, strlen(other)) == 0)
            name += strlen(other);
    }
    snprintf(zone->name, sizeof(zone->name), "%s", name_valid(name) ? name : zone->rule);
    return true;
}

static void set(oc_zone_t *zone, const char *name, const char *rule) {
    snprintf(zone->name, sizeof(zone->name), "%s", name);
    snprintf(zone->rule, sizeof(zone->rule), "%s", rule);
}

/* As the C library reads TZ; only that a wrong one is left to whoever validates the rule. */
static void read_system(oc_zone_t *zone) {
    const char *expected = getenv("TZ");
    if (expected && *expected == ':')
        expected++;
    if (expected && *expected == '/') {
        if (!read_file(expected, zone))
            set(zone, "UTC", "UTC0");
    } else if (expected && *expected && strlen(expected) < OC_ZONE_RULE_MAX) {
        if (!read_named(expected, zone))
            set(zone, expected, expected);
    } else if (expected || !read_file(LOCALTIME, zone)) {
        set(zone, "UTC", "UTC0");
    }
}

bool oc_zone_read(const char *name, oc_zone_t *zone) {
    if (*name)
        return read_named(name, zone);
    read_system(zone);
    return true;
}
