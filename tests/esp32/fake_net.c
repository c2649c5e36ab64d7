/* See fake_net.h: the system's side, and ESP-IDF's interfaces and events. */
#define _GNU_SOURCE
#include "fake_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>
#include "esp_netif.h"
#include "esp_random.h"

#define HANDLERS 4
#define MDNS     5353
#define HURRY    16 /* patience of select passes so much faster */

struct esp_netif_obj {
    unsigned index;
};

fake_net_t fake_net;
esp_event_base_t const IP_EVENT = "IP_EVENT";
static struct esp_netif_obj object[FAKE_INTERFACES] = {{0}, {1}};
static struct {
    esp_event_handler_t run;
    void *context;
} handler[HANDLERS];

void fake_net_reset(void) {
    fake_interface_t *first = &fake_net.interface[0];
    memset(&fake_net, 0, sizeof fake_net);
    memset(handler, 0, sizeof handler);
    fake_net.sockets_left = -1;
    *first = (fake_interface_t){.up = true, .ip4 = {127, 0, 0, 1}, .ip6_count = 1};
    first->ip6[0][15] = 1;
}

void fake_net_event(int32_t id) {
    for (unsigned i = 0; i < HANDLERS; i++)
        if (handler[i].run)
            handler[i].run(handler[i].context, IP_EVENT, id, NULL);
}

/* ---- sockets ---- */

static socklen_t to_system(const oc_addr_t *addr, struct sockaddr_storage *out) {
    memset(out, 0, sizeof *out);
    if (addr->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)(void *)out;
        in->sin_family = AF_INET;
        in->sin_port = htons(addr->port);
        memcpy(&in->sin_addr, addr->ip, 4);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)out;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(addr->port);
    in6->sin6_scope_id = addr->scope;
    memcpy(&in6->sin6_addr, addr->ip, 16);
    return sizeof *in6;
}

static void from_system(const struct sockaddr_storage *from, oc_addr_t *out) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;
    if (from->ss_family == AF_INET)
        *out = oc_addr4((const uint8_t *)&in->sin_addr, ntohs(in->sin_port));
    else
        *out = oc_addr6(in6->sin6_addr.s6_addr, ntohs(in6->sin6_port), in6->sin6_scope_id);
}

int fake_socket(uint8_t family) {
    const int one = 1;
    if (fake_net.sockets_left == 0 || (family == 6 && fake_net.no_ipv6)) {
        errno = ENFILE;
        return -1;
    }
    fake_net.sockets_left -= fake_net.sockets_left > 0;
    int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && family == 6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    fake_net.open += fd >= 0;
    return fd;
}

int fake_bind(int fd, const oc_addr_t *at) {
    struct sockaddr_storage name;
    oc_addr_t place = *at;
    place.port = at->port == MDNS ? 0 : at->port; /* others of this machine have it */
    socklen_t len = to_system(&place, &name);
    return bind(fd, (struct sockaddr *)&name, len);
}

int fake_name(int fd, oc_addr_t *at) {
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &len) != 0)
        return -1;
    from_system(&name, at);
    return 0;
}

long fake_receive(int fd, void *out, size_t size, oc_addr_t *from) {
    struct sockaddr_storage name;
    socklen_t len = sizeof name;
    long n = recvfrom(fd, out, size, MSG_DONTWAIT, (struct sockaddr *)&name, &len);
    if (n >= 0)
        from_system(&name, from);
    return n;
}

long fake_send(int fd, const void *data, size_t len, const oc_addr_t *to) {
    struct sockaddr_storage name;
    unsigned number = ++fake_net.sends;
    if (fake_net.no_buffer ||
        (fake_net.no_buffer_every && number % fake_net.no_buffer_every == 0)) {
        errno = ENOMEM; /* as lwIP says it */
        return -1;
    }
    if (fake_net.lose_every && number % fake_net.lose_every == 0)
        return (long)len;
    oc_addr_t place = *to;
    if (to->port == MDNS) {
        const uint8_t loopback[4] = {127, 0, 0, 1};
        if (!fake_net.neighbour)
            return (long)len;
        place = oc_addr4(loopback, fake_net.neighbour);
    }
    socklen_t name_len = to_system(&place, &name);
    return sendto(fd, data, len, MSG_DONTWAIT, (struct sockaddr *)&name, name_len);
}

long fake_wait(const int *fd, unsigned count, int milliseconds) {
    struct pollfd list[8];
    long ready = 0;
    fake_net.selects++;
    for (unsigned i = 0; i < count; i++)
        list[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
    if (poll(list, count, milliseconds / HURRY) < 0)
        return -1;
    for (unsigned i = 0; i < count; i++) {
        if (list[i].revents & POLLNVAL)
            abort(); /* closed while a task waits on it */
        ready |= list[i].revents ? 1l << i : 0;
    }
    return ready;
}

int fake_close(int fd) {
    fake_net.open--;
    return close(fd);
}

/* ---- interfaces, events, random numbers ---- */

esp_netif_t *esp_netif_next_unsafe(esp_netif_t *netif) {
    unsigned next = netif ? netif->index + 1 : 0;
    return next < FAKE_INTERFACES ? &object[next] : NULL;
}

bool esp_netif_is_netif_up(esp_netif_t *netif) {
    return fake_net.interface[netif->index].up;
}

esp_err_t esp_netif_get_ip_info(esp_netif_t *netif, esp_netif_ip_info_t *info) {
    memset(info, 0, sizeof *info);
    memcpy(&info->ip.addr, fake_net.interface[netif->index].ip4, 4);
    return ESP_OK;
}

int esp_netif_get_all_preferred_ip6(esp_netif_t *netif, esp_ip6_addr_t list[]) {
    const fake_interface_t *interface = &fake_net.interface[netif->index];
    for (unsigned i = 0; i < interface->ip6_count; i++)
        memcpy(list[i].addr, interface->ip6[i], 16);
    return (int)interface->ip6_count;
}

esp_err_t esp_netif_tcpip_exec(esp_netif_callback_fn run, void *context) {
    return run(context);
}

esp_err_t esp_event_handler_instance_register(esp_event_base_t base, int32_t id,
                                              esp_event_handler_t run, void *context,
                                              esp_event_handler_instance_t *instance) {
    if (fake_net.no_events || base != IP_EVENT || id != ESP_EVENT_ANY_ID)
        return ESP_FAIL;
    for (unsigned i = 0; i < HANDLERS; i++) {
        if (handler[i].run)
            continue;
        handler[i].run = run;
        handler[i].context = context;
        *instance = &handler[i];
        fake_net.handlers++;
        return ESP_OK;
    }
    return ESP_ERR_NO_MEM;
}

esp_err_t esp_event_handler_instance_unregister(esp_event_base_t base, int32_t id,
                                                esp_event_handler_instance_t instance) {
    (void)base, (void)id;
    for (unsigned i = 0; i < HANDLERS; i++)
        if (&handler[i] == instance) {
            handler[i].run = NULL;
            fake_net.handlers--;
            return ESP_OK;
        }
    abort();
}

void esp_fill_random(void *out, size_t len) {
    if (getrandom(out, len, 0) != (ssize_t)len)
        abort();
}
