#define _GNU_SOURCE
#include "oc_look_link.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_pulse.h"

static int make_memory(uint8_t **out) {
    int fd = memfd_create("ocellus-look", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *at = MAP_FAILED;
    if (fd < 0)
        return -1;
    if (ftruncate(fd, OC_LOOK_BYTES) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        at = mmap(NULL, OC_LOOK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        close(fd);
        return -1;
    }
    *out = at;
    return fd;
}

static int begin(oc_look_link_t *link, char why[OC_LOOK_LINK_WHY]) {
    int pair[2] = {-1, -1}, memory = -1, rc = OC_ERR_NOMEM;
    link->memory = NULL;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0)
        memory = make_memory(&link->memory);
    link->socket = pair[0];
    if (memory >= 0)
        rc = oc_helper_join(OC_HELPER_LOOK, 0, (int[2]){pair[1], memory}, &link->helper, why,
                            OC_LOOK_LINK_WHY);
    else
        snprintf(why, OC_LOOK_LINK_WHY, "no memory or descriptors for a decoder");
    if (pair[1] >= 0)
        close(pair[1]);
    if (memory >= 0)
        close(memory);
    if (rc != OC_OK) {
        link->helper = NULL;
        if (link->memory)
            munmap(link->memory, OC_LOOK_BYTES);
        if (link->socket >= 0)
            close(link->socket);
    }
    return rc;
}

void oc_look_link_close(oc_look_link_t *link) {
    if (!link->helper)
        return;
    munmap(link->memory, OC_LOOK_BYTES);
    close(link->socket);
    oc_helper_leave(link->helper);
    *link = (oc_look_link_t){.socket = -1};
}

/* The helper is of no use any more. */
static int give_up(oc_look_link_t *link, const char *reason) {
    if (!oc_helper_ended(link->helper))
        oc_helper_kill(link->helper, reason);
    oc_look_link_close(link);
    return OC_ERR_IO;
}

int oc_look_link_do(oc_look_link_t *link, oc_look_request_t *request, const uint8_t *config,
                    const uint8_t *packet, oc_look_answer_t *out, char why[OC_LOOK_LINK_WHY]) {
    why[0] = '\0';
    if (!oc_look_request_fits(request))
        return OC_ERR_TOO_BIG;
    int rc = link->helper ? OC_OK : begin(link, why);
    if (rc != OC_OK)
        return rc;
    if (request->config_bytes > 0)
        memcpy(link->memory, config, request->config_bytes);
    if (request->bytes > 0)
        memcpy(link->memory + request->config_bytes, packet, request->bytes);
    if (send(link->socket, request, sizeof(*request), MSG_NOSIGNAL | MSG_DONTWAIT) !=
        (ssize_t)sizeof(*request))
        return give_up(link, "it closed a view unexpectedly");
    if (!oc_pulse_readable(link->socket, OC_LOOK_LINK_US))
        return give_up(link, "it does not answer");
    ssize_t n = recv(link->socket, out, sizeof(*out), MSG_DONTWAIT);
    if (n != (ssize_t)sizeof(*out))
        return give_up(link, "it closed a view unexpectedly");
    if (!oc_look_answer_fits(request, out))
        return give_up(link, "it wrote invalid data to its memory or socket");
    return out->result;
}

const uint8_t *oc_look_link_bytes(const oc_look_link_t *link) {
    return link->memory + OC_LOOK_IN;
}
