/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-id.h"
#include "lobby-clock.h"

#include <string.h>
#include <sys/random.h>

/*
 * ULID (github.com/ulid/spec): 48 bits of milliseconds, then 80 random bits, as 26 characters of
 * Crockford's base 32. Within one millisecond the random part counts up from the last one, and the
 * time never goes back, so that ids of this process only grow.
 */

#define RANDOM_BYTES 10

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static GMutex last_lock;
static gint64 last_msec;
static guint8 last_random[RANDOM_BYTES];

static void
fill_random (guint8 *bytes)
{
  if (getrandom (bytes, RANDOM_BYTES, 0) != RANDOM_BYTES)
    g_error ("The kernel gives no random bytes");

  /* Leaves room to count up by 2^79 without carrying into the time. */
  bytes[0] &= 0x7f;
}

static void
count_up (guint8 *bytes)
{
  for (int i = RANDOM_BYTES - 1; i >= 0; i--)
    if (++bytes[i] != 0)
      return;
}

char *
lobby_id_new (void)
{
  guint8 bytes[6 + RANDOM_BYTES];
  char *id = g_malloc (LOBBY_ID_LENGTH + 1);
  gint64 now = lobby_clock_now ();

  g_mutex_lock (&last_lock);
  if (now > last_msec)
    {
      last_msec = now;
      fill_random (last_random);
    }
  else
    count_up (last_random);

  for (int i = 0; i < 6; i++)
    bytes[i] = (guint8)(last_msec >> (8 * (5 - i)));
  memcpy (bytes + 6, last_random, RANDOM_BYTES);
  g_mutex_unlock (&last_lock);

  /* 26 characters carry 130 bits: two zero bits stand in front of the 128. */
  for (int i = 0; i < LOBBY_ID_LENGTH; i++)
    {
      guint value = 0;

      for (int bit = i * 5 - 2; bit < i * 5 + 3; bit++)
        value = value << 1 | (bit < 0 ? 0 : (bytes[bit / 8] >> (7 - bit % 8)) & 1u);
      id[i] = ALPHABET[value];
    }
  id[LOBBY_ID_LENGTH] = '\0';

  return id;
}
