#include "oc_command_needs.h"

#include "oc_capability.h"
#include "oc_desired_record.h"

unsigned oc_command_needs(unsigned kind) {
    switch (kind) {
#define OC_COMMAND_NEEDS(name, number, needs)                                                      \
    case OC_COMMAND_##name:                                                                        \
        return needs;
        OC_COMMAND_MAP(OC_COMMAND_NEEDS)
#undef OC_COMMAND_NEEDS
    default:
        return OC_CAPABILITIES_ALL;
    }
}

unsigned oc_store_needs(const char *text, size_t len) {
    static const char users[] = "users";
    size_t name = sizeof users - 1;
    bool is = len >= name && memcmp(text, users, name) == 0 && (len == name || text[name] == '\n');
    return is ? OC_CAPABILITY_SYSTEM : OC_CAPABILITY_NONE;
}

/* Bytes of the scheme without its colon, RFC 3986 3.1; 0: a plain path. */
static size_t scheme_len(const char *address) {
    size_t n = strspn(address, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    bool letter =
        (address[0] >= 'a' && address[0] <= 'z') || (address[0] >= 'A' && address[0] <= 'Z');
    return letter && address[n] == ':' ? n : 0;
}

static bool is_one_of(const char *const *list, size_t count, const char *address, size_t len) {
    for (size_t i = 0; i < count; i++)
        if (strlen(list[i]) == len && memcmp(list[i], address, len) == 0)
            return true;
    return false;
}

/* WxH or WxH@BITRATE. */
static bool is_size(const char *address) {
    size_t width = strspn(address, "0123456789");
    size_t height = address[width] == 'x' ? strspn(address + width + 1, "0123456789") : 0;
    const char *end = address + width + 1 + height;
    return width && height && (*end == '\0' || *end == '@');
}

/* A path that stays below the directory, as text: no "..", nothing that is filled in or decoded. */
static bool is_below(const char *path, const char *directory) {
    size_t len = strlen(directory);
    if (len == 0 || strncmp(path, directory, len) != 0 || path[len] != '/')
        return false;
    return !strpbrk(path + len, "%$") && !strstr(path + len, "/../") &&
           (strlen(path) < 3 || strcmp(path + strlen(path) - 3, "/..") != 0);
}

unsigned oc_source_needs(const char *address, const char *data_path, const char *default_input) {
    static const char *const local[] = {"alsa", "camera", "fake", "push", "scale", "test", "v4l2"};
    static const char *const files[] = {"ffmpeg", "file", "replay"};
    size_t len = scheme_len(address);
    const char *path = len ? address + len + 1 : address;
    if (!address[0] || strcmp(address, default_input) == 0)
        return OC_CAPABILITY_NONE;
    if (len && is_one_of(local, sizeof local / sizeof *local, address, len))
        return OC_CAPABILITY_NONE;
    if (len && !is_one_of(files, sizeof files / sizeof *files, address, len))
        return OC_CAPABILITY_NETWORK;
    if (!len && (is_size(address) || strcmp(address, "test") == 0 ||
                 strncmp(address, "/dev/video", 10) == 0))
        return OC_CAPABILITY_NONE;
    if (len == 4 && strncmp(path, "//", 2) == 0)
        path += 2; /* file:///path */
    return is_below(path, data_path) ? OC_CAPABILITY_NONE : OC_CAPABILITY_SETTINGS;
}

/* What the addresses of the channels in a part of a list need: those of the network need more than
 * devices. */
static unsigned list_needs(uint32_t offset, const uint8_t *bytes, size_t size,
                           const char *data_path, const char *default_input) {
    size_t at = offset == 0 ? sizeof(oc_desired_head_t) : 0;
    unsigned needs = 0;
    if (size > OC_PARCEL_MAX || !oc_desired_part_whole(offset, (uint32_t)size))
        return OC_CAPABILITIES_ALL;
    for (; at < size; at += sizeof(oc_desired_entry_t)) {
        const char *channel = (const char *)bytes + at + offsetof(oc_desired_entry_t, channel);
        const char *url = channel + offsetof(oc_channel_config_t, url);
        const char *sub_url = channel + offsetof(oc_channel_config_t, sub_url);
        if (!memchr(url, 0, OC_CAPTURE_URL_MAX) || !memchr(sub_url, 0, OC_CAPTURE_URL_MAX))
            return OC_CAPABILITIES_ALL;
        needs |= oc_source_needs(url, data_path, default_input) |
                 oc_source_needs(sub_url, data_path, default_input);
    }
    return needs;
}

unsigned oc_command_needs_of(unsigned kind, uint32_t arg0, const void *bytes, size_t size,
                             const char *data_path, const char *default_input) {
    unsigned needs = oc_command_needs(kind);
    if (kind == OC_COMMAND_STORE_READ || kind == OC_COMMAND_STORE_WRITE)
        return needs | oc_store_needs(bytes, size);
    if (kind == OC_COMMAND_DESIRED)
        return needs | list_needs(arg0, bytes, size, data_path, default_input);
    return needs;
}
