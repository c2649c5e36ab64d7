/* See oc_http_impl.h: the control socket. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oc_http_impl.h"
#include "oc_log.h"

#define NAME "control.sock"

void oc_http_control_listen(oc_http_t *http, const struct lws_protocols *protocols,
                            const struct lws_protocol_vhost_options *options) {
    char path[64];
    struct stat about;
    int root = http->config.data_root;
    if (root < 0)
        return;
    if (fstatat(root, NAME, &about, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISSOCK(about.st_mode)) {
        oc_log(OC_LOG_WARN, "http",
               "%s/%s: it is not a socket: remove it, or commands cannot "
               "reach this program",
               http->config.data_path, NAME);
        return;
    }
    (void)unlinkat(root, NAME, 0); /* of a process that was killed; the folder is locked */
    snprintf(path, sizeof(path), "/proc/self/fd/%d/" NAME, root); /* a longer one does not fit */
    struct lws_context_creation_info info = {
        .iface = path,
        .port = 0, /* the library wants none of a path */
        .protocols = protocols,
        .pvo = options,
        .headers = &oc_http_every_header,
        .vhost_name = NAME,
        .server_string = "ocellus",
        .keepalive_timeout = OC_HTTP_IDLE_S,
        .timeout_secs = OC_HTTP_IDLE_S,
        .timeout_secs_ah_idle = OC_HTTP_IDLE_S,
        .options = LWS_SERVER_OPTION_UNIX_SOCK | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND |
                   LWS_SERVER_OPTION_DISABLE_IPV6,
    };
    mode_t before = umask(0177); /* files of other threads have their modes, or fewer */
    struct lws_vhost *vhost = lws_create_vhost(http->context, &info);
    (void)umask(before);
    if (vhost && fchmodat(root, NAME, 0600, 0) == 0) {
        http->vhosts[http->vhost_count].vhost = vhost;
        http->vhosts[http->vhost_count++].closed = false;
        return;
    }
    oc_log(OC_LOG_WARN, "http",
           "%s/%s: commands cannot reach this program: the socket cannot be "
           "made",
           http->config.data_path, NAME);
}

void oc_http_control_remove(const oc_http_t *http) {
    if (http->config.data_root >= 0)
        (void)unlinkat(http->config.data_root, NAME, 0);
}

bool oc_http_control_allows(int fd) {
    struct sockaddr_storage local = {0};
    socklen_t size = sizeof(local);
    struct ucred peer;
    if (getsockname(fd, (struct sockaddr *)&local, &size) != 0 || local.ss_family != AF_UNIX)
        return true;
    size = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}
