/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-sync-private.h"

#include "lobby-async.h"
#include "lobby-json.h"
#include "lobby-wire-records.h"

/* More pages of conversations than this are no inbox. */
#define MAX_PAGES 20000

/* One page of conversations as changes; *@cursor becomes where the next begins, NULL at the end. */
static LobbyChangeSet *
read_page (JsonObject *page,
           char **cursor)
{
  LobbyChangeSet *changes = lobby_change_set_new ();
  JsonArray *conversations = lobby_json_get_array (page, "conversations");

  for (guint i = 0; i < lobby_json_array_length (conversations); i++)
    {
      JsonObject *json = lobby_json_array_object (conversations, i);
      JsonObject *contact_json = lobby_json_get_object (json, "contact");
      JsonObject *message_json = lobby_json_get_object (json, "last_message");
      g_autoptr (LobbyWireConversation) conversation = json != NULL ? lobby_wire_conversation_from_json (json, NULL) : NULL;
      g_autoptr (LobbyWireContact) contact = contact_json != NULL ? lobby_wire_contact_from_json (contact_json, NULL) : NULL;
      g_autoptr (LobbyWireMessage) message = message_json != NULL ? lobby_wire_message_from_json (message_json, NULL) : NULL;

      if (conversation == NULL || contact == NULL)
        {
          g_warning ("A conversation of the server cannot be read");
          continue;
        }
      g_ptr_array_add (changes->contacts, lobby_contact_record_from_wire (contact));
      g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (conversation));
      if (message != NULL)
        g_ptr_array_add (changes->messages, lobby_message_record_from_wire (message));
    }

  g_free (*cursor);
  *cursor = g_strdup (lobby_json_get_string (page, "next", 4096));
  return changes;
}

static gboolean
read_pages (LobbySyncBusiness *business,
            GError **error)
{
  g_autofree char *cursor = NULL;

  for (guint n = 0; n < MAX_PAGES && business->engine != NULL; n++)
    {
      LobbySyncEngine *self = business->engine;
      g_autoptr (JsonObject) page = dex_await_boxed (self->peer->read_conversations (business->id, cursor, self->peer_data), error);

      if (page == NULL)
        return FALSE;
      if (business->engine == NULL)
        break;
      if (!dex_await (lobby_change_queue_add (self->queue, read_page (page, &cursor)), error))
        return FALSE;
      if (cursor == NULL)
        return TRUE;
    }

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The session ended");
  return FALSE;
}

/* The snapshot leads up to snapshot_seq; the events after it are held, or come. */
static gboolean
read_snapshot (LobbySyncBusiness *business,
               GError **error)
{
  gint64 seq = business->snapshot_seq;
  LobbyChangeSet *end;

  if (!dex_await (lobby_change_queue_add_reset (business->engine->queue, business->id), error) || !read_pages (business, error))
    return FALSE;
  if (business->engine == NULL)
    return TRUE;

  end = lobby_change_set_new ();
  end->business_id = g_strdup (business->id);
  end->seq = seq;
  if (!dex_await (lobby_change_queue_add (business->engine->queue, end), error))
    return FALSE;

  business->seq = seq;
  business->stored = seq;
  business->gap_at = -1;
  business->state = LOBBY_SYNC_LIVE;
  return TRUE;
}

static DexFuture *
snapshot_fiber (gpointer data)
{
  LobbySyncBusiness *business = data;
  g_autoptr (GError) error = NULL;

  if (business->engine == NULL)
    return dex_future_new_true ();

  if (!read_snapshot (business, &error))
    {
      if (business->engine != NULL)
        lobby_sync_engine_fail (business->engine, error);
      return dex_future_new_true ();
    }

  if (business->engine != NULL)
    {
      lobby_sync_business_drain_held (business);
      lobby_sync_engine_check_level (business->engine);
    }
  return dex_future_new_true ();
}

void
lobby_sync_business_start_snapshot (LobbySyncBusiness *business,
                                    gint64 seq)
{
  lobby_sync_engine_flush (business->engine);
  business->state = LOBBY_SYNC_SNAPSHOT;
  business->rejoining = FALSE;
  business->snapshot_seq = seq;
  business->target = seq;
  business->quiet_until = seq;
  lobby_async_go (snapshot_fiber, lobby_sync_business_ref (business), lobby_sync_business_unref);
}
