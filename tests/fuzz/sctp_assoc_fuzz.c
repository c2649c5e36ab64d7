/* Two associations and a script: each byte pair opens, sends, closes, overtakes, waits or changes
 * the link. Afterwards the link is good again and all that was promised has to arrive. */
#include <stdlib.h>
#include "sctp_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STREAMS 6

static rig_t rig;
static bool closed[2][STREAMS];
static bool aborted[2]; /* by this end */

static void check(bool ok) {
    if (!ok)
        abort();
}

static void open_stream(unsigned end, uint16_t sid, uint8_t value) {
    rig_stream_t *stream = &rig.end[end].stream[sid], before = *stream;
    bool gaps = rig.end[!end].stream[sid].gaps;
    if (closed[end][sid] || stream->longest)
        return;
    stream->unordered = value & 1;
    if (sctp_rig_open(&rig, end, sid, 1 + value % 8, 1, 20u + value * 16u, (value & 2) != 0) ==
        OC_OK)
        return;
    *stream = before;
    rig.end[!end].stream[sid].gaps = gaps;
}

static void change_link(unsigned end, uint8_t value) {
    rig.link[end].loss = (value & 3) * 150u;
    rig.link[end].twice = (value >> 2 & 3) * 100u;
    rig.link[end].jitter_us = (value >> 4 & 3) * 20000;
    rig.link[end].down = value >> 6 == 3;
}

static void step(uint8_t op, uint8_t value) {
    unsigned end = op >> 3 & 1;
    uint16_t sid = (op >> 4) % STREAMS;
    rig_stream_t *stream = &rig.end[end].stream[sid];
    bool open = stream->longest && !closed[end][sid];
    switch (op & 7) {
    case 0:
        open_stream(end, sid, value);
        break;
    case 1:
        if (open && !rig.end[end].down && !aborted[end] && stream->count < 4000)
            sctp_rig_more(&rig, end, sid, value % 32);
        else if (open && aborted[end])
            check(oc_sctp_kick(rig.end[end].sctp, sid) == OC_ERR_NOENT);
        break;
    case 2:
        if (stream->longest && oc_sctp_close(rig.end[end].sctp, sid, rig.now_us) == OC_OK)
            closed[end][sid] = true;
        break;
    case 3:
        if (rig.end[!end].stream[sid].gaps)
            stream->stale = stream->next > value % 8u ? stream->next - value % 8u : 0;
        break;
    case 4:
        change_link(end, value);
        break;
    case 5:
        rig.end[end].hold = value & 1;
        sctp_rig_release(&rig, end);
        break;
    case 6:
        if (value == 77)
            (void)oc_sctp_shutdown(rig.end[end].sctp);
        if (value == 78) {
            oc_sctp_abort(rig.end[end].sctp, 0);
            aborted[end] = true;
        }
        oc_sctp_path_changed(rig.end[end].sctp, value * 1000u, value % 60, rig.now_us);
        break;
    default:
        sctp_rig_run(&rig, rig.now_us + value * value * 50);
        break;
    }
}

/* What was sent on a stream and not given up has come, once. */
static void settle(void) {
    for (unsigned end = 0; end < 2; end++) {
        rig.link[end] = (rig_link_t){.delay_us = 20000};
        rig.end[end].hold = false;
        sctp_rig_release(&rig, end);
    }
    sctp_rig_run(&rig, rig.now_us + 400000000);
    for (unsigned end = 0; end < 2; end++) {
        if (rig.end[0].down || rig.end[1].down)
            break;
        for (unsigned sid = 0; sid < STREAMS; sid++) {
            const rig_stream_t *from = &rig.end[end].stream[sid], *to = &rig.end[!end].stream[sid];
            check(from->done + from->abandoned == from->next);
            check(closed[end][sid] || from->next == from->count);
            check(to->received >= from->done && to->received <= from->next);
            check(to->gaps || !from->abandoned);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    oc_sctp_config_t config = oc_sctp_camera_config(NULL);
    if (size > 400)
        size = 400;
    memset(closed, 0, sizeof closed);
    memset(aborted, 0, sizeof aborted);
    sctp_rig_init(&rig, &config, 64, 1 + size);
    sctp_rig_connect(&rig);
    for (size_t i = 0; i + 1 < size; i += 2)
        step(data[i], data[i + 1]);
    settle();
    sctp_rig_end(&rig);
    return 0;
}
