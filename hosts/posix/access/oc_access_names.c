#include "oc_access_names.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

bool oc_access_names_has(const oc_access_names_t *names, const char *name) {
    for (unsigned i = 0; i < names->count; i++) {
        if (strcasecmp(names->rows[i], name) == 0)
            return true;
    }
    return false;
}

bool oc_access_names_add(oc_access_names_t *names, const char *name) {
    char six[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (inet_pton(AF_INET6, name, &address) == 1 && inet_ntop(AF_INET6, &address, six, sizeof(six)))
        name = six; /* one spelling, or what was asked for is never found in a certificate */
    size_t len = strlen(name);
    if (oc_access_names_has(names, name))
        return true;
    if (len == 0 || len >= OC_ACCESS_NAME_MAX || names->count == OC_ACCESS_NAMES)
        return false;
    char *row = names->rows[names->count++];
    for (size_t i = 0; i <= len; i++)
        row[i] = (char)tolower((unsigned char)name[i]);
    return true;
}

bool oc_access_names_add_lines(oc_access_names_t *names, const char *lines) {
    bool all = true;
    while (*lines) {
        char name[OC_ACCESS_NAME_MAX];
        size_t len = strcspn(lines, "\n");
        if (len > 0 && len < sizeof(name)) {
            memcpy(name, lines, len);
            name[len] = '\0';
            all = oc_access_names_add(names, name) && all;
        } else if (len > 0) {
            all = false;
        }
        lines += len;
        lines += *lines == '\n';
    }
    return all;
}

static bool is_port(const char *text) {
    size_t len = strspn(text, "0123456789");
    return len <= 5 && text[len] == '\0';
}

bool oc_access_names_split(const char *host, char name[OC_ACCESS_NAME_MAX]) {
    struct in6_addr six;
    bool bracket = host[0] == '[';
    size_t len = strcspn(host + bracket, bracket ? "]" : ":");
    const char *rest = host + bracket + len;
    name[0] = '\0';
    if (len == 0 || len >= OC_ACCESS_NAME_MAX)
        return false;
    memcpy(name, host + bracket, len);
    name[len] = '\0';
    if (bracket && (*rest++ != ']' || inet_pton(AF_INET6, name, &six) != 1))
        return false;
    if (!bracket &&
        name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")])
        return false;
    if (bracket) /* one spelling */
        inet_ntop(AF_INET6, &six, name, OC_ACCESS_NAME_MAX);
    return *rest == '\0' || (*rest == ':' && is_port(rest + 1));
}

bool oc_access_names_host(const oc_access_names_t *names, const char *host) {
    char name[OC_ACCESS_NAME_MAX];
    if (!oc_access_names_split(host, name))
        return false;
    if (oc_access_names_has(names, name))
        return true;
    const char *dot = strchr(name, '.');
    for (unsigned i = 0; dot && dot != name && i < names->count; i++) {
        if (strncmp(names->rows[i], "*.", 2) == 0 && strcasecmp(names->rows[i] + 1, dot) == 0)
            return true;
    }
    return false;
}

bool oc_access_names_own(const char *origin, const char *scheme, const char *host) {
    size_t len = strlen(scheme);
    return strncasecmp(origin, scheme, len) == 0 && host[0] && strcasecmp(origin + len, host) == 0;
}
