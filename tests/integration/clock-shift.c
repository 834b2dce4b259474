/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Preloaded into a program, this moves its wall clock: by the milliseconds that stand, as one gint64, in the file that
 * LOBBY_TEST_CLOCK names, now and whenever the file changes. A time namespace could do it for monotonic clocks only.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

__attribute__ ((constructor)) static void
map_shift (void)
{
  const char *path = getenv ("LOBBY_TEST_CLOCK");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *mapped = fd >= 0 ? mmap (NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

  if (mapped != MAP_FAILED)
    shift = mapped;
  if (fd >= 0)
    close (fd);
}

int
clock_gettime (clockid_t clock,
               struct timespec *now)
{
  int result = (int)syscall (SYS_clock_gettime, clock, now);

  if (result == 0 && shift != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    {
      int64_t nsec = now->tv_nsec + *shift % 1000 * 1000000;

      now->tv_sec += *shift / 1000 + (nsec < 0 ? -1 : nsec / 1000000000);
      now->tv_nsec = nsec < 0 ? nsec + 1000000000 : nsec % 1000000000;
    }
  return result;
}

int
gettimeofday (struct timeval *restrict now,
              void *restrict zone)
{
  struct timespec spec;

  if (clock_gettime (CLOCK_REALTIME, &spec) != 0)
    return -1;
  now->tv_sec = spec.tv_sec;
  now->tv_usec = spec.tv_nsec / 1000;
  return 0;
}

time_t
time (time_t *now)
{
  struct timespec spec = { 0 };

  clock_gettime (CLOCK_REALTIME, &spec);
  if (now != NULL)
    *now = spec.tv_sec;
  return spec.tv_sec;
}
