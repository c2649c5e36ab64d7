/* oc_archive - checks an XS archive (.xsa) before the engine sees it, because the engine trusts
 * sizes inside it and overwrites what it does not understand. No I/O, no allocation.
 * Invariant: an archive that passes can be mapped without reading or writing outside it. */
#ifndef OC_ARCHIVE_H
#define OC_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    unsigned symbols; /* entries of its symbol table */
    unsigned modules;
    bool natives; /* some module names C functions */
} oc_archive_info_t;

/* Checks data[0..size) (borrowed until return). Returns NULL and fills *info, or a static text
 * that says what is wrong: not an archive, made by another engine version, cut off, damaged. */
const char *oc_archive_check(const uint8_t *data, size_t size, oc_archive_info_t *info);

/* One resource of an archive, and where the walk over them stands. All zero: before the first. */
typedef struct {
    const char *path;    /* NUL-ended, not empty */
    const uint8_t *data; /* aligned to 4 within the archive */
    size_t size;         /* bytes; may be 0 */
    size_t next;         /* offset of what follows; the walk's own */
} oc_archive_resource_t;

/* Goes to the next resource of an archive, which may be any bytes: nothing outside of it is read,
 * and the walk ends. Pointers are into data. False: there is none, or what follows is malformed. */
bool oc_archive_next_resource(const uint8_t *data, size_t size, oc_archive_resource_t *resource);

/* Finds a resource by its whole path, the first one of that name. Returns its data (borrowed from
 * the archive) and its size, or NULL: there is none. */
const uint8_t *oc_archive_resource(const uint8_t *data, size_t size, const char *path,
                                   size_t *bytes);

/* Whether `signature` (16 bytes, the SIGN atom) is that of the atoms behind it, as the engine's own
 * compiler makes it; each engine's host implements it. It finds damage, it proves no origin.
 * atoms: well-formed, borrowed until return. */
bool oc_archive_signed(const uint8_t *signature, const uint8_t *atoms, size_t size);

#endif
