/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-outbox.h"

#include "lobby-account.h"
#include "lobby-async.h"
#include "lobby-backoff.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-wire-records.h"

/* Conversations whose messages are on their way at the same time. */
#define MAX_SENDING 6
/* So often a contact that the server does not know is asked for again. */
#define MAX_NOT_FOUND 3

struct _LobbyOutbox
{
  GObject parent_instance;

  LobbyStore *store;
  LobbyApi *api;
  LobbySyncEngine *engine;

  gboolean online;
  GHashTable *sending; /* conversation id → client id */
  GHashTable *waiting; /* client id → gint64: not before; forgotten when the network comes back */
  guint timer;
  guint turn; /* source that looks for work */
};

G_DEFINE_FINAL_TYPE (LobbyOutbox, lobby_outbox, G_TYPE_OBJECT)

static guint sent_signal;

typedef struct
{
  LobbyOutbox *outbox;
  LobbyOutboxEntry *entry;
} Delivery;

static void look_for_work (LobbyOutbox *self);

static void
delivery_free (gpointer data)
{
  Delivery *delivery = data;

  g_object_unref (delivery->outbox);
  lobby_outbox_entry_free (delivery->entry);
  g_free (delivery);
}

static JsonObject *
make_body (const LobbyOutboxEntry *entry)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "clientId", entry->client_id);
  json_object_set_string_member (body, "type", "text");
  json_object_set_string_member (body, "text", entry->text);
  lobby_json_set_string (body, "connectionId", entry->connection_id);
  lobby_json_set_string (body, "quotedMessageId", entry->quoted_id);

  return body;
}

/* Whether sending the same again can never help. */
static gboolean
is_final (const Delivery *delivery,
          const LobbyApiAnswer *answer)
{
  switch (answer->status)
    {
    case 404: /* the contact may have become another one, of which we shall hear in a moment */
      return g_strcmp0 (answer->code, "not_found") != 0 || delivery->entry->attempts >= MAX_NOT_FOUND;
    case 401: /* the account signs out; what waits is kept for the next sign-in */
    case 408:
    case 425:
    case 429:
      return FALSE;
    default:
      return answer->status >= 400 && answer->status < 500;
    }
}

static gboolean
accept (Delivery *delivery,
        const LobbyApiAnswer *answer,
        GError **error)
{
  JsonObject *json = lobby_json_get_object (answer->json, "message");
  g_autoptr (LobbyWireMessage) message = json != NULL ? lobby_wire_message_from_json (json, error) : NULL;
  LobbyChangeSet *changes;

  if (message == NULL)
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server's answer has no message");
      return FALSE;
    }

  /* The entry ends by the id that it was sent under. */
  g_set_str (&message->client_id, delivery->entry->client_id);
  changes = lobby_change_set_new ();
  g_ptr_array_add (changes->messages, lobby_message_record_from_wire (message));

  return dex_await (lobby_sync_engine_apply (delivery->outbox->engine, changes), error);
}

/* Also when the store cannot be written: an entry is never tried in a hurry. */
static void
wait_until (Delivery *delivery,
            gint64 time)
{
  g_hash_table_insert (delivery->outbox->waiting, g_strdup (delivery->entry->client_id), g_memdup2 (&time, sizeof time));
}

static void
delay (Delivery *delivery,
       guint at_least,
       const char *why)
{
  g_autoptr (GError) error = NULL;
  guint wait = MAX (lobby_backoff_delay ((guint)delivery->entry->attempts + 1), at_least);
  gint64 next = lobby_clock_now () + wait;

  wait_until (delivery, next);
  g_debug ("Sending waits %u ms: %s", wait, why);
  if (!lobby_store_outbox_delay (delivery->outbox->store, delivery->entry->client_id, next, &error))
    g_warning ("The outbox cannot be written: %s", error->message);
}

static void
refuse (Delivery *delivery,
        const LobbyApiAnswer *answer)
{
  g_autoptr (GError) error = NULL;

  if (!lobby_store_outbox_fail (delivery->outbox->store, delivery->entry->client_id, (int)answer->status,
                                answer->message != NULL ? answer->message : answer->code, &error))
    {
      wait_until (delivery, lobby_clock_now () + LOBBY_BACKOFF_MAX);
      g_warning ("The outbox cannot be written: %s", error->message);
    }
}

static void
deliver (Delivery *delivery)
{
  LobbyOutbox *self = delivery->outbox;
  g_autofree char *contact = g_uri_escape_string (delivery->entry->contact_id, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/api/messages/", contact, NULL);
  g_autoptr (LobbyApiAnswer) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = dex_await_boxed (lobby_api_send (self->api, "POST", path, make_body (delivery->entry)), &error);
  if (answer == NULL)
    delay (delivery, 0, error->message);
  else if (answer->status >= 200 && answer->status < 300)
    {
      if (!accept (delivery, answer, &error))
        delay (delivery, 0, error->message);
    }
  else if (is_final (delivery, answer))
    refuse (delivery, answer);
  else
    delay (delivery, answer->retry_after * 1000, answer->code);
}

static gboolean
on_turn (gpointer data)
{
  LobbyOutbox *self = data;

  self->turn = 0;
  look_for_work (self);

  return G_SOURCE_REMOVE;
}

/* Looking writes nothing, but what it finds may be many: once a turn of the main loop is enough. */
static void
schedule (LobbyOutbox *self)
{
  if (self->turn == 0 && self->online)
    self->turn = g_idle_add_full (G_PRIORITY_DEFAULT, on_turn, self, NULL);
}

static DexFuture *
delivery_fiber (gpointer data)
{
  Delivery *delivery = data;
  LobbyOutbox *self = delivery->outbox;

  deliver (delivery);
  g_hash_table_remove (self->sending, delivery->entry->conversation_id);
  g_signal_emit (self, sent_signal, 0);
  schedule (self);

  return dex_future_new_true ();
}

/* Takes @entry. */
static void
start_delivery (LobbyOutbox *self,
                LobbyOutboxEntry *entry)
{
  Delivery *delivery = g_new (Delivery, 1);

  delivery->outbox = g_object_ref (self);
  delivery->entry = entry;
  g_hash_table_insert (self->sending, g_strdup (entry->conversation_id), g_strdup (entry->client_id));
  lobby_async_go (delivery_fiber, delivery, delivery_free);
}

static gboolean
on_timer (gpointer data)
{
  LobbyOutbox *self = data;

  self->timer = 0;
  look_for_work (self);

  return G_SOURCE_REMOVE;
}

/* When @entry may be tried. What another run of the program waited for is not waited for again. */
static gint64
due_time (LobbyOutbox *self,
          const LobbyOutboxEntry *entry)
{
  const gint64 *time = g_hash_table_lookup (self->waiting, entry->client_id);

  return time != NULL ? *time : 0;
}

/* A conversation that became another one's may have brought a message along that is on its way. */
static gboolean
is_sending (LobbyOutbox *self,
            const LobbyOutboxEntry *entry)
{
  GHashTableIter iter;
  gpointer client_id;

  if (g_hash_table_contains (self->sending, entry->conversation_id))
    return TRUE;
  g_hash_table_iter_init (&iter, self->sending);
  while (g_hash_table_iter_next (&iter, NULL, &client_id))
    if (g_strcmp0 (client_id, entry->client_id) == 0)
      return TRUE;
  return FALSE;
}

static void
look_for_work (LobbyOutbox *self)
{
  g_autoptr (GPtrArray) heads = NULL;
  gint64 now = lobby_clock_now ();
  gint64 next = G_MAXINT64;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (!self->online)
    return;

  heads = lobby_store_outbox_heads (self->store);
  for (guint i = 0; i < heads->len && g_hash_table_size (self->sending) < MAX_SENDING; i++)
    {
      LobbyOutboxEntry *entry = g_ptr_array_index (heads, i);

      if (is_sending (self, entry))
        continue;
      if (due_time (self, entry) > now)
        next = MIN (next, due_time (self, entry));
      else
        {
          g_hash_table_remove (self->waiting, entry->client_id);
          start_delivery (self, entry);
          heads->pdata[i] = NULL;
        }
    }

  if (next != G_MAXINT64)
    self->timer = g_timeout_add ((guint)CLAMP (next - now, 1, G_MAXINT), on_timer, self);
}

void
lobby_outbox_set_online (LobbyOutbox *self,
                         gboolean online)
{
  g_return_if_fail (LOBBY_IS_OUTBOX (self));

  if (self->online == online)
    return;

  self->online = online;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->turn, g_source_remove);
  if (online)
    g_hash_table_remove_all (self->waiting);
  schedule (self);
}

void
lobby_outbox_kick (LobbyOutbox *self)
{
  g_return_if_fail (LOBBY_IS_OUTBOX (self));

  schedule (self);
}

void
lobby_outbox_retry (LobbyOutbox *self,
                    const char *client_id)
{
  g_return_if_fail (LOBBY_IS_OUTBOX (self));

  if (client_id != NULL)
    g_hash_table_remove (self->waiting, client_id);
  schedule (self);
}

gboolean
lobby_outbox_is_sending (LobbyOutbox *self,
                         const char *client_id)
{
  GHashTableIter iter;
  gpointer sending;

  g_return_val_if_fail (LOBBY_IS_OUTBOX (self), FALSE);

  g_hash_table_iter_init (&iter, self->sending);
  while (g_hash_table_iter_next (&iter, NULL, &sending))
    if (g_strcmp0 (sending, client_id) == 0)
      return TRUE;

  return FALSE;
}

static void
lobby_outbox_dispose (GObject *object)
{
  LobbyOutbox *self = LOBBY_OUTBOX (object);

  self->online = FALSE;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->turn, g_source_remove);
  g_clear_pointer (&self->sending, g_hash_table_unref);
  g_clear_pointer (&self->waiting, g_hash_table_unref);
  g_clear_object (&self->store);
  g_clear_object (&self->api);
  g_clear_object (&self->engine);

  G_OBJECT_CLASS (lobby_outbox_parent_class)->dispose (object);
}

static void
lobby_outbox_class_init (LobbyOutboxClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_outbox_dispose;

  sent_signal = g_signal_new ("sent", LOBBY_TYPE_OUTBOX, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_outbox_init (LobbyOutbox *self)
{
  self->sending = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

LobbyOutbox *
lobby_outbox_new (LobbyStore *store,
                  LobbyApi *api,
                  LobbySyncEngine *engine)
{
  LobbyOutbox *self = g_object_new (LOBBY_TYPE_OUTBOX, NULL);

  self->store = g_object_ref (store);
  self->api = g_object_ref (api);
  self->engine = g_object_ref (engine);
  return self;
}
