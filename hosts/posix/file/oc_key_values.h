/* oc_key_values - the values of one domain of an application's store, and the bytes of its file
 * (docs/formats-storage.md). Memory only: no system call, nothing is allocated. Any thread. */
#ifndef OC_KEY_VALUES_H
#define OC_KEY_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_KEY_MAX         48u    /* bytes of a key, UTF-8; NVS of ESP32 has 15 */
#define OC_VALUE_MAX       4000u  /* bytes of a value, as in NVS */
#define OC_KEY_VALUES_FILE 65536u /* bytes of a domain's file, at most */
#define OC_KEY_VALUES_HEAD 8u
#define OC_KEY_VALUES_SUM  32u /* SHA-256 of all before it */
#define OC_KEY_VALUES_MAX  (OC_KEY_VALUES_FILE - OC_KEY_VALUES_HEAD - OC_KEY_VALUES_SUM)

#define OC_KEY_VALUES_COUNT 1024u /* entries of a domain; each call looks through them */
#define OC_KEY_FORMATS      10u   /* buffer, string, uint8, int8 ... uint64, int64: key-value.ts */

/* Entries one behind the other, in the order of their last write. */
typedef struct oc_key_values {
    size_t size; /* bytes of `entries` in use */
    uint8_t entries[OC_KEY_VALUES_MAX];
} oc_key_values_t;

/* One of them; borrowed until the next change. */
typedef struct oc_key_value {
    const uint8_t *key, *value;
    size_t key_len, value_len;
    unsigned format; /* below OC_KEY_FORMATS */
} oc_key_value_t;

/* Takes over a file's content. OC_OK | OC_ERR_FORMAT it is damaged: there are no values then. */
int oc_key_values_parse(oc_key_values_t *values, const uint8_t *file, size_t len);
/* Writes the file's content; out has OC_KEY_VALUES_FILE bytes. Returns its length. */
size_t oc_key_values_write(const oc_key_values_t *values, uint8_t *out);

/* The entry at *at, 0 at first, and moves *at behind it. False: there are no more. */
bool oc_key_values_next(const oc_key_values_t *values, size_t *at, oc_key_value_t *entry);
/* False: there is no such key. */
bool oc_key_values_find(const oc_key_values_t *values, const uint8_t *key, size_t key_len,
                        oc_key_value_t *entry);
/* Adds an entry, or replaces the one of its key. OC_OK | OC_ERR_INVAL no key, or too long a one |
 * OC_ERR_TOO_BIG the value, or the whole: nothing has changed. */
int oc_key_values_set(oc_key_values_t *values, const oc_key_value_t *entry);
/* False: there was none. */
bool oc_key_values_remove(oc_key_values_t *values, const uint8_t *key, size_t key_len);

#endif
