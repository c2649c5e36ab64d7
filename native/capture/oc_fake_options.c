/* Reads the URL of the fake driver. */
#include <stdio.h>
#include <string.h>
#include "oc_capture_fake.h"
#include "oc_err.h"

#define FPS_DEN_MAX  1001u
#define FPS_NUM_MAX  480000u
#define GOP_MAX      100000u
#define SIZE_MAX_    (4u * 1024 * 1024)
#define SIDE_MIN     16u
#define SIDE_MAX     4096u
#define SHIFT_MS_MAX 1000000000

/* A part of the URL. */
typedef struct word {
    const char *at;
    size_t len;
} word_t;

static bool is(word_t w, const char *text) {
    return strlen(text) == w.len && !memcmp(w.at, text, w.len);
}

/* Cuts what stands before `mark` (or everything) off *rest. */
static word_t cut(word_t *rest, char mark) {
    const char *end = rest->len ? memchr(rest->at, mark, rest->len) : NULL;
    word_t head = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
    size_t used = head.len + (end != NULL);
    rest->at += used;
    rest->len -= used;
    return head;
}

/* A decimal number with an optional sign. */
static bool number(word_t w, int64_t low, int64_t high, int64_t *out) {
    bool negative = w.len && *w.at == '-';
    int64_t n = 0;
    size_t i = negative;
    if (w.len == i || w.len > 10 + i)
        return false;
    for (; i < w.len; i++) {
        if (w.at[i] < '0' || w.at[i] > '9')
            return false;
        n = n * 10 + (w.at[i] - '0');
    }
    *out = negative ? -n : n;
    return *out >= low && *out <= high;
}

static bool number32(word_t w, uint32_t low, uint32_t high, uint32_t *out) {
    int64_t n;
    if (!number(w, low, high, &n))
        return false;
    *out = (uint32_t)n;
    return true;
}

static bool rate(word_t w, oc_fake_options_t *o) {
    word_t num = cut(&w, '/');
    o->fps_den = 1;
    if (w.len && !number32(w, 1, FPS_DEN_MAX, &o->fps_den))
        return false;
    return number32(num, 1, FPS_NUM_MAX, &o->fps_num);
}

static bool error_code(word_t w, int32_t *out) {
    static const int codes[] = {OC_ERR_IO, OC_ERR_TIMEOUT, OC_ERR_CLOSED};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (is(w, oc_err_name(codes[i]))) {
            *out = codes[i];
            return true;
        }
    return false;
}

static bool event(word_t w, oc_fake_options_t *o) {
    static const struct {
        const char *name;
        int64_t low, high; /* of the value; equal: it has none */
    } kinds[] = {
        [OC_FAKE_STALL] = {"stall", 1, SHIFT_MS_MAX},
        [OC_FAKE_BURST] = {"burst", 2, GOP_MAX},
        [OC_FAKE_DROP] = {"drop", 0, 0},
        [OC_FAKE_DUP] = {"dup", 0, 0},
        [OC_FAKE_EMPTY] = {"empty", 0, 0},
        [OC_FAKE_BIG] = {"big", 1, SIZE_MAX_},
        [OC_FAKE_PARAMS] = {"params", 0, 0},
        [OC_FAKE_JUMP] = {"jump", -SHIFT_MS_MAX, SHIFT_MS_MAX},
        [OC_FAKE_RESTART] = {"restart", 0, 0},
        [OC_FAKE_LOST] = {"lost", 0, 0},
        [OC_FAKE_END] = {"end", 0, 0},
    };
    word_t value = w, name, frame;
    oc_fake_event_t *e = &o->event[o->events];
    int64_t n = 0;
    frame = cut(&value, ':');
    name = cut(&frame, '@');
    if (o->events == OC_FAKE_EVENTS)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!is(name, kinds[i].name))
            continue;
        *e = (oc_fake_event_t){.kind = (oc_fake_kind_t)i};
        if (!number32(frame, 0, UINT32_MAX, &e->frame))
            return false;
        if (i == OC_FAKE_LOST               ? !error_code(value, &e->value)
            : kinds[i].low != kinds[i].high ? !number(value, kinds[i].low, kinds[i].high, &n)
                                            : value.len != 0)
            return false;
        if (i != OC_FAKE_LOST)
            e->value = (int32_t)n;
        o->events++;
        return true;
    }
    return false;
}

static bool script(word_t w, oc_fake_options_t *o) {
    while (w.len)
        if (!event(cut(&w, ','), o))
            return false;
    return true;
}

static bool option(word_t key, word_t value, oc_fake_options_t *o) {
    if (is(key, "fps"))
        return rate(value, o);
    if (is(key, "gop"))
        return number32(value, 1, GOP_MAX, &o->gop);
    if (is(key, "size"))
        return number32(value, 1, SIZE_MAX_, &o->size);
    if (is(key, "key"))
        return number32(value, 1, SIZE_MAX_, &o->key);
    if (is(key, "width"))
        return number32(value, SIDE_MIN, SIDE_MAX, &o->width) && o->width % 2 == 0;
    if (is(key, "height"))
        return number32(value, SIDE_MIN, SIDE_MAX, &o->height) && o->height % 2 == 0;
    if (is(key, "seed"))
        return number32(value, 0, UINT32_MAX, &o->seed);
    if (is(key, "audio")) {
        o->audio = is(value, "aac");
        return o->audio || is(value, "none");
    }
    return is(key, "script") && script(value, o);
}

int oc_fake_parse(const char *text, oc_fake_options_t *out, char *why, size_t why_size) {
    word_t rest = {text, strlen(text)};
    *out = (oc_fake_options_t){
        .gop = 30, .size = 4000, .key = 20000, .seed = 1, .width = 320, .height = 240};
    if (rest.len && *rest.at == '?')
        cut(&rest, '?');
    while (rest.len) {
        word_t value = cut(&rest, '&'), key = cut(&value, '=');
        if (option(key, value, out))
            continue;
        snprintf(why, why_size, "fake: option \"%.*s\" is not known or its value not allowed",
                 (int)(key.len < 80 ? key.len : 80), key.at); /* values stay out of logs */
        return OC_ERR_FORMAT;
    }
    return OC_OK;
}
