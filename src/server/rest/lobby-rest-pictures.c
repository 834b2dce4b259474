/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <stdio.h>
#include <string.h>

#include "lobby-async.h"

/* Pictures of contacts, which the team sets: the Cloud API tells none. What they are is read from their first bytes, never believed. */

#define MAGIC_BYTES 8

static const char *
picture_type (const guint8 *bytes,
              gsize size)
{
  static const guint8 jpeg[] = { 0xff, 0xd8, 0xff };
  static const guint8 png[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

  if (size >= sizeof jpeg && memcmp (bytes, jpeg, sizeof jpeg) == 0)
    return "image/jpeg";
  if (size >= sizeof png && memcmp (bytes, png, sizeof png) == 0)
    return "image/png";
  return NULL;
}

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  char *contact_id;
  GBytes *bytes;
} NewPicture;

static void
new_picture_free (gpointer data)
{
  NewPicture *picture = data;

  g_object_unref (picture->rest);
  g_free (picture->contact_id);
  g_bytes_unref (picture->bytes);
  g_free (picture);
}

/* On a worker. It touches nothing of the storage but its files. */
static gboolean
keep_file (gpointer data,
           GValue *result,
           GError **error)
{
  NewPicture *picture = data;
  char *sha256 = lobby_file_store_put (lobby_storage (picture->rest->storage, get_files), picture->bytes, error);

  if (sha256 == NULL)
    return FALSE;
  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, sha256);
  return TRUE;
}

static DexFuture *
set_picture_fiber (gpointer data)
{
  NewPicture *picture = data;
  LobbyRest *self = picture->rest;
  g_autoptr (LobbyWireContact) contact = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *sha256 = dex_await_string (lobby_async_run_in_thread (keep_file, picture, NULL), &error);

  if (sha256 == NULL || !lobby_storage (self->storage, set_contact_picture, picture->contact_id, sha256, &error))
    {
      lobby_rest_answer_storage_error (picture->exchange, error);
      return dex_future_new_true ();
    }
  contact = lobby_storage (self->storage, get_contact, picture->contact_id);
  lobby_rest_answer (self, picture->exchange, 200, lobby_wire_contact_to_json (contact));
  return dex_future_new_true ();
}

static void
on_put_picture (LobbyHttpExchange *exchange,
                gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyWireContact) contact = lobby_rest_contact (self, exchange, agent, "id");
  GBytes *body;
  NewPicture *picture;

  if (contact == NULL)
    return;
  body = lobby_http_exchange_get_body (exchange);
  if (picture_type (g_bytes_get_data (body, NULL), g_bytes_get_size (body)) == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 415, "unsupported_type", "A picture must be JPEG or PNG");
      return;
    }
  picture = g_new (NewPicture, 1);
  *picture = (NewPicture){ g_object_ref (self), exchange, g_strdup (contact->id), g_bytes_ref (body) };
  lobby_async_go (set_picture_fiber, picture, new_picture_free);
}

static const char *
stored_type (const char *path)
{
  guint8 magic[MAGIC_BYTES];
  gsize size = 0;
  FILE *file = fopen (path, "rbe");

  if (file != NULL)
    {
      size = fread (magic, 1, sizeof magic, file);
      fclose (file);
    }
  return picture_type (magic, size);
}

static void
on_get_picture (LobbyHttpExchange *exchange,
                gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyWireContact) contact = lobby_rest_contact (self, exchange, agent, "id");
  g_autoptr (LobbyMediaFile) file = NULL;
  g_autofree char *etag = NULL;
  const char *type;

  if (contact == NULL)
    return;
  file = lobby_storage (self->storage, get_contact_picture, contact->id);
  type = file != NULL ? stored_type (file->path) : NULL;
  if (type == NULL)
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  etag = g_strdup_printf ("\"%s\"", file->sha256);
  lobby_http_exchange_add_header (exchange, "ETag", etag);
  lobby_http_exchange_add_header (exchange, "Cache-Control", "private, no-cache");
  lobby_http_exchange_add_header (exchange, "X-Content-Type-Options", "nosniff");
  lobby_http_exchange_answer_file (exchange, file->path, type);
}

void
lobby_rest_add_picture_routes (LobbyRest *self,
                               LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "PUT", "/api/contacts/{id}/picture", LOBBY_REST_PICTURE_BODY, on_put_picture);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/contacts/{id}/picture", 0, on_get_picture);
}
