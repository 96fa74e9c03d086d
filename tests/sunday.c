/* A wall clock that goes, but by CLOCK_OFFSET_SECONDS ahead of the machine's; every other clock is left alone.
 *
 * Preloaded into the tests and all they start (tools/on-a-sunday), so that Python, Valkey and curl agree on the day.
 * libfaketime 0.9.10, which Debian has, makes time.sleep or Event.wait of Python 3.11 fail with either of its settings.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t offset(void) {
    static time_t seconds = -1;
    if (seconds < 0) {
        const char *said = getenv("CLOCK_OFFSET_SECONDS");
        seconds = said ? atol(said) : 0;
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int answer = (int)syscall(SYS_clock_gettime, clock, now);
    if (answer == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += offset();
    return answer;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec at;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &at) != 0)
        return -1;
    now->tv_sec = at.tv_sec;
    now->tv_usec = at.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    if (now)
        *now = at.tv_sec;
    return at.tv_sec;
}
