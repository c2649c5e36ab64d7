#include "oc_jpeg_dc.h"

#include <stdbool.h>
#include <string.h>

#include "oc_err.h"

#define COMPONENTS 3
#define BLOCK      8 /* pixels */

typedef struct component {
    uint8_t id, across, down, quantiser; /* sampling factors */
    uint8_t dc, ac;                      /* codes of the scan */
    int32_t before;                      /* DC of the block before */
} component_t;

/* What the headers say. */
typedef struct frame {
    unsigned width, height, components, interval;
    component_t component[COMPONENTS];
    uint16_t quantiser[4]; /* of DC; 0: not known */
    unsigned scanned;      /* components of the scan, component 0 first among them */
    size_t data;           /* where its codes begin */
} frame_t;

typedef struct bits {
    const uint8_t *at, *end;
    uint32_t value; /* the next bits are its highest of `count` */
    unsigned count;
    bool marked; /* a marker, or the end, is next */
    bool broken; /* more bits were read than there are */
} bits_t;

static unsigned word(const uint8_t *at) {
    return (unsigned)at[0] << 8 | at[1];
}

/* ---- headers ---- */

static int read_code(const uint8_t *at, oc_jpeg_dc_code_t *out) {
    int32_t code = 0, place = 0;
    memset(out, 0, sizeof(*out));
    for (unsigned length = 1; length <= 16; length++, code <<= 1) {
        unsigned count = at[length - 1];
        out->first[length] = code - place;
        if (place + (int32_t)count > 256 || code + (int32_t)count > 1 << length)
            return OC_ERR_FORMAT;
        for (unsigned i = 0; i < count; i++, code++, place++) {
            uint8_t symbol = at[16 + place];
            out->symbol[place] = symbol;
            for (int32_t k = 0; length <= 8 && k < 1 << (8 - length); k++)
                out->fast[(code << (8 - length)) + k] = (uint16_t)(length << 8 | symbol);
        }
        out->last[length] = count > 0 ? code - 1 : -1;
    }
    out->known = 1;
    return OC_OK;
}

static int read_codes(const uint8_t *at, size_t len, oc_jpeg_dc_work_t *work) {
    while (len > 0) {
        unsigned class = at[0] >> 4, number = at[0] & 15, symbols = 0;
        if (len < 17 || class > 1 || number > 3)
            return OC_ERR_FORMAT;
        for (unsigned i = 1; i <= 16; i++)
            symbols += at[i];
        if (symbols > 256 || len < 17 + symbols)
            return OC_ERR_FORMAT;
        if (number < 2) {
            int rc = read_code(at + 1, class ? &work->ac[number] : &work->dc[number]);
            if (rc != OC_OK)
                return rc;
        }
        at += 17 + symbols;
        len -= 17 + symbols;
    }
    return OC_OK;
}

static int read_quantisers(const uint8_t *at, size_t len, frame_t *frame) {
    while (len > 0) {
        size_t bytes = at[0] >> 4 ? 129 : 65;
        if ((at[0] >> 4) > 1 || (at[0] & 15) > 3 || len < bytes)
            return OC_ERR_FORMAT;
        frame->quantiser[at[0] & 15] = (uint16_t)(bytes == 129 ? word(at + 1) : at[1]);
        at += bytes;
        len -= bytes;
    }
    return OC_OK;
}

static int read_frame(const uint8_t *at, size_t len, frame_t *frame) {
    if (len < 6 || frame->components > 0)
        return OC_ERR_FORMAT;
    frame->height = word(at + 1);
    frame->width = word(at + 3);
    frame->components = at[5];
    if (at[0] != 8 || frame->width > OC_JPEG_DC_SIDE || frame->height > OC_JPEG_DC_SIDE ||
        frame->components > COMPONENTS)
        return OC_ERR_NOTSUP;
    if (frame->width == 0 || frame->height == 0 || frame->components == 0 ||
        len < 6 + 3 * (size_t)frame->components)
        return OC_ERR_FORMAT;
    for (unsigned i = 0; i < frame->components; i++) {
        const uint8_t *c = at + 6 + (size_t)3 * i;
        component_t *to = &frame->component[i];
        *to = (component_t){
            .id = c[0], .across = c[1] >> 4, .down = c[1] & 15, .quantiser = c[2] & 3};
        if (to->across < 1 || to->across > 4 || to->down < 1 || to->down > 4 || c[2] > 3)
            return OC_ERR_FORMAT;
    }
    /* brightness has all the samples there are, or it is not what this reads */
    for (unsigned i = 1; i < frame->components; i++) {
        if (frame->component[i].across > frame->component[0].across ||
            frame->component[i].down > frame->component[0].down)
            return OC_ERR_NOTSUP;
    }
    return OC_OK;
}

static int read_scan(const uint8_t *at, size_t len, frame_t *frame) {
    unsigned count = len > 0 ? at[0] : 0;
    if (frame->components == 0 || count == 0 || len < 4 + 2 * (size_t)count)
        return OC_ERR_FORMAT;
    if ((count != 1 && count != frame->components) || at[1] != frame->component[0].id)
        return OC_ERR_NOTSUP;
    for (unsigned i = 0; i < count; i++) {
        component_t *to = &frame->component[i];
        to->dc = at[2 + 2 * i] >> 4;
        to->ac = at[2 + 2 * i] & 15;
        if (at[1 + 2 * i] != to->id || to->dc > 1 || to->ac > 1)
            return OC_ERR_NOTSUP;
    }
    frame->scanned = count;
    return OC_OK;
}

/* One segment. */
static int read_segment(unsigned marker, const uint8_t *at, size_t len, frame_t *frame,
                        oc_jpeg_dc_work_t *work) {
    switch (marker) {
    case 0xC0: /* baseline */
    case 0xC1:
        return read_frame(at, len, frame);
    case 0xC4:
        return read_codes(at, len, work);
    case 0xDA:
        return read_scan(at, len, frame);
    case 0xDB:
        return read_quantisers(at, len, frame);
    case 0xDD:
        frame->interval = len >= 2 ? word(at) : 0;
        return len >= 2 ? OC_OK : OC_ERR_FORMAT;
    default: /* other kinds of frames; the rest says nothing about pixels */
        return marker >= 0xC2 && marker <= 0xCF && marker != 0xC8 ? OC_ERR_NOTSUP : OC_OK;
    }
}

/* All up to the codes of the first scan. */
static int read_headers(const uint8_t *jpeg, size_t len, frame_t *frame, oc_jpeg_dc_work_t *work) {
    size_t at = 2;
    *frame = (frame_t){0};
    if (len < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8)
        return OC_ERR_FORMAT;
    while (at + 4 <= len && jpeg[at] == 0xFF) {
        unsigned marker = jpeg[at + 1], bytes = word(jpeg + at + 2);
        if (marker == 0xFF) { /* fill */
            at++;
            continue;
        }
        if (bytes < 2 || at + 2 + bytes > len)
            return OC_ERR_FORMAT;
        int rc = read_segment(marker, jpeg + at + 4, bytes - 2, frame, work);
        at += 2 + bytes;
        if (rc != OC_OK)
            return rc;
        if (frame->scanned > 0) {
            frame->data = at;
            return OC_OK;
        }
    }
    return OC_ERR_FORMAT;
}

/* ---- codes ---- */

static void fill(bits_t *b) {
    while (b->count <= 24 && !b->marked) {
        if (b->at >= b->end) {
            b->marked = true;
            break;
        }
        uint8_t byte = *b->at;
        if (byte == 0xFF && (b->at + 1 >= b->end || b->at[1] != 0)) {
            b->marked = true;
            break;
        }
        b->at += byte == 0xFF ? 2 : 1;
        b->value |= (uint32_t)byte << (24 - b->count);
        b->count += 8;
    }
}

static void drop(bits_t *b, unsigned count) {
    b->broken |= count > b->count;
    b->count = count > b->count ? 0 : b->count - count;
    b->value = count < 32 ? b->value << count : 0;
}

/* At most 16 bits; 0 of 0. */
static unsigned take(bits_t *b, unsigned count) {
    if (b->count < count)
        fill(b);
    unsigned value = count > 0 ? b->value >> (32 - count) : 0;
    drop(b, count);
    return value;
}

static unsigned take_symbol(bits_t *b, const oc_jpeg_dc_code_t *code) {
    if (b->count < 16)
        fill(b);
    uint16_t found = code->fast[b->value >> 24];
    if (found) {
        drop(b, found >> 8);
        return found & 255;
    }
    for (unsigned length = 1; length <= 16; length++) {
        int32_t bits = (int32_t)(b->value >> (32 - length));
        if (code->last[length] >= 0 && bits <= code->last[length] &&
            bits - code->first[length] >= 0) {
            drop(b, length);
            return code->symbol[(bits - code->first[length]) & 255];
        }
    }
    b->broken = true;
    return 0;
}

/* The DC value of the next block; AC values are passed over. */
static int32_t take_block(bits_t *b, component_t *c, const oc_jpeg_dc_work_t *work) {
    unsigned size = take_symbol(b, &work->dc[c->dc]) & 15;
    int32_t value = (int32_t)take(b, size);
    if (size > 0 && value < 1 << (size - 1))
        value -= (1 << size) - 1;
    c->before += value;
    if (c->before > 32767 || c->before < -32768) {
        b->broken = true;
        c->before = 0;
    }
    for (unsigned at = 1; at < 64 && !b->broken; at++) {
        unsigned symbol = take_symbol(b, &work->ac[c->ac]), run = symbol >> 4;
        if (symbol == 0)
            break;
        at += run;
        (void)take(b, symbol & 15);
    }
    return c->before;
}

/* Behind an interval: its marker is passed, and DC begins again. */
static void restart(bits_t *b, frame_t *frame) {
    b->value = 0;
    b->count = 0;
    b->marked = false;
    while (b->at + 1 < b->end && b->at[0] == 0xFF && b->at[1] == 0xFF)
        b->at++;
    if (b->at + 1 >= b->end || b->at[0] != 0xFF || (b->at[1] & 0xF8) != 0xD0)
        b->broken = true;
    else
        b->at += 2;
    for (unsigned i = 0; i < frame->components; i++)
        frame->component[i].before = 0;
}

/* ---- the picture ---- */

typedef struct target {
    unsigned width, height; /* cells */
    unsigned across, down;  /* blocks of the picture */
    oc_jpeg_dc_work_t *work;
} target_t;

static void add(const target_t *t, unsigned x, unsigned y, int32_t dc, unsigned quantiser) {
    if (x >= t->across || y >= t->down) /* padding */
        return;
    int32_t grey = dc * (int32_t)quantiser / 8 + 128;
    unsigned cell = y * t->height / t->down * t->width + x * t->width / t->across;
    t->work->sum[cell] += (uint32_t)(grey < 0 ? 0 : grey > 255 ? 255 : grey);
    t->work->count[cell]++;
}

/* All blocks of a unit, which is at column x and row y of units. */
static void take_unit(bits_t *b, frame_t *frame, const target_t *t, unsigned x, unsigned y) {
    for (unsigned i = 0; i < frame->scanned && !b->broken; i++) {
        component_t *c = &frame->component[i];
        unsigned across = frame->scanned > 1 ? c->across : 1;
        unsigned blocks = frame->scanned > 1 ? (unsigned)c->across * c->down : 1;
        for (unsigned k = 0; k < blocks && !b->broken; k++) {
            int32_t dc = take_block(b, c, t->work);
            if (i == 0 && !b->broken)
                add(t, x * across + k % across, y * (blocks / across) + k / across, dc,
                    frame->quantiser[c->quantiser]);
        }
    }
}

static int take_scan(bits_t *b, frame_t *frame, const target_t *t) {
    bool woven = frame->scanned > 1;
    unsigned across = woven ? frame->component[0].across : 1,
             down = woven ? frame->component[0].down : 1;
    unsigned columns = (t->across + across - 1) / across, rows = (t->down + down - 1) / down;
    unsigned units = columns * rows;
    for (unsigned n = 0; n < units && !b->broken; n++) {
        if (frame->interval > 0 && n > 0 && n % frame->interval == 0)
            restart(b, frame);
        take_unit(b, frame, t, n % columns, n / columns);
    }
    return b->broken ? OC_ERR_FORMAT : OC_OK;
}

static unsigned blocks_of(unsigned pixels) {
    return (pixels + BLOCK - 1) / BLOCK;
}

int oc_jpeg_dc(const uint8_t *jpeg, size_t len, uint8_t *out, unsigned width, unsigned height,
               oc_jpeg_dc_work_t *work) {
    frame_t frame;
    memset(work, 0, sizeof(*work));
    int rc = read_headers(jpeg, len, &frame, work);
    if (rc != OC_OK)
        return rc;
    target_t target = {width, height, blocks_of(frame.width), blocks_of(frame.height), work};
    if (width == 0 || height == 0 || width > target.across || height > target.down ||
        width > OC_JPEG_DC_CELLS / height)
        return OC_ERR_INVAL;
    for (unsigned i = 0; i < frame.scanned; i++) {
        const component_t *c = &frame.component[i];
        if (!work->dc[c->dc].known || !work->ac[c->ac].known) /* left out, as some cameras do */
            return OC_ERR_NOTSUP;
    }
    bits_t bits = {.at = jpeg + frame.data, .end = jpeg + len};
    rc = take_scan(&bits, &frame, &target);
    for (unsigned i = 0; rc == OC_OK && i < width * height; i++)
        out[i] = (uint8_t)(work->sum[i] / (work->count[i] > 0 ? work->count[i] : 1u));
    return rc;
}
