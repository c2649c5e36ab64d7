#include "oc_picture.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DOT_ROWS     7
#define DOT_COLUMNS  5
#define BLOCK_CELLS  20 /* of a row of the code */
#define BLOCK_ROWS   4
#define BLOCK_BITS   72
#define CODED_BITS   56 /* number and time; the rest is their checksum */
#define MS_PER_DAY   86400000LL
#define OVERLAY_DOTS 120 /* a dot is this part of the width */

/* Rows from top to bottom, the left dot is bit 4. */
static const struct {
    char c;
    uint8_t row[DOT_ROWS];
} font[] = {
    {'0', {14, 17, 19, 21, 25, 17, 14}}, {'1', {4, 12, 4, 4, 4, 4, 14}},
    {'2', {14, 17, 1, 2, 4, 8, 31}},     {'3', {31, 2, 4, 2, 1, 17, 14}},
    {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},
    {'6', {6, 8, 16, 30, 17, 17, 14}},   {'7', {31, 1, 2, 4, 8, 8, 8}},
    {'8', {14, 17, 17, 14, 17, 17, 14}}, {'9', {14, 17, 17, 15, 1, 2, 12}},
    {'A', {14, 17, 17, 31, 17, 17, 17}}, {'B', {30, 17, 17, 30, 17, 17, 30}},
    {'C', {14, 17, 16, 16, 16, 17, 14}}, {'D', {28, 18, 17, 17, 17, 18, 28}},
    {'E', {31, 16, 16, 30, 16, 16, 31}}, {'F', {31, 16, 16, 30, 16, 16, 16}},
    {'G', {14, 17, 16, 23, 17, 17, 15}}, {'H', {17, 17, 17, 31, 17, 17, 17}},
    {'I', {14, 4, 4, 4, 4, 4, 14}},      {'J', {7, 2, 2, 2, 2, 18, 12}},
    {'K', {17, 18, 20, 24, 20, 18, 17}}, {'L', {16, 16, 16, 16, 16, 16, 31}},
    {'M', {17, 27, 21, 21, 17, 17, 17}}, {'N', {17, 17, 25, 21, 19, 17, 17}},
    {'O', {14, 17, 17, 17, 17, 17, 14}}, {'P', {30, 17, 17, 30, 16, 16, 16}},
    {'Q', {14, 17, 17, 17, 21, 18, 13}}, {'R', {30, 17, 17, 30, 20, 18, 17}},
    {'S', {15, 16, 16, 14, 1, 1, 30}},   {'T', {31, 4, 4, 4, 4, 4, 4}},
    {'U', {17, 17, 17, 17, 17, 17, 14}}, {'V', {17, 17, 17, 17, 17, 10, 4}},
    {'W', {17, 17, 17, 21, 21, 27, 17}}, {'X', {17, 17, 10, 4, 10, 17, 17}},
    {'Y', {17, 17, 17, 10, 4, 4, 4}},    {'Z', {31, 1, 2, 4, 8, 16, 31}},
    {'-', {0, 0, 0, 31, 0, 0, 0}},       {'_', {0, 0, 0, 0, 0, 0, 31}},
    {'.', {0, 0, 0, 0, 0, 12, 12}},      {':', {0, 12, 12, 0, 12, 12, 0}},
};

static int clip(int value, int maximum) {
    return value < 0 ? 0 : value > maximum ? maximum : value;
}

void oc_picture_fill(const oc_picture_t *p, int x, int y, int width, int height,
                     oc_colour_t colour) {
    const uint8_t value[OC_PICTURE_PLANES] = {colour.y, colour.cb, colour.cr};
    for (int i = 0; i < OC_PICTURE_PLANES; i++) {
        int part = i ? 2 : 1;
        int left = clip(x, p->width) / part, right = clip(x + width, p->width) / part;
        int top = clip(y, p->height) / part, bottom = clip(y + height, p->height) / part;
        for (int row = top; row < bottom && right > left; row++)
            memset(p->plane[i] + row * p->stride[i] + left, value[i], (size_t)(right - left));
    }
}

static const uint8_t *dots(char c) {
    char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    for (size_t i = 0; i < sizeof(font) / sizeof(*font); i++) {
        if (font[i].c == upper)
            return font[i].row;
    }
    return NULL;
}

int oc_picture_text(const oc_picture_t *p, int x, int y, int dot, oc_colour_t colour,
                    const char *text) {
    int at = x;
    for (; *text; text++, at += (DOT_COLUMNS + 1) * dot) {
        const uint8_t *rows = dots(*text);
        for (int i = 0; rows && i < DOT_ROWS * DOT_COLUMNS; i++) {
            if (rows[i / DOT_COLUMNS] >> (DOT_COLUMNS - 1 - i % DOT_COLUMNS) & 1)
                oc_picture_fill(p, at + i % DOT_COLUMNS * dot, y + i / DOT_COLUMNS * dot, dot, dot,
                                colour);
        }
    }
    return at - x;
}

static unsigned bit_of(uint64_t value, unsigned width, unsigned index) {
    return (unsigned)(value >> (width - 1 - index) & 1);
}

/* CRC-16/CCITT-FALSE. */
static uint16_t checksum(const uint8_t *bits, unsigned count) {
    uint16_t crc = 0xFFFF;
    for (unsigned i = 0; i < count; i++) {
        unsigned top = (unsigned)(crc >> 15) ^ bits[i];
        crc = (uint16_t)((unsigned)crc << 1 ^ (top ? 0x1021u : 0));
    }
    return crc;
}

void oc_picture_block_code(const oc_picture_t *p, uint32_t number, uint64_t ms) {
    uint8_t bits[BLOCK_BITS];
    for (unsigned i = 0; i < 24; i++)
        bits[i] = (uint8_t)bit_of(number, 24, i);
    for (unsigned i = 0; i < 32; i++)
        bits[24 + i] = (uint8_t)bit_of(ms, 32, i);
    uint16_t crc = checksum(bits, CODED_BITS);
    for (unsigned i = 0; i < 16; i++)
        bits[CODED_BITS + i] = (uint8_t)bit_of(crc, 16, i);
    for (int row = 0; row < BLOCK_ROWS; row++) {
        int top = row * p->width / OC_BLOCK_COLUMNS;
        int bottom = (row + 1) * p->width / OC_BLOCK_COLUMNS;
        for (int column = 0; column < BLOCK_CELLS; column++) {
            int left = column * p->width / OC_BLOCK_COLUMNS;
            int right = (column + 1) * p->width / OC_BLOCK_COLUMNS;
            int data = column < 2 ? column == 0 : bits[row * (BLOCK_CELLS - 2) + column - 2];
            oc_picture_fill(p, left, top, right - left, bottom - top, data ? OC_WHITE : OC_BLACK);
        }
    }
}

/* One plane. */
static void turn(const uint8_t *from, int from_stride, uint8_t *to, int to_stride, int width,
                 int height, int degrees, int flip_h, int flip_v) {
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int across = flip_h ? width - 1 - x : x, down = flip_v ? height - 1 - y : y;
            int sx = degrees == 90    ? down
                     : degrees == 180 ? width - 1 - across
                     : degrees == 270 ? height - 1 - down
                                      : across;
            int sy = degrees == 90    ? width - 1 - across
                     : degrees == 180 ? height - 1 - down
                     : degrees == 270 ? across
                                      : down;
            to[y * to_stride + x] = from[sy * from_stride + sx];
        }
    }
}

void oc_picture_turn(const oc_picture_t *from, const oc_picture_t *to, int degrees, int flip_h,
                     int flip_v) {
    for (int i = 0; i < OC_PICTURE_PLANES; i++) {
        int part = i ? 2 : 1;
        turn(from->plane[i], from->stride[i], to->plane[i], to->stride[i], to->width / part,
             to->height / part, degrees, flip_h, flip_v);
    }
}

/* Days since 1970 to a date, by Howard Hinnant's civil_from_days. */
void oc_picture_time(char out[24], int64_t utc_ms) {
    int64_t ms = utc_ms < 0 ? 0 : utc_ms, days = ms / MS_PER_DAY + 719468, rest = ms % MS_PER_DAY;
    int64_t era = days / 146097;
    unsigned doe = (unsigned)(days - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
    unsigned year = (unsigned)(yoe + era * 400 + (month <= 2));
    unsigned s = (unsigned)(rest / 1000);
    snprintf(out, 24, "%04u-%02u-%02u %02u:%02u:%02u.%03u", year % 10000, month % 100, day % 100,
             s / 3600 % 100, s / 60 % 60, s % 60, (unsigned)(rest % 1000));
}

void oc_picture_overlay(const oc_picture_t *p, const char *name, int64_t utc_ms) {
    char line[64], time[24] = "";
    int dot = p->width / OVERLAY_DOTS / 3 > 0 ? p->width / OVERLAY_DOTS / 3 : 1;
    int height = (DOT_ROWS + 4) * dot, top = p->height - height;
    if (utc_ms >= 0)
        oc_picture_time(time, utc_ms);
    snprintf(line, sizeof(line), "%.31s%s%s", name ? name : "",
             name && name[0] && time[0] ? " " : "", time);
    if (!line[0])
        return;
    oc_picture_fill(p, 0, top, ((int)strlen(line) * (DOT_COLUMNS + 1) + 4) * dot, height, OC_BLACK);
    oc_picture_text(p, 2 * dot, top + 2 * dot, dot, OC_WHITE, line);
}

/* Grain, so that an encoder has as much to do as with a camera. */
static void grain(const oc_picture_t *p, int top, int height, uint32_t seed) {
    uint32_t state = seed * 2654435761u + 1;
    for (int y = top; y < top + height && y < p->height; y++) {
        for (int x = 0; x < p->width; x += 4) {
            state = state * 1664525u + 1013904223u;
            for (int i = 0; i < 4 && x + i < p->width; i++)
                p->plane[0][y * p->stride[0] + x + i] = (uint8_t)(64 + (state >> (8 + 4 * i) & 63));
        }
    }
}

void oc_picture_test(const oc_picture_t *p, uint32_t number, int64_t utc_ms, int flash) {
    static const oc_colour_t bars[] = {{180, 128, 128}, {162, 44, 142}, {131, 156, 44},
                                       {112, 72, 58},   {84, 184, 198}, {65, 100, 212},
                                       {35, 212, 114},  {16, 128, 128}};
    const int count = sizeof(bars) / sizeof(*bars), unit = p->width / OC_BLOCK_COLUMNS;
    char time[24];
    for (int i = 0; i < count; i++)
        oc_picture_fill(p, i * p->width / count, 0, p->width / count + 1, p->height, bars[i]);
    grain(p, p->height / 2 + p->height / 8, p->height / 8, number);
    int field = p->width / 8, span = p->width - unit * 2;
    int x = (int)((int64_t)number * 4 % span), y = p->height - 3 * unit;
    oc_picture_fill(p, x, y, unit * 2, unit * 2, OC_WHITE);
    oc_picture_fill(p, p->width - field, 0, field, field, flash ? OC_WHITE : OC_BLACK);
    int dot = p->width / 200 > 0 ? p->width / 200 : 1, left = p->width / 2 - 23 * 3 * dot;
    oc_picture_fill(p, left - dot * 2, p->height / 2 - dot * 2, 23 * 6 * dot + dot * 4,
                    (DOT_ROWS + 4) * dot, OC_BLACK);
    oc_picture_time(time, utc_ms);
    oc_picture_text(p, left, p->height / 2, dot, OC_WHITE, time);
    oc_picture_block_code(p, number, (uint64_t)utc_ms);
}

void oc_picture_scene(const oc_picture_t *p, int64_t media_ms, int64_t period_ms) {
    const int rows = 6, columns = 8;
    for (int i = 0; i < rows * columns; i++) {
        int x = i % columns, y = i / columns;
        oc_colour_t colour = {(uint8_t)(110 + i * 37 % 60), 128, 128};
        oc_picture_fill(p, x * p->width / columns, y * p->height / rows, p->width / columns + 1,
                        p->height / rows + 1, colour);
    }
    int64_t since_ms = media_ms % period_ms;
    int height = p->height / 5, width = p->width / 12;
    if (media_ms < period_ms || since_ms >= OC_PICTURE_CROSSING_MS)
        return;
    int x = (int)((p->width + width) * since_ms / OC_PICTURE_CROSSING_MS) - width;
    oc_picture_fill(p, x, p->height / 2, width, height, (oc_colour_t){30, 128, 128});
}

void oc_picture_shrink(const uint8_t *plane, int stride, int width, int height, uint8_t *out,
                       int to_width, int to_height) {
    for (int y = 0; y < to_height; y++) {
        int top = y * height / to_height, bottom = (y + 1) * height / to_height;
        int rows = bottom - top >= 4 ? 2 : 1;
        for (int x = 0; x < to_width; x++) {
            int left = x * width / to_width, right = (x + 1) * width / to_width;
            uint32_t sum = 0, count = 0;
            for (int row = top; row < bottom; row += rows) {
                const uint8_t *from = plane + (ptrdiff_t)row * stride;
                for (int column = left; column < right; column++)
                    sum += from[column];
                count += (uint32_t)(right - left);
            }
            out[y * to_width + x] = (uint8_t)(sum / count);
        }
    }
}
