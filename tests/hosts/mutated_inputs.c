/* Damaged inputs through the driver of ocellus-ffmpeg, as its process runs it: opened, probed,
 * played and transcoded. The program is built with the sanitizers and ends at the first fault.
 *   mutated_inputs COUNT FOLDER FILE...    COUNT damaged copies of each file, the same ones each
 * time */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/log.h>

#include "oc_err.h"
#include "oc_ffmpeg.h"

#define SIZE_MAX_BYTES (4u << 20)
#define PUMPS          400

static uint32_t state_of_random;

static uint32_t below(uint32_t most) {
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state_of_random * most) >> 32);
}

/* Bytes changed, a piece left out, doubled, or the end cut off. */
static size_t damage(uint8_t *data, size_t len) {
    for (uint32_t n = 1 + below(24); n > 0; n--) {
        size_t head = len < 4096 || below(2) ? len : 4096; /* where the structure is */
        data[below((uint32_t)head)] = (uint8_t)below(256);
    }
    size_t at = below((uint32_t)len), piece = below(2000);
    if (at + piece < len && below(3) == 0) {
        memmove(data + at, data + at + piece, len - at - piece);
        return len - piece;
    }
    return below(6) == 0 && at > 16 ? at : len;
}

static void *allocate(void *context, size_t bytes) {
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static void release(void *context, void *memory) {
    free(memory);
}

/* True: it could be opened. */
static bool play(const char *url) {
    static oc_ffmpeg_t state;
    static oc_handoff_t handoff;
    oc_capture_env_t env = {.handoff = &handoff, .allocate = allocate, .release = release};
    oc_capture_config_t config = {.as_fast_as_possible = true, .audio = true};
    oc_handoff_item_t item;
    int64_t now_us = 1000000;
    snprintf(config.url, sizeof config.url, "%s", url);
    oc_handoff_init(&handoff, NULL, NULL);
    if (oc_ffmpeg.open(&state, &env, &config) != OC_OK)
        return false;
    bool started = oc_ffmpeg.start(&state, now_us) == OC_OK;
    for (int i = 0; started && i < PUMPS; i++) {
        bool any = false;
        if (oc_ffmpeg.pump(&state, now_us) < 0)
            break;
        for (; oc_handoff_peek(&handoff, &item) == OC_OK; any = true)
            oc_handoff_release(&handoff);
        if (!any)
            break;
        now_us += 20000;
    }
    oc_ffmpeg.stop(&state);
    oc_ffmpeg.close(&state);
    return true;
}

/* Reads a file of at most SIZE_MAX_BYTES. 0: none. */
static size_t load(const char *name, uint8_t *out) {
    FILE *file = fopen(name, "rb");
    size_t len = file ? fread(out, 1, SIZE_MAX_BYTES, file) : 0;
    if (file)
        fclose(file);
    return len;
}

static int run(const char *name, const char *folder, unsigned count) {
    static uint8_t whole[SIZE_MAX_BYTES], copy[SIZE_MAX_BYTES];
    size_t len = load(name, whole);
    const char *dot = strrchr(name, '.');
    unsigned opened = 0;
    char path[400], url[450];
    if (len < 64 || !dot)
        return 1;
    state_of_random = 1;
    for (unsigned i = 0; i < count; i++) {
        memcpy(copy, whole, len);
        size_t left = damage(copy, len);
        snprintf(path, sizeof path, "%s/damaged%s", folder, dot);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(copy, 1, left, file) != left || fclose(file) != 0)
            return 1;
        snprintf(url, sizeof url, "ffmpeg:%s%s", path, i % 2 ? "#transcode=1" : "");
        opened += play(url);
    }
    printf("%s: %u damaged inputs, %u could be opened\n", dot + 1, count, opened);
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 4)
        return 2;
    av_log_set_level(AV_LOG_QUIET);
    for (int i = 3; i < argc; i++) {
        if (run(argv[i], argv[2], (unsigned)atoi(argv[1])) != 0)
            return 1;
    }
    return 0;
}
