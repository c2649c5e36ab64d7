#include "oc_sound_level.h"

#include <string.h>

#define WINDOWS_PER_S 10
#define LEARN         20     /* windows before an event is possible */
#define LOUD          2      /* windows in a row that begin one */
#define LEAST         (-550) /* quieter than this is never an event */
#define HYSTERESIS    30
#define FALL          8     /* the floor goes down by 1/8 of the way in a window */
#define RISE          200   /* and up by so much of 1/256 tenths: 0.8 dB a second */
#define RISE_ACTIVE   50    /* while it is loud: what stays is usual after a while */
#define FULL_BITS     30    /* log2 of full scale squared */
#define TENTHS        30103 /* 10 * log10(2) in thousandths of a tenth of dB */

int32_t oc_sound_level_of(uint64_t energy, uint32_t samples) {
    uint64_t mean = samples > 0 ? (energy << 8) / samples : 0; /* energy < 2^30 * 2^18 */
    int32_t bits = 0;
    if (mean == 0)
        return OC_SOUND_SILENCE;
    for (uint64_t rest = mean; rest > 1; rest >>= 1)
        bits++;
    /* log2 with 8 bits behind the point; between powers of two a straight line, 0.3 dB off at most
     */
    uint64_t part = bits >= 8 ? (mean >> (bits - 8)) - 256 : (mean << (8 - bits)) - 256;
    int64_t log2 = (int64_t)(bits - 8 - FULL_BITS) * 256 + (int64_t)part;
    int32_t tenths = (int32_t)(log2 * TENTHS / 1000 / 256);
    return tenths < OC_SOUND_SILENCE ? OC_SOUND_SILENCE : tenths;
}

void oc_sound_level_init(oc_sound_level_t *sound, uint32_t rate, const oc_sound_config_t *config) {
    memset(sound, 0, sizeof(*sound));
    sound->config = *config;
    sound->rate = rate;
    sound->level = OC_SOUND_SILENCE;
}

static void follow(oc_sound_level_t *sound) {
    int32_t target = sound->level * 256;
    int32_t rise = sound->active ? RISE_ACTIVE : RISE;
    if (sound->windows == 0)
        sound->floor = target;
    else if (target < sound->floor)
        sound->floor += (target - sound->floor) / FALL;
    else
        sound->floor += target - sound->floor < rise ? target - sound->floor : rise;
}

/* One window is complete. */
static oc_sound_edge_t judge(oc_sound_level_t *sound) {
    int32_t over = sound->floor / 256 + sound->config.threshold_db * 10;
    int32_t limit = over - (sound->active ? HYSTERESIS : 0);
    bool learned = sound->windows >= LEARN;
    bool loud = learned && sound->level >= limit && sound->level >= LEAST;
    follow(sound);
    sound->windows += !learned;
    sound->loud = loud ? sound->loud + 1 : 0;
    sound->quiet = loud ? 0 : sound->quiet + 1;
    if (sound->active && sound->level > sound->peak)
        sound->peak = sound->level;
    if (!sound->active && sound->loud >= LOUD) {
        sound->active = true;
        sound->peak = sound->level;
        return OC_SOUND_BEGINS;
    }
    if (!sound->active || sound->quiet * (1000 / WINDOWS_PER_S) < sound->config.cooldown_ms ||
        sound->quiet == 0)
        return OC_SOUND_NONE;
    sound->active = false;
    return OC_SOUND_ENDS;
}

oc_sound_edge_t oc_sound_level_put(oc_sound_level_t *sound, const int16_t *samples, size_t count,
                                   int32_t *level) {
    uint32_t window = sound->rate / WINDOWS_PER_S;
    oc_sound_edge_t edge = OC_SOUND_NONE;
    for (size_t i = 0; i < count; i++) {
        sound->energy += (uint64_t)((int32_t)samples[i] * samples[i]);
        if (++sound->samples < window)
            continue;
        sound->level = oc_sound_level_of(sound->energy, sound->samples);
        sound->energy = sound->samples = 0;
        oc_sound_edge_t one = judge(sound);
        if (one != OC_SOUND_NONE) {
            edge = one;
            *level = one == OC_SOUND_BEGINS ? sound->level : sound->peak;
        }
    }
    return edge;
}
