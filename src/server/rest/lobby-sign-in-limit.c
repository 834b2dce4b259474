/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sign-in-limit.h"

#include <gio/gio.h>
#include <string.h>

#define PERIOD_MSEC (5 * 60 * G_GINT64_CONSTANT (1000))
#define MAX_OF_USER 5
#define MAX_OF_ADDRESS 50
#define MAX_OF_ACCOUNT 100
/* Whoever guesses from many addresses must not fill our memory. */
#define MAX_ENTRIES 20000
/* Whoever has one global address of IPv6 (2000::/3) has all of its network, of 64 bits. */
#define NETWORK_BYTES 8
#define IS_GLOBAL(first_byte) (((first_byte) & 0xe0) == 0x20)

typedef struct
{
  guint failures;
  gint64 ends_at;
} Entry;

struct _LobbySignInLimit
{
  GHashTable *entries; /* "network", "network\nuser" or "\nuser" → Entry */
};

LobbySignInLimit *
lobby_sign_in_limit_new (void)
{
  LobbySignInLimit *self = g_new (LobbySignInLimit, 1);

  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
lobby_sign_in_limit_free (LobbySignInLimit *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

static char *
network_of (const char *address)
{
  g_autoptr (GInetAddress) parsed = strchr (address, ':') != NULL ? g_inet_address_new_from_string (address) : NULL;
  g_autoptr (GInetAddress) network = NULL;
  guint8 bytes[16] = { 0 };

  if (parsed == NULL || g_inet_address_get_family (parsed) != G_SOCKET_FAMILY_IPV6 || !IS_GLOBAL (*g_inet_address_to_bytes (parsed)))
    return g_strdup (address);
  memcpy (bytes, g_inet_address_to_bytes (parsed), NETWORK_BYTES);
  network = g_inet_address_new_from_bytes (bytes, G_SOCKET_FAMILY_IPV6);
  return g_inet_address_to_string (network);
}

/* @network "": wherever it is tried from. */
static char *
user_key (const char *network,
          const char *user)
{
  g_autofree char *folded = g_utf8_casefold (user, -1);

  return g_strconcat (network, "\n", folded, NULL);
}

static guint
wait_of (LobbySignInLimit *self,
         const char *key,
         guint maximum,
         gint64 now)
{
  const Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry == NULL || entry->ends_at <= now || entry->failures < maximum)
    return 0;
  return (guint)((entry->ends_at - now + 999) / 1000);
}

static gboolean
is_over (gpointer key,
         gpointer value,
         gpointer data)
{
  return ((Entry *)value)->ends_at <= *(gint64 *)data;
}

static void
count (LobbySignInLimit *self,
       const char *key,
       gint64 now)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry == NULL)
    {
      if (g_hash_table_size (self->entries) >= MAX_ENTRIES)
        g_hash_table_foreach_remove (self->entries, is_over, &now);
      if (g_hash_table_size (self->entries) >= MAX_ENTRIES)
        return;
      entry = g_new0 (Entry, 1);
      g_hash_table_insert (self->entries, g_strdup (key), entry);
    }
  if (entry->ends_at <= now)
    *entry = (Entry){ 0, now + PERIOD_MSEC };
  entry->failures++;
}

static void
discount (LobbySignInLimit *self,
          const char *key)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry != NULL && entry->failures > 0)
    entry->failures--;
}

guint
lobby_sign_in_limit_begin (LobbySignInLimit *self,
                           const char *address,
                           const char *user,
                           gint64 now)
{
  g_autofree char *network = network_of (address);
  g_autofree char *key = user_key (network, user);
  g_autofree char *account = user_key ("", user);
  guint wait = MAX (wait_of (self, key, MAX_OF_USER, now), wait_of (self, network, MAX_OF_ADDRESS, now));

  wait = MAX (wait, wait_of (self, account, MAX_OF_ACCOUNT, now));
  if (wait > 0)
    return wait;
  count (self, key, now);
  count (self, network, now);
  count (self, account, now);
  return 0;
}

void
lobby_sign_in_limit_succeeded (LobbySignInLimit *self,
                               const char *address,
                               const char *user)
{
  g_autofree char *network = network_of (address);
  g_autofree char *key = user_key (network, user);
  g_autofree char *account = user_key ("", user);

  g_hash_table_remove (self->entries, key);
  discount (self, network);
  discount (self, account);
}
