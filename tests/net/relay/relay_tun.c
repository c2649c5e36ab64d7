#define _GNU_SOURCE
#include "relay_tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUEUE 8192 /* packets that wait while this program does not run; the kernel keeps 500 */

void relay_die(const char *what, const char *which) {
    fprintf(stderr, "net_relay: %s %s: %s\n", what, which, strerror(errno));
    exit(2);
}

static void enter(const char *space) {
    char path[300];
    snprintf(path, sizeof path, "/run/netns/%s", space);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || setns(file, CLONE_NEWNET))
        relay_die("namespace", path);
    close(file);
}

static void set_up(const char *name, unsigned mtu) {
    struct ifreq request = {0};
    int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    request.ifr_mtu = (int)mtu;
    if (socket_ < 0 || ioctl(socket_, SIOCSIFMTU, &request))
        relay_die("MTU of", name);
    request.ifr_qlen = QUEUE;
    if (ioctl(socket_, SIOCSIFTXQLEN, &request))
        relay_die("queue of", name);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(socket_, SIOCSIFFLAGS, &request))
        relay_die("device", name);
    close(socket_);
}

int relay_tun_open(const char *space, const char *name, unsigned mtu) {
    enter(space);
    int file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (file < 0 || ioctl(file, TUNSETIFF, &request))
        relay_die("device", name);
    set_up(name, mtu);
    return file;
}
