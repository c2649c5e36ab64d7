#define _GNU_SOURCE
#include "oc_settings_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oc_beneath.h"
#include "oc_err.h"
#include "oc_posix.h"
#include "oc_store.h"

#define DEPTH_MAX 64 /* levels of a document */
#define FILE_NAME OC_SETTINGS_STORE ".json"
#define COMPLETE  "complete" /* a file that says so of a copy; in it: whose settings they are */
#define FORMS     "forms"    /* a store: the keys that a program has changed since the copy */
#define VERSION   "_version" /* of a form, beside its keys: belongs to the program */
#define CHANGED   "changed"  /* in FORMS: and a person has changed it behind that */

static const char *const copies[] = {OC_SETTINGS_COPY, OC_SETTINGS_PREVIOUS};
/* Of all these files: the file thread writes, that of updates copies and puts back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned changes; /* of settings.json, done or tried */

/* ---- documents ---- */

/* The library goes down as deep as brackets nest, up to 2,048 levels on the stack of a thread. */
static bool is_flat(const char *text, size_t len) {
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len && depth <= DEPTH_MAX; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '[' || text[i] == '{'))
            depth++;
        else if (!quoted && (text[i] == ']' || text[i] == '}'))
            depth -= depth > 0;
    }
    return depth <= DEPTH_MAX;
}

static json_t *load(const char *text, size_t len, size_t flags) {
    return text && is_flat(text, len) ? json_loadb(text, len, flags, NULL) : NULL;
}

/* What is no object says nothing. */
static json_t *document(const char *text, size_t len) {
    json_t *value = load(text, len, 0);
    if (json_is_object(value))
        return value;
    json_decref(value);
    return json_object();
}

static json_t *read_document(int folder, const char *name) {
    size_t len = 0;
    int result;
    char *text = oc_store_read(folder, name, &len, &result);
    json_t *value = document(text, len);
    free(text);
    return value;
}

static int write_document(int folder, const char *name, const json_t *value) {
    char *text = json_dumps(value, JSON_INDENT(4) | JSON_ENCODE_ANY);
    int result = text ? oc_store_write(folder, name, text, strlen(text)) : OC_ERR_NOMEM;
    free(text);
    return result;
}

/* The keys that a program has changed: a tree in which such a key is true, or CHANGED. */
static json_t *read_forms(int folder) {
    size_t len = 0;
    int result;
    char *text = oc_store_read(folder, FORMS, &len, &result);
    json_t *forms = load(text, len, JSON_DECODE_ANY);
    free(text);
    if (forms || result == OC_ERR_NOENT)
        return forms ? forms : json_object();
    return json_true(); /* what cannot be read may be anything */
}

/* Whether both are groups of keys, where what is absent has none. */
static bool are_groups(const json_t *a, const json_t *b) {
    return (!a || json_is_object(a)) && (!b || json_is_object(b));
}

/* Calls `each` for every key of either that is not the same in both. */
static void each_change(const json_t *before, const json_t *after,
                        void (*each)(void *context, const char *key, json_t *was, json_t *is),
                        void *context) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)after, key, value) {
        json_t *was = json_object_get(before, key);
        if (!was || !json_equal(was, value))
            each(context, key, was, value);
    }
    json_object_foreach((json_t *)before, key, value) {
        if (!json_object_get(after, key))
            each(context, key, value, NULL);
    }
}

/* ---- a program has written ---- */

static void mark_key(void *context, const char *key, json_t *was, json_t *is) {
    json_t *forms = context, *form = json_object_get(forms, key);
    if (form && !json_is_object(form))
        return; /* all of it has another form already */
    if (!are_groups(was, is)) {
        json_object_set_new(forms, key, json_true());
        return;
    }
    if (!form)
        json_object_set_new(forms, key, form = json_object());
    each_change(was, is, mark_key, form);
}

/* ---- a person has changed something ---- */

typedef struct target {
    json_t *copy, *forms;
    bool differs; /* something was taken into the copy */
    bool marked;  /* something was not, and forms says so */
} target_t;

static void carry_key(void *context, const char *key, json_t *was, json_t *is) {
    target_t *target = context;
    json_t *form = json_object_get(target->forms, key);
    if (strcmp(key, VERSION) == 0)
        return;
    if (are_groups(was, is) && json_is_object(form)) {
        json_t *group = json_object_get(target->copy, key);
        if (!json_is_object(group))
            json_object_set_new(target->copy, key, group = json_object());
        target_t inner = {.copy = group, .forms = form};
        each_change(was, is, carry_key, &inner);
        if (json_object_size(group) == 0)
            json_object_del(target->copy, key);
        target->differs |= inner.differs;
        target->marked |= inner.marked;
    } else if (form) {
        json_object_set_new(target->forms, key, json_string(CHANGED));
        target->marked = true;
    } else if (are_groups(was, is) && was && is && json_object_get(target->copy, key)) {
        target_t inner = {.copy = json_object_get(target->copy, key), .forms = NULL};
        each_change(was, is, carry_key, &inner);
        target->differs |= inner.differs;
    } else {
        if (is)
            json_object_set_new(target->copy, key, json_deep_copy(is));
        else
            json_object_del(target->copy, key);
        target->differs = true;
    }
}

/* ---- a write ---- */

/* What is kept, and what shall be. */
typedef struct change {
    json_t *before, *after;
    char *text; /* of after, NULL: nothing is kept any more; owned */
    size_t len;
} change_t;

static void clear(change_t *change) {
    json_decref(change->before);
    json_decref(change->after);
    free(change->text);
}

static bool is_complete(int folder) {
    return faccessat(folder, COMPLETE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Takes what may be taken into target->copy. */
static void carry(const change_t *change, target_t *target) {
    if (json_is_object(target->forms)) {
        each_change(change->before, change->after, carry_key, target);
        return;
    }
    json_decref(target->forms);
    target->forms = json_string(CHANGED);
    target->marked = true;
}

/* *change becomes that of the copy: what the copy behind it follows. */
static int follow_person(int folder, change_t *change) {
    target_t target = {.copy = read_document(folder, OC_SETTINGS_STORE),
                       .forms = read_forms(folder)};
    /* with no key in another form the copy is what is kept, to the letter */
    bool alike = json_is_object(target.forms) && json_object_size(target.forms) == 0;
    change_t own = {.before = json_deep_copy(target.copy)};
    int result = OC_OK;
    if (!alike)
        carry(change, &target);
    own.text = alike ? strdup(change->text) : json_dumps(target.copy, JSON_INDENT(4));
    own.len = own.text ? strlen(own.text) : 0;
    own.after = document(own.text, own.len);
    if (!own.text)
        result = OC_ERR_NOMEM;
    if (result == OC_OK && target.marked)
        result = write_document(folder, FORMS, target.forms);
    if (result == OC_OK && (alike || target.differs))
        result = oc_store_write(folder, OC_SETTINGS_STORE, own.text, own.len);
    json_decref(target.copy);
    json_decref(target.forms);
    clear(change);
    *change = own;
    return result;
}

static int follow_program(int folder, const change_t *change) {
    json_t *forms = change->text ? read_forms(folder) : json_true();
    if (json_is_object(forms))
        each_change(change->before, change->after, mark_key, forms);
    bool none = json_is_object(forms) && json_object_size(forms) == 0;
    int result = none ? OC_OK : write_document(folder, FORMS, forms);
    json_decref(forms);
    return result;
}

/* The copies take their part of a change before it is one, each from the one before it. text NULL:
 * nothing is kept any more. */
static int follow(int root, const char *text, size_t len, oc_settings_by_t by) {
    change_t change = {.before = read_document(root, OC_SETTINGS_STORE),
                       .after = document(text, len),
                       .text = text ? strndup(text, len) : NULL,
                       .len = len};
    bool over = false;
    int result = text && !change.text ? OC_ERR_NOMEM : OC_OK;
    for (unsigned i = 0; result == OC_OK && !over && i < sizeof(copies) / sizeof(copies[0]); i++) {
        int folder = oc_beneath_open(root, copies[i], O_RDONLY | O_DIRECTORY, 0);
        bool complete = folder >= 0 && is_complete(folder);
        if (complete && by == OC_SETTINGS_BY_PERSON)
            result = follow_person(folder, &change);
        else if (complete)
            result = follow_program(folder, &change);
        over = complete && by == OC_SETTINGS_BY_PROGRAM; /* the next one is a copy of this one */
        if (folder >= 0)
            close(folder);
    }
    clear(&change);
    return result;
}

static int write_locked(int root, const char *text, size_t len, oc_settings_by_t by) {
    int result = len > OC_STORE_TEXT_MAX ? OC_ERR_TOO_BIG : follow(root, text, len, by);
    return result == OC_OK ? oc_store_write(root, OC_SETTINGS_STORE, text, len) : result;
}

int oc_settings_write(int root, const char *text, size_t len, oc_settings_by_t by) {
    pthread_mutex_lock(&lock);
    int result = write_locked(root, text, len, by);
    atomic_fetch_add(&changes, 1);
    pthread_mutex_unlock(&lock);
    return result;
}

int oc_settings_set_aside(int root) {
    pthread_mutex_lock(&lock);
    int result = follow(root, NULL, 0, OC_SETTINGS_BY_PROGRAM);
    if (result == OC_OK)
        result = oc_store_set_aside(root, OC_SETTINGS_STORE);
    atomic_fetch_add(&changes, 1);
    pthread_mutex_unlock(&lock);
    return result;
}

unsigned oc_settings_changes(void) {
    return atomic_load(&changes);
}

/* ---- copies ---- */

static int sync_folder(int folder) {
    return fsync(folder) == 0 ? OC_OK : oc_posix_error(errno);
}

/* A folder is no copy from here on, and has nothing in it. */
static int empty(int folder) {
    if (unlinkat(folder, COMPLETE, 0) != 0 && errno != ENOENT)
        return oc_posix_error(errno);
    int result = sync_folder(folder);
    int fd = result == OC_OK ? openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !entries)
        close(fd);
    if (!entries)
        return result == OC_OK ? OC_ERR_IO : result;
    for (struct dirent *entry; (entry = readdir(entries));)
        (void)unlinkat(folder, entry->d_name, 0);
    closedir(entries);
    return OC_OK;
}

static int make_empty(int root, const char *path) {
    int result = oc_beneath_mkdir(root, path);
    int folder = result == OC_OK ? oc_beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0) : result;
    result = folder < 0 ? folder : empty(folder);
    if (result == OC_OK)
        return folder;
    if (folder >= 0)
        close(folder);
    return result;
}

/* A copy of nothing is an empty file. What is no text is none to a script either. */
static int copy_into(int root, int folder, const char *owner) {
    size_t len = 0;
    int result;
    char *text = oc_store_read(root, OC_SETTINGS_STORE, &len, &result);
    bool none = result == OC_ERR_NOENT || result == OC_ERR_FORMAT || result == OC_ERR_TOO_BIG;
    if (text || none)
        result = oc_store_write(folder, OC_SETTINGS_STORE, text ? text : "", len);
    free(text);
    return result == OC_OK ? oc_store_replace(folder, COMPLETE, owner, strlen(owner)) : result;
}

int oc_settings_copy(int root, const char *to, const char *owner) {
    pthread_mutex_lock(&lock);
    int folder = make_empty(root, to);
    int result = folder < 0 ? folder : copy_into(root, folder, owner);
    if (folder >= 0)
        close(folder);
    pthread_mutex_unlock(&lock);
    return result;
}

/* The folder of a complete copy, or OC_ERR_*. */
static int open_copy(int root, const char *path) {
    int folder = oc_beneath_open(root, path, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0 || is_complete(folder))
        return folder;
    close(folder);
    return OC_ERR_NOENT;
}

/* Whether there is a complete copy of this owner. */
static bool is_of(int root, const char *path, const char *owner) {
    char text[16] = "";
    int folder = open_copy(root, path);
    int fd = folder >= 0 ? oc_beneath_open(folder, COMPLETE, O_RDONLY, 0) : -1;
    if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
        text[0] = '\0';
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    return text[0] && strcmp(text, owner) == 0;
}

static int drop_copy(int folder) {
    if (unlinkat(folder, COMPLETE, 0) != 0 && errno != ENOENT)
        return oc_posix_error(errno);
    return sync_folder(folder);
}

/* What the copy has takes its name; a power cut between two of these steps leaves them to be done
 * again. */
static int take_back(int root, int folder) {
    size_t len = 0;
    int result, done = 0;
    char *text = oc_store_read(folder, OC_SETTINGS_STORE, &len, &result);
    free(text);
    if (result == OC_ERR_NOENT)
        return OC_OK; /* it has taken it already */
    if (result != OC_OK)
        return result;
    if (len > 0)
        done = renameat(folder, FILE_NAME, root, FILE_NAME);
    else if (unlinkat(root, FILE_NAME, 0) != 0 && errno != ENOENT)
        done = -1;
    return done == 0 ? sync_folder(root) : oc_posix_error(errno);
}

/* Writes the keys that are CHANGED behind what is in `lost`. */
static void list_lost(const json_t *forms, const char *place, char *lost, size_t size) {
    const char *key;
    json_t *form;
    json_object_foreach((json_t *)forms, key, form) {
        char at[128];
        size_t len = strlen(lost);
        snprintf(at, sizeof(at), "%s%s%s", place, place[0] ? "." : "", key);
        if (json_is_object(form))
            list_lost(form, at, lost, size);
        else if (json_is_string(form))
            snprintf(lost + len, size - len, "%s%s", len ? ", " : "", at);
    }
}

static int put_back(int root, const char *from, char *lost, size_t lost_size) {
    int folder = open_copy(root, from), result = OC_OK;
    lost[0] = '\0';
    if (folder < 0)
        return folder;
    json_t *forms = read_forms(folder);
    if (json_is_string(forms))
        snprintf(lost, lost_size, "all");
    else
        list_lost(forms, "", lost, lost_size);
    if (!json_is_object(forms) || json_object_size(forms) > 0)
        result = take_back(root, folder);
    if (result == OC_OK)
        result = drop_copy(folder);
    json_decref(forms);
    close(folder);
    return result;
}

int oc_settings_put_back(int root, const char *from, char *lost, size_t lost_size) {
    pthread_mutex_lock(&lock);
    int result = put_back(root, from, lost, lost_size);
    atomic_fetch_add(&changes, 1);
    pthread_mutex_unlock(&lock);
    return result;
}

int oc_settings_use(int root, const char *from) {
    pthread_mutex_lock(&lock);
    int folder = open_copy(root, from), result = folder < 0 ? folder : OC_OK;
    json_t *forms = result == OC_OK ? read_forms(folder) : NULL;
    size_t len = 0;
    char *text = NULL;
    if (forms && (!json_is_object(forms) || json_object_size(forms) > 0))
        text = oc_store_read(folder, OC_SETTINGS_STORE, &len, &result);
    if (text && len == 0)
        result = write_locked(root, "{}", 2, OC_SETTINGS_BY_PROGRAM);
    else if (text)
        result = write_locked(root, text, len, OC_SETTINGS_BY_PROGRAM);
    atomic_fetch_add(&changes, 1);
    free(text);
    json_decref(forms);
    if (folder >= 0)
        close(folder);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Needs no room on the disk. */
static int keep(int root) {
    int folder = oc_beneath_open(root, OC_SETTINGS_PREVIOUS, O_RDONLY | O_DIRECTORY, 0);
    int result = folder < 0 ? folder : empty(folder);
    if (folder >= 0)
        close(folder);
    if (result != OC_OK && result != OC_ERR_NOENT)
        return result;
    if (renameat(root, OC_SETTINGS_COPY, root, OC_SETTINGS_PREVIOUS) != 0 && errno != ENOENT)
        return oc_posix_error(errno);
    const char *name;
    folder = oc_beneath_parent(root, OC_SETTINGS_PREVIOUS, &name);
    result = folder < 0 ? folder : sync_folder(folder);
    if (folder >= 0)
        close(folder);
    return result;
}

int oc_settings_keep(int root) {
    pthread_mutex_lock(&lock);
    int result = keep(root);
    pthread_mutex_unlock(&lock);
    return result;
}

static int drop(int root, const char *path) {
    int folder = open_copy(root, path);
    if (folder < 0)
        return folder == OC_ERR_NOENT ? OC_OK : folder;
    int result = drop_copy(folder);
    close(folder);
    return result;
}

int oc_settings_drop(int root, const char *folder) {
    pthread_mutex_lock(&lock);
    int result = drop(root, folder);
    pthread_mutex_unlock(&lock);
    return result;
}

int oc_settings_settle(int root, const char *running, const char *previous, char *lost,
                       size_t lost_size) {
    pthread_mutex_lock(&lock);
    lost[0] = '\0';
    /* its trial was good, or has not begun */
    int result =
        is_of(root, OC_SETTINGS_COPY, previous) ? keep(root) : drop(root, OC_SETTINGS_COPY);
    if (result == OC_OK && is_of(root, OC_SETTINGS_PREVIOUS, running)) /* it came back */
        result = put_back(root, OC_SETTINGS_PREVIOUS, lost, lost_size);
    pthread_mutex_unlock(&lock);
    return result;
}
