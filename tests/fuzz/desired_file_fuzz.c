/* What shall run, as a start finds it: any file, and any list under a checksum that fits. What is
 * accepted is packed to the same bytes, and its times can be moved by anything. */
#include <stdlib.h>
#include <string.h>

#include "oc_desired_file.h"
#include "oc_err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room);

static _Alignas(8) uint8_t file[OC_DESIRED_FILE_MAX], again[OC_DESIRED_FILE_MAX];

static void use(size_t size) {
    oc_desired_kept_t kept;
    oc_clock_t clock = {.wall_minus_mono_us = 1795229460000000, .quality = OC_CLOCK_RTC};
    if (oc_desired_file_parse(file, size, &kept) != OC_OK)
        return;
    if (oc_desired_file_pack(&kept, again) != size || memcmp(again, file, size) != 0)
        abort();
    oc_desired_file_resume(&kept, &clock, 1);
    if (kept.hours.hold && kept.hours.begins_us < 0)
        abort();
    oc_desired_file_move(kept.letter, INT64_MIN);
    oc_desired_file_move(kept.letter, INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > OC_DESIRED_FILE_MAX)
        return 0;
    if (size > 0)
        memcpy(file, data, size);
    use(size);
    /* a head of ours: time, beginning, hold, then the letter */
    oc_desired_kept_t kept = {.hours = {.hold = size & 1}};
    if (size < 16 || size - 16 > OC_DESIRED_FILE_LETTER)
        return 0;
    memcpy(&kept.wall_us, data, 8);
    memcpy(&kept.hours.begins_us, data + 8, 8);
    memcpy(again, data + 16, size - 16);
    kept.letter = again;
    kept.bytes = size - 16;
    use(oc_desired_file_pack(&kept, file));
    return 0;
}

/* A list of one channel whose recording ends, whole and without its head. */
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room) {
    struct {
        oc_desired_head_t head;
        oc_desired_entry_t entry;
    } letter = {.head.count = 1, .entry = {.channel = {.name = "cam1", .url = "fake:"}}};
    const oc_desired_kept_t kept = {.wall_us = 1795229460000000,
                                    .hours = {.begins_us = 60000000},
                                    .letter = &letter,
                                    .bytes = sizeof(letter)};
    letter.entry.until_lo = 60000;
    if (number > 1 || room < OC_DESIRED_FILE_HEAD + sizeof(letter))
        return 0;
    if (number == 0)
        return oc_desired_file_pack(&kept, out);
    memcpy(out, &kept.wall_us, 8);
    memcpy(out + 8, &kept.hours.begins_us, 8);
    memcpy(out + 16, &letter, sizeof(letter));
    return 16 + sizeof(letter);
}
