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

/* Whether `signature` (16 bytes, the SIGN atom) is that of the atoms behind it, as the engine's own
 * compiler makes it; each engine's host implements it. It finds damage, it proves no origin.
 * atoms: well-formed, borrowed until return. */
bool oc_archive_signed(const uint8_t *signature, const uint8_t *atoms, size_t size);

#endif
