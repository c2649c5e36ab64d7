/* oc_host_impl - what the files of oc_host share; not for users of oc_host.h.
 *   oc_host.c          its parts joined: start, commands, turns, end
 *   oc_host_display.c  what a display shows of it, and inputs */
#ifndef OC_HOST_IMPL_H
#define OC_HOST_IMPL_H

#include "oc_host.h"

#include "oc_api_fallback.h"
#include "oc_app_metrics.h"
#include "oc_desired_store.h"
#include "oc_host_update.h"
#include "oc_http_watch.h"
#include "oc_index_event_commands.h"
#include "oc_key_commands.h"
#include "oc_last_run.h"
#include "oc_led.h"
#include "oc_live_broker.h"
#include "oc_metrics.h"
#include "oc_p2p_host.h"
#include "oc_pictures.h"
#include "oc_push_service.h"
#include "oc_retention_notice.h"
#include "oc_script.h"
#include "oc_script_watch.h"
#include "oc_thumbs.h"

struct oc_host {
    oc_host_config_t config;
    oc_media_thread_t *media;
    oc_index_t *index;
    oc_key_commands_t *keys; /* NULL: nothing can be recorded */
    oc_index_begun_t begun;
    oc_script_t *script;
    oc_live_broker_t live;
    oc_pictures_t *pictures;
    oc_thumbs_t *thumbs;
    oc_api_broker_t broker;
    oc_p2p_host_t *p2p_host;
    oc_p2p_service_t *p2p; /* of p2p_host */
    oc_push_service_t *push;
    _Atomic bool open; /* what is above may be used */
    oc_span_bodies_t spans;
    oc_metrics_t metrics;
    oc_app_metrics_t app_metrics;
    oc_script_watch_t watch;
    oc_http_watch_t http_watch;
    oc_host_update_t updates;
    oc_desired_keep_t desired;
    oc_desired_store_t store; /* media thread */
    oc_api_fallback_t fallback;
    oc_retention_notice_t notice; /* media thread */
    oc_resumption_t resumption;   /* media thread */
    _Atomic int64_t advanced_us;  /* time awake: when the media thread came round last */
    int viewer_root, exit_fd;
    _Atomic int exit_code;
    _Atomic bool exiting;
    _Atomic(oc_http_t *) http; /* NULL: not started; set by the script thread, under lock */
    pthread_mutex_t lock;
    bool stopping;          /* under lock: no HTTP server any more */
    bool failed;            /* under lock: http could not listen, its thread ends */
    oc_command_t listener;  /* under lock: who waits for HTTP_LISTEN; request 0 = nobody */
    _Atomic bool listening; /* others too: url and port are final from then on */
    char url[160];
    unsigned port;
    /* script thread */
    oc_listen_config_t listen;
    oc_led_t *led;              /* NULL: none was wanted */
    _Atomic uint32_t indicator; /* for it */
};

#endif
