/* resolver_stub - for tests, loaded with LD_PRELOAD: what asks the C library for the address of a
 * name. Each name becomes a line of the file that OCELLUS_TEST_NAMES names. A name below
 * "silent.test" has an answer when that file has gone, "twice.test" has ::1 and then 127.0.0.1, any
 * other below "test" never has an address. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int getaddrinfo_t(const char *, const char *, const struct addrinfo *, struct addrinfo **);

static bool ends_with(const char *name, const char *end) {
    size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcmp(name + size - tail, end) == 0;
}

static void note(const char *path, const char *name) {
    char line[300] = "";
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    strncat(line, name, sizeof line - 2);
    strcat(line, "\n");
    if (fd >= 0 && write(fd, line, strlen(line)) < 0)
        abort();
    if (fd >= 0)
        close(fd);
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict out) {
    const char *path = getenv("OCELLUS_TEST_NAMES");
    getaddrinfo_t *next = NULL;
    if (path && name)
        note(path, name);
    if (path && name && ends_with(name, ".silent.test"))
        while (access(path, F_OK) == 0)
            nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    void *found = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&next, &found, sizeof next);
    if (name && strcmp(name, "twice.test") == 0) {
        int error = next("::1", service, hints, out);
        return error ? error : next("127.0.0.1", service, hints, &(*out)->ai_next);
    }
    if (name && ends_with(name, ".test"))
        return EAI_NONAME;
    return next(name, service, hints, out);
}
