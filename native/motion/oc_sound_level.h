/* oc_sound_level - the level of sound in windows of 100 ms, above a floor that follows what is
 * usual: an event begins when it is louder by a threshold for 200 ms, and ends when it has not been
 * for the cool-down. Levels are tenths of a decibel of full scale (0 loudest, -960 silence).
 * Pure, integers only; one thread. */
#ifndef OC_SOUND_LEVEL_H
#define OC_SOUND_LEVEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OC_SOUND_SILENCE (-960)

typedef struct oc_sound_config {
    uint16_t threshold_db; /* above the floor, 1 .. 60 */
    uint32_t cooldown_ms;
} oc_sound_config_t;

/* What samples change. */
typedef enum oc_sound_edge {
    OC_SOUND_NONE = 0,
    OC_SOUND_BEGINS,
    OC_SOUND_ENDS,
} oc_sound_edge_t;

typedef struct oc_sound_level {
    oc_sound_config_t config;
    uint32_t rate;        /* samples per second */
    uint64_t energy;      /* of the window so far */
    uint32_t samples;     /* of the window so far */
    int32_t floor;        /* tenths of dB, times 256 */
    int32_t level, peak;  /* of the last window; of the event */
    uint32_t windows;     /* since the start, up to those that the floor is learned in */
    uint32_t loud, quiet; /* windows in a row */
    bool active;
} oc_sound_level_t;

/* rate: 4000 .. 192000 samples per second. */
void oc_sound_level_init(oc_sound_level_t *sound, uint32_t rate, const oc_sound_config_t *config);
/* Samples of one channel, in order. The last edge in them; *level: of BEGINS the level then, of
 * ENDS the loudest. */
oc_sound_edge_t oc_sound_level_put(oc_sound_level_t *sound, const int16_t *samples, size_t count,
                                   int32_t *level);
/* Tenths of dB of so much energy (sum of squares) in so many samples. */
int32_t oc_sound_level_of(uint64_t energy, uint32_t samples);

#endif
