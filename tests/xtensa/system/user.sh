#!/bin/sh
# user.sh PROGRAM [ARGUMENT...]: runs it as a Linux process on emulated Xtensa. Its exit code is the
# program's; 128 + signal when a signal ended it (an unaligned load: SIGBUS, 135).
exec qemu-xtensa -cpu de212 "$@"
