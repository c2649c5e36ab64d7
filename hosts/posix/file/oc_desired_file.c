#define _GNU_SOURCE
#include "oc_desired_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_settings_file.h"
#include "oc_store.h"

#define MARK      "ocdesire"
#define VERSION   1 /* of this file; another layout of the letter has another size */
#define NEVER     INT64_MAX
#define SUM       (OC_DESIRED_FILE_HEAD - OC_CRYPTO_HASH) /* where the checksum lies */
#define BACK_US   (60 * INT64_C(1000000)) /* a clock that was set back by less is the same one */
#define US_PER_MS 1000

/* The head of the file; the checksum, then the letter follow. */
typedef struct head {
    char mark[8];
    uint32_t version, entry_bytes;
    uint8_t causes[OC_CRYPTO_HASH];
    int64_t wall_us, begins_us, hold;
} head_t;

_Static_assert(sizeof(head_t) == SUM && OC_DESIRED_FILE_HEAD % 8 == 0, "without gaps, aligned");

static void sum(const uint8_t *file, size_t bytes, uint8_t out[OC_CRYPTO_HASH]) {
    const oc_span_t parts[] = {oc_span(file, SUM),
                               oc_span(file + OC_DESIRED_FILE_HEAD, bytes - OC_DESIRED_FILE_HEAD)};
    oc_hash(OC_HASH_SHA256, parts, 2, out);
}

size_t oc_desired_file_pack(const oc_desired_kept_t *kept, uint8_t *file) {
    head_t head = {.mark = MARK,
                   .version = VERSION,
                   .entry_bytes = sizeof(oc_desired_entry_t),
                   .wall_us = kept->wall_us,
                   .begins_us = kept->hours.begins_us,
                   .hold = kept->hours.hold};
    size_t bytes = OC_DESIRED_FILE_HEAD + kept->bytes;
    memcpy(head.causes, kept->causes, sizeof(head.causes));
    memmove(file + OC_DESIRED_FILE_HEAD, kept->letter, kept->bytes);
    memcpy(file, &head, sizeof(head));
    sum(file, bytes, file + SUM);
    return bytes;
}

/* So many bytes are a letter of that many entries. */
static bool is_whole(const uint8_t *letter, size_t bytes) {
    oc_desired_head_t head;
    if (bytes < sizeof(head) || bytes > OC_DESIRED_FILE_LETTER)
        return false;
    memcpy(&head, letter, sizeof(head));
    return head.count <= OC_CHANNELS_MAX &&
           bytes == sizeof(head) + head.count * sizeof(oc_desired_entry_t);
}

int oc_desired_file_parse(uint8_t *file, size_t bytes, oc_desired_kept_t *kept) {
    head_t head;
    uint8_t expected[OC_CRYPTO_HASH];
    if (bytes < OC_DESIRED_FILE_HEAD || bytes > OC_DESIRED_FILE_MAX)
        return OC_ERR_FORMAT;
    memcpy(&head, file, sizeof(head));
    sum(file, bytes, expected);
    if (memcmp(head.mark, MARK, sizeof(head.mark)) != 0 || head.version != VERSION ||
        head.entry_bytes != sizeof(oc_desired_entry_t) ||
        memcmp(expected, file + SUM, sizeof(expected)) != 0 || head.wall_us < 0 ||
        head.begins_us < 0 || head.hold < 0 || head.hold > 1)
        return OC_ERR_FORMAT;
    *kept = (oc_desired_kept_t){.wall_us = head.wall_us,
                                .hours = {.hold = head.hold, .begins_us = head.begins_us},
                                .letter = file + OC_DESIRED_FILE_HEAD,
                                .bytes = bytes - OC_DESIRED_FILE_HEAD};
    memcpy(kept->causes, head.causes, sizeof(kept->causes));
    return is_whole(kept->letter, kept->bytes) ? OC_OK : OC_ERR_FORMAT;
}

/* ---- times ---- */

static void move(oc_desired_entry_t *entry, int64_t ms) {
    int64_t until_ms = (int64_t)((uint64_t)entry->until_hi << 32 | entry->until_lo);
    if (until_ms == 0)
        return;
    until_ms = oc_clock_add(until_ms, ms);
    until_ms = until_ms > 0 ? until_ms : 1;
    entry->until_lo = (uint32_t)until_ms;
    entry->until_hi = (uint32_t)((uint64_t)until_ms >> 32);
}

void oc_desired_file_move(void *letter, int64_t ms) {
    const oc_desired_head_t *head = letter;
    oc_desired_entry_t *entries = (oc_desired_entry_t *)(void *)((oc_desired_head_t *)letter + 1);
    for (uint32_t i = 0; i < head->count; i++)
        move(&entries[i], ms);
}

void oc_desired_file_resume(oc_desired_kept_t *kept, const oc_clock_t *clock, int64_t now_us) {
    oc_plane_hours_t *hours = &kept->hours;
    bool told = kept->wall_us > 0 && clock->quality != OC_CLOCK_NONE;
    int64_t passed_us = told ? oc_clock_wall_us(clock, now_us) - kept->wall_us : 0;
    bool known = told && passed_us > -BACK_US;
    passed_us = passed_us > 0 ? passed_us : 0;
    oc_desired_file_move(kept->letter, (now_us - passed_us) / US_PER_MS);
    if (hours->begins_us == NEVER)
        return;
    hours->hold |= !known || hours->begins_us <= passed_us;
    hours->begins_us = hours->hold ? NEVER : oc_clock_add(hours->begins_us, now_us - passed_us);
}

/* ---- the disk ---- */

void oc_desired_file_causes(int root, const uint8_t base[OC_CRYPTO_HASH],
                            uint8_t out[OC_CRYPTO_HASH]) {
    size_t len = 0;
    int result;
    char *text = oc_store_read(root, OC_SETTINGS_STORE, &len, &result);
    const uint8_t how = text ? 1 : 0;
    const oc_span_t parts[] = {oc_span(base, OC_CRYPTO_HASH), oc_span(&how, 1),
                               oc_span((const uint8_t *)text, text ? len : 0)};
    oc_hash(OC_HASH_SHA256, parts, 3, out);
    if (text)
        oc_crypto_wipe(text, len);
    free(text);
}

uint8_t *oc_desired_file_read(int root, size_t *bytes) {
    struct stat about;
    int fd = root >= 0 ? oc_beneath_open(root, OC_DESIRED_FILE, O_RDONLY | O_NONBLOCK, 0) : -1;
    if (fd < 0)
        return NULL;
    bool fits = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
                about.st_size <= (off_t)OC_DESIRED_FILE_MAX;
    uint8_t *file = fits ? malloc((size_t)about.st_size) : NULL;
    size_t have = 0;
    for (ssize_t got = 1; file && got > 0 && have < (size_t)about.st_size; have += (size_t)got)
        if ((got = read(fd, file + have, (size_t)about.st_size - have)) < 0)
            got = 0;
    close(fd);
    *bytes = have;
    return file;
}
