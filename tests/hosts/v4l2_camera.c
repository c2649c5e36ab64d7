/* v4l2_camera - for tests, loaded with LD_PRELOAD: a V4L2 camera at /dev/video42 that delivers the
 * JPEG pictures of the file OCELLUS_TEST_CAMERA, 25 a second. It has exposure, nothing else; what
 * is set is added to FILE.controls. While FILE.gone exists it is unplugged, while FILE.stalled
 * exists no picture comes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DEVICE   "/dev/video42"
#define WIDTH    320
#define HEIGHT   240
#define BUFFERS  4
#define SIZE     (256 * 1024)
#define FRAME_US 40000

static int camera = -1;
static uint8_t *file, *memory[BUFFERS];
static size_t file_len, at;
static bool queued[BUFFERS];
static unsigned next_buffer;
static int64_t due_us;

int ioctl(int fd, unsigned long request, ...);

static bool is(const char *what) {
    char path[300];
    const char *base = getenv("OCELLUS_TEST_CAMERA");
    snprintf(path, sizeof path, "%s.%s", base ? base : "", what);
    return access(path, F_OK) == 0;
}

static int64_t now_us(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int plug_in(int flags) {
    const char *base = getenv("OCELLUS_TEST_CAMERA");
    FILE *pictures = base ? fopen(base, "rb") : NULL;
    if (!pictures || is("gone")) {
        if (pictures)
            fclose(pictures);
        errno = ENOENT;
        return -1;
    }
    if (!file) {
        file = malloc(16 * 1024 * 1024);
        file_len = fread(file, 1, 16 * 1024 * 1024, pictures);
    }
    fclose(pictures);
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    return camera = real("/dev/null", O_RDWR | (flags & O_CLOEXEC));
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...) {                                                   \
        int (*real)(const char *, int, ...) =                                                      \
            (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name);                              \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                    \
        va_end(list);                                                                              \
        return strcmp(path, DEVICE) == 0 ? plug_in(flags) : real(path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)

/* What open is to code built with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __open_2(const char *path, int flags) {
    return open(path, flags);
}
int __open64_2(const char *path, int flags) {
    return open64(path, flags);
}

#define MMAP(name)                                                                                 \
    void *name(void *where, size_t len, int prot, int flags, int fd, off_t offset) {               \
        void *(*real)(void *, size_t, int, int, int, off_t) =                                      \
            (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, #name);              \
        if (fd < 0 || fd != camera)                                                                \
            return real(where, len, prot, flags, fd, offset);                                      \
        return memory[offset / SIZE] = real(NULL, SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); \
    }
MMAP(mmap)
MMAP(mmap64)

/* The next picture of the file, begun again at its end. */
static size_t picture(uint8_t *out) {
    static const uint8_t start[] = {0xFF, 0xD8, 0xFF};
    const uint8_t *from = file + at;
    const uint8_t *end = memmem(from + 3, file_len - at - 3, start, 3);
    size_t len = end ? (size_t)(end - from) : file_len - at;
    at = end ? at + len : 0;
    memcpy(out, from, len < SIZE ? len : SIZE);
    return len;
}

static int dequeue(struct v4l2_buffer *b) {
    if (is("gone"))
        return errno = ENODEV, -1;
    if (now_us(CLOCK_MONOTONIC) < due_us || is("stalled") || !queued[next_buffer])
        return errno = EAGAIN, -1;
    due_us += FRAME_US;
    if (due_us < now_us(CLOCK_MONOTONIC))
        due_us = now_us(CLOCK_MONOTONIC);
    int64_t wall = now_us(CLOCK_REALTIME);
    b->index = next_buffer;
    b->bytesused = (uint32_t)picture(memory[next_buffer]);
    b->flags = 0;
    b->timestamp = (struct timeval){.tv_sec = wall / 1000000, .tv_usec = wall % 1000000};
    queued[next_buffer] = false;
    next_buffer = (next_buffer + 1) % BUFFERS;
    return 0;
}

static int controls = -1; /* its process may open no file for writing later */

__attribute__((constructor)) static void open_controls(void) {
    char path[300];
    const char *base = getenv("OCELLUS_TEST_CAMERA");
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    snprintf(path, sizeof path, "%s.controls", base ? base : "");
    if (base)
        controls = real(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int control(const struct v4l2_control *c) {
    if (c->id != V4L2_CID_EXPOSURE_AUTO && c->id != V4L2_CID_EXPOSURE_ABSOLUTE)
        return errno = EINVAL, -1;
    dprintf(controls, "%s=%d\n", c->id == V4L2_CID_EXPOSURE_AUTO ? "auto" : "exposure", c->value);
    return 0;
}

static int answer(unsigned long request, void *p) {
    struct v4l2_format *format = p;
    struct v4l2_buffer *buffer = p;
    struct v4l2_streamparm *rate = p;
    switch (request) {
    case VIDIOC_QUERYCAP:
        memset(p, 0, sizeof(struct v4l2_capability));
        ((struct v4l2_capability *)p)->capabilities =
            V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE;
        return 0;
    case VIDIOC_G_INPUT:
        *(int *)p = 0;
        return 0;
    case VIDIOC_ENUMINPUT:
        ((struct v4l2_input *)p)->std = 0;
        return 0;
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
        format->fmt.pix.width = WIDTH;
        format->fmt.pix.height = HEIGHT;
        format->fmt.pix.pixelformat = V4L2_PIX_FMT_MJPEG;
        format->fmt.pix.field = V4L2_FIELD_NONE;
        format->fmt.pix.sizeimage = SIZE;
        return 0;
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM:
        rate->parm.capture.timeperframe = (struct v4l2_fract){1, 25};
        rate->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        return 0;
    case VIDIOC_REQBUFS:
        ((struct v4l2_requestbuffers *)p)->count = BUFFERS;
        return 0;
    case VIDIOC_QUERYBUF:
        buffer->length = SIZE;
        buffer->m.offset = buffer->index * SIZE;
        return 0;
    case VIDIOC_QBUF:
        queued[buffer->index] = true;
        return 0;
    case VIDIOC_DQBUF:
        return dequeue(buffer);
    case VIDIOC_STREAMON:
        due_us = now_us(CLOCK_MONOTONIC);
        next_buffer = 0;
        return 0;
    case VIDIOC_STREAMOFF:
        memset(queued, 0, sizeof queued);
        return 0;
    case VIDIOC_S_CTRL:
        return control(p);
    default:
        return errno = ENOTTY, -1;
    }
}

int ioctl(int fd, unsigned long request, ...) {
    int (*real)(int, unsigned long, ...) =
        (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    if (fd < 0 || fd != camera)
        return real(fd, request, argument);
    return answer(request & 0xFFFFFFFF, argument);
}
