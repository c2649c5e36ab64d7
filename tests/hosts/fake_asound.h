/* fake_asound - a libasound.so.2 with one card, "hw:0", that keeps what it gets; it refuses what
 * ALSA refuses: other devices, other formats, use before set_params and after close. */
#ifndef FAKE_ASOUND_H
#define FAKE_ASOUND_H

/* What a test looks at and sets; found by dlsym as `fake_asound`. */
typedef struct fake_asound {
    _Atomic unsigned opens, closes, drains, recovers, frames, rate;
    _Atomic int underruns; /* so many writes fail with EPIPE first */
    _Atomic int unplugged; /* every write fails for good */
    short last;            /* sample written last */
} fake_asound_t;

#endif
