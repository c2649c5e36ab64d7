#define _GNU_SOURCE
#include "oc_password.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "oc_access_edit.h"
#include "oc_beneath.h"
#include "oc_access_store.h"
#include "oc_err.h"
#include "oc_stderr.h"

enum { DONE = 0, FAILED = 1, REFUSED = 2 };

#define LINE_MAX_BYTES (OC_ACCESS_PASSWORD_MAX + 1) /* one more than allowed: too long is seen */

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    interrupted = number;
}

/* The next byte, as read. waiting: the signals let through while nothing is there; NULL: as ever. A
 * signal between a look at a flag and read would be waited for in vain, so they come here only. */
static ssize_t read_byte(int fd, char *byte, const sigset_t *waiting) {
    struct pollfd input = {.fd = fd, .events = POLLIN};
    if (waiting && ppoll(&input, 1, NULL, waiting) < 0)
        return -1;
    return read(fd, byte, 1);
}

/* One line without its end. False: nothing was there, a NUL byte, or a signal came. */
static bool read_line(int fd, char line[LINE_MAX_BYTES], const sigset_t *waiting) {
    size_t used = 0;
    char byte = '\0';
    ssize_t got;
    while ((got = read_byte(fd, &byte, waiting)) > 0 && byte != '\n' && byte != '\0') {
        if (used + 1 < LINE_MAX_BYTES)
            line[used++] = byte;
    }
    if (used > 0 && line[used - 1] == '\r')
        used--;
    line[used] = '\0';
    return got >= 0 && (byte == '\n' || (got == 0 && used > 0));
}

/* Asks on the terminal; what is typed is not shown. */
static bool req(const char *prompt, char line[LINE_MAX_BYTES]) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT};
    enum { COUNT = sizeof(signals) / sizeof(signals[0]) };
    struct sigaction before[COUNT], action = {.sa_handler = on_signal}; /* the wait ends by it */
    struct termios shown, hidden;
    sigset_t blocked, unblocked;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    sigemptyset(&blocked);
    for (unsigned i = 0; i < COUNT; i++)
        sigaddset(&blocked, signals[i]);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    for (unsigned i = 0; i < COUNT; i++)
        sigaction(signals[i], &action, &before[i]);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fputs(prompt, stderr);
    bool done = read_line(STDIN_FILENO, line, &unblocked);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    for (unsigned i = 0; i < COUNT; i++)
        sigaction(signals[i], &before[i], NULL);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    if (interrupted) { /* a loop's handler would note it for a loop that does not run yet */
        signal(interrupted, SIG_DFL);
        raise(interrupted);
    }
    return done && !interrupted;
}

/* NULL: password is filled; else why not. */
static const char *read_password(char password[LINE_MAX_BYTES]) {
    char again[LINE_MAX_BYTES];
    const char *why = NULL;
    if (!isatty(STDIN_FILENO))
        return read_line(STDIN_FILENO, password, NULL)
                   ? oc_access_user_refuses(password)
                   : "no password was given: run this in a terminal and type one, or pipe one in";
    if (!req("New password: ", password))
        return "none given";
    why = oc_access_user_refuses(password);
    if (!why && (!req("Once more: ", again) || strcmp(password, again) != 0))
        why = "the two passwords differ";
    oc_crypto_wipe(again, sizeof(again));
    return why;
}

static int report(int code, const char *text, const char *more) {
    char line[320];
    snprintf(line, sizeof(line), "password: %s%s", text, more);
    oc_stderr_report(line);
    return code;
}

/* NULL: *right is filled; else why the options cannot be. */
static const char *refuses(const oc_password_options_t *options, oc_access_right_t *right) {
    *right = options->user ? OC_ACCESS_WATCH : OC_ACCESS_OWN;
    if (!options->user)
        return options->right ? "--right: admin owns the camera: give --user as well" : NULL;
    if (!oc_access_text_is_user(options->user) || strcmp(options->user, OC_ACCESS_ADMIN) == 0)
        return "--user: a name of at most 31 characters is needed, not admin";
    if (options->right &&
        (!oc_access_user_right_of(options->right, right) || *right == OC_ACCESS_OWN))
        return "--right: use watch or operate";
    return NULL;
}

static int store(int root, const oc_access_users_t *users) {
    int result = oc_access_store_keep_users(root, users);
    return result == OC_OK ? DONE : report(FAILED, "cannot write it: ", oc_err_text(result));
}

/* Read and written again with nobody between: the page may change them as well. password NULL: the
 * user goes. */
static int change(int root, const char *name, oc_access_right_t right, const char *password) {
    oc_access_users_t users;
    char why[256];
    int lock = oc_beneath_lock(root, "access"), code;
    if (lock < 0)
        return report(FAILED, "cannot write it: ", oc_err_text(lock));
    int result = OC_OK;
    if (oc_access_store_users(root, &users, why, sizeof(why)) != OC_OK)
        code = report(FAILED, why, "; remove it by --remove");
    else if (!password)
        code = oc_access_user_remove(&users, name) ? store(root, &users)
                                                   : report(FAILED, "there is no user ", name);
    else if ((result = oc_access_user_set(&users, name, right, password)) != OC_OK)
        code = report(FAILED, "cannot write it: ", oc_err_text(result));
    else
        code = store(root, &users);
    oc_crypto_wipe(&users, sizeof(users));
    close(lock);
    return code;
}

int oc_password_run(int root, const oc_password_options_t *options) {
    char why[256], password[LINE_MAX_BYTES] = "";
    oc_access_users_t users;
    oc_access_right_t right;
    const char *name = options->user ? options->user : OC_ACCESS_ADMIN;
    const char *refused = refuses(options, &right);
    if (refused)
        return report(REFUSED, refused, "");
    if (options->remove && !options->user) {
        int result = oc_access_store_remove(root, OC_ACCESS_STORE_USERS);
        return result == OC_OK ? DONE : report(FAILED, "cannot remove it: ", oc_err_text(result));
    }
    if (oc_access_store_users(root, &users, why, sizeof(why)) != OC_OK)
        return report(FAILED, why, "; remove it by --remove");
    if (options->remove)
        return change(root, name, right, NULL);
    if (options->user && !oc_access_user_find(&users, OC_ACCESS_ADMIN))
        return report(REFUSED, "admin has no password yet: run this without --user first", "");
    const oc_access_user_t *there = oc_access_user_find(&users, name);
    if (options->user && !options->right && there && there->right == OC_ACCESS_SOME)
        right = OC_ACCESS_SOME; /* another password, and no other right */
    refused = read_password(password);
    int code = refused ? report(REFUSED, refused, "") : change(root, name, right, password);
    oc_crypto_wipe(password, sizeof(password));
    return code;
}
