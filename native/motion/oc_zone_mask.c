#include "oc_zone_mask.h"

#include <stdbool.h>
#include <string.h>

#include "oc_err.h"

typedef struct oc_zone_polygon {
    unsigned count;
    uint16_t x[OC_ZONE_POINTS_MAX], y[OC_ZONE_POINTS_MAX]; /* percent */
} oc_zone_polygon_t;

static bool number(const char **text, uint16_t *out) {
    unsigned value = 0, digits = 0;
    while (**text >= '0' && **text <= '9' && digits < 4) {
        value = value * 10 + (unsigned)(*(*text)++ - '0');
        digits++;
    }
    *out = (uint16_t)value;
    return digits > 0 && value <= 100;
}

static void blanks(const char **text) {
    while (**text == ' ')
        (*text)++;
}

/* One polygon; *text then stands at its ';' or the end. */
static bool polygon(const char **text, oc_zone_polygon_t *out) {
    out->count = 0;
    for (blanks(text); **text && **text != ';'; blanks(text)) {
        if (out->count == OC_ZONE_POINTS_MAX || !number(text, &out->x[out->count]) ||
            *(*text)++ != ',' || !number(text, &out->y[out->count]))
            return false;
        if (**text && **text != ' ' && **text != ';')
            return false;
        out->count++;
    }
    return out->count >= 3;
}

/* Even and odd crossings of a ray to the right; point in percent times 2 * side. */
static bool inside(const oc_zone_polygon_t *zone, int32_t x, int32_t y, int32_t sx, int32_t sy) {
    bool in = false;
    for (unsigned i = 0, j = zone->count - 1; i < zone->count; j = i++) {
        int64_t xi = zone->x[i] * sx, yi = zone->y[i] * sy, xj = zone->x[j] * sx;
        int64_t yj = zone->y[j] * sy;
        if ((yi > y) == (yj > y))
            continue;
        int64_t left = (x - xi) * (yj - yi), right = (xj - xi) * (y - yi);
        in ^= yj > yi ? left < right : left > right;
    }
    return in;
}

static void fill(const oc_zone_polygon_t *zone, unsigned width, unsigned height, uint8_t *cells) {
    for (unsigned y = 0; y < height; y++) {
        for (unsigned x = 0; x < width; x++)
            cells[y * width + x] |=
                inside(zone, (int32_t)(2 * x + 1) * 100, (int32_t)(2 * y + 1) * 100,
                       (int32_t)(2 * width), (int32_t)(2 * height));
    }
}

int oc_zone_mask(const char *text, unsigned width, unsigned height, uint8_t *cells) {
    oc_zone_polygon_t zone;
    unsigned count = 0;
    bool good = true;
    blanks(&text);
    if (cells)
        memset(cells, *text == '\0', (size_t)width * height);
    while (*text && good) {
        good = count++ < OC_ZONES_MAX && polygon(&text, &zone);
        if (good && cells)
            fill(&zone, width, height, cells);
        if (good && *text == ';')
            text++;
    }
    if (!good && cells)
        memset(cells, 1, (size_t)width * height);
    return good ? OC_OK : OC_ERR_FORMAT;
}
