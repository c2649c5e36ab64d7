/* oc_source_wire - what this program and its helper ocellus-ffmpeg say to each other (ADR 21): the
 * records in the memory that a source shares, and the messages on its socket (SOCK_SEQPACKET, one
 * record each, of exactly the size of its kind). Both sides are built together; what the helper
 * says at its start tells a stranger. The helper is hostile to the reader of what it writes. */
#ifndef OC_SOURCE_WIRE_H
#define OC_SOURCE_WIRE_H

#include <netinet/in.h>
#include "oc_capture.h"
#include "oc_log.h"
#include "oc_push_target.h"

#define OC_SOURCE_ABI     5 /* counts changes of what is below, and of oc_capture.h */
#define OC_SOURCE_CONTROL 3 /* descriptor of the helper's own socket: sources come and it ends */
#define OC_SOURCE_BUFFER  (16u * 1024 * 1024) /* bytes of payload room; touched as needed */
#define OC_SOURCE_SLOTS   512    /* items under way; power of two; 4 s of 128 packets/s */
#define OC_SOURCE_PAYLOAD 65536u /* where it begins; the records fit before it */
#define OC_SOURCE_BYTES   (OC_SOURCE_PAYLOAD + OC_SOURCE_BUFFER)
#define OC_SOURCE_HUNG_US                                                                          \
    (4 * 1000 * 1000) /* without a beat it does not answer; one is due each second, ... */
#define OC_SOURCE_SLOW_US                                                                          \
    (10 * 1000 * 1000) /* ... but while a device is opened, in which the kernel may wait */
#define OC_SOURCE_PUSH_US                                                                          \
    (10 * 1000 * 1000) /* a push connects in that time, and what it writes is taken in it */
#define OC_SOURCE_NAME_MAX    256  /* bytes with NUL of a host's name */
#define OC_SOURCE_PATH_MAX    1024 /* bytes with NUL of a file's path */
#define OC_SOURCE_ADDRS       8    /* addresses of one name */
#define OC_SOURCE_DATAGRAM    1500 /* bytes of one datagram that the helper has sent for it */
#define OC_SOURCE_CA_FILE     "/etc/ssl/certs/ca-certificates.crt" /* what TLS is verified by */
#define OC_SOURCE_CA_VARIABLE "SSL_CERT_FILE" /* names another one, as for OpenSSL and curl */
#define OC_SOURCE_VARIABLES   2048 /* bytes of NAME=value, each with its NUL; an empty one ends */

/* ---- shared memory ---- */

/* One item of the queue; as oc_handoff_item_t, with a place in the payload room. */
typedef struct oc_source_item {
    uint32_t kind; /* oc_handoff_kind_t */
    int32_t code;  /* LOST: OC_ERR_*; TRACK: which of the tracks below */
    uint32_t at, len_bytes;
    int64_t dts, capture_us;
    int32_t cts;
    uint32_t duration;
    uint8_t track, key, jump, spare[5];
} oc_source_item_t;

enum { OC_SOURCE_AWAKE, OC_SOURCE_SLEEPS, OC_SOURCE_WANTS_ROOM }; /* child_sleeps */

typedef struct oc_source_share {
    /* written by this program */
    _Atomic uint32_t released;   /* items whose payload may be overwritten, modulo 2^32 */
    _Atomic uint32_t host_waits; /* 1: it sleeps on host_bell */
    _Atomic uint32_t interrupt;  /* 1: the source must not wait any longer */
    _Atomic uint32_t key_requested, desired_bps;
    _Atomic uint32_t child_bell;
    /* written by the helper */
    _Atomic uint32_t pushed;               /* items filled */
    _Atomic uint32_t lost[OC_LOSS_CAUSES]; /* packets given up, by oc_loss_t */
    _Atomic uint32_t messages;             /* sent on the socket */
    _Atomic uint32_t host_bell;
    _Atomic uint32_t child_sleeps;
    _Atomic uint32_t beats;   /* signs of life while a command is carried out or the source runs */
    _Atomic uint32_t encodes; /* 1: key pictures and bit rate can be asked for */
    oc_source_item_t item[OC_SOURCE_SLOTS];
    oc_track_t track[OC_HANDOFF_TRACKS];
} oc_source_share_t;
_Static_assert(sizeof(oc_source_share_t) <= OC_SOURCE_PAYLOAD, "the records fit");

/* ---- messages ---- */

enum oc_source_kind {
    /* to the helper */
    OC_SOURCE_ADD,    /* on its own socket: nothing, with a socket and a memory; a source comes */
    OC_SOURCE_OPEN,   /* open; answered by DONE, as are the next three */
    OC_SOURCE_START,  /* nothing */
    OC_SOURCE_STOP,   /* nothing */
    OC_SOURCE_CLOSE,  /* nothing; the source goes */
    OC_SOURCE_ANSWER, /* answer: to what was asked */
    OC_SOURCE_PUSH, /* push: connect, and write there what comes by the pipe; answered by PUSHED */
    /* from the helper */
    OC_SOURCE_HELLO,  /* hello: on its own socket, first */
    OC_SOURCE_DONE,   /* done */
    OC_SOURCE_LOG,    /* log */
    OC_SOURCE_PUSHED, /* pushed: it is connected; once more when it has ended */
    /* from the helper, each answered by ANSWER; the last ones of all */
    OC_SOURCE_REQUEST_NAME,     /* name: its addresses, please */
    OC_SOURCE_REQUEST_CONNECT,  /* address: a connection */
    OC_SOURCE_REQUEST_SOCKET,   /* address: a socket for datagrams of that family, and its number */
    OC_SOURCE_REQUEST_BIND,     /* address: a port of ours for socket `number` */
    OC_SOURCE_REQUEST_DATAGRAM, /* datagram: sent from socket `number` */
    OC_SOURCE_REQUEST_PEER,     /* address: socket `number` sends there alone, and hears it alone */
    OC_SOURCE_REQUEST_FILE,     /* path: opened for reading */
};

typedef union oc_source_address {
    sa_family_t family; /* AF_INET, AF_INET6 */
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} oc_source_address_t;

typedef struct oc_source_message {
    uint32_t kind;
    union {
        struct {
            oc_capture_config_t config;
            char variables[OC_SOURCE_VARIABLES];
        } open;
        struct {
            uint32_t what; /* OPEN ... CLOSE */
            int32_t result;
            uint8_t needs_own;          /* 1: it needs a codec: not in a process with others */
            oc_capture_config_t config; /* of OPEN */
        } done;
        struct {
            int32_t error; /* 0, or an errno; of names: EAI_* */
            uint32_t number, count;
            oc_source_address_t address[OC_SOURCE_ADDRS];
        } answer;
        struct {
            uint32_t abi, message_bytes, share_bytes;
            char about[OC_CAPTURE_WHY_MAX];
        } hello;
        struct {
            uint32_t level;
            char text[OC_LOG_LINE_MAX];
        } log;
        struct {
            uint16_t port;     /* host order */
            uint8_t datagrams; /* 1: for datagrams */
            char name[OC_SOURCE_NAME_MAX];
        } name;
        struct {
            uint32_t number;
            oc_source_address_t address;
        } address;
        struct {
            uint32_t number;
            oc_source_address_t address;
            uint16_t len_bytes;
            uint8_t bytes[OC_SOURCE_DATAGRAM];
        } datagram;
        struct {
            char text[OC_SOURCE_PATH_MAX];
        } path;
        oc_push_target_t push;
        struct {
            int32_t result; /* OC_OK, or why it ended: OC_ERR_* */
            char why[OC_CAPTURE_WHY_MAX];
        } pushed;
    };
} oc_source_message_t;

/* Bytes of a message of that kind; 0: there is no such kind. */
size_t oc_source_message_bytes(uint32_t kind);

#endif
