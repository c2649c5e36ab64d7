/* See oc_plane_clock.h. */
#include "oc_plane_clock.h"

#include <stdlib.h>
#include "oc_plane_impl.h"
#include "oc_thread_check.h"

static const char *const qualities[] = {"none", "rtc", "ntp"};

void oc_plane_clock(oc_plane_t *plane, const oc_clock_t *reading, int64_t now_us) {
    OC_ON_MEDIA_THREAD();
    oc_clock_change_t change = oc_clock_watch_take(&plane->watch, reading);
    const oc_clock_t *clock = &plane->watch.clock;
    long long step_ms = plane->watch.step_us / 1000;
    char now[OC_CLOCK_TEXT];
    oc_clock_format(oc_clock_wall_us(clock, now_us), now);
    switch (change) {
    case OC_CLOCK_SAME:
        break;
    case OC_CLOCK_SET:
        oc_plane_eventf(plane, -1, OC_EVENT_CLOCK_SET, OC_OK, "", now_us, "it is %s, quality %s",
                        now, qualities[clock->quality]);
        break;
    case OC_CLOCK_STEPPED:
        oc_plane_eventf(plane, -1, OC_EVENT_CLOCK_STEP, OC_OK, "", now_us,
                        "%c%lld.%03d s: it is %s, quality %s", step_ms < 0 ? '-' : '+',
                        (long long)(llabs(step_ms) / 1000), (int)(llabs(step_ms) % 1000), now,
                        qualities[clock->quality]);
        break;
    case OC_CLOCK_LOST:
        oc_plane_eventf(plane, -1, OC_EVENT_CLOCK_LOST, OC_OK, "", now_us,
                        "the wall clock was set back to before 2024; the time from before is kept: "
                        "%s",
                        now);
        break;
    }
}
