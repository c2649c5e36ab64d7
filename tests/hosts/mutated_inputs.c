/* Damaged inputs through the driver of ocellus-ffmpeg, as its process runs it: opened, probed,
 * played and transcoded. The program is built with the sanitizers and ends at the first fault.
 *   mutated_inputs COUNT FOLDER FILE...    COUNT damaged copies of each file, the same ones each
 * time NAME.m3u8: with the files of its folder that are its parts: part.ts and key rtsp://...:
 * COUNT times that address with a number behind it; the server damages mutated_inputs replay
 * FILE...          each file as it is: what was once found */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/log.h>

#include "oc_err.h"
#include "oc_ffmpeg.h"

#define SIZE_MAX_BYTES (4u << 20)
#define PUMPS          400

static uint32_t state_of_random;

static uint32_t below(uint32_t maximum) {
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)state_of_random * maximum) >> 32);
}

/* Bytes changed, a piece left out, doubled, or the end cut off. */
static size_t damage(uint8_t *data, size_t len) {
    bool body = below(4) == 0; /* headers that hold, wrong behind them */
    size_t from = !body ? 0 : len > 8192 ? 4096 : len / 2;
    for (uint32_t n = 1 + below(24); n > 0; n--) {
        size_t head = len < 4096 || body || below(2) ? len : 4096; /* where the structure is */
        data[from + below((uint32_t)(head - from))] = (uint8_t)below(256);
    }
    size_t at = from + below((uint32_t)(len - from)), piece = below(2000);
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

/* The checksums of Ogg pages (RFC 3533, 6) right again: a page with a wrong one is passed over, and
 * nothing behind the checksum would ever see damage. */
static void seal_ogg(uint8_t *data, size_t len) {
    for (size_t at = 0; at + 27 <= len; at++) {
        if (memcmp(data + at, "OggS", 4) != 0 || at + 27 + data[at + 26] > len)
            continue;
        size_t end = at + 27 + data[at + 26];
        for (unsigned i = 0; i < data[at + 26]; i++)
            end += data[at + 27 + i];
        uint32_t crc = 0;
        memset(data + at + 22, 0, 4);
        for (size_t i = at; i < end && i < len; i++) {
            crc ^= (uint32_t)data[i] << 24;
            for (int bit = 0; bit < 8; bit++)
                crc = crc << 1 ^ (crc & 0x80000000u ? 0x04c11db7u : 0);
        }
        for (unsigned i = 0; i < 4; i++)
            data[at + 22 + i] = (uint8_t)(crc >> (8 * i));
    }
}

/* Reads a file of at most SIZE_MAX_BYTES. 0: none. */
static size_t load(const char *name, uint8_t *out) {
    FILE *file = fopen(name, "rb");
    size_t len = file ? fread(out, 1, SIZE_MAX_BYTES, file) : 0;
    if (file)
        fclose(file);
    return len;
}

static bool store(const char *path, const uint8_t *data, size_t len) {
    FILE *file = fopen(path, "wb");
    bool whole = file && fwrite(data, 1, len, file) == len;
    return file && fclose(file) == 0 && whole;
}

/* A damaged copy of one file in the folder; harm false: as it is. */
static bool copy_of(const char *name, const char *path, bool harm) {
    static uint8_t data[SIZE_MAX_BYTES];
    const char *dot = strrchr(name, '.');
    size_t len = load(name, data);
    if (len == 0)
        return false;
    size_t left = harm ? damage(data, len) : len;
    if (dot && (strcmp(dot, ".ogg") == 0 || strcmp(dot, ".opus") == 0))
        seal_ogg(data, left);
    return store(path, data, left);
}

/* The parts of a playlist, damaged in two of three rounds. */
static bool copy_parts(const char *list, const char *folder, unsigned round) {
    static const char *const parts[] = {"part.ts", "key"};
    const char *slash = strrchr(list, '/');
    char from[400], to[400];
    for (unsigned i = 0; slash && i < 2; i++) {
        snprintf(from, sizeof from, "%.*s/%s", (int)(slash - list), list, parts[i]);
        snprintf(to, sizeof to, "%s/%s", folder, parts[i]);
        if (!copy_of(from, to, i == 0 && round % 3))
            return false;
    }
    return slash != NULL;
}

static int run(const char *name, const char *folder, unsigned count) {
    const char *dot = strrchr(name, '.'), *how = "";
    bool rtsp = strncmp(name, "rtsp://", 7) == 0, list = dot && strcmp(dot, ".m3u8") == 0;
    unsigned opened = 0;
    char path[400], url[450];
    state_of_random = 1;
    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/damaged%s", folder, rtsp || !dot ? "" : dot);
        if (!rtsp && !copy_of(name, path, !list || i % 3 != 1))
            return 1;
        if (list && !copy_parts(name, folder, i))
            return 1;
        how = i % 2 ? "#transcode=1" : "";
        if (rtsp)
            snprintf(url, sizeof url, "%s%u%s", name, i, i % 4 == 2 ? "#transport=udp" : how);
        else
            snprintf(url, sizeof url, "ffmpeg:%s%s", path, how);
        opened += play(url);
    }
    printf("%s: %u damaged inputs, %u could be opened\n",
           rtsp  ? "rtsp"
           : dot ? dot + 1
                 : name,
           count, opened);
    fflush(stdout);
    return 0;
}

static int replay(const char *name) {
    char url[450];
    for (unsigned i = 0; i < 2; i++) {
        snprintf(url, sizeof url, "ffmpeg:%s%s", name, i ? "#transcode=1" : "");
        play(url);
    }
    printf("%s: replayed\n", name);
    return 0;
}

int main(int argc, char **argv) {
    bool again = argc > 2 && strcmp(argv[1], "replay") == 0;
    if (!again && argc < 4)
        return 2;
    av_log_set_level(AV_LOG_QUIET);
    for (int i = again ? 2 : 3; i < argc; i++) {
        if ((again ? replay(argv[i]) : run(argv[i], argv[2], (unsigned)atoi(argv[1]))) != 0)
            return 1;
    }
    return 0;
}
