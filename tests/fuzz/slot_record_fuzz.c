/* The switch record and a boot: any bytes in both copies, with a right check sum or not, and in the
 * slots. A boot always chooses; what is read as a record has one way to be written. */
#include <stdlib.h>
#include "oc_err.h"
#include "oc_p256_fake.h"
#include "oc_slots.h"

#define COPIES (2 * OC_SLOT_RECORD_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room);

static uint8_t copies[2][OC_SLOT_RECORD_BYTES], memory[8192];
static oc_span_t slot;

static void must(bool right) {
    if (!right)
        abort();
}

/* IEEE 802.3, bit by bit. */
static void sum(uint8_t copy[OC_SLOT_RECORD_BYTES]) {
    uint32_t crc = UINT32_MAX;
    for (unsigned i = 0; i < OC_SLOT_RECORD_BYTES - 4; i++) {
        crc ^= copy[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    oc_wr_t w = oc_wr(copy + OC_SLOT_RECORD_BYTES - 4, 4);
    oc_wr_u32(&w, ~crc);
}

static void check_record(const uint8_t copy[OC_SLOT_RECORD_BYTES]) {
    oc_slot_record_t record, again;
    uint8_t out[OC_SLOT_RECORD_BYTES], same[OC_SLOT_RECORD_BYTES];
    if (oc_slot_record_read(&record, copy) != OC_OK)
        return;
    oc_slot_record_write(&record, out);
    must(oc_slot_record_read(&again, out) == OC_OK);
    oc_slot_record_write(&again, same);
    must(memcmp(out, same, sizeof out) == 0 && again.sequence == record.sequence);
    must(oc_slot_name(record.active) && oc_slot_name(record.previous) &&
         oc_slot_name(record.trial));
}

static int read(void *context, enum oc_slots_place place, uint32_t offset, void *to, size_t size) {
    (void)context;
    oc_span_t from = place == OC_SLOTS_RECORD_0   ? oc_span(copies[0], sizeof copies[0])
                     : place == OC_SLOTS_RECORD_1 ? oc_span(copies[1], sizeof copies[1])
                                                  : slot;
    oc_span_t part = oc_span_sub(from, offset, size);
    if (part.len != size)
        return OC_ERR_TRUNC;
    if (size)
        memcpy(to, part.data, size);
    return OC_OK;
}

static void check_boot(void) {
    static const oc_slots_io_t io = {.read = read};
    static const oc_bundle_host_t host = {"1.0.0", "xs-13.3", 1};
    static oc_slots_choice_t choice;
    static oc_slots_t slots;
    oc_trust_t trust = {0};
    uint8_t point[OC_P256_POINT];
    oc_p256_fake_point(0, point);
    must(oc_trust_add(&trust, point) == OC_OK);
    must(oc_slots_open(&slots, &io, &trust) == OC_OK);
    must(trust.revoked_count <= OC_TRUST_REVOKED_MAX);
    oc_slots_boot(&slots, "camera", "1.0.0", &host, (oc_slots_memory_t){memory, sizeof memory},
                  &choice);
    must(choice.run == OC_SLOT_FACTORY); /* nothing here was ever signed */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memset(copies, 0, sizeof copies);
    memcpy(copies, data, size < COPIES ? size : COPIES);
    slot = oc_span(size > COPIES ? data + COPIES : NULL, size > COPIES ? size - COPIES : 0);
    for (unsigned summed = 0; summed < 2; summed++) {
        for (unsigned i = 0; i < 2; i++) {
            if (summed)
                sum(copies[i]);
            check_record(copies[i]);
        }
        check_boot();
    }
    return 0;
}

size_t oc_fuzz_seed(unsigned number, uint8_t *out, size_t room) {
    oc_slot_record_t record = {.sequence = number + 1,
                               .active = OC_SLOT_A,
                               .previous = OC_SLOT_FACTORY,
                               .trial = number ? OC_SLOT_B : OC_SLOT_NONE,
                               .counter = 3,
                               .bytes = {64, 32},
                               .revoked_count = 2 * number};
    if (number > 2 || room < COPIES + 64)
        return 0;
    oc_slot_record_write(&record, out);
    record.sequence++;
    record.active = OC_SLOT_B;
    oc_slot_record_write(&record, out + OC_SLOT_RECORD_BYTES);
    memcpy(out + COPIES, "\0\0\0\x40ocbm\0\0\0\x0Ename", 16);
    memset(out + COPIES + 16, 'a', 48);
    return COPIES + 64;
}
