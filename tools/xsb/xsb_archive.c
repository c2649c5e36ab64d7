/* Layout of an archive (docs/formats-bytecode.md): sizes big-endian, symbols and identifiers
 * little-endian, as the engine's fxMapArchive reads them. */
#include "xsb.h"

#include "xsCommon.h"
#include <stdlib.h>
#include <string.h>

#define XSB_SYMBOL_SLOTS (1u << 17) /* power of two, at least twice the symbols */
#define XSB_SYMBOLS_MAX  65000u
#define XSB_HEADER_BYTES (8 + 12 + 24) /* XS_A, VERS, SIGN */

struct xsb_symbol_slot {
    size_t offset;  /* of the name in archive->symbols */
    unsigned index; /* 0: free */
};

static void *grown(void *items, unsigned count, size_t size) {
    void *larger = realloc(items, (count + 1) * size);
    if (!larger)
        xsb_fail("out of memory");
    return larger;
}

unsigned xsb_archive_symbol(xsb_archive_t *archive, const char *name) {
    uint32_t hash = 2166136261u;
    if (!archive->symbol_count) {
        archive->slots = calloc(XSB_SYMBOL_SLOTS, sizeof *archive->slots);
        if (!archive->slots)
            xsb_fail("out of memory");
        xsb_buffer_puts(&archive->symbols, "@"); /* entry 0 is never resolved */
        archive->symbol_count = 1;
    }
    for (const char *p = name; *p; p++)
        hash = (hash ^ (uint8_t)*p) * 16777619u;
    struct xsb_symbol_slot *slot = &archive->slots[hash % XSB_SYMBOL_SLOTS];
    while (slot->index) {
        if (!strcmp((char *)archive->symbols.data + slot->offset, name))
            return slot->index;
        slot = &archive->slots[++hash % XSB_SYMBOL_SLOTS];
    }
    if (archive->symbol_count >= XSB_SYMBOLS_MAX)
        xsb_fail("more than %u identifiers", XSB_SYMBOLS_MAX);
    slot->offset = archive->symbols.size;
    slot->index = archive->symbol_count;
    xsb_buffer_puts(&archive->symbols, name);
    return archive->symbol_count++;
}

static void add_native(xsb_archive_t *archive, const char *symbol, int length) {
    archive->natives = grown(archive->natives, archive->native_count, sizeof *archive->natives);
    archive->natives[archive->native_count++] = (xsb_native_t){symbol, length};
}

/* "<specifier>.natives": LE16 count, {S8 length, name, C symbol}*. */
static void add_natives(xsb_archive_t *archive, const char *specifier, const xsb_script_t *script) {
    const uint8_t *p = script->hosts;
    xsb_buffer_t table = {0}, path = {0};
    unsigned count = p[0] | (p[1] << 8);
    p += 2;
    xsb_buffer_put16le(&table, count);
    for (unsigned i = 0; i < count; i++) {
        int length = (int8_t)*p;
        const char *symbol = (const char *)p + 3;
        xsb_buffer_put8(&table, *p);
        xsb_buffer_puts(&table, script->symbols[p[1] | (p[2] << 8)]);
        xsb_buffer_puts(&table, symbol);
        add_native(archive, symbol, length);
        p += 3 + strlen(symbol) + 1;
    }
    xsb_buffer_put(&path, specifier, strlen(specifier));
    xsb_buffer_puts(&path, ".natives");
    xsb_archive_add_resource(archive, (const char *)path.data, &table);
}

void xsb_archive_add_module(xsb_archive_t *archive, const char *specifier, const char *file) {
    xsb_script_t script = {0};
    xsb_buffer_t path = {0}, code = {0};
    xsb_compile(&script, file, archive->roots, archive->lines, archive->host);
    xsb_code_map(archive, &script, file);
    xsb_buffer_puts(&path, specifier);
    xsb_buffer_put_atom(&archive->modules, "PATH", &path);
    xsb_buffer_put(&code, script.code, script.code_size);
    xsb_buffer_put_atom(&archive->modules, "CODE", &code);
    if (script.hosts)
        add_natives(archive, specifier, &script);
}

void xsb_archive_add_resource(xsb_archive_t *archive, const char *path, const xsb_buffer_t *data) {
    unsigned count = archive->resource_count++;
    archive->resource_paths = grown(archive->resource_paths, count, sizeof(char *));
    archive->resource_data = grown(archive->resource_data, count, sizeof *data);
    archive->resource_paths[count] = path;
    archive->resource_data[count] = *data;
}

/* Two FNV-1a sums over everything behind SIGN: an identity, not a proof of origin. */
static void sign(uint8_t signature[16], const xsb_buffer_t *body) {
    uint64_t sum[2] = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
    for (size_t i = 0; i < body->size; i++) {
        sum[0] = (sum[0] ^ body->data[i]) * 0x100000001b3u;
        sum[1] = (sum[1] ^ body->data[i] ^ 0x5a) * 0x100000001b3u;
    }
    for (unsigned i = 0; i < 16; i++)
        signature[i] = (uint8_t)(sum[i / 8] >> (8 * (i % 8)));
}

/* Pads each path so that its data starts on a multiple of 4 in the file. */
static void lay_out_resources(xsb_archive_t *archive, size_t offset) {
    for (unsigned i = 0; i < archive->resource_count; i++) {
        xsb_buffer_t path = {0};
        xsb_buffer_puts(&path, archive->resource_paths[i]);
        while ((offset + archive->resources.size + 8 + path.size + 8) % 4)
            xsb_buffer_put8(&path, 0);
        xsb_buffer_put_atom(&archive->resources, "PATH", &path);
        xsb_buffer_put_atom(&archive->resources, "DATA", &archive->resource_data[i]);
    }
}

static void lay_out_symbols(xsb_archive_t *archive, xsb_buffer_t *body) {
    xsb_buffer_t table = {0}, identifiers = {0};
    xsb_archive_symbol(archive, "default"); /* the table is never empty */
    xsb_buffer_put16le(&table, archive->symbol_count);
    xsb_buffer_put(&table, archive->symbols.data, archive->symbols.size);
    for (unsigned i = 0; i < archive->symbol_count; i++)
        xsb_buffer_put16le(&identifiers, 0); /* zero: the first map writes them */
    xsb_buffer_put_atom(body, "SYMB", &table);
    xsb_buffer_put_atom(body, "IDEN", &identifiers);
}

void xsb_archive_finish(xsb_archive_t *archive, xsb_buffer_t *out) {
    xsb_buffer_t body = {0}, name = {0}, version = {0}, signature = {0};
    uint8_t sum[16];
    xsb_buffer_puts(&name, archive->name);
    xsb_buffer_put_atom(&body, "NAME", &name);
    lay_out_symbols(archive, &body);
    xsb_buffer_put_atom(&body, "MAPS", &archive->maps);
    xsb_buffer_put_atom(&body, "MODS", &archive->modules);
    lay_out_resources(archive, XSB_HEADER_BYTES + body.size + 8);
    xsb_buffer_put_atom(&body, "RSRC", &archive->resources);
    sign(sum, &body);
    xsb_buffer_put(&signature, sum, sizeof sum);
    xsb_buffer_put8(&version, XS_MAJOR_VERSION);
    xsb_buffer_put8(&version, XS_MINOR_VERSION);
    xsb_buffer_put8(&version, XS_PATCH_VERSION);
    xsb_buffer_put8(&version, 0);
    xsb_buffer_put32be(out, (uint32_t)(XSB_HEADER_BYTES + body.size));
    xsb_buffer_put(out, "XS_A", 4);
    xsb_buffer_put_atom(out, "VERS", &version);
    xsb_buffer_put_atom(out, "SIGN", &signature);
    xsb_buffer_put(out, body.data, body.size);
}
