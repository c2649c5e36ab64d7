#define _GNU_SOURCE
#include "oc_object_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_err.h"

#define FILE_MAX 8192 /* bytes */

static const char *const names[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                                    "AWS_SESSION_TOKEN"};

/* False: the value is too long, or has a character that no key has. */
static bool take(oc_object_keys_t *keys, unsigned which, const char *value, size_t len) {
    char *const into[] = {keys->id, keys->secret, keys->token};
    const size_t room[] = {sizeof(keys->id), sizeof(keys->secret), sizeof(keys->token)};
    for (size_t i = 0; i < len; i++) {
        if (value[i] <= ' ' || value[i] >= 0x7F)
            return false;
    }
    if (len >= room[which])
        return false;
    memcpy(into[which], value, len);
    into[which][len] = 0;
    return true;
}

static bool read_lines(oc_object_keys_t *keys, const char *text) {
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\r\n");
        for (unsigned i = 0; i < 3; i++) {
            size_t name = strlen(names[i]);
            if (len > name && strncmp(line, names[i], name) == 0 && line[name] == '=' &&
                !take(keys, i, line + name + 1, len - name - 1))
                return false;
        }
        line += len;
        line += strspn(line, "\r\n");
    }
    return true;
}

static int read_file(oc_object_keys_t *keys, const char *file, char *why, size_t size) {
    char text[FILE_MAX];
    struct stat about;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &about) != 0) {
        snprintf(why, size, "%.100s: %s", file, strerror(errno));
        if (fd >= 0)
            close(fd);
        return OC_ERR_IO;
    }
    ssize_t n = S_ISREG(about.st_mode) ? read(fd, text, sizeof(text) - 1) : -1;
    close(fd);
    if (about.st_mode & (S_IRWXG | S_IRWXO)) {
        snprintf(why, size, "%.100s: others can read it: chmod 600", file);
        n = -1;
    } else if (n < 0) {
        snprintf(why, size, "%.100s: it cannot be read as a file", file);
    }
    text[n > 0 ? n : 0] = 0;
    bool good = n >= 0 && read_lines(keys, text);
    oc_crypto_wipe(text, sizeof(text));
    if (n >= 0 && !good)
        snprintf(why, size, "%.100s: a value in it is no key", file);
    return good ? OC_OK : OC_ERR_READ_ONLY;
}

int oc_object_keys_load(oc_object_keys_t *keys, const char *file, char *why, size_t size) {
    memset(keys, 0, sizeof(*keys));
    int rc = file ? read_file(keys, file, why, size) : OC_OK;
    for (unsigned i = 0; !file && i < 3; i++) {
        const char *value = getenv(names[i]);
        if (value && !take(keys, i, value, strlen(value))) {
            snprintf(why, size, "%s of the environment is no key", names[i]);
            rc = OC_ERR_FORMAT;
        }
    }
    if (rc != OC_OK || (keys->id[0] && keys->secret[0]))
        return rc;
    snprintf(why, size,
             "there are no keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --keys FILE");
    return OC_ERR_NOENT;
}

oc_sigv4_keys_t oc_object_keys_view(const oc_object_keys_t *keys) {
    return (oc_sigv4_keys_t){.id = keys->id, .secret = keys->secret, .token = keys->token};
}

void oc_object_keys_wipe(oc_object_keys_t *keys) {
    oc_crypto_wipe(keys, sizeof(*keys));
}
