/* ts_check - a strict reader of MPEG transport streams (Rec. ITU-T H.222.0), made for tests of
 * oc_ts: what is not as it has to be fails the test. It shares nothing with the writer. */
#ifndef TS_CHECK_H
#define TS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TS_CHECK_STREAMS 8

/* A PES packet. Times without the wrap of 33 bits. */
typedef struct ts_unit {
    unsigned pid;
    uint8_t type; /* stream_type of the PMT */
    int64_t pts, dts;
    int64_t pcr;   /* in front of it, same clock; -1 = none */
    int64_t clock; /* the newest PCR of all where it begins; -1 */
    bool random_access, discontinuity;
    const uint8_t *data; /* borrowed */
    size_t len;
} ts_unit_t;

typedef struct ts_stream {
    unsigned pid;
    uint8_t type;
    bool listed; /* in the newest PMT */
    int counter; /* -1 = none yet */
    bool open;   /* a PES packet is under way */
    ts_unit_t unit;
    uint8_t *bytes; /* PES packet */
    size_t len, room;
    int64_t dts; /* the last one; -1 */
} ts_stream_t;

typedef struct ts_check {
    void (*unit)(void *context, const ts_unit_t *unit);
    void *context;
    int64_t start; /* a time near the first PCR, for the wrap */
    bool hostile;  /* tracks far apart in time: a PCR may be behind a DTS */
    uint8_t pmt[188];
    size_t pmt_len;
    int counters[2];        /* of PAT and PMT; -1 */
    unsigned version, pmts; /* of the PMT; how many have come */
    unsigned pats;
    unsigned pcr_pid;
    int64_t pcr, tables_at; /* -1 = none yet */
    bool tables_before;     /* the next PCR says when they were */
    unsigned discontinuities;
    uint64_t packets, stuffed; /* TS packets; those without payload */
    ts_stream_t stream[TS_CHECK_STREAMS];
} ts_check_t;

void ts_check_begin(ts_check_t *check, void (*unit)(void *, const ts_unit_t *), void *context);
/* Whole TS packets. A PES packet is given out when the next one of its PID begins, or at its end
 * where that is said. */
void ts_check_feed(ts_check_t *check, const uint8_t *data, size_t len);
/* Gives out what is left. */
void ts_check_end(ts_check_t *check);

#endif
