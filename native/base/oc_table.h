/* oc_table - a published record: one writer, many readers on other threads, no lock.
 * A sequence number (32 bit) is odd while the writer works; a reader copies and retries when the
 * number moved. The record is an array of 32-bit words, so no access tears on a 32-bit machine. */
#ifndef OC_TABLE_H
#define OC_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct oc_table {
    _Atomic uint32_t sequence;
    uint32_t words;         /* 32-bit words of the record */
    _Atomic uint32_t *data; /* borrowed for the table's life */
} oc_table_t;

/* memory: words * 4 bytes, zeroed by the call. */
void oc_table_init(oc_table_t *table, _Atomic uint32_t *memory, uint32_t words);
/* Writer: publishes a whole record of table->words words. */
void oc_table_write(oc_table_t *table, const uint32_t *record);
/* Reader, any thread: copies a consistent record. true | false: the writer was at work eight times
 * in a row; *record is not to be used. */
bool oc_table_read(const oc_table_t *table, uint32_t *record);

#endif
