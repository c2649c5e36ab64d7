/* Format: docs/formats-bytecode.md. Atoms have a 32-bit big-endian size (with its own 8 bytes) and
 * four characters; the engine expects them in one fixed order. */
#include "oc_archive.h"

#include "oc_archive_walk.h"
#include "xsCommon.h"
#include <string.h>

#define OC_ARCHIVE_PADDING_MAX  3    /* of a resource, to a multiple of 4 */
#define OC_ARCHIVE_SYMBOL_BYTES 1000 /* the engine reads a symbol into 1,024 bytes */

static unsigned read16le(const uint8_t *p) {
    return p[0] | (p[1] << 8);
}

static bool check_symbols(view_t symbols, view_t identifiers, unsigned *count) {
    if (left(&symbols) < 2)
        return false;
    *count = read16le(symbols.at);
    symbols.at += 2;
    for (unsigned i = 0; i < *count; i++) {
        const uint8_t *nul = left(&symbols) ? memchr(symbols.at, 0, left(&symbols)) : NULL;
        if (!nul || nul - symbols.at > OC_ARCHIVE_SYMBOL_BYTES)
            return false;
        symbols.at = nul + 1;
    }
    if (left(&symbols) != 0 || left(&identifiers) != 2u * *count)
        return false;
    for (; left(&identifiers); identifiers.at++)
        if (*identifiers.at) /* already mapped by some machine */
            return false;
    return *count > 0;
}

/* Walks code as the engine's mapper does; `maps` gives one index per identifier operand. */
static bool check_code(view_t code, view_t *maps, unsigned symbols) {
    while (left(&code)) {
        unsigned op = *code.at;
        size_t step;
        if (op == 0 || op >= XS_CODE_COUNT)
            return false;
        if (gxCodeSizes[op] > 0) {
            step = (size_t)gxCodeSizes[op];
        } else if (gxCodeSizes[op] == 0) {
            if (left(maps) < 2 || read16le(maps->at) >= symbols)
                return false;
            maps->at += 2;
            step = 3;
        } else if (gxCodeSizes[op] == -1 && left(&code) >= 2) {
            step = 2 + (size_t)code.at[1];
        } else if (gxCodeSizes[op] == -2 && left(&code) >= 3) {
            step = 3 + (size_t)read16le(code.at + 1);
        } else {
            return false;
        }
        if (step > left(&code))
            return false;
        code.at += step;
    }
    return true;
}

static bool check_modules(view_t modules, view_t maps, unsigned symbols, unsigned *count) {
    view_t path, code;
    for (*count = 0; left(&modules); ++*count) {
        if (!take_atom(&modules, "PATH", &path) || !take_text(&path) || left(&path) ||
            !take_atom(&modules, "CODE", &code) || !check_code(code, &maps, symbols))
            return false;
    }
    return left(&maps) == 0;
}

/* LE16 count, {S8 parameters, name (may be empty), C symbol}*. */
static bool check_natives(view_t table) {
    if (left(&table) < 2)
        return false;
    unsigned count = read16le(table.at);
    table.at += 2;
    for (unsigned i = 0; i < count; i++) {
        if (left(&table) < 2)
            return false;
        table.at++;
        const uint8_t *nul = memchr(table.at, 0, left(&table));
        if (!nul)
            return false;
        table.at = nul + 1;
        if (!take_text(&table))
            return false;
    }
    return left(&table) == 0;
}

/* What aligns the data behind a path: zeros (tools/xsb), or the signature's first bytes (the SDK's
 * linker), which its signature does not cover. */
static bool check_padding(view_t padding, const uint8_t *signature) {
    static const uint8_t zeros[OC_ARCHIVE_PADDING_MAX];
    size_t size = left(&padding);
    return size <= sizeof zeros &&
           (!memcmp(padding.at, zeros, size) || !memcmp(padding.at, signature, size));
}

static bool check_resources(view_t resources, const uint8_t *signature, bool *natives) {
    static const char suffix[] = ".natives";
    view_t path, data;
    for (*natives = false; left(&resources);) {
        const char *text;
        if (!take_atom(&resources, "PATH", &path) || !(text = take_text(&path)) ||
            !check_padding(path, signature) || !take_atom(&resources, "DATA", &data))
            return false;
        size_t length = strlen(text);
        if (length >= sizeof suffix && !strcmp(text + length - (sizeof suffix - 1), suffix)) {
            if (!check_natives(data))
                return false;
            *natives = true;
        }
    }
    return true;
}

const char *oc_archive_check(const uint8_t *data, size_t size, oc_archive_info_t *info) {
    view_t file = {data, data + size}, body, version, signature, name, symbols, identifiers;
    view_t maps, modules, resources;
    if (size < 8 || memcmp(data + 4, "XS_A", 4) != 0)
        return "not an application archive (.xsa)";
    if (read32be(data) > size)
        return "cut off";
    if (!take_atom(&file, "XS_A", &body) || left(&file) || !take_atom(&body, "VERS", &version) ||
        left(&version) != 4)
        return "damaged";
    if (version.at[0] != XS_MAJOR_VERSION || version.at[1] != XS_MINOR_VERSION)
        return "made for another engine version";
    if (!take_atom(&body, "SIGN", &signature) || left(&signature) != 16)
        return "damaged";
    const view_t rest = body;
    if (!take_atom(&body, "NAME", &name) || !take_text(&name) || left(&name) ||
        !take_atom(&body, "SYMB", &symbols) || !take_atom(&body, "IDEN", &identifiers) ||
        !take_atom(&body, "MAPS", &maps) || !take_atom(&body, "MODS", &modules) ||
        !take_atom(&body, "RSRC", &resources) || left(&body) ||
        !check_symbols(symbols, identifiers, &info->symbols) ||
        !check_modules(modules, maps, info->symbols, &info->modules) ||
        !check_resources(resources, signature.at, &info->natives) ||
        !oc_archive_signed(signature.at, rest.at, left(&rest)))
        return "damaged";
    return NULL;
}
