/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-picture-cache.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <gst/gst.h>

#include "lobby-async.h"
#include "lobby-webp.h"

typedef struct
{
  char *key;
  GdkTexture *texture;
  gsize size;
  GList link; /* in `recent`; the head was used last */
} Entry;

typedef struct
{
  char *path;
  int width;
  int height;
} Job;

/* Main thread only. */
static GHashTable *entries; /* key → Entry */
static GQueue recent = G_QUEUE_INIT;
static gsize kept_bytes;

static char *
make_key (const char *path,
          int width,
          int height)
{
  return g_strdup_printf ("%dx%d %s", width, height, path);
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_queue_unlink (&recent, &entry->link);
  kept_bytes -= entry->size;
  g_object_unref (entry->texture);
  g_free (entry->key);
  g_free (entry);
}

static void
keep (const char *path,
      int width,
      int height,
      GdkTexture *texture)
{
  Entry *entry = g_new0 (Entry, 1);

  if (entries == NULL)
    entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  entry->key = make_key (path, width, height);
  entry->texture = g_object_ref (texture);
  entry->size = (gsize)gdk_texture_get_width (texture) * gdk_texture_get_height (texture) * 4;
  entry->link.data = entry;
  g_hash_table_remove (entries, entry->key);
  g_queue_push_head_link (&recent, &entry->link);
  kept_bytes += entry->size;
  g_hash_table_insert (entries, entry->key, entry);

  while (kept_bytes > LOBBY_PICTURE_CACHE_BYTES && recent.length > 1)
    {
      Entry *oldest = recent.tail->data;

      g_hash_table_remove (entries, oldest->key);
    }
}

GdkTexture *
lobby_picture_cache_peek (const char *path,
                          int width,
                          int height)
{
  g_autofree char *key = make_key (path, width, height);
  Entry *entry = entries != NULL ? g_hash_table_lookup (entries, key) : NULL;

  if (entry == NULL)
    return NULL;
  g_queue_unlink (&recent, &entry->link);
  g_queue_push_head_link (&recent, &entry->link);
  return entry->texture;
}

void
lobby_picture_cache_clear (void)
{
  g_clear_pointer (&entries, g_hash_table_unref);
}

/* On a pool thread */

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->path);
  g_free (job);
}

static GdkTexture *
texture_from_pixbuf (GdkPixbuf *pixbuf)
{
  g_autoptr (GBytes) bytes = gdk_pixbuf_read_pixel_bytes (pixbuf);

  return gdk_memory_texture_new (gdk_pixbuf_get_width (pixbuf), gdk_pixbuf_get_height (pixbuf),
                                 gdk_pixbuf_get_has_alpha (pixbuf) ? GDK_MEMORY_R8G8B8A8 : GDK_MEMORY_R8G8B8,
                                 bytes, gdk_pixbuf_get_rowstride (pixbuf));
}

/* The smallest size of the same shape that covers the wanted one, never larger than the file's. */
static void
fit (int file_width,
     int file_height,
     int wanted_width,
     int wanted_height,
     int *width,
     int *height)
{
  double scale = MIN (1.0, MAX ((double)wanted_width / file_width, (double)wanted_height / file_height));

  *width = MAX (1, (int)(file_width * scale + 0.5));
  *height = MAX (1, (int)(file_height * scale + 0.5));
}

static gboolean
decode (gpointer data,
        GValue *result,
        GError **error)
{
  Job *job = data;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GdkPixbuf) upright = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  int file_width, file_height, width, height;

  if (gdk_pixbuf_get_file_info (job->path, &file_width, &file_height) == NULL)
    {
      /* Stickers are WebP, for which GdkPixbuf has no loader on every system; GStreamer has. */
      texture = lobby_webp_decode (job->path, job->width, job->height, error);
      if (texture == NULL)
        return FALSE;
      g_value_init (result, GDK_TYPE_TEXTURE);
      g_value_take_object (result, g_steal_pointer (&texture));
      return TRUE;
    }
  if (file_width <= 0 || file_height <= 0 || (gint64)file_width * file_height > LOBBY_PICTURE_MAX_PIXELS)
    {
      g_set_error_literal (error, GDK_PIXBUF_ERROR, GDK_PIXBUF_ERROR_INSUFFICIENT_MEMORY, "The picture is too large");
      return FALSE;
    }
  /* A camera's picture may lie on its side: then its sides are exchanged. */
  fit (file_width, file_height, MAX (job->width, job->height), MAX (job->width, job->height), &width, &height);
  pixbuf = gdk_pixbuf_new_from_file_at_scale (job->path, width, height, FALSE, error);
  if (pixbuf == NULL)
    return FALSE;
  upright = gdk_pixbuf_apply_embedded_orientation (pixbuf);
  fit (gdk_pixbuf_get_width (upright), gdk_pixbuf_get_height (upright), job->width, job->height, &width, &height);
  if (width < gdk_pixbuf_get_width (upright))
    {
      GdkPixbuf *smaller = gdk_pixbuf_scale_simple (upright, width, height, GDK_INTERP_BILINEAR);

      if (smaller != NULL)
        {
          g_object_unref (upright);
          upright = smaller;
        }
    }
  texture = texture_from_pixbuf (upright);
  g_value_init (result, GDK_TYPE_TEXTURE);
  g_value_take_object (result, g_steal_pointer (&texture));
  return TRUE;
}

static DexFuture *
on_decoded (DexFuture *future,
            gpointer data)
{
  Job *job = data;
  const GValue *value = dex_future_get_value (future, NULL);

  if (value != NULL && lobby_picture_cache_peek (job->path, job->width, job->height) == NULL)
    keep (job->path, job->width, job->height, g_value_get_object (value));
  return dex_ref (future);
}

static Job *
job_new (const char *path,
         int width,
         int height)
{
  Job *job = g_new (Job, 1);

  job->path = g_strdup (path);
  job->width = width;
  job->height = height;
  return job;
}

DexFuture *
lobby_picture_cache_load (const char *path,
                          int width,
                          int height)
{
  GdkTexture *texture = lobby_picture_cache_peek (path, width, height);

  if (texture != NULL)
    return dex_future_new_take_object (g_object_ref (texture));
  return dex_future_then (lobby_async_run_in_thread (decode, job_new (path, width, height), job_free),
                          on_decoded, job_new (path, width, height), job_free);
}
