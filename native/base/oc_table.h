/* oc_table - a published record: one writer, many readers on other threads, no lock.
 * A sequence number (32 bit) is odd while the writer works; a reader copies and retries when the
 * number moved. The record is an array of 32-bit words, so no access tears on a 32-bit machine.
 * The memory holds both and no pointer, so that another process can map and read it. */
#ifndef OC_TABLE_H
#define OC_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32-bit words of memory for a record of so many words: the sequence number stands before it. */
#define OC_TABLE_WORDS(words) ((words) + 1)

typedef struct oc_table {
    uint32_t words;           /* 32-bit words of the record */
    _Atomic uint32_t *memory; /* OC_TABLE_WORDS(words) of them, borrowed for the table's life */
} oc_table_t;

/* memory: OC_TABLE_WORDS(words) words, zeroed by the call. */
void oc_table_init(oc_table_t *table, _Atomic uint32_t *memory, uint32_t words);
/* Writer: publishes a whole record of table->words words. */
void oc_table_write(oc_table_t *table, const uint32_t *record);
/* Reader, any thread: copies a consistent record. true | false: the writer was at work eight times
 * in a row; *record is not to be used. */
bool oc_table_read(const oc_table_t *table, uint32_t *record);

#endif
