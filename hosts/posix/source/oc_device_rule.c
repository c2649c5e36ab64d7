#include "oc_device_rule.h"

#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789"
#define WORD   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_" DIGITS

bool oc_device_is_card(const char *name) {
    static const struct {
        const char *key, *set;
        size_t most;
    } parts[] = {{"CARD=", WORD, 32}, {"DEV=", DIGITS, 2}, {"SUBDEV=", DIGITS, 2}};
    if (strcmp(name, "default") == 0 || strcmp(name, "null") == 0)
        return true;
    name += strncmp(name, "plug", 4) == 0 ? 4 : 0;
    if (strncmp(name, "hw:", 3) != 0)
        return false;
    name += 3;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        size_t key = strlen(parts[i].key);
        name += strncmp(name, parts[i].key, key) == 0 ? key : 0;
        size_t count = strspn(name, parts[i].set);
        if (count == 0 || count > parts[i].most)
            return false;
        name += count;
        if (*name != ',')
            return *name == '\0';
        name++;
    }
    return false;
}

bool oc_device_is_camera(const char *path) {
    return strncmp(path, "/dev/", 5) == 0 && path[5] && !strstr(path, "/..");
}
