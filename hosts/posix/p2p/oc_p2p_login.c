#include "oc_p2p_login.h"

#include "oc_access_session.h"
#include "oc_log.h"
#include "oc_posix.h"

/* For the viewer and the log. */
static const char *why(uint32_t login) {
    bool link = (login & OC_ACCESS_LOGIN_MARKS) == OC_ACCESS_LOGIN_LINK;
    return link ? "the watch link is over" : "the login has ended";
}

static void take_end(oc_media_thread_t *media, const oc_media_call_t *call) {
    oc_p2p_host_t *host = call->context;
    oc_p2p_service_t *service = oc_p2p_host_service(host);
    int64_t now = oc_posix_now_us();
    if (oc_viewers_end_login(oc_p2p_service_viewers(service), call->a, call->b,
                             why(call->b), now) != OC_OK)
        return;
    oc_log(OC_LOG_INFO, "p2p", "viewer %u: %s", call->a, why(call->b));
    oc_p2p_service_advance(service, now); /* it is told at once */
}

/* False: nobody has this row. */
static bool read_row(oc_p2p_host_t *host, unsigned index, oc_session_row_t *row) {
    const oc_viewers_t *viewers = oc_p2p_service_viewers(oc_p2p_host_service(host));
    return oc_table_read(oc_viewers_session_table(viewers, index), (uint32_t *)row) &&
           row->state != OC_SESSION_FREE;
}

unsigned oc_p2p_login_count(void *host, uint32_t login) {
    oc_session_row_t row;
    unsigned count = 0;
    for (unsigned i = 0; i < OC_SESSIONS_MAX; i++)
        count += read_row(host, i, &row) && row.login == login;
    return count;
}

void oc_p2p_login_judge(void *host, bool (*holds)(void *asker, uint32_t login), void *asker) {
    oc_session_row_t row;
    for (unsigned i = 0; i < OC_SESSIONS_MAX; i++) {
        if (!read_row(host, i, &row) || holds(asker, row.login))
            continue;
        const oc_media_call_t call = {
            .run = take_end, .context = host, .a = row.session, .b = row.login};
        (void)oc_media_thread_post(oc_p2p_host_media(host), &call); /* a full queue: judged again */
    }
}
