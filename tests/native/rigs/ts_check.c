#include "ts_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HZ      90000
#define WRAP    (INT64_C(1) << 33)
#define PCR_MAX (HZ * 40 / 1000)
#define PSI_MAX (HZ / 10)
#define PACKET  188
#define PMT_PID 0x1000

void ts_check_begin(ts_check_t *check, void (*unit)(void *, const ts_unit_t *), void *context) {
    *check = (ts_check_t){.unit = unit, .context = context, .pcr = -1, .tables_at = -1};
    check->counters[0] = check->counters[1] = -1;
}

/* The time nearest to `near` with these 33 bits. */
static int64_t unwrap(int64_t near, uint64_t bits) {
    int64_t difference = (int64_t)((bits - (uint64_t)near) & (WRAP - 1));
    return near + (difference >= WRAP / 2 ? difference - WRAP : difference);
}

static int64_t around(const ts_check_t *check) {
    return check->pcr >= 0 ? check->pcr : check->start;
}

static ts_stream_t *stream_of(ts_check_t *check, unsigned pid) {
    for (unsigned i = 0; i < TS_CHECK_STREAMS; i++)
        if (check->stream[i].pid == pid)
            return &check->stream[i];
    return NULL;
}

/* ---- PES packets ---- */

/* near: the clock as it began. */
static int64_t read_time(int64_t near, const uint8_t *p, unsigned prefix) {
    assert_int_equal(p[0] >> 4, prefix);
    assert_true(p[0] & 1 && p[2] & 1 && p[4] & 1);
    uint64_t bits = (uint64_t)(p[0] >> 1 & 7) << 30 | (uint64_t)p[1] << 22 |
                    (uint64_t)(p[2] >> 1) << 15 | (uint64_t)p[3] << 7 | p[4] >> 1;
    return unwrap(near, bits);
}

static void close_unit(ts_check_t *check, ts_stream_t *stream) {
    static const struct {
        uint8_t type, id;
    } ids[] = {{0x1B, 0xE0}, {0x24, 0xE0}, {0x0F, 0xC0}, {0x06, 0xBD}};
    const uint8_t *p = stream->bytes;
    ts_unit_t *unit = &stream->unit;
    int64_t near = unit->clock >= 0 ? unit->clock : check->start;
    if (!stream->open)
        return;
    stream->open = false;
    assert_true(stream->len > 14);
    assert_memory_equal(p, "\0\0\1", 3);
    for (unsigned i = 0; i < 4; i++)
        if (ids[i].type == stream->type)
            assert_int_equal(p[3], ids[i].id);
    size_t behind = (size_t)p[4] << 8 | p[5];
    assert_true(behind == stream->len - 6 || (behind == 0 && p[3] == 0xE0 && stream->len > 0xFFFF));
    assert_int_equal(p[6], 0x84);
    assert_true(p[7] == 0x80 || p[7] == 0xC0);
    assert_int_equal(p[8], p[7] == 0xC0 ? 10 : 5);
    unit->pts = unit->dts = read_time(near, p + 9, p[7] >> 6);
    if (p[7] == 0xC0) {
        unit->dts = read_time(near, p + 14, 1);
        assert_true(unit->pts > unit->dts);
    }
    assert_true(unit->dts >= stream->dts);
    stream->dts = unit->dts;
    assert_true(unit->clock <= unit->dts || check->hostile); /* it comes before it is needed */
    unit->data = p + 9 + p[8];
    unit->len = stream->len - 9 - p[8];
    check->unit(check->context, unit);
}

static void read_payload(ts_check_t *check, ts_stream_t *stream, bool start, const uint8_t *p,
                         size_t len) {
    if (start) {
        close_unit(check, stream);
        stream->open = true;
        stream->len = 0;
    }
    assert_true(stream->open);
    if (stream->room - stream->len < len) {
        stream->room = (stream->len + len) * 2;
        stream->bytes = realloc(stream->bytes, stream->room);
        assert_non_null(stream->bytes);
    }
    memcpy(stream->bytes + stream->len, p, len);
    stream->len += len;
    if (stream->len < 6)
        return;
    size_t behind = (size_t)stream->bytes[4] << 8 | stream->bytes[5];
    assert_true(behind == 0 || stream->len <= behind + 6);
    if (behind > 0 && stream->len == behind + 6)
        close_unit(check, stream);
}

/* ---- sections ---- */

static void check_crc(const uint8_t *data, size_t len) {
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < len * 8; i++) {
        uint32_t bit = (uint32_t)data[i / 8] >> (7 - i % 8) & 1;
        crc = crc << 1 ^ ((crc >> 31 ^ bit) ? 0x04C11DB7u : 0);
    }
    assert_int_equal(crc, 0); /* with its CRC */
}

/* Returns the section behind the pointer; *len: without CRC. */
static const uint8_t *section_of(const uint8_t *p, size_t size, uint8_t table_id, size_t *len) {
    assert_int_equal(size, 184);
    assert_int_equal(p[0], 0); /* pointer_field */
    p++;
    assert_int_equal(p[0], table_id);
    assert_int_equal(p[1] & 0xF0, 0xB0);
    *len = 3 + ((size_t)(p[1] & 15) << 8 | p[2]);
    assert_in_range(*len, 12, 183);
    check_crc(p, *len);
    for (size_t i = *len; i < 183; i++)
        assert_int_equal(p[i], 0xFF);
    assert_int_equal(p[3] << 8 | p[4], 1); /* transport_stream_id, program_number */
    assert_int_equal(p[5] & 0xC1, 0xC1);
    assert_int_equal(p[6], 0);
    assert_int_equal(p[7], 0);
    *len -= 4;
    return p;
}

static void read_pat(ts_check_t *check, const uint8_t *p, size_t size) {
    size_t len;
    p = section_of(p, size, 0, &len);
    assert_int_equal(len, 12);
    assert_int_equal(p[8] << 8 | p[9], 1);
    assert_int_equal((p[10] << 8 | p[11]) & 0x1FFF, PMT_PID);
    check->pats++;
}

static void read_stream(ts_check_t *check, const uint8_t *p, size_t info) {
    unsigned pid = (unsigned)(p[1] << 8 | p[2]) & 0x1FFF;
    ts_stream_t *stream = stream_of(check, pid);
    if (!stream) {
        stream = stream_of(check, 0);
        assert_non_null(stream);
        *stream = (ts_stream_t){.pid = pid, .type = p[0], .counter = -1, .dts = -1};
    }
    assert_int_equal(p[1] & 0xE0, 0xE0);
    assert_int_equal(stream->type, p[0]); /* a PID keeps its coding */
    stream->listed = true;
    assert_true(p[0] == 0x1B || p[0] == 0x24 || p[0] == 0x0F || p[0] == 0x06);
    if (p[0] != 0x06) {
        assert_int_equal(info, 0);
        return;
    }
    assert_int_equal(info, 10);
    assert_memory_equal(p + 5, "\5\4Opus\x7F\2\x80", 9);
    assert_in_range(p[14], 1, 8);
}

static void read_pmt(ts_check_t *check, const uint8_t *p, size_t size) {
    size_t len;
    p = section_of(p, size, 2, &len);
    unsigned version = p[5] >> 1 & 31;
    bool same = len == check->pmt_len && memcmp(p + 8, check->pmt + 8, len - 8) == 0;
    if (check->pmts++ > 0)
        assert_int_equal(version, (check->version + (same ? 0 : 1)) & 31);
    check->version = version;
    check->pmt_len = len;
    memcpy(check->pmt, p, len);
    check->pcr_pid = (unsigned)(p[8] << 8 | p[9]) & 0x1FFF;
    assert_int_equal((p[10] << 8 | p[11]) & 0xFFF, 0);
    for (unsigned i = 0; i < TS_CHECK_STREAMS; i++)
        check->stream[i].listed = false;
    for (size_t at = 12; at < len;) {
        assert_true(at + 5 <= len);
        size_t info = (size_t)(p[at + 3] << 8 | p[at + 4]) & 0xFFF;
        assert_true(at + 5 + info <= len);
        read_stream(check, p + at, info);
        at += 5 + info;
    }
    for (unsigned i = 0; i < TS_CHECK_STREAMS; i++)
        if (!check->stream[i].listed)
            close_unit(check, &check->stream[i]); /* nothing of it comes any more */
    ts_stream_t *clock = stream_of(check, check->pcr_pid);
    assert_true(clock && clock->listed);
    assert_int_equal(check->pats, check->pmts); /* they come together */
    check->tables_before = true;
}

/* ---- TS packets ---- */

static void read_pcr(ts_check_t *check, const uint8_t *p, bool discontinuity) {
    uint64_t base = (uint64_t)p[0] << 25 | (uint64_t)p[1] << 17 | (uint64_t)p[2] << 9 |
                    (uint64_t)p[3] << 1 | p[4] >> 7;
    assert_int_equal(p[4] & 0x7E, 0x7E);
    assert_int_equal((p[4] & 1) << 8 | p[5], 0); /* 27 MHz: a tick of 90 kHz is whole */
    int64_t pcr = unwrap(around(check), base);
    if (discontinuity && pcr < check->pcr)
        pcr += WRAP; /* ahead by more than half of what 33 bits tell apart */
    if (check->tables_before || discontinuity)
        check->tables_at = pcr;
    check->tables_before = false;
    if (check->pcr >= 0) {
        assert_true(pcr > check->pcr);
        assert_true(discontinuity || pcr - check->pcr <= PCR_MAX);
        assert_true(pcr - check->tables_at <= PSI_MAX);
    }
    check->pcr = pcr;
    check->discontinuities += discontinuity;
}

/* Returns the bytes of the adaptation field with its length. */
static size_t read_field(ts_check_t *check, const uint8_t *p, unsigned pid, bool payload,
                         ts_unit_t *unit) {
    size_t len = p[0], at = 1;
    assert_true(payload ? len <= 182 : len == 183);
    if (len == 0)
        return 1;
    uint8_t flags = p[at++];
    assert_int_equal(flags & ~(0x80 | 0x40 | 0x10), 0);
    assert_true(!(flags & 0x80) || flags & 0x10);
    unit->random_access = flags & 0x40;
    unit->discontinuity = flags & 0x80;
    if (flags & 0x10) {
        assert_int_equal(pid, check->pcr_pid);
        read_pcr(check, p + at, flags & 0x80);
        unit->pcr = check->pcr;
        at += 6;
    }
    assert_true(at <= len + 1);
    for (; at <= len; at++)
        assert_int_equal(p[at], 0xFF);
    return len + 1;
}

static void check_counter(int *last, unsigned counter, bool payload) {
    if (*last >= 0)
        assert_int_equal(counter, payload ? (*last + 1) & 15 : *last);
    *last = (int)counter;
}

static void read_packet(ts_check_t *check, const uint8_t *p) {
    unsigned pid = (unsigned)(p[1] << 8 | p[2]) & 0x1FFF, counter = p[3] & 15;
    bool start = p[1] & 0x40, field = p[3] & 0x20, payload = p[3] & 0x10;
    ts_unit_t unit = {.pid = pid, .pcr = -1};
    assert_int_equal(p[0], 0x47);
    assert_int_equal(p[1] & 0xA0, 0);
    assert_int_equal(p[3] & 0xC0, 0);
    assert_true(field || payload);
    check->packets++;
    check->stuffed += !payload;
    size_t at = 4 + (field ? read_field(check, p + 4, pid, payload, &unit) : 0);
    if (pid == 0 || pid == PMT_PID) {
        assert_true(start && payload && !field);
        check_counter(&check->counters[pid != 0], counter, true);
        (pid == 0 ? read_pat : read_pmt)(check, p + at, PACKET - at);
        return;
    }
    ts_stream_t *stream = stream_of(check, pid);
    assert_true(pid > 0 && stream && stream->listed); /* the tables come first */
    check_counter(&stream->counter, counter, payload);
    assert_true(!unit.random_access || start);
    if (start) {
        unit.type = stream->type;
        unit.clock = check->pcr;
        close_unit(check, stream);
        stream->unit = unit;
    }
    if (payload)
        read_payload(check, stream, start, p + at, PACKET - at);
}

void ts_check_feed(ts_check_t *check, const uint8_t *data, size_t len) {
    assert_int_equal(len % PACKET, 0);
    for (size_t at = 0; at < len; at += PACKET)
        read_packet(check, data + at);
}

void ts_check_end(ts_check_t *check) {
    for (unsigned i = 0; i < TS_CHECK_STREAMS; i++) {
        close_unit(check, &check->stream[i]);
        free(check->stream[i].bytes);
        check->stream[i].bytes = NULL;
    }
}
