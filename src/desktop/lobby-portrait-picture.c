/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-portrait-private.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#include "lobby-async.h"

/* Decoded pictures that are kept; a screen of rows has about a dozen (31 KiB each at twice the size). */
#define KEPT_PICTURES 96

static GHashTable *kept;            /* key → GdkTexture */
static GQueue order = G_QUEUE_INIT; /* keys, the most recently added last; owned by kept */

typedef struct
{
  GWeakRef portrait;
  LobbyAccount *account;
  LobbyContact *contact;
  char *key;
  int size;
} Load;

static void
load_free (Load *load)
{
  g_weak_ref_clear (&load->portrait);
  g_clear_object (&load->account);
  g_clear_object (&load->contact);
  g_free (load->key);
  g_free (load);
}

static void
keep (const char *key,
      GdkTexture *texture)
{
  char *own;

  if (g_hash_table_contains (kept, key))
    return;

  own = g_strdup (key);
  g_hash_table_insert (kept, own, g_object_ref (texture));
  g_queue_push_tail (&order, own);
  if (order.length > KEPT_PICTURES)
    g_hash_table_remove (kept, g_queue_pop_head (&order));
}

typedef struct
{
  char *path;
  int size;
} Decode;

static void
decode_free (gpointer data)
{
  Decode *decode = data;

  g_free (decode->path);
  g_free (decode);
}

static gboolean
decode_in_thread (gpointer data,
                  GValue *result,
                  GError **error)
{
  Decode *decode = data;
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  int width, height;

  if (gdk_pixbuf_get_file_info (decode->path, &width, &height) == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Not a picture");
      return FALSE;
    }

  /* The shorter side fills the circle. */
  pixbuf = width < height ? gdk_pixbuf_new_from_file_at_scale (decode->path, decode->size, -1, TRUE, error)
                          : gdk_pixbuf_new_from_file_at_scale (decode->path, -1, decode->size, TRUE, error);
  if (pixbuf == NULL)
    return FALSE;

  g_value_init (result, GDK_TYPE_TEXTURE);
  g_value_take_object (result, gdk_texture_new_for_pixbuf (pixbuf));

  return TRUE;
}

static DexFuture *
load_fiber (gpointer data)
{
  Load *load = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = dex_await_string (lobby_account_fetch_picture (load->account, load->contact), &error);
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (LobbyPortrait) portrait = NULL;
  Decode *decode;

  /* Initials are shown; that there is no picture is no one's trouble. */
  if (path == NULL)
    return dex_future_new_true ();

  decode = g_new0 (Decode, 1);
  decode->path = g_steal_pointer (&path);
  decode->size = load->size;
  texture = dex_await_object (lobby_async_run_in_thread (decode_in_thread, decode, decode_free), &error);
  if (texture == NULL)
    return dex_future_new_true ();

  keep (load->key, texture);

  portrait = g_weak_ref_get (&load->portrait);
  if (portrait != NULL && g_strcmp0 (portrait->picture_key, load->key) == 0)
    lobby_portrait_take_picture (portrait, g_steal_pointer (&texture));

  return dex_future_new_true ();
}

void
lobby_portrait_load (LobbyPortrait *self,
                     LobbyAccount *account,
                     LobbyContact *contact)
{
  const char *url = contact != NULL ? lobby_contact_get_picture_url (contact) : NULL;
  g_autofree char *key = NULL;
  GdkTexture *texture;
  Load *load;
  int size;

  if (url == NULL || url[0] == '\0' || account == NULL)
    {
      g_clear_pointer (&self->picture_key, g_free);
      lobby_portrait_take_picture (self, NULL);
      return;
    }

  size = self->size * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  key = g_strdup_printf ("%s %s %s %d", lobby_account_get_id (account), lobby_contact_get_id (contact), url, size);
  if (!g_set_str (&self->picture_key, key))
    return;

  if (kept == NULL)
    kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  texture = g_hash_table_lookup (kept, key);
  lobby_portrait_take_picture (self, texture != NULL ? g_object_ref (texture) : NULL);
  if (texture != NULL)
    return;

  load = g_new0 (Load, 1);
  g_weak_ref_init (&load->portrait, self);
  load->account = g_object_ref (account);
  load->contact = g_object_ref (contact);
  load->key = g_steal_pointer (&key);
  load->size = size;
  lobby_async_go (load_fiber, load, (GDestroyNotify)load_free);
}
