/* See oc_slot_record.h. */
#include "oc_slot_record.h"

#include "oc_err.h"

#define FORMAT   1
#define CRC_AT   (OC_SLOT_RECORD_BYTES - 4)
#define RESERVED 2 /* zero bytes behind the number of revoked keys */

static const char magic[4] = {'o', 'c', 's', 'r'};

const char *oc_slot_name(enum oc_slot slot) {
    static const char *const names[] = {"factory", "a", "b", "none"};
    return names[slot];
}

/* IEEE 802.3, half a byte at a time. */
static uint32_t crc32(const uint8_t *data, size_t len) {
    static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC,
                                       0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
                                       0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                       0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
    uint32_t crc = UINT32_MAX;
    while (len--) {
        crc ^= *data++;
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static bool is_empty(const uint8_t bytes[OC_SLOT_RECORD_BYTES]) {
    for (unsigned i = 1; i < OC_SLOT_RECORD_BYTES; i++)
        if (bytes[i] != bytes[0])
            return false;
    return bytes[0] == 0 || bytes[0] == UINT8_MAX;
}

static bool read_bytes(oc_rd_t *r, void *to, size_t size) {
    const uint8_t *from = oc_rd_bytes(r, size);
    if (from)
        memcpy(to, from, size);
    return from != NULL;
}

static void read_fields(oc_slot_record_t *record, oc_rd_t *r) {
    record->active = (enum oc_slot)oc_rd_u8(r);
    record->previous = (enum oc_slot)oc_rd_u8(r);
    record->trial = (enum oc_slot)oc_rd_u8(r);
    record->sequence = oc_rd_u32(r);
    record->counter = oc_rd_u32(r);
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++)
        record->bytes[i] = oc_rd_u32(r);
    record->ends = oc_rd_u8(r);
    record->revoked_count = oc_rd_u8(r);
    oc_rd_skip(r, RESERVED);
    for (unsigned i = 0; i < OC_SLOT_FAILED_MAX; i++) {
        read_bytes(r, record->failed[i].digest, OC_SLOT_DIGEST);
        record->failed[i].tries = oc_rd_u8(r);
    }
    read_bytes(r, record->digest, sizeof record->digest);
    read_bytes(r, record->factory, sizeof record->factory);
    read_bytes(r, record->revoked, sizeof record->revoked);
}

int oc_slot_record_read(oc_slot_record_t *record, const uint8_t bytes[OC_SLOT_RECORD_BYTES]) {
    oc_rd_t r = oc_rd(oc_span(bytes, CRC_AT));
    oc_rd_t end = oc_rd(oc_span(bytes + CRC_AT, OC_SLOT_RECORD_BYTES - CRC_AT));
    memset(record, 0, sizeof *record);
    if (is_empty(bytes))
        return OC_ERR_NOENT;
    if (oc_rd_u32(&end) != crc32(bytes, CRC_AT) ||
        memcmp(oc_rd_bytes(&r, sizeof magic), magic, sizeof magic) != 0 || oc_rd_u8(&r) != FORMAT)
        return OC_ERR_FORMAT;
    read_fields(record, &r);
    if (record->active >= OC_SLOT_NONE || record->previous > OC_SLOT_NONE ||
        record->trial > OC_SLOT_NONE || record->revoked_count > OC_TRUST_REVOKED_MAX)
        return OC_ERR_FORMAT;
    return OC_OK;
}

void oc_slot_record_write(const oc_slot_record_t *record, uint8_t bytes[OC_SLOT_RECORD_BYTES]) {
    oc_wr_t w = oc_wr(bytes, OC_SLOT_RECORD_BYTES);
    oc_wr_bytes(&w, magic, sizeof magic);
    oc_wr_u8(&w, FORMAT);
    oc_wr_u8(&w, record->active);
    oc_wr_u8(&w, record->previous);
    oc_wr_u8(&w, record->trial);
    oc_wr_u32(&w, record->sequence);
    oc_wr_u32(&w, record->counter);
    for (unsigned i = 0; i < OC_SLOT_BUNDLES; i++)
        oc_wr_u32(&w, record->bytes[i]);
    oc_wr_u8(&w, record->ends);
    oc_wr_u8(&w, record->revoked_count);
    oc_wr_zero(&w, RESERVED);
    for (unsigned i = 0; i < OC_SLOT_FAILED_MAX; i++) {
        oc_wr_bytes(&w, record->failed[i].digest, OC_SLOT_DIGEST);
        oc_wr_u8(&w, record->failed[i].tries);
    }
    oc_wr_bytes(&w, record->digest, sizeof record->digest);
    oc_wr_bytes(&w, record->factory, sizeof record->factory);
    oc_wr_bytes(&w, record->revoked, (size_t)record->revoked_count * OC_KEY_ID);
    oc_wr_zero(&w, CRC_AT - oc_wr_len(&w));
    oc_wr_u32(&w, crc32(bytes, CRC_AT));
}
