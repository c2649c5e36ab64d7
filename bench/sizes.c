/* sizes - prints what each object of the media plane costs in memory, as `name bytes` lines.
 * bench/budget.mjs and bench/footprint.mjs run it. */
#include <stdio.h>
#include "oc_capture.h"
#include "oc_channel.h"
#include "oc_event_log.h"
#include "oc_hist.h"
#include "oc_mailbox.h"
#include "oc_mp4_read.h"
#include "oc_out_file.h"
#include "oc_out_live.h"
#include "oc_out_pull.h"
#include "oc_plane.h"
#include "oc_ring.h"
#ifdef OC_ESP32 /* compiled against tests/esp32/declarations */
#include "oc_camera_plan.h"
#include "oc_capture_esp.h"
#include "oc_p2p_service_esp.h"
#include "oc_tasks.h"
#endif
#ifdef OC_P2P
#include "oc_hub.h"
#include "oc_viewers.h"
#endif

static void ring(const char *name, uint32_t ms, uint32_t bps, uint32_t packets_per_s) {
    oc_ring_plan_t plan = {.milliseconds = ms, .bitrate_bps = bps, .packets_per_s = packets_per_s};
    oc_ring_size_t size;
    char why[128];
    if (oc_ring_plan(&plan, &size, why, sizeof(why)) == 0)
        printf("%s %zu\n", name, size.total_bytes);
}

#ifdef OC_P2P
/* The viewers of a board over UDP: what all share, and each. */
static void viewers(void) {
    oc_hub_config_t hub = {.peers = OC_SESSIONS_MAX};
    oc_peer_profile_t profile = oc_peer_profile_camera();
    oc_pool_t pool = {0};
    oc_viewers_config_t config = {0};
    hub.profile = profile;
#ifdef OC_ESP32
    hub.pool_blocks = OC_SESSIONS_MAX * OC_P2P_SERVICE_ESP_BLOCKS;
    config.blocks = OC_SESSIONS_MAX * OC_P2P_SERVICE_ESP_TEXTS;
#endif
    profile.sctp.pool = &pool;
    printf("sessions %u\n", (unsigned)OC_SESSIONS_MAX);
    printf("oc_hub %zu\n", oc_hub_bytes(&hub));
    printf("oc_peer %zu\n", oc_peer_bytes(&profile));
    printf("oc_gather_t %zu\n", sizeof(oc_gather_t));
    printf("oc_viewers %zu\n", oc_viewers_bytes(&config));
    printf("oc_viewers_view %zu\n", oc_viewers_view_bytes());
    printf("oc_viewers_stream %zu\n", oc_viewers_stream_bytes());
}
#endif

int main(void) {
    printf("oc_packet_t %zu\n", sizeof(oc_packet_t));
    printf("oc_track_t %zu\n", sizeof(oc_track_t));
    printf("oc_handoff_t %zu\n", sizeof(oc_handoff_t));
    printf("oc_hist_t %zu\n", sizeof(oc_hist_t));
    printf("oc_mailbox %zu\n", oc_mailbox_bytes());
    printf("parcels %u\n", (unsigned)OC_PARCEL_POOL_BYTES);
    printf("oc_channel_t %zu\n", sizeof(oc_channel_t));
    printf("oc_stream_t %zu\n", sizeof(oc_stream_t));
    printf("oc_event_log_t %zu\n", sizeof(oc_event_log_t));
    printf("oc_capture_fake %zu\n", oc_capture_fake.state_bytes);
    printf("oc_capture_replay %zu\n", oc_capture_replay.state_bytes);
    printf("oc_capture_push %zu\n", oc_capture_push.state_bytes);
    printf("oc_mp4_read %u\n", (unsigned)OC_MP4_READ_BYTES);
    printf("oc_out_file %zu\n", oc_out_file_bytes());
    printf("oc_out_live %zu\n", oc_out_live_bytes());
    printf("oc_out_pull %zu\n", oc_out_pull_bytes());
    printf("oc_plane %zu\n", oc_plane_bytes());
    ring("ring-12s-2.1Mbps", 12000, 2100000, 77);
    ring("ring-4s-5Mbps-jpeg12", 4000, 5000000, 12);
#ifdef OC_P2P
    viewers();
#endif
#ifdef OC_ESP32
    printf("oc_capture_esp %zu\n", oc_capture_esp.state_bytes);
    printf("camera_buffers %u\n",
           (unsigned)(OC_CAPTURE_ESP_BUFFERS * oc_camera_buffer_bytes(1280, 720)));
#define TASK(symbol, name, core, priority, stack)                                                  \
    printf("task_" name "_%d_%d %d\n", core, priority, stack);
    OC_TASK_MAP(TASK)
#endif
    return 0;
}
