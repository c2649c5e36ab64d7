# pthread.h and its functions are part of every program here (tests/xtensa/system).
if(NOT TARGET Threads::Threads)
    add_library(Threads::Threads INTERFACE IMPORTED)
endif()
set(Threads_FOUND TRUE)
