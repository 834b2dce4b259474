/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-account-private.h"

#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-wire-records.h"

#define PAGE_SIZE 50
/* So often a page is read that receipts overtake. */
#define MAX_READS 3

/* A request for older messages under way. */
typedef struct
{
  LobbyAccount *account;
  char *conversation_id;
  char *contact_id;
} OlderRequest;

static void
older_request_free (gpointer data)
{
  OlderRequest *request = data;

  g_object_unref (request->account);
  g_free (request->conversation_id);
  g_free (request->contact_id);
  g_free (request);
}

static char *
older_path (const OlderRequest *request,
            char **oldest)
{
  g_autofree char *contact = g_uri_escape_string (request->contact_id, NULL, FALSE);
  g_autofree char *conversation = g_uri_escape_string (request->conversation_id, NULL, FALSE);
  g_autofree char *time = NULL;
  g_autofree char *before = NULL;
  g_autofree char *before_id = NULL;
  gint64 sent_at;

  if (!lobby_store_get_oldest (request->account->store, request->conversation_id, &sent_at, oldest))
    return g_strdup_printf ("/api/messages/%s?limit=%d&conversation=%s", contact, PAGE_SIZE, conversation);

  time = lobby_clock_format (sent_at);
  before = g_uri_escape_string (time, NULL, FALSE);
  before_id = g_uri_escape_string (*oldest, NULL, FALSE);
  return g_strdup_printf ("/api/messages/%s?limit=%d&conversation=%s&before=%s&before_id=%s", contact, PAGE_SIZE, conversation,
                          before, before_id);
}

static LobbyChangeSet *
read_older (const OlderRequest *request,
            JsonObject *answer,
            const char *oldest)
{
  LobbyChangeSet *changes = lobby_change_set_new ();
  JsonArray *messages = lobby_json_get_array (answer, "messages");

  changes->page_conversation = g_strdup (request->conversation_id);
  changes->page_before = g_strdup (oldest);
  changes->page_is_last = lobby_json_array_length (messages) == 0 || !lobby_json_get_boolean_or (answer, "has_more", FALSE);

  for (guint i = 0; i < lobby_json_array_length (messages); i++)
    {
      JsonObject *json = lobby_json_array_object (messages, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (LobbyWireMessage) message = json != NULL ? lobby_wire_message_from_json (json, &error) : NULL;

      if (message != NULL)
        g_ptr_array_add (changes->messages, lobby_message_record_from_wire (message));
      else
        g_warning ("A message of the server cannot be read: %s", error != NULL ? error->message : "no object");
    }

  return changes;
}

static gboolean
read_page (const OlderRequest *request,
           const char *path,
           const char *oldest,
           gboolean *any,
           GError **error)
{
  LobbyAccount *self = request->account;
  g_autoptr (JsonObject) answer = dex_await_boxed (lobby_api_call (self->api, "GET", path, NULL), error);
  LobbyChangeSet *changes;

  if (answer == NULL)
    return FALSE;
  if (lobby_json_get_array (answer, "messages") == NULL)
    {
      g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server's answer has no messages");
      return FALSE;
    }

  changes = read_older (request, answer, oldest);
  *any = changes->messages->len > 0;
  return dex_await (lobby_sync_engine_apply (self->engine, changes), error);
}

/* A receipt of a message that only the page brings had nothing to land on: the page is read once more. */
static gboolean
run_older (const OlderRequest *request,
           gboolean *any,
           GError **error)
{
  GHashTable *overtaken = request->account->overtaken;
  g_autofree char *oldest = NULL;
  g_autofree char *path = older_path (request, &oldest);

  for (guint n = 0; n == 0 || (n < MAX_READS && g_hash_table_contains (overtaken, request->conversation_id)); n++)
    {
      g_hash_table_remove (overtaken, request->conversation_id);
      if (!read_page (request, path, oldest, any, error))
        return FALSE;
    }
  return TRUE;
}

void
lobby_account_note_receipt (LobbyAccount *self,
                            const LobbyWireEvent *event)
{
  g_autoptr (LobbyMessage) message = NULL;

  if (event->conversation_id == NULL || !g_hash_table_contains (self->older, event->conversation_id))
    return;
  message = lobby_store_get_message (self->store, event->message_id);
  if (message == NULL)
    g_hash_table_add (self->overtaken, g_strdup (event->conversation_id));
}

static DexFuture *
older_fiber (gpointer data)
{
  OlderRequest *request = data;
  gboolean any = FALSE;
  GError *error = NULL;

  run_older (request, &any, &error);
  g_hash_table_remove (request->account->older, request->conversation_id);
  g_hash_table_remove (request->account->overtaken, request->conversation_id);
  if (error != NULL)
    return dex_future_new_for_error (error);

  return dex_future_new_for_boolean (any);
}

DexFuture *
lobby_account_load_older (LobbyAccount *self,
                          LobbyConversation *conversation)
{
  const char *id;
  LobbyContact *contact;
  OlderRequest *request;
  DexFuture *future;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), NULL);

  id = lobby_conversation_get_id (conversation);
  contact = lobby_conversation_get_contact (conversation);
  future = g_hash_table_lookup (self->older, id);
  if (future != NULL)
    return dex_ref (future);
  if (contact == NULL || lobby_store_history_is_whole (self->store, id))
    return dex_future_new_for_boolean (FALSE);

  request = g_new (OlderRequest, 1);
  request->account = g_object_ref (self);
  request->conversation_id = g_strdup (id);
  request->contact_id = g_strdup (lobby_contact_get_id (contact));
  future = lobby_async_spawn (older_fiber, request, older_request_free);
  g_hash_table_insert (self->older, g_strdup (id), dex_ref (future));

  return future;
}

static void
show_progress (double fraction,
               gpointer data)
{
  g_object_set (data, "progress", CLAMP (fraction, 0, 1), NULL);
}

DexFuture *
lobby_account_fetch_media (LobbyAccount *self,
                           LobbyMessage *message)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), NULL);

  return lobby_media_cache_fetch (self->media, lobby_message_get_record (message)->media_url,
                                  show_progress, g_object_ref (message), g_object_unref);
}

/* NULL for NULL */
static char *
thumbnail_of (const char *media_url)
{
  return media_url != NULL ? g_strconcat (media_url, "/thumbnail", NULL) : NULL;
}

DexFuture *
lobby_account_fetch_thumbnail (LobbyAccount *self,
                               LobbyMessage *message)
{
  g_autofree char *url = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), NULL);

  url = thumbnail_of (lobby_message_get_record (message)->media_url);
  return lobby_media_cache_fetch (self->pictures, url, NULL, NULL, NULL);
}

void
lobby_account_forget_file (LobbyAccount *self,
                           const char *media_url)
{
  g_autofree char *thumbnail = thumbnail_of (media_url);

  lobby_media_cache_forget (self->media, media_url);
  lobby_media_cache_forget (self->pictures, thumbnail);
}

DexFuture *
lobby_account_fetch_picture (LobbyAccount *self,
                             LobbyContact *contact)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_CONTACT (contact), NULL);

  return lobby_media_cache_fetch (self->pictures, lobby_contact_get_picture_url (contact), NULL, NULL, NULL);
}
