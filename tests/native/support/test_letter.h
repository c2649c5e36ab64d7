/* test_letter - desired lists of one or two channels, for tests of hosts: they post them and wait
 * for the rows, which other threads write. */
#ifndef TEST_LETTER_H
#define TEST_LETTER_H

#include <string.h>
#include "oc_plane.h"

/* Start from zeros. */
typedef struct test_letter {
    oc_desired_head_t head;
    oc_desired_entry_t entry[2];
} test_letter_t;

/* Adds a channel, in place of one of this name. */
static inline oc_desired_entry_t *test_letter_add(test_letter_t *letter,
                                                  const oc_channel_config_t *config) {
    uint32_t at = 0;
    while (at < letter->head.count && strcmp(letter->entry[at].channel.name, config->name) != 0)
        at++;
    letter->head.count += at == letter->head.count;
    letter->entry[at] = (oc_desired_entry_t){.channel = *config};
    return &letter->entry[at];
}

/* DESIRED without its parcel, which is the letter from its beginning: test_letter_bytes. */
static inline size_t test_letter_bytes(const test_letter_t *letter) {
    return sizeof letter->head + letter->head.count * sizeof letter->entry[0];
}
static inline oc_command_t test_letter_command(const test_letter_t *letter) {
    return (oc_command_t){.kind = OC_COMMAND_DESIRED,
                          .arg = {0, (int32_t)test_letter_bytes(letter)}};
}

/* Any thread. True: the channel was tried as this list wants it, and *code says what became of it,
 * *number (may be NULL) where. */
static inline bool test_letter_tried(const oc_plane_t *plane, const char *name, uint32_t revision,
                                     int *code, unsigned *number) {
    for (unsigned i = 0; i < OC_CHANNELS_MAX; i++) {
        char found[OC_CHANNEL_NAME_MAX];
        oc_stream_row_t row;
        oc_plane_channel_name(plane, i, found);
        if (strcmp(found, name) != 0 ||
            !oc_table_read(oc_plane_stream_table(plane, i), (uint32_t *)&row) ||
            row.revision < revision)
            continue;
        *code = -(int)row.failure;
        if (number)
            *number = i;
        return true;
    }
    return false;
}

/* Any thread. True: nothing is there any more. */
static inline bool test_letter_gone(const oc_plane_t *plane, unsigned number) {
    oc_stream_row_t row;
    return oc_table_read(oc_plane_stream_table(plane, number), (uint32_t *)&row) &&
           row.state == OC_STREAM_FREE;
}

#endif
