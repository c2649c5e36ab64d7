#include "oc_p2p_login.h"

#include "oc_log.h"
#include "oc_posix.h"

static void take_end(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_p2p_host_t *host = call->context;
    oc_p2p_service_t *service = oc_p2p_host_service(host);
    int64_t now = oc_posix_now_us();
    if (oc_viewers_end_login(oc_p2p_service_viewers(service), call->a, call->b,
                             "the login has ended", now) != OC_OK)
        return;
    oc_log(OC_LOG_INFO, "p2p", "viewer %u: its login has ended", call->a);
    oc_p2p_service_advance(service, now); /* it is told at once */
}

void oc_p2p_login_judge(oc_p2p_host_t *host, bool (*holds)(void *asker, uint32_t login),
                        void *asker) {
    const oc_p2p_service_t *service = oc_p2p_host_service(host);
    oc_session_row_t row;
    for (unsigned i = 0; i < OC_SESSIONS_MAX; i++) {
        if (!oc_table_read(oc_viewers_session_table(oc_p2p_service_viewers(service), i),
                           (uint32_t *)&row) ||
            row.state == OC_SESSION_FREE || holds(asker, row.login))
            continue;
        const oc_media_call_t call = {
            .run = take_end, .context = host, .a = row.session, .b = row.login};
        (void)oc_media_thread_post(oc_p2p_host_media(host), &call); /* a full queue: judged again */
    }
}
