/* Debian's usrsctp as the other peer of peers.mjs: SCTP in UDP datagrams of its own, its own
 * threads and timers, without ICE, DTLS and their CPU. One JSON object per line on stdout.
 *   usrsctp_peer serve ADDR             {"event":"listening","port":N}; serves whoever comes first
 *   usrsctp_peer get ADDR PORT LABEL    asks for a label of libdatachannel.mjs: source, video
 * Both stay until stdin ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <usrsctp.h>

#define SCTP_PORT  5000
#define PACKET     1472      /* bytes of an SCTP packet: what an Ethernet frame has room for */
#define BUFFERS    (1 << 20) /* bytes of both buffers of its socket, as libdatachannel has */
#define UDP_BUFFER (8 << 20) /* bytes that are asked for, as ours asks */
#define FRAMES_MAX 16384

static int udp;
static struct socket *sctp;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic bool up, done, room; /* set under lock */
static char label[256];             /* under lock; "" = not asked yet */
static uint64_t expected;           /* bytes of a source; 0: until it closes */
static uint64_t bytes;
static unsigned messages;
static double first_ms, last_ms, late[FRAMES_MAX];
static bool within; /* a message has begun and not ended */

static void die(const char *what) {
    fprintf(stderr, "usrsctp_peer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static double now_ms(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint64_t get64(const uint8_t *p) {
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}

static void put64(uint8_t *p, uint64_t v) {
    for (unsigned i = 8; i-- > 0; v >>= 8)
        p[i] = (uint8_t)v;
}

static void set(_Atomic bool *what) {
    pthread_mutex_lock(&lock);
    *what = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

/* ---- UDP ---- */

static int on_output(void *address, void *data, size_t len, uint8_t tos, uint8_t df) {
    (void)address, (void)tos, (void)df;
    return send(udp, data, len, 0) < 0 ? errno : 0;
}

static void *receive(void *context) {
    static uint8_t data[65536];
    (void)context;
    for (;;) {
        ssize_t n = recv(udp, data, sizeof data, 0);
        if (n > 0)
            usrsctp_conninput(&udp, data, (size_t)n, 0);
    }
    return NULL;
}

static void open_udp(const char *text, uint16_t port, bool is_client) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int size = UDP_BUFFER;
    udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (udp < 0 || inet_pton(AF_INET, text, &at.sin_addr) != 1)
        die(text);
    if (setsockopt(udp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if ((is_client ? connect : bind)(udp, (struct sockaddr *)&at, sizeof at) != 0)
        die(text);
}

/* ---- SCTP ---- */

static void take(const uint8_t *data, size_t len, bool end) {
    last_ms = now_ms(CLOCK_MONOTONIC);
    if (first_ms == 0)
        first_ms = last_ms;
    if (!within && strncmp(label, "video", 5) == 0 && messages < FRAMES_MAX && len >= 16)
        late[messages] = (double)get64(data + 8) / 1e3; /* when it was sent */
    within = !end;
    bytes += len;
    if (!end)
        return;
    if (messages < FRAMES_MAX)
        late[messages] = now_ms(CLOCK_REALTIME) - late[messages];
    messages++;
    if (expected > 0 && bytes >= expected)
        set(&done);
}

static int on_room(struct socket *socket, uint32_t free_bytes, void *context) {
    (void)socket, (void)free_bytes, (void)context;
    set(&room);
    return 1;
}

/* What both ends began at the same time may be told as a restart. */
static void on_change(unsigned state) {
    if (state == SCTP_COMM_UP || state == SCTP_RESTART)
        set(&up);
    else
        set(&done);
}

static int on_receive(struct socket *socket, union sctp_sockstore address, void *data, size_t len,
                      struct sctp_rcvinfo info, int flags, void *context) {
    (void)socket, (void)address;
    const union sctp_notification *n = data;
    bool is_client = context != NULL;
    if (!data) {
        set(&done);
        return 1;
    }
    if (!(flags & MSG_NOTIFICATION) && is_client) {
        take(data, len, flags & MSG_EOR);
    } else if (!(flags & MSG_NOTIFICATION) && len < sizeof label) {
        pthread_mutex_lock(&lock);
        memcpy(label, data, len);
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    } else if (n->sn_header.sn_type == SCTP_ASSOC_CHANGE) {
        on_change(n->sn_assoc_change.sac_state);
    }
    (void)info;
    free(data);
    return 1;
}

static void option(int name, const void *value, socklen_t len) {
    if (usrsctp_setsockopt(sctp, IPPROTO_SCTP, name, value, len) != 0)
        die("usrsctp_setsockopt");
}

static struct sockaddr_conn address(void) {
    struct sockaddr_conn a = {.sconn_family = AF_CONN, .sconn_port = htons(SCTP_PORT)};
    a.sconn_addr = &udp;
    return a;
}

static void open_sctp(bool is_client) {
    struct sctp_event event = {
        .se_assoc_id = SCTP_ALL_ASSOC, .se_type = SCTP_ASSOC_CHANGE, .se_on = 1};
    struct sockaddr_conn a = address();
    struct sctp_paddrparams path = {.spp_flags = SPP_PMTUD_DISABLE, .spp_pathmtu = PACKET};
    int on = 1, size = BUFFERS;
    usrsctp_init(0, on_output, NULL);
    usrsctp_register_address(&udp);
    sctp = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, on_receive, on_room, BUFFERS / 2,
                          is_client ? &udp : NULL);
    if (!sctp)
        die("usrsctp_socket");
    usrsctp_setsockopt(sctp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    usrsctp_setsockopt(sctp, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    option(SCTP_NODELAY, &on, sizeof on);
    option(SCTP_EVENT, &event, sizeof event);
    if (usrsctp_bind(sctp, (struct sockaddr *)&a, sizeof a) != 0)
        die("usrsctp_bind");
    /* both ends call, as those of data channels do: neither listens */
    usrsctp_set_non_blocking(sctp, 1); /* with callbacks it never blocks anyway */
    if (usrsctp_connect(sctp, (struct sockaddr *)&a, sizeof a) != 0 && errno != EINPROGRESS)
        die("usrsctp_connect");
    memcpy(&path.spp_address, &a, sizeof a);
    option(SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

static bool send_message(const void *data, size_t len) {
    struct sctp_sndinfo info = {.snd_sid = 0};
    return usrsctp_sendv(sctp, data, len, NULL, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0) >= 0;
}

static void wait_for(const _Atomic bool *what) {
    pthread_mutex_lock(&lock);
    while (!*what && !done)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

/* ---- labels ---- */

/* A number of the label's query. */
static uint64_t value(const char *name) {
    const char *at = strchr(label, '?');
    size_t len = strlen(name);
    for (; at; at = strchr(at + 1, '&'))
        if (strncmp(at + 1, name, len) == 0 && at[1 + len] == '=')
            return strtoull(at + 2 + len, NULL, 10);
    return 0;
}

static void serve_source(void) {
    uint64_t left = value("bytes"), size = value("size");
    uint8_t *data = calloc(1, size);
    if (!data)
        die("memory");
    while (left > 0 && !done) {
        uint64_t n = left < size ? left : size;
        room = false;
        if (send_message(data, n))
            left -= n;
        else if (errno == EAGAIN)
            wait_for(&room);
        else
            die("send");
    }
    free(data);
}

static void serve_video(void) {
    uint64_t fps = value("fps"), size = value("size"), key = value("key"), every = value("every");
    uint64_t frames = fps * value("seconds");
    uint8_t *data = calloc(1, key > size ? key : size);
    struct timespec next;
    if (!data || fps == 0 || every == 0)
        die("video");
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (uint64_t n = 0; n < frames && !done; n++) {
        put64(data, n);
        put64(data + 8, (uint64_t)(now_ms(CLOCK_REALTIME) * 1e3));
        (void)send_message(data, n % every == 0 ? key : size); /* without room it is left out */
        next.tv_nsec += (long)(1000000000 / fps);
        next.tv_sec += next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    free(data);
}

static void serve(void) {
    pthread_mutex_lock(&lock);
    while (!label[0] && !done)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    if (strncmp(label, "source", 6) == 0)
        serve_source();
    else if (strncmp(label, "video", 5) == 0)
        serve_video();
}

/* The connection stays while the figures around it are looked at. */
static void get(double begun) {
    wait_for(&up);
    printf("{\"event\":\"open\",\"ms\":%.3f}\n", now_ms(CLOCK_MONOTONIC) - begun);
    fflush(stdout);
    expected = value("bytes");
    if (!send_message(label, strlen(label) + 1))
        die("send");
    if (strncmp(label, "video", 5) == 0)
        sleep((unsigned)value("seconds") + 3);
    else
        wait_for(&done);
    printf("{\"event\":\"got\",\"bytes\":%" PRIu64 ",\"messages\":%u,\"ms\":%.3f,\"late\":[", bytes,
           messages, last_ms - first_ms);
    for (unsigned i = 0; i < messages && i < FRAMES_MAX && expected == 0; i++)
        printf("%s%.3f", i ? "," : "", late[i]);
    printf("]}\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    bool is_client = argc == 5 && strcmp(argv[1], "get") == 0;
    pthread_t thread;
    char line[8];
    if (!is_client && !(argc == 3 && strcmp(argv[1], "serve") == 0)) {
        fprintf(stderr, "usage: usrsctp_peer serve ADDR | get ADDR PORT LABEL\n");
        return 2;
    }
    open_udp(argv[2], is_client ? (uint16_t)atoi(argv[3]) : 0, is_client);
    if (is_client) {
        snprintf(label, sizeof label, "%s", argv[4]);
    } else {
        struct sockaddr_in at;
        socklen_t size = sizeof at;
        uint8_t piece[1];
        getsockname(udp, (struct sockaddr *)&at, &size);
        printf("{\"event\":\"listening\",\"port\":%u}\n", ntohs(at.sin_port));
        fflush(stdout);
        if (recvfrom(udp, piece, 1, MSG_PEEK, (struct sockaddr *)&at, &size) < 0 ||
            connect(udp, (struct sockaddr *)&at, size) != 0)
            die("connect");
    }
    double begun = now_ms(CLOCK_MONOTONIC);
    open_sctp(is_client);
    if (pthread_create(&thread, NULL, receive, &udp) != 0)
        die("pthread_create");
    if (is_client)
        get(begun);
    else
        serve();
    while (fgets(line, sizeof line, stdin))
        ;
    return 0;
}
