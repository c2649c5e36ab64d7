/* ocellus-script - one script in a process of its own: the machine and its glue as everywhere, over
 * a mailbox of its own whose letters go to the host (oc_script_wire.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "oc_capability.h"
#include "oc_err.h"
#include "oc_host_modules.h"
#include "oc_loop.h"
#include "oc_loop_parts.h"
#include "oc_machine.h"
#include "oc_app_folder.h"
#include "oc_plane_rows.h"
#include "oc_pulse.h"
#include "oc_posix.h"
#include "oc_script_ring.h"
#include "oc_script_sandbox.h"
#include "oc_xml.h"

#define MAIN_MODULE "ocellus/app/main"
#define ROOM_NS     200000 /* between two looks for room in `up` */

static struct {
    oc_script_share_t *share;
    const oc_script_boot_t *boot;
    const oc_plane_rows_t *rows;
    oc_loop_t *loop;
    oc_machine_t *machine;
    oc_script_context_t context;
    oc_script_option_t options[OC_SCRIPT_OPTIONS];
    oc_app_folder_t app_folder;
    uint8_t bytes[OC_PARCEL_MAX];
    bool wakes;
} script;

/* ---- letters up ---- */

static void send_up(const oc_letter_t *letter, const void *bytes, size_t size) {
    bool asleep = false;
    while (
        !oc_script_ring_put(&script.share->up, letter, bytes, (uint32_t)size, NULL, 0, &asleep)) {
        eventfd_write(OC_SCRIPT_FD_UP, 1);
        nanosleep(&(struct timespec){0, ROOM_NS}, NULL);
    }
    if (asleep)
        eventfd_write(OC_SCRIPT_FD_UP, 1);
}

/* Waits for the answer, which is in the shared memory afterwards. Its code. */
static int call(oc_script_call_t what, oc_letter_t letter, const void *bytes, size_t size) {
    oc_script_share_t *share = script.share;
    uint32_t before = atomic_load(&share->answered);
    letter.kind = OC_LETTER_CALL;
    letter.object = (uint16_t)what;
    send_up(&letter, bytes, size);
    while (atomic_load(&share->answered) == before)
        syscall(SYS_futex, &share->answered, FUTEX_WAIT, before, NULL, NULL, 0);
    return share->code;
}

/* ---- the mailbox of this process ---- */

static bool deliver(void *context, const oc_command_t *command) {
    oc_parcel_t parcel = command->parcel;
    oc_letter_t letter = {.kind = OC_LETTER_COMMAND,
                          .object = command->object,
                          .request = command->request,
                          .command = command->kind};
    memcpy(letter.arg, command->arg, sizeof(letter.arg));
    send_up(&letter, parcel.data, parcel.len);
    oc_mailbox_parcel_free(script.context.mailbox, &parcel);
    return true;
}

static void wake_script(void *context) {
    script.wakes = true;
}

static void *allocate(void *context, size_t bytes) {
    return malloc(bytes);
}

static void release(void *context, void *memory) {
    free(memory);
}

static void measure(void) {
    oc_machine_memory_t memory;
    oc_machine_memory(script.machine, &memory);
    atomic_store(&script.share->used_bytes, (uint32_t)memory.used_bytes);
    atomic_store(&script.share->allocated_bytes, (uint32_t)memory.allocated_bytes);
    atomic_store(&script.share->keys, memory.keys);
}

static void collect(void) {
    oc_machine_collect(script.machine);
    measure();
    atomic_fetch_add(&script.share->collected, 1);
    syscall(SYS_futex, &script.share->collected, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void take_letter(const oc_letter_t *letter) {
    oc_mailbox_t *mailbox = script.context.mailbox;
    if (letter->kind == OC_LETTER_REPLY)
        oc_mailbox_reply_text(mailbox, letter->request, oc_mailbox_generation(mailbox),
                              letter->code, letter->arg[0], letter->arg[1],
                              (const char *)script.bytes, letter->bytes);
    else if (letter->kind == OC_LETTER_EDGE)
        oc_mailbox_edge(mailbox, letter->object);
    else if (letter->kind == OC_LETTER_COLLECT)
        collect();
}

static void on_down(void *context, unsigned events) {
    oc_letter_t letter;
    eventfd_t count;
    bool bad;
    (void)eventfd_read(OC_SCRIPT_FD_DOWN, &count);
    while (oc_script_ring_peek(&script.share->down, &letter, &bad)) {
        oc_script_ring_take(&script.share->down, &letter, script.bytes);
        take_letter(&letter);
    }
    if (atomic_exchange(&script.share->wants_room, 0))
        eventfd_write(OC_SCRIPT_FD_UP, 1);
    if (script.wakes && script.context.pump)
        script.context.pump(script.context.pump_data);
    script.wakes = false;
    measure();
}

/* ---- what glue asks of its host ---- */

static bool read_row(void *host, unsigned slot, oc_stream_row_t *row) {
    const oc_table_t table = {OC_STREAM_ROW_WORDS, (_Atomic uint32_t *)script.rows->row[slot]};
    return oc_table_read(&table, (uint32_t *)row);
}

static void read_name(void *host, unsigned slot, char name[OC_CHANNEL_NAME_MAX]) {
    const oc_table_t table = {OC_PLANE_NAME_WORDS, (_Atomic uint32_t *)script.rows->name[slot]};
    uint32_t words[OC_PLANE_NAME_WORDS];
    name[0] = 0;
    if (oc_table_read(&table, words))
        memcpy(name, words, sizeof(words));
}

static void read_why(void *host, unsigned channel, char why[OC_DESIRED_WHY_MAX]) {
    const oc_table_t table = {OC_PLANE_WHY_WORDS, (_Atomic uint32_t *)script.rows->why[channel]};
    uint32_t words[OC_PLANE_WHY_WORDS];
    why[0] = 0;
    if (oc_table_read(&table, words))
        memcpy(why, words, sizeof(words));
}

static bool read_session(void *host, unsigned index, oc_session_row_t *row) {
    if (call(OC_CALL_SESSION, (oc_letter_t){.arg = {(int32_t)index}}, NULL, 0) != OC_OK)
        return false;
    memcpy(row, script.share->answer, sizeof(*row));
    return true;
}

static bool read_view(void *host, unsigned index, oc_view_row_t *row) {
    if (call(OC_CALL_VIEW, (oc_letter_t){.arg = {(int32_t)index}}, NULL, 0) != OC_OK)
        return false;
    memcpy(row, script.share->answer, sizeof(*row));
    return true;
}

static bool read_push(void *host, unsigned index, oc_push_row_t *row) {
    if (call(OC_CALL_PUSH, (oc_letter_t){.arg = {(int32_t)index}}, NULL, 0) != OC_OK)
        return false;
    memcpy(row, script.share->answer, sizeof(*row));
    return true;
}

static void read_push_why(void *host, unsigned index, char why[OC_PUSH_WHY_MAX]) {
    oc_push_row_t row;
    why[0] = 0;
    if (read_push(host, index, &row))
        memcpy(why, script.share->answer + sizeof(row), OC_PUSH_WHY_MAX);
}

static int64_t now_us(void *host) {
    return oc_posix_now_us();
}

static void read_clock(void *host, oc_clock_t *clock) {
    oc_posix_clock(clock);
}

static bool read_zone(void *host, const char *name, oc_zone_t *zone) {
    if (call(OC_CALL_ZONE, (oc_letter_t){0}, name, strlen(name)) != OC_OK)
        return false;
    memcpy(zone, script.share->answer, sizeof(*zone));
    return true;
}

/* Bytes that the host has, by number. */
typedef struct remote {
    oc_body_t body; /* first */
    uint32_t number;
    char type[64];
} remote_t;

static int64_t read_remote(oc_body_t *body, uint64_t offset, void *out, size_t size) {
    const remote_t *remote = (const remote_t *)body;
    uint32_t part = size < OC_SCRIPT_ANSWER_BYTES ? (uint32_t)size : OC_SCRIPT_ANSWER_BYTES;
    oc_letter_t letter = {.request = remote->number,
                          .arg = {(int32_t)offset, (int32_t)(offset >> 32), (int32_t)part}};
    int code = call(OC_CALL_BODY_READ, letter, NULL, 0);
    if (code != OC_OK)
        return code;
    memcpy(out, script.share->answer, script.share->body_bytes);
    return (int64_t)script.share->body_bytes;
}

static void drop_number(uint32_t number) {
    send_up(&(oc_letter_t){.kind = OC_LETTER_BODY_DROP, .request = number}, NULL, 0);
}

static void release_remote(oc_body_t *body) {
    remote_t *remote = (remote_t *)body;
    drop_number(remote->number);
    free(remote);
}

static const oc_body_source_t remote_source = {.read = read_remote, .release = release_remote};

static int make_remote(int code, oc_body_ref_t *out) {
    remote_t *remote = code == OC_OK ? calloc(1, sizeof(*remote)) : NULL;
    if (code != OC_OK)
        return code;
    if (!remote)
        return OC_ERR_NOMEM;
    remote->number = script.share->number;
    memcpy(remote->type, script.share->body_type, sizeof(remote->type));
    *out = oc_body_init(&remote->body, &remote_source, script.share->body_bytes, remote->type);
    return OC_OK;
}

static int open_body(void *host, oc_body_root_t root, const char *path, oc_body_ref_t *out) {
    oc_letter_t letter = {.arg = {(int32_t)root}};
    return make_remote(call(OC_CALL_BODY_OPEN, letter, path, strlen(path)), out);
}

static int take_body(void *host, uint32_t number, oc_body_ref_t *out) {
    return make_remote(call(OC_CALL_BODY_TAKE, (oc_letter_t){.arg = {(int32_t)number}}, NULL, 0),
                       out);
}

/* Bytes of this process become the host's: its answer goes on when the script has ended. */
static int hand_over(const oc_body_ref_t *ref, uint32_t *number) {
    static uint8_t piece[OC_SCRIPT_ANSWER_BYTES];
    if (ref->bytes > INT32_MAX)
        return OC_ERR_TOO_BIG;
    int code = call(OC_CALL_BODY_MAKE, (oc_letter_t){.arg = {(int32_t)ref->bytes}}, ref->body->type,
                    strlen(ref->body->type));
    *number = script.share->number;
    for (uint64_t at = 0; code == OC_OK && at < ref->bytes;) {
        int64_t got = oc_body_read(ref, at, piece, sizeof(piece));
        code = got > 0   ? call(OC_CALL_BODY_FILL,
                                (oc_letter_t){.request = *number, .arg = {(int32_t)at}}, piece,
                                (size_t)got)
               : got < 0 ? (int)got
                         : OC_ERR_CLOSED;
        at += got > 0 ? (uint64_t)got : 0;
    }
    return code;
}

static int reply_body(void *host, uint32_t id, oc_body_ref_t ref) {
    bool remote = ref.body->source == &remote_source;
    oc_script_part_t part = {remote ? ref.from : 0, ref.bytes};
    uint32_t number = remote ? ((const remote_t *)ref.body)->number : 0;
    int code = remote ? OC_OK : hand_over(&ref, &number);
    if (code == OC_OK) {
        code = call(OC_CALL_BODY_REPLY, (oc_letter_t){.request = number, .arg = {(int32_t)id}},
                    &part, sizeof(part));
        if (!remote)
            drop_number(number);
    }
    oc_body_drop(&ref);
    return code;
}

static void print(void *host, const char *text, size_t bytes) {
    send_up(&(oc_letter_t){.kind = OC_LETTER_PRINT}, text,
            bytes < OC_PARCEL_MAX ? bytes : OC_PARCEL_MAX);
}

static void set_log_level(void *host, oc_log_level_t level) {
    send_up(&(oc_letter_t){.kind = OC_LETTER_LOG_LEVEL, .object = (uint16_t)level}, NULL, 0);
}

static void on_log(void *host, oc_machine_log_t level, const char *text) {
    size_t size = strlen(text);
    send_up(&(oc_letter_t){.kind = OC_LETTER_LOG, .object = (uint16_t)level}, text,
            size < OC_PARCEL_MAX ? size : OC_PARCEL_MAX);
}

/* What stands below glue logs too. Other threads do not: the ring has one writer. */
static void on_line(void *context, oc_log_level_t level, const char *room, const char *line) {
    if (gettid() == getpid())
        on_log(NULL, (oc_machine_log_t)level, line);
}

/* ---- life ---- */

static void end(oc_machine_reason_t reason, const char *text) {
    send_up(&(oc_letter_t){.kind = OC_LETTER_END, .object = (uint16_t)reason}, text, strlen(text));
    _exit(0);
}

static void on_end(void *host, const oc_machine_end_t *how) {
    end(how->reason, how->text);
}

static void *map_fd(int fd, size_t size, int protection, int flags) {
    struct stat status;
    if (size == 0 && fstat(fd, &status) == 0)
        size = (size_t)status.st_size;
    void *memory = mmap(NULL, size, protection, flags, fd, 0);
    close(fd);
    return memory == MAP_FAILED ? NULL : memory;
}

static const char *text_at(uint32_t offset) {
    return offset ? (const char *)script.boot + offset : NULL;
}

static oc_script_facts_t facts_of(const oc_script_boot_t *boot) {
    const uint32_t *pairs = (const void *)text_at(boot->options);
    for (uint32_t i = 0; i < boot->option_count && i < OC_SCRIPT_OPTIONS; i++)
        script.options[i] = (oc_script_option_t){text_at(pairs[2 * i]), text_at(pairs[2 * i + 1])};
    return (oc_script_facts_t){.version = text_at(boot->app_version),
                               .default_input = text_at(boot->default_input),
                               .options = script.options,
                               .option_count = boot->option_count,
                               .settings_path = text_at(boot->settings_path),
                               .settings_text = text_at(boot->settings_text),
                               .stored_path = text_at(boot->stored_path),
                               .stored_text = text_at(boot->stored_text),
                               .data_path = text_at(boot->data_path),
                               .started_us = boot->started_us,
                               .generation = boot->generation,
                               .replaced = boot->replaced,
                               .end_reason = text_at(boot->end_reason),
                               .end_message = text_at(boot->end_message),
                               .end_wall_us = boot->end_wall_us,
                               .ends = text_at(boot->ends),
                               .handover = text_at(boot->handover),
                               .trial = boot->trial,
                               .update_points = (const uint8_t *)text_at(boot->update_points),
                               .update_point_count = boot->update_point_count};
}

static void on_woken(void *context) {}

static bool make_context(void) {
    static const oc_mailbox_env_t env = {.loop = {.allocate = allocate, .release = release},
                                         .wake_script = wake_script,
                                         .deliver = deliver};
    void *memory = aligned_alloc(16, oc_mailbox_bytes());
    if (!memory)
        return false;
    script.context = (oc_script_context_t){.mailbox = oc_mailbox_init(memory, &env),
                                           .facts = facts_of(script.boot),
                                           .read_row = read_row,
                                           .read_name = read_name,
                                           .read_why = read_why,
                                           .read_session = read_session,
                                           .read_view = read_view,
                                           .read_push = read_push,
                                           .read_push_why = read_push_why,
                                           .now_us = now_us,
                                           .read_clock = read_clock,
                                           .read_zone = read_zone,
                                           .open_body = open_body,
                                           .take_body = take_body,
                                           .reply_body = reply_body,
                                           .print = print,
                                           .set_log_level = set_log_level,
                                           .app_folder = &script.app_folder};
    (void)oc_mailbox_new_generation(script.context.mailbox);
    return true;
}

/* The data directory as a place that only leads to the application's folder, which is made now. */
static void open_folder(void) {
    int data = -1;
    if (script.boot->has_data) {
        oc_app_folder_init(&script.app_folder, OC_SCRIPT_FD_DATA, 0);
        int place = oc_app_folder_root(&script.app_folder);
        if (place >= 0)
            close(place);
        data = openat(OC_SCRIPT_FD_DATA, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(OC_SCRIPT_FD_DATA);
    }
    oc_app_folder_init(&script.app_folder, data, 0);
}

/* Before the sandbox: what an application may use without any capability. */
static void load_libraries(void) {
    char *list = NULL;
    size_t len = 0;
    if (oc_xml_read(oc_span("<a/>", 4), NULL, &list, &len) == OC_OK)
        free(list);
}

static bool make_machine(const char **why) {
    const oc_script_boot_t *boot = script.boot;
    oc_machine_config_t config = {.name = "application",
                                  .loop = oc_loop_native(script.loop),
                                  .heap_bytes = boot->heap_bytes,
                                  .withheld = boot->withheld,
                                  .host = &script.context,
                                  .on_log = on_log,
                                  .on_end = on_end};
    oc_host_modules_configure(&config);
    return oc_machine_create(&script.machine, &config) == OC_OK &&
           oc_host_modules_map(script.machine, why) == OC_OK &&
           oc_machine_map(script.machine, (const uint8_t *)boot + boot->archive,
                          boot->archive_bytes, false, why) == OC_OK;
}

int main(void) {
    char about[128] = "";
    const char *why = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* of a terminal: the host ends it */
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    (void)close_range(OC_SCRIPT_FD_END, ~0U, 0);
    script.share = map_fd(OC_SCRIPT_FD_SHARE, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
    script.boot = map_fd(OC_SCRIPT_FD_BOOT, 0, PROT_READ, MAP_PRIVATE);
    script.rows = map_fd(OC_SCRIPT_FD_ROWS, 0, PROT_READ, MAP_SHARED);
    if (!script.share || !script.boot || !script.rows ||
        script.boot->version != OC_SCRIPT_WIRE_VERSION || script.boot->host != getppid())
        return 2;
    if (oc_loop_create(&script.loop, on_woken, NULL) != OC_OK || !make_context())
        return 2;
    oc_loop_enter(script.loop);
    oc_log_set(on_line, NULL, OC_LOG_DEBUG);
    open_folder();
    load_libraries();
    if (!make_machine(&why))
        end(OC_MACHINE_FATAL, why ? why : "no machine");
    if (!oc_loop_watch_start(oc_loop_native(script.loop), OC_SCRIPT_FD_DOWN, OC_LOOP_READ, on_down,
                             NULL) ||
        !oc_script_sandbox_enter(
            (oc_machine_capabilities(script.machine) & OC_CAPABILITY_NETWORK) != 0,
            &script.app_folder, script.boot->heap_bytes, about, sizeof(about)) ||
        oc_pulse_start() != OC_OK) /* threads take over what is refused: none before */
        end(OC_MACHINE_FATAL, "no sandbox");
    if (about[0])
        on_log(NULL, OC_MACHINE_LOG_WARN, about);
    if (oc_machine_import(script.machine, OC_HOST_PRELUDE) == 0 &&
        oc_machine_import(script.machine, MAIN_MODULE) == 0) {
        if (!script.context.pump)
            send_up(&(oc_letter_t){.kind = OC_LETTER_UNBEGUN}, NULL, 0);
        measure();
        while (oc_machine_end(script.machine)->reason == OC_MACHINE_RUNNING)
            oc_loop_run(script.loop);
    }
    on_end(NULL, oc_machine_end(script.machine));
    return 0;
}
