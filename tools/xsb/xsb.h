/* xsb - bytecode compiler of the build: JavaScript modules in, one XS archive out.
 * Invariant: the same input gives the same bytes in any folder; the first error ends the program
 * with one line and exit status 1 (2 for a wrong command line). */
#ifndef XSB_H
#define XSB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growing bytes; zero-initialised is empty. Memory lives until the program ends. */
typedef struct {
    uint8_t *data;
    size_t size;
    size_t room;
} xsb_buffer_t;

void xsb_buffer_put(xsb_buffer_t *buffer, const void *data, size_t size);
void xsb_buffer_put8(xsb_buffer_t *buffer, unsigned value);
void xsb_buffer_put16le(xsb_buffer_t *buffer, unsigned value);
void xsb_buffer_put32be(xsb_buffer_t *buffer, uint32_t value);
/* Text with its closing NUL. */
void xsb_buffer_puts(xsb_buffer_t *buffer, const char *text);
/* One atom of the archive format: size (with these 8 bytes), four characters, payload. */
void xsb_buffer_put_atom(xsb_buffer_t *buffer, const char type[4], const xsb_buffer_t *payload);
void xsb_buffer_read_file(xsb_buffer_t *buffer, const char *path);
void xsb_buffer_write_file(const xsb_buffer_t *buffer, const char *path);

/* Prints "xsb: " and the message; exits 1. */
_Noreturn void xsb_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One function of the C side that a module names. */
typedef struct {
    const char *symbol; /* C name */
    int length;         /* number of parameters; -1: a destructor */
} xsb_native_t;

/* What the parser made of one module. Identifiers in code are indexes into symbols. */
typedef struct {
    uint8_t *code;
    size_t code_size;
    char **symbols; /* [0] is the placeholder, never resolved */
    unsigned symbol_count;
    const uint8_t *hosts; /* engine's table: LE16 count, {S8 length, LE16 symbol, text}*; or NULL */
} xsb_script_t;

#define XSB_ROOTS 4 /* folders that source paths are relative to */

/* Compiles one file. roots: absolute folders, up to the first NULL; source paths are written
 * relative to the first that holds them. lines: keep file and line numbers. host: accept the
 * engine's host-function syntax. */
void xsb_compile(xsb_script_t *script, const char *file, const char *const roots[XSB_ROOTS],
                 bool lines, bool host);

/* The archive under construction. */
typedef struct {
    bool lines;
    bool host;
    const char *roots[XSB_ROOTS];
    const char *name;
    xsb_buffer_t symbols; /* NUL-ended names in order of their index */
    unsigned symbol_count;
    struct xsb_symbol_slot *slots; /* hash table over symbols */
    xsb_buffer_t maps;             /* LE16 index of every identifier operand, in code order */
    xsb_buffer_t modules;          /* {PATH CODE}* */
    xsb_buffer_t resources;        /* {unaligned path, data}*: laid out at the end */
    const char **resource_paths;
    xsb_buffer_t *resource_data;
    unsigned resource_count;
    xsb_native_t *natives;
    unsigned native_count;
} xsb_archive_t;

/* Adds a module under its specifier; its table of natives becomes resource "<specifier>.natives".
 */
void xsb_archive_add_module(xsb_archive_t *archive, const char *specifier, const char *file);
void xsb_archive_add_resource(xsb_archive_t *archive, const char *path, const xsb_buffer_t *data);
/* Lays the archive out in `out`. */
void xsb_archive_finish(xsb_archive_t *archive, xsb_buffer_t *out);
/* Index of a name in the archive's symbol table, entered when new. */
unsigned xsb_archive_symbol(xsb_archive_t *archive, const char *name);

/* Moves identifiers of one module's code into the archive's table and makes functions and strings
 * usable in place. Fails on a literal that the archive format cannot carry. */
void xsb_code_map(xsb_archive_t *archive, xsb_script_t *script, const char *file);

#endif
