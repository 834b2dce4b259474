/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-reads.h"

#include "lobby-account.h"
#include "lobby-async.h"
#include "lobby-backoff.h"
#include "lobby-json.h"
#include "lobby-wire-records.h"

/* ms. The first is told at once; who reads along while one message after the other comes in tells it together. */
#define PAUSE 500

struct _LobbyReads
{
  GObject parent_instance;

  LobbyStore *store;
  LobbyApi *api;
  LobbySyncEngine *engine;

  gboolean online;
  gboolean telling; /* the fiber runs */
  gboolean again;   /* something was read meanwhile, or is still to be told */
  guint failures;
  guint timer; /* until the next telling */
};

G_DEFINE_FINAL_TYPE (LobbyReads, lobby_reads, G_TYPE_OBJECT)

/* The server knows. What it says of the conversations (@answer, or NULL) comes as an event too; taken here it is there at once. In its
 * turn among all other changes: one beside a large one would wait for that on the main thread. */
static gboolean
note_told (LobbyReads *self,
           const char *conversation_id,
           const char *up_to,
           JsonObject *answer)
{
  JsonArray *conversations = answer != NULL ? lobby_json_get_array (answer, "conversations") : NULL;
  LobbyChangeSet *changes = lobby_change_set_new ();
  g_autoptr (GError) error = NULL;

  changes->told_conversation = g_strdup (conversation_id);
  changes->told_up_to = g_strdup (up_to);

  for (guint i = 0; i < lobby_json_array_length (conversations); i++)
    {
      JsonObject *json = lobby_json_array_object (conversations, i);
      g_autoptr (LobbyWireConversation) conversation = json != NULL ? lobby_wire_conversation_from_json (json, NULL) : NULL;

      if (conversation != NULL)
        g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (conversation));
    }

  if (dex_await (lobby_sync_engine_apply (self->engine, changes), &error))
    return TRUE;
  g_warning ("Cannot note a reading as told: %s", error->message);
  return FALSE;
}

static char *
path_for (LobbyReads *self,
          const char *conversation_id)
{
  g_autoptr (LobbyConversation) conversation = lobby_store_get_conversation (self->store, conversation_id);
  LobbyContact *contact = conversation != NULL ? lobby_conversation_get_contact (conversation) : NULL;
  g_autofree char *id = contact != NULL ? g_uri_escape_string (lobby_contact_get_id (contact), NULL, FALSE) : NULL;

  return id != NULL ? g_strdup_printf ("/api/contacts/%s/read", id) : NULL;
}

/* FALSE: try again later. */
static gboolean
tell (LobbyReads *self,
      const char *conversation_id,
      const char *up_to)
{
  g_autofree char *path = path_for (self, conversation_id);
  g_autoptr (LobbyApiAnswer) answer = NULL;
  JsonObject *body;

  if (path != NULL)
    {
      body = json_object_new ();
      lobby_json_set_string (body, "upTo", up_to);
      answer = dex_await_boxed (lobby_api_send (self->api, "POST", path, body), NULL);
      /* A conversation or message that the server no longer knows needs no telling. */
      if (answer == NULL || (answer->status >= 300 && answer->status != 404 && answer->status != 422))
        return FALSE;
    }

  if (self->store == NULL)
    return FALSE;
  return note_told (self, conversation_id, up_to, answer != NULL && answer->status < 300 ? answer->json : NULL);
}

static gboolean
tell_all (LobbyReads *self)
{
  g_autoptr (GPtrArray) reads = lobby_store_unsent_reads (self->store);

  for (guint i = 0; i + 1 < reads->len && self->online; i += 2)
    if (!tell (self, g_ptr_array_index (reads, i), g_ptr_array_index (reads, i + 1)))
      return FALSE;

  return TRUE;
}

static gboolean
on_timer (gpointer data)
{
  LobbyReads *self = data;

  self->timer = 0;
  if (self->again)
    lobby_reads_kick (self);

  return G_SOURCE_REMOVE;
}

static DexFuture *
tell_fiber (gpointer data)
{
  LobbyReads *self = data;

  while (self->online && self->again && self->timer == 0)
    {
      self->again = FALSE;
      if (tell_all (self))
        self->failures = 0;
      else
        {
          self->failures++;
          self->again = TRUE;
        }
      if (self->online && self->timer == 0)
        self->timer = g_timeout_add (self->failures > 0 ? lobby_backoff_delay (self->failures) : PAUSE, on_timer, self);
    }
  self->telling = FALSE;

  return dex_future_new_true ();
}

void
lobby_reads_kick (LobbyReads *self)
{
  g_return_if_fail (LOBBY_IS_READS (self));

  self->again = TRUE;
  if (self->telling || !self->online || self->timer != 0)
    return;

  self->telling = TRUE;
  lobby_async_go (tell_fiber, g_object_ref (self), g_object_unref);
}

void
lobby_reads_set_online (LobbyReads *self,
                        gboolean online)
{
  g_return_if_fail (LOBBY_IS_READS (self));

  if (self->online == online)
    return;

  self->online = online;
  self->failures = 0;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (online)
    lobby_reads_kick (self);
}

static void
lobby_reads_dispose (GObject *object)
{
  LobbyReads *self = LOBBY_READS (object);

  self->online = FALSE;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->store);
  g_clear_object (&self->api);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (lobby_reads_parent_class)->dispose (object);
}

static void
lobby_reads_class_init (LobbyReadsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_reads_dispose;
}

static void
lobby_reads_init (LobbyReads *self)
{
}

LobbyReads *
lobby_reads_new (LobbyStore *store,
                 LobbyApi *api,
                 LobbySyncEngine *engine)
{
  LobbyReads *self = g_object_new (LOBBY_TYPE_READS, NULL);

  self->store = g_object_ref (store);
  self->api = g_object_ref (api);
  self->engine = g_object_ref (engine);
  return self;
}
