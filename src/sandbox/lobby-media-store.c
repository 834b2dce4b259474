/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-media-store.h"

#define DAY_MS (G_GINT64_CONSTANT (24) * 3600 * 1000)
#define UPLOADED_DAYS 30
#define INBOUND_DAYS 7

struct _LobbyMediaStore
{
  LobbySchedule *schedule;
  GHashTable *media;     /* id → LobbyMedia */
  GHashTable *addresses; /* "id hash" → gint64: g_get_monotonic_time () at which it ends */
  guint64 total;
};

static void
media_free (gpointer data)
{
  LobbyMedia *media = data;

  g_free (media->id);
  g_free (media->mime_type);
  g_free (media->file_name);
  g_bytes_unref (media->bytes);
  g_free (media->sha256);
  g_free (media->sha256_base64);
  g_free (media);
}

static void
digest (LobbyMedia *media)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 raw[32];
  gsize length = sizeof raw;
  gsize size;
  const guint8 *data = g_bytes_get_data (media->bytes, &size);

  g_checksum_update (checksum, data, (gssize)size);
  media->sha256 = g_strdup (g_checksum_get_string (checksum));
  g_checksum_reset (checksum);
  g_checksum_update (checksum, data, (gssize)size);
  g_checksum_get_digest (checksum, raw, &length);
  media->sha256_base64 = g_base64_encode (raw, length);
}

static char *
new_id (LobbyMediaStore *self)
{
  /* Not from the seed: a server that keeps its store must not meet an old id for a new file. */
  for (;;)
    {
      g_autofree char *id = g_strdup_printf ("%u%09u", g_random_int_range (100000, 999999), g_random_int_range (0, 1000000000));

      if (!g_hash_table_contains (self->media, id))
        return g_steal_pointer (&id);
    }
}

LobbyMediaStore *
lobby_media_store_new (LobbySchedule *schedule)
{
  LobbyMediaStore *self = g_new0 (LobbyMediaStore, 1);

  self->schedule = schedule;
  self->media = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, media_free);
  self->addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
lobby_media_store_free (LobbyMediaStore *self)
{
  g_hash_table_unref (self->media);
  g_hash_table_unref (self->addresses);
  g_free (self);
}

const LobbyMedia *
lobby_media_store_add (LobbyMediaStore *self,
                       GBytes *bytes,
                       const char *mime_type,
                       const char *file_name,
                       gboolean inbound)
{
  LobbyMedia *media;

  if (self->total + g_bytes_get_size (bytes) > LOBBY_MEDIA_STORE_MAX)
    return NULL;
  media = g_new0 (LobbyMedia, 1);
  media->id = new_id (self);
  media->mime_type = g_strdup (mime_type);
  media->file_name = g_strdup (file_name);
  media->bytes = g_bytes_ref (bytes);
  media->expires = lobby_schedule_now (self->schedule) + DAY_MS * (inbound ? INBOUND_DAYS : UPLOADED_DAYS);
  digest (media);
  self->total += g_bytes_get_size (bytes);
  g_hash_table_insert (self->media, media->id, media);
  return media;
}

const LobbyMedia *
lobby_media_store_find (LobbyMediaStore *self,
                        const char *id)
{
  LobbyMedia *media = g_hash_table_lookup (self->media, id);

  if (media && media->expires <= lobby_schedule_now (self->schedule))
    {
      lobby_media_store_remove (self, id);
      return NULL;
    }
  return media;
}

gboolean
lobby_media_store_remove (LobbyMediaStore *self,
                          const char *id)
{
  LobbyMedia *media = g_hash_table_lookup (self->media, id);

  if (!media)
    return FALSE;
  self->total -= g_bytes_get_size (media->bytes);
  return g_hash_table_remove (self->media, id);
}

static gboolean
address_ended (gpointer key,
               gpointer value,
               gpointer now)
{
  return *(gint64 *)value <= *(gint64 *)now;
}

char *
lobby_media_store_make_url (LobbyMediaStore *self,
                            const LobbyMedia *media,
                            const char *base,
                            gint64 lifetime)
{
  g_autofree char *hash = g_strdup_printf ("AR%08x%08x%08x", g_random_int (), g_random_int (), g_random_int ());
  gint64 now = g_get_monotonic_time ();
  gint64 ends = now + lifetime * 1000;

  g_hash_table_foreach_remove (self->addresses, address_ended, &now);
  g_hash_table_insert (self->addresses, g_strconcat (media->id, " ", hash, NULL), g_memdup2 (&ends, sizeof ends));
  return g_strdup_printf ("%s/whatsapp_business/attachments/?mid=%s&ext=%" G_GINT64_FORMAT "&hash=%s", base, media->id,
                          (g_get_real_time () / 1000 + lifetime) / 1000, hash);
}

const LobbyMedia *
lobby_media_store_open (LobbyMediaStore *self,
                        const char *id,
                        const char *hash)
{
  g_autofree char *key = g_strconcat (id, " ", hash, NULL);
  gint64 *ends = g_hash_table_lookup (self->addresses, key);

  if (!ends || *ends <= g_get_monotonic_time ())
    return NULL;
  return lobby_media_store_find (self, id);
}
