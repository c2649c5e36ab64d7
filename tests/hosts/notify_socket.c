/* notify_socket PATH - for tests: the socket of a service manager at PATH; prints what it is sent, a
 * line for each datagram. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (argc != 2 || fd < 0 || strlen(argv[1]) >= sizeof(at.sun_path))
        return 2;
    strcpy(at.sun_path, argv[1]);
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
        return 1;
    puts("ready");
    fflush(stdout);
    char text[256];
    ssize_t got;
    while ((got = recv(fd, text, sizeof(text), 0)) > 0) {
        printf("%.*s\n", (int)got, text);
        fflush(stdout);
    }
    return 0;
}
