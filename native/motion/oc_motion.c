#include "oc_motion.h"

#include <string.h>

#include "oc_motion_blob.h"
#include "oc_motion_outline.h"
#include "oc_motion_tone.h"

#define LEVEL       OC_MOTION_UNITS
#define NEAREST_US  60000
#define STEP_MS_MAX 2000
#define SLOW_MS     8000 /* the background follows in */
#define FAST_MS     1000
#define PLAIN_MS    20000 /* the mean of what is seen */
#define RELAX_MS    4000  /* the background goes over to another light in */
#define HELD_MS     60000 /* the background under what moves */
#define RESTLESS_MS 12000
#define LEARN_US    (6 * 1000000) /* after the first picture, and again after a change of scene */
#define LEARN_LEAST 4             /* pictures of it */
#define WEATHER     5  /* thousandths of the cells are restless: snow or leaves everywhere */
#define SHOCK       16 /* grey levels from picture to picture, the mean: a lamp ... */
#define SHOCK_US    (2 * 1000000) /* ... for so long nothing is an object */
#define TRACKS      6
#define SMALL       12 /* cells of an area that has to be seen more often */
#define BLOBS       8  /* of one picture that are followed, of those that are large enough */
#define TURNS       24 /* of restless, for a cell that begins to differ ... */
#define RESTLESS    96 /* ... until it does not count */
#define SCENE_PART  60 /* percent of cells: another scene, not an object */
#define WAY_US      (3 * 1000000) /* in which an object goes somewhere */
#define LOST_US     (3 * 1000000) /* an object that is not seen for so long is another */
#define GAP_US      500000        /* the same of what is no object yet */
#define STEADY      8             /* pictures in which what comes nearer does nothing else */
#define SPARSE_US   900000        /* between pictures: two of them are enough */
#define LIKE_PART   60            /* percent: the texture is the background's */
#define TEXTURE     8 /* steps from cell to cell, squared and summed over two, that can be compared */

/* An area that is followed from picture to picture. hits 0: free. */
typedef struct oc_motion_track {
    unsigned hits;
    bool confirmed;
    int64_t first_us, last_us, way_us; /* way_us: path and from begin */
    oc_motion_blob_t blob;
    int32_t from_x, from_y; /* its middle at first, sixteenths of a cell */
    int32_t x, y;           /* and now */
    uint32_t path;          /* all its ways, the longer side of each */
    unsigned steady;        /* pictures since its foot went up in the picture ... */
    oc_motion_blob_t low;   /* ... and what it was then */
} oc_motion_track_t;

struct oc_motion {
    oc_motion_config_t config;
    unsigned width, height, cells;
    unsigned pictures; /* since the background was begun */
    int64_t last_us, step_us, learned_us, moved_us, shock_us;
    bool active, weather;
    unsigned left, top, right, bottom, largest; /* of the event */
    oc_motion_track_t track[TRACKS];
    oc_motion_tone_t tone, tone_fast; /* of the background and the fast one to the picture */
    oc_motion_outline_t outline;
    /* by cell */
    uint16_t *background, *fast, *deviation; /* units */
    uint16_t *plain; /* units; the mean of what is seen, changes of light and all */
    uint16_t *list;
    uint8_t *grey, *marks, *before, *restless, *mask;
};

#define BYTES_PER_CELL (7 * sizeof(uint16_t) + 5)

size_t oc_motion_bytes(unsigned width, unsigned height) {
    if (width < OC_MOTION_WIDTH_MIN || height < OC_MOTION_HEIGHT_MIN ||
        width > OC_MOTION_CELLS_MAX || height > OC_MOTION_CELLS_MAX / width)
        return 0;
    return sizeof(oc_motion_t) + (size_t)width * height * BYTES_PER_CELL;
}

oc_motion_t *oc_motion_init(void *memory, unsigned width, unsigned height,
                            const oc_motion_config_t *config) {
    oc_motion_t *m = memory;
    size_t cells = (size_t)width * height;
    memset(m, 0, oc_motion_bytes(width, height));
    m->width = width;
    m->height = height;
    m->cells = (unsigned)cells;
    m->background = (uint16_t *)(m + 1);
    m->fast = m->background + cells;
    m->deviation = m->fast + cells;
    m->plain = m->deviation + cells;
    m->list = m->plain + cells;
    m->outline = (oc_motion_outline_t){width, height, m->list + cells, m->list + 2 * cells};
    m->grey = (uint8_t *)(m->list + 3 * cells);
    m->marks = m->grey + cells;
    m->before = m->marks + cells;
    m->restless = m->before + cells;
    m->mask = m->restless + cells;
    m->last_us = INT64_MIN / 2;
    oc_motion_configure(m, config);
    oc_motion_mask(m, NULL);
    return m;
}

void oc_motion_configure(oc_motion_t *m, const oc_motion_config_t *config) {
    m->config = *config;
}

void oc_motion_mask(oc_motion_t *m, const uint8_t *cells) {
    if (cells)
        memcpy(m->mask, cells, m->cells);
    else
        memset(m->mask, 1, m->cells);
}

bool oc_motion_active(const oc_motion_t *m) {
    return m->active;
}

/* ---- the model ---- */

static unsigned distance(unsigned a, unsigned b) {
    return a > b ? a - b : b - a;
}

static uint16_t units_of(int32_t value) {
    return (uint16_t)(value < 0 ? 0 : value > 255 * LEVEL ? 255 * LEVEL : value);
}

/* A step of the way from value to target: `part` of 256. */
static uint16_t nearer(uint16_t value, uint16_t target, int32_t part) {
    return (uint16_t)(value + ((int32_t)target - value) * part / 256);
}

/* The background is this picture. */
static void begin(oc_motion_t *m, int64_t at_us, bool first) {
    for (unsigned i = 0; i < m->cells; i++) {
        m->background[i] = m->fast[i] = m->plain[i] = (uint16_t)(m->grey[i] * LEVEL);
        if (first)
            m->deviation[i] = 2 * LEVEL;
    }
    memset(m->before, 0, m->cells);
    if (first)
        memset(m->restless, 0, m->cells);
    memset(m->track, 0, sizeof(m->track));
    m->pictures = 1;
    m->learned_us = at_us + LEARN_US;
}

/* What the background looks like in the light of the picture. */
static uint16_t expected(const oc_motion_t *m, unsigned cell) {
    return oc_motion_tone_move(&m->tone, m->background[cell]);
}

/* Finds how the light has changed; the fast background goes along with it at once, the slow one by
 * and by (learn), since what the curve is wrong by would stay in it. */
static void follow_light(oc_motion_t *m, int64_t at_us) {
    uint64_t change = 0;
    oc_motion_tone_find(&m->tone, m->background, m->grey, m->cells);
    oc_motion_tone_find(&m->tone_fast, m->fast, m->grey, m->cells);
    for (unsigned i = 0; i < m->cells; i++) {
        uint16_t moved = oc_motion_tone_move(&m->tone_fast, m->fast[i]);
        change += distance(moved, m->fast[i]);
        m->fast[i] = moved;
    }
    if (change / m->cells > SHOCK * LEVEL)
        m->shock_us = at_us + SHOCK_US;
}

/* Marks what differs. Strong cells. */
static unsigned mark(oc_motion_t *m) {
    unsigned slack = 100u - m->config.sensitivity, strong = 0;
    unsigned least = LEVEL * 3 + LEVEL * slack * 12 / 100, times = 3 * 16 + slack * 16 / 25;
    for (unsigned i = 0; i < m->cells; i++) {
        unsigned value = (unsigned)m->grey[i] * LEVEL;
        unsigned off = distance(value, expected(m, i));
        unsigned limit = least + m->deviation[i] * times / 16;
        uint8_t bits = 0;
        if (off > limit) {
            bits = OC_MOTION_STRONG;
            strong++;
        } else if (off * 8 > limit * 5) {
            bits = OC_MOTION_WEAK;
        }
        if (distance(value, m->fast[i]) * 2 > limit)
            bits |= OC_MOTION_MOVES;
        if (!m->mask[i] || m->restless[i] >= RESTLESS)
            bits |= OC_MOTION_QUIET;
        m->marks[i] = bits;
    }
    return strong;
}

/* Cells that begin to differ again and again are restless. */
static void note_turns(oc_motion_t *m, unsigned step_ms) {
    unsigned fade = step_ms * 256 / RESTLESS_MS, restless = 0;
    for (unsigned i = 0; i < m->cells; i++) {
        bool now = (m->marks[i] & OC_MOTION_STRONG) != 0;
        unsigned level = m->restless[i];
        level -= (level * fade + 255) / 256;
        if (now && !m->before[i])
            level += TURNS;
        m->restless[i] = (uint8_t)(level > 255 ? 255 : level);
        m->before[i] = now;
        restless += level >= RESTLESS / 2;
    }
    m->weather = restless * 1000 >= m->cells * WEATHER;
}

/* `held`: cells TAKEN that belong to what moves are marked so. */
static void learn(oc_motion_t *m, unsigned step_ms) {
    int32_t fast = (int32_t)(step_ms * 256 / FAST_MS), slow = (int32_t)(step_ms * 256 / SLOW_MS);
    int32_t held = (int32_t)(step_ms * 256 / HELD_MS);
    int32_t early = 256 / (int32_t)(m->pictures + 1);
    fast = fast > 256 ? 256 : fast;
    slow = slow < early ? early : slow;
    slow = slow < 1 ? 1 : slow;
    int32_t plain = (int32_t)(step_ms * 256 / PLAIN_MS);
    plain = plain < early ? early : plain;
    int32_t relax = (int32_t)(step_ms * 256 / RELAX_MS);
    for (unsigned i = 0; i < m->cells; i++) {
        uint16_t value = (uint16_t)(m->grey[i] * LEVEL);
        int32_t part = m->marks[i] & OC_MOTION_TAKEN ? held : slow;
        int32_t seen = expected(m, i), own = m->background[i];
        m->deviation[i] = nearer(m->deviation[i], (uint16_t)distance(value, (unsigned)seen), part);
        m->background[i] = units_of(own + (value - seen) * part / 256 + (seen - own) * relax / 256);
        m->fast[i] = nearer(m->fast[i], value, fast);
        m->plain[i] = nearer(m->plain[i], value, plain);
    }
    oc_motion_outline_learn(&m->outline, m->marks, OC_MOTION_TAKEN, slow, held);
    m->pictures += m->pictures < 1000;
}

/* ---- areas ---- */

/* True when the area has the background's own texture, only lighter or darker: steps from cell to
 * cell go as the background's do. Smooth light on top changes them little. */
static bool is_light(const oc_motion_t *m, const uint16_t *list, unsigned count) {
    int64_t now = 0, then = 0, both = 0;
    for (unsigned k = 0; k < count; k++) {
        unsigned i = list[k], x = i % m->width;
        unsigned near[2] = {x + 1 < m->width ? i + 1 : i,
                            i + m->width < m->cells ? i + m->width : i};
        for (unsigned side = 0; side < 2; side++) {
            int32_t a = m->grey[near[side]] - m->grey[i];
            int32_t b = ((int32_t)expected(m, near[side]) - expected(m, i)) / (LEVEL / 16);
            now += (int64_t)a * a * 256;
            then += (int64_t)b * b;
            both += (int64_t)a * b * 16;
        }
    }
    if (then < (int64_t)count * TEXTURE * 256 || both <= 0) /* too flat to tell */
        return false;
    /* both / sqrt(now * then), squared; each below 2^38 */
    int64_t like = (both / 16) * (both / 16) / (now / 16 * (then / 16) / 10000 + 1);
    return like >= (int64_t)LIKE_PART * LIKE_PART;
}

static int32_t difference(const oc_motion_t *m, unsigned cell) {
    return (int32_t)m->grey[cell] * LEVEL - expected(m, cell);
}

static void middle(const oc_motion_t *m, const uint16_t *list, unsigned count, int32_t *x,
                   int32_t *y) {
    uint32_t sx = 0, sy = 0;
    for (unsigned i = 0; i < count; i++) {
        sx += list[i] % m->width;
        sy += list[i] / m->width;
    }
    *x = (int32_t)(sx * 16 / count);
    *y = (int32_t)(sy * 16 / count);
}

static oc_motion_track_t *track_of(oc_motion_t *m, const oc_motion_blob_t *b, int64_t at_us) {
    oc_motion_track_t *chosen = &m->track[0];
    for (unsigned i = 0; i < TRACKS; i++) {
        oc_motion_track_t *t = &m->track[i];
        int64_t gone_us = at_us - t->last_us;
        bool alike = b->cells < t->blob.cells * 3 && t->blob.cells < b->cells * 3;
        unsigned reach = 2 + (unsigned)(gone_us * m->width / (alike ? 1500000 : 6000000));
        reach = reach > m->width / 3 ? m->width / 3 : reach;
        int64_t lost_us = t->confirmed ? LOST_US : GAP_US;
        lost_us = lost_us < m->step_us * 5 / 2 ? m->step_us * 5 / 2 : lost_us;
        if (t->hits > 0 && gone_us <= lost_us && b->left <= t->blob.right + reach &&
            t->blob.left <= b->right + reach && b->top <= t->blob.bottom + reach &&
            t->blob.top <= b->bottom + reach)
            return t;
        if (t->hits == 0 || (chosen->hits > 0 && t->last_us < chosen->last_us))
            chosen = chosen->hits == 0 ? chosen : t;
    }
    *chosen = (oc_motion_track_t){0};
    return chosen;
}

static uint32_t way(int32_t dx, int32_t dy) {
    uint32_t x = (uint32_t)(dx < 0 ? -dx : dx), y = (uint32_t)(dy < 0 ? -dy : dy);
    return x > y ? x : y;
}

/* Its middle is here now. */
static void go(oc_motion_track_t *t, int32_t x, int32_t y, int64_t at_us) {
    if (!t->confirmed && at_us - t->way_us > WAY_US) { /* how it came to be is forgotten */
        t->from_x = t->x;
        t->from_y = t->y;
        t->path = 0;
        t->way_us = at_us;
    }
    t->path += way(x - t->x, y - t->y);
    t->x = x;
    t->y = y;
}

/* True: it comes nearer. Its middle goes nowhere then, but its foot only ever down, and it grows. */
static bool comes_nearer(oc_motion_track_t *t, const oc_motion_blob_t *b, unsigned least) {
    if (t->steady == 0 || b->bottom < t->blob.bottom) {
        t->steady = 0;
        t->low = *b;
    }
    t->steady++;
    return t->steady >= STEADY && (b->bottom - t->low.bottom) * 16 >= least &&
           b->cells * 2 >= t->low.cells * 3;
}

/* True: it is an object that moves. */
static bool follow(oc_motion_t *m, const oc_motion_blob_t *b, const uint16_t *list, int64_t at_us) {
    oc_motion_track_t *t = track_of(m, b, at_us);
    int32_t x, y;
    if (t->hits > 0 && t->last_us == at_us)
        return t->confirmed; /* a part of the same object */
    middle(m, list, b->cells, &x, &y);
    if (t->hits == 0) {
        *t = (oc_motion_track_t){
            .first_us = at_us, .way_us = at_us, .from_x = x, .from_y = y, .x = x, .y = y};
    }
    bool sparse = m->step_us >= SPARSE_US;
    go(t, x, y, at_us);
    t->hits++;
    t->last_us = at_us;
    unsigned least = 16 + oc_motion_blob_side(b->cells) * 2;
    bool nearer_now = comes_nearer(t, b, least);
    t->blob = *b;
    uint32_t travel = way(x - t->from_x, y - t->from_y);
    unsigned needed = (m->config.sensitivity >= 80 || sparse ? 2 : 3);
    needed += b->cells < SMALL && !sparse ? 2 : 0;
    if (t->hits >= needed && ((travel >= least && travel * 2 >= t->path) || nearer_now))
        t->confirmed = at_us >= m->learned_us;
    return t->confirmed;
}

static void absorb(oc_motion_t *m, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        unsigned cell = m->list[i];
        m->background[cell] = units_of(m->background[cell] + difference(m, cell));
        m->marks[cell] = 0;
    }
}

static void release(oc_motion_t *m, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        m->marks[m->list[i]] = 0; /* learned as usual, and not found again */
}

/* The largest object that moves now. False: none. */
static bool look(oc_motion_t *m, int64_t at_us, oc_motion_blob_t *best) {
    unsigned minimum = m->cells * m->config.minimum / 1000, at = 0, count, followed = 0;
    oc_motion_blob_t blob;
    minimum = minimum < 3 ? 3 : minimum;
    if (m->weather && minimum < 3 * SMALL)
        minimum = 3 * SMALL;
    best->cells = 0;
    while ((count = oc_motion_blob_next(m->marks, m->width, m->height, &at, m->list, &blob)) > 0) {
        bool moves = blob.cells >= minimum && blob.moving * 6 >= blob.cells && followed < BLOBS;
        if (!moves) {
            release(m, count);
            continue;
        }
        if (at_us < m->shock_us || is_light(m, m->list, count) ||
            oc_motion_outline_soft(&m->outline, m->list, count)) {
            absorb(m, count);
            continue;
        }
        followed++;
        if (follow(m, &blob, m->list, at_us) && blob.cells > best->cells)
            *best = blob;
    }
    return best->cells > 0;
}

/* ---- edges ---- */

static void fill_area(const oc_motion_t *m, oc_motion_area_t *area) {
    *area = (oc_motion_area_t){.area = (uint16_t)(m->largest * 1000 / m->cells),
                               .x = (uint16_t)(m->left * 1000 / m->width),
                               .y = (uint16_t)(m->top * 1000 / m->height),
                               .width = (uint16_t)((m->right - m->left + 1) * 1000 / m->width),
                               .height = (uint16_t)((m->bottom - m->top + 1) * 1000 / m->height)};
}

static oc_motion_edge_t moved(oc_motion_t *m, const oc_motion_blob_t *b, int64_t at_us,
                              oc_motion_area_t *area) {
    bool begins = !m->active;
    if (begins) {
        m->left = b->left;
        m->top = b->top;
        m->right = b->right;
        m->bottom = b->bottom;
        m->largest = b->cells;
    }
    m->left = b->left < m->left ? b->left : m->left;
    m->top = b->top < m->top ? b->top : m->top;
    m->right = b->right > m->right ? b->right : m->right;
    m->bottom = b->bottom > m->bottom ? b->bottom : m->bottom;
    m->largest = b->cells > m->largest ? b->cells : m->largest;
    m->moved_us = at_us;
    m->active = true;
    fill_area(m, area);
    return begins ? OC_MOTION_BEGINS : OC_MOTION_NONE;
}

oc_motion_edge_t oc_motion_turn(oc_motion_t *m, int64_t at_us, oc_motion_area_t *area) {
    if (!m->active || at_us - m->moved_us < (int64_t)m->config.cooldown_ms * 1000)
        return OC_MOTION_NONE;
    m->active = false;
    fill_area(m, area);
    return OC_MOTION_ENDS;
}

oc_motion_edge_t oc_motion_put(oc_motion_t *m, const uint8_t *picture, size_t stride, int64_t at_us,
                               oc_motion_area_t *area) {
    oc_motion_blob_t best = {0};
    if (at_us - m->last_us < NEAREST_US)
        return OC_MOTION_NONE;
    int64_t step_ms = (at_us - m->last_us) / 1000;
    unsigned step = (unsigned)(step_ms > STEP_MS_MAX ? STEP_MS_MAX : step_ms);
    m->step_us = m->pictures > 0 ? at_us - m->last_us : 0;
    m->last_us = at_us;
    for (unsigned y = 0; y < m->height; y++)
        memcpy(m->grey + (size_t)y * m->width, picture + y * stride, m->width);
    if (m->pictures == 0) {
        begin(m, at_us, true);
        return oc_motion_turn(m, at_us, area);
    }
    follow_light(m, at_us);
    if (mark(m) * 100 > m->cells * SCENE_PART) {
        begin(m, at_us, false);
        return oc_motion_turn(m, at_us, area);
    }
    note_turns(m, step);
    oc_motion_outline_find(&m->outline, m->grey, m->plain);
    bool moves = look(m, at_us, &best);
    learn(m, step);
    if (!moves || at_us < m->learned_us || m->pictures < LEARN_LEAST)
        return oc_motion_turn(m, at_us, area);
    return moved(m, &best, at_us, area);
}
