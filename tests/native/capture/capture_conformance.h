/* What every capture driver must do, as a test each driver's test calls: open tells what is
 * delivered, start and stop repeat, no packet after stop, payloads stay valid until released,
 * memory is given back, close works twice. */
#ifndef CAPTURE_CONFORMANCE_H
#define CAPTURE_CONFORMANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "oc_capture.h"
#include "oc_err.h"

/* A host for one driver: memory that is counted, virtual time. */
typedef struct rig {
    oc_handoff_t handoff;
    oc_capture_env_t env;
    oc_capture_config_t config;
    const oc_capture_driver_t *driver;
    void *state;
    int64_t now_us;
    int allocated;    /* blocks out */
    int refuse_after; /* allocate fails after that many; -1 never */
    int files;        /* open */
    int wakes;
} rig_t;

static void *rig_allocate(void *context, size_t bytes) {
    rig_t *rig = (rig_t *)context;
    if (rig->refuse_after == 0)
        return NULL;
    rig->refuse_after -= rig->refuse_after > 0;
    rig->allocated++;
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}
static void rig_release(void *context, void *memory) {
    ((rig_t *)context)->allocated--;
    free(memory);
}

static int rig_read_at(void *context, uint64_t offset, void *buffer, size_t len) {
    FILE *file = (FILE *)context;
    if (fseek(file, (long)offset, SEEK_SET))
        return OC_ERR_IO;
    return fread(buffer, 1, len, file) == len ? OC_OK : OC_ERR_TRUNC;
}
static int rig_open_file(void *context, const char *path, oc_mp4_source_t *source) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return OC_ERR_NOENT;
    ((rig_t *)context)->files++;
    fseek(file, 0, SEEK_END);
    *source = (oc_mp4_source_t){rig_read_at, file, (uint64_t)ftell(file)};
    return OC_OK;
}
static void rig_close_file(void *context, oc_mp4_source_t *source) {
    ((rig_t *)context)->files--;
    fclose((FILE *)source->context);
}
static void rig_wake(void *context) {
    ((rig_t *)context)->wakes++;
}

static inline void rig_init(rig_t *rig, const oc_capture_driver_t *driver, const char *url) {
    memset(rig, 0, sizeof *rig);
    oc_handoff_init(&rig->handoff, NULL, NULL);
    rig->env = (oc_capture_env_t){.handoff = &rig->handoff,
                                  .open_file = rig_open_file,
                                  .close_file = rig_close_file,
                                  .allocate = rig_allocate,
                                  .release = rig_release,
                                  .wake = rig_wake,
                                  .context = rig};
    rig->driver = driver;
    rig->refuse_after = -1;
    rig->now_us = 1000000;
    rig->config.audio = true;
    snprintf(rig->config.url, sizeof rig->config.url, "%s", url);
    rig->state = aligned_alloc(16, (driver->state_bytes + 15) / 16 * 16);
    memset(rig->state, 0xA5, driver->state_bytes); /* open must not count on zeros */
}

static inline int rig_open(rig_t *rig) {
    return rig->driver->open(rig->state, &rig->env, &rig->config);
}

static inline void rig_drain(rig_t *rig) {
    oc_handoff_item_t item;
    while (oc_handoff_peek(&rig->handoff, &item) == OC_OK)
        oc_handoff_release(&rig->handoff);
}

static inline void rig_close(rig_t *rig) {
    rig_drain(rig);
    rig->driver->close(rig->state);
    rig->driver->close(rig->state);
    assert_int_equal(rig->allocated, 0);
    assert_int_equal(rig->files, 0);
    free(rig->state);
}

/* Pumps and takes the next item, going on in virtual time to when the driver wants to be called.
 * False: nothing came within limit_us. */
static inline bool rig_next(rig_t *rig, oc_handoff_item_t *item, int64_t limit_us) {
    int64_t end_us = rig->now_us + limit_us;
    while (oc_handoff_peek(&rig->handoff, item) != OC_OK) {
        int64_t next = rig->driver->pump(rig->state, rig->now_us);
        if (oc_handoff_peek(&rig->handoff, item) == OC_OK)
            break;
        if (next < 0 || next == INT64_MAX || next > end_us)
            return false;
        assert_true(next > rig->now_us); /* a driver that has nothing to do must not spin */
        rig->now_us = next;
    }
    return true;
}

static inline uint32_t rig_sum(const oc_packet_t *p) {
    uint32_t sum = p->len_bytes;
    for (uint32_t i = 0; i < p->len_bytes; i++)
        sum = sum * 31 + p->data[i];
    return sum;
}

/* Feeds a driver that delivers only what it is given (push); NULL for others. */
typedef void rig_feed_t(rig_t *rig);

/* Holds up to `hold` items unreleased and checks that lent bytes do not change. */
static inline void conform_delivers(rig_t *rig, rig_feed_t *feed, int packets, uint32_t hold) {
    uint32_t sums[OC_HANDOFF_SLOTS], held = 0;
    bool described[OC_TRACKS_MAX] = {false};
    int64_t dts[OC_TRACKS_MAX] = {INT64_MIN, INT64_MIN};
    for (int n = 0; n < packets;) {
        oc_handoff_item_t item;
        if (feed)
            feed(rig);
        rig->now_us += 20000;
        rig->driver->pump(rig->state, rig->now_us);
        while (oc_handoff_peek_at(&rig->handoff, held, &item) == OC_OK) {
            assert_in_range(item.kind, OC_HANDOFF_PACKET, OC_HANDOFF_TRACK);
            if (item.kind == OC_HANDOFF_TRACK) {
                described[item.packet.track] = true;
                assert_true(item.track->codec != OC_CODEC_NONE && item.track->timescale);
                sums[held++] = 0;
            } else {
                assert_true(described[item.packet.track]); /* described before it is delivered */
                assert_true(item.packet.dts >= dts[item.packet.track]);
                assert_true(item.packet.len_bytes > 0);
                dts[item.packet.track] = item.packet.dts;
                sums[held++] = rig_sum(&item.packet);
                n++;
            }
            if (held < hold)
                continue;
            oc_handoff_peek(&rig->handoff, &item);
            if (item.kind == OC_HANDOFF_PACKET)
                assert_int_equal(rig_sum(&item.packet), sums[0]);
            memmove(sums, sums + 1, --held * sizeof *sums);
            oc_handoff_release(&rig->handoff);
        }
    }
    rig_drain(rig);
}

/* A driver of several kinds of sources does it for some of them only. */
static inline void conform_does(int result) {
    assert_true(result == OC_OK || result == OC_ERR_NOTSUP);
}

/* hold: items that may wait unreleased; a driver without a buffer of its own allows few. */
static inline void conform_life(const oc_capture_driver_t *driver, const char *url,
                                rig_feed_t *feed, uint32_t hold) {
    rig_t rig;
    oc_handoff_item_t item;
    rig_init(&rig, driver, url);
    rig.config.loop = true;
    assert_int_equal(rig_open(&rig), OC_OK);
    assert_string_equal(rig.config.why, "");
    assert_false(rig_next(&rig, &item, 1000000)); /* nothing before start */
    driver->stop(rig.state);                      /* stop before start is fine */
    for (int round = 0; round < 3; round++) {
        assert_int_equal(driver->start(rig.state, rig.now_us), OC_OK);
        conform_delivers(&rig, feed, 200, hold);
        if (driver->request_key)
            conform_does(driver->request_key(rig.state));
        if (driver->set_bitrate_bps)
            conform_does(driver->set_bitrate_bps(rig.state, 500000));
        driver->stop(rig.state);
        driver->stop(rig.state);
        rig_drain(&rig);
        if (feed)
            feed(&rig);
        rig.now_us += 1000000;
        assert_false(rig_next(&rig, &item, 5000000)); /* no packet after stop */
    }
    rig_close(&rig);
}

static inline void conform(const oc_capture_driver_t *driver, const char *url, rig_feed_t *feed) {
    rig_t rig;
    /* allocation fails: an error with a line, nothing kept */
    rig_init(&rig, driver, url);
    rig.refuse_after = 0;
    assert_int_equal(rig_open(&rig), OC_ERR_NOMEM);
    assert_true(rig.config.why[0] != 0);
    rig_close(&rig);
    conform_life(driver, url, feed, OC_HANDOFF_SLOTS / 2);
}

#endif
