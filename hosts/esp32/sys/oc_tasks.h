/* oc_tasks - the tasks of the ESP32-S3 host: name, core, priority, stack. docs/memory.md quotes
 * this table. Core 0 has Wi-Fi and, by its priority, the script; core 1 has the packets. oc_net and
 * oc_crypto are there while viewers can be (oc_p2p_pump_esp), oc_motion once a channel is watched. The task
 * of esp32-camera itself (DMA to frame) is configured in sdkconfig.defaults; the XS task ("main",
 * priority 4, no fixed core, stack by manifest.json) is made by the SDK. Stacks are internal RAM;
 * their sizes are estimates until a board shows the high-water marks. */
#ifndef OC_TASKS_H
#define OC_TASKS_H

/* Symbol, name (at most 15 characters), core, priority (0 .. 24), stack in bytes. */
#define OC_TASK_MAP(X)                                                                             \
    X(CAPTURE, "oc_capture", 1, 12, 8192) /* one per camera: waits for frames, lends them */       \
    X(MEDIA, "oc_media", 1, 11, 16384)    /* the plane: copies into the ring, commands, viewers */ \
    X(EDGE, "oc_edge", 0, 5, 3072)        /* posts one message to the XS task; may wait for it */  \
    X(NET, "oc_net", 0, 10, 3072)         /* waits for sockets of the UDP transport, reads none */ \
    X(CRYPTO, "oc_crypto", 0, 3, 12288)   /* handshakes of viewers, below the script */            \
    X(MOTION, "oc_motion", 0, 2, 4096)    /* what moves in frames, below all of these */

/* The numbers by symbol: OC_TASK_MEDIA_STACK, ... */
enum oc_task_constants {
#define OC_TASK_ENUM(symbol, name, core, priority, stack)                                          \
    OC_TASK_##symbol##_CORE = core, OC_TASK_##symbol##_PRIORITY = priority,                        \
    OC_TASK_##symbol##_STACK = stack,
    OC_TASK_MAP(OC_TASK_ENUM)
#undef OC_TASK_ENUM
};

/* Starts one of them: OC_TASK_START(MEDIA, run, context, &handle); pdPASS or it is out of memory.
 */
#define OC_TASK_START(symbol, run, context, handle)                                                \
    xTaskCreatePinnedToCore(run, oc_task_name_##symbol(), OC_TASK_##symbol##_STACK, context,       \
                            OC_TASK_##symbol##_PRIORITY, handle, OC_TASK_##symbol##_CORE)

/* Names for OC_TASK_START. */
#define OC_TASK_NAME(symbol, name, core, priority, stack)                                          \
    static inline const char *oc_task_name_##symbol(void) {                                        \
        return name;                                                                               \
    }
OC_TASK_MAP(OC_TASK_NAME)
#undef OC_TASK_NAME

#endif
