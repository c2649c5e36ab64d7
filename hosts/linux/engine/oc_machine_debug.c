/* The xsbug protocol (XML over TCP) of the debug variant: the machine connects out to the debugger
 * that XSBUG_HOST names as host[:port], when the variable is set. */
#ifdef OC_XSBUG
#include "xsAll.h"

#include "oc_machine_internal.h"
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#define OC_MACHINE_XSBUG_PORT "5002"

static int connect_to(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int found = -1;
    if (getaddrinfo(host, port, &hints, &list) != 0)
        return -1;
    for (struct addrinfo *item = list; item && found < 0; item = item->ai_next) {
        found = socket(item->ai_family, item->ai_socktype | SOCK_CLOEXEC, item->ai_protocol);
        if (found >= 0 && connect(found, item->ai_addr, item->ai_addrlen) != 0) {
            close(found);
            found = -1;
        }
    }
    freeaddrinfo(list);
    return found;
}

void fxConnect(txMachine *the) {
    char host[256];
    const char *value = getenv("XSBUG_HOST");
    if (!value || !*value)
        return;
    snprintf(host, sizeof host, "%s", value);
    char *colon = strrchr(host, ':');
    if (colon)
        *colon++ = 0;
    the->oc->debug_socket = connect_to(host, colon ? colon : OC_MACHINE_XSBUG_PORT);
    if (the->oc->debug_socket < 0)
        fprintf(stderr, "no debugger answers at XSBUG_HOST=%s\n", value);
}

void fxDisconnect(txMachine *the) {
    if (the->oc->debug_socket >= 0)
        close(the->oc->debug_socket);
    the->oc->debug_socket = -1;
}

txBoolean fxIsConnected(txMachine *the) {
    return the->oc->debug_socket >= 0;
}

txBoolean fxIsReadable(txMachine *the) {
    struct pollfd poller = {.fd = the->oc->debug_socket, .events = POLLIN};
    return poller.fd >= 0 && poll(&poller, 1, 0) > 0;
}

void fxReceive(txMachine *the) {
    ssize_t count = -1;
    the->debugOffset = 0;
    if (fxIsConnected(the)) {
        do
            count = read(the->oc->debug_socket, the->debugBuffer, sizeof the->debugBuffer - 1);
        while (count < 0 && errno == EINTR);
        if (count <= 0)
            fxDisconnect(the);
        else
            the->debugOffset = (txSize)count;
    }
    the->debugBuffer[the->debugOffset] = 0;
}

void fxSend(txMachine *the, txBoolean more) {
    const char *at = the->echoBuffer;
    size_t left = (size_t)the->echoOffset;
    while (left && fxIsConnected(the)) {
        ssize_t count = send(the->oc->debug_socket, at, left, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            fxDisconnect(the);
        } else {
            at += count;
            left -= (size_t)count;
        }
    }
}
#else
typedef int oc_machine_debug_is_empty; /* ISO C wants one declaration */
#endif
