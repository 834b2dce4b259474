/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"

#include <string.h>

/*
 * Deliveries → storage verbs. Every one of them may come twice, and after what it is about; own messages come back as events and
 * may overtake the answer to their own sending.
 */

#define MAX_WORKED_IN 1024
#define MAX_HEADS 256
#define MAX_LIDS 10000
#define LIDS_AT_ONCE 20
/* ms. What is said of a moment means nothing later. */
#define MOMENT_MSEC 15000
#define HINT_MSEC (10 * 60 * 1000)
/* Nobody tells that a call was not answered. */
#define RINGING_MSEC 60000
#define RETRY_MSEC 5000
/* WhatsApp tells whole seconds; clocks differ a little. */
#define SKEW_MSEC 5000
#define REACTIONS_TO_SEARCH 50

/* Own messages */

static gboolean
is_to (const LobbyOutbound *outbound,
       const LobbyIdentity *customer)
{
  const char *number = outbound->to_phone != NULL && *outbound->to_phone == '+' ? outbound->to_phone + 1 : outbound->to_phone;

  return (number != NULL && g_strcmp0 (number, customer->wa_id) == 0) || (outbound->to_lid != NULL && g_strcmp0 (outbound->to_lid, customer->lid) == 0);
}

/* Whether @outbound is under way and now told as @message: by the id that we asked for, or, with a gateway that gives its own, by what is in it. */
static gboolean
is_told (LobbyGatewayAdapter *self,
         const LobbyOutbound *outbound,
         const LobbyInboundMessage *message)
{
  g_autofree char *own_id = lobby_gateway_own_id (outbound);
  g_autoptr (LobbyWireMessage) stored = NULL;

  if (outbound->action != LOBBY_OUTBOUND_SEND)
    return FALSE;
  if (strcmp (own_id, message->whatsapp_message_id) == 0)
    return TRUE;
  stored = lobby_storage (self->storage, get_message, outbound->message_id);
  return is_to (outbound, &message->customer) && lobby_gateway_is_same (message, outbound)
         && stored != NULL && message->timestamp + SKEW_MSEC >= stored->created_at;
}

/* Our id of the message that is under way and is now told as @message, or NULL. (transfer full) */
static char *
find_under_way (LobbyGatewayAdapter *self,
                const LobbyInboundMessage *message)
{
  g_autoptr (GPtrArray) heads = lobby_storage (self->storage, list_outbound_heads, self->connection->id, MAX_HEADS);

  for (guint i = 0; heads != NULL && i < heads->len; i++)
    {
      const LobbyOutboundHead *head = g_ptr_array_index (heads, i);
      g_autoptr (LobbyOutbound) outbound = NULL;

      if (head->state == LOBBY_OUTBOUND_QUEUED)
        continue;
      outbound = lobby_storage (self->storage, get_outbound, head->position);
      if (outbound != NULL && is_told (self, outbound, message))
        return g_strdup (outbound->message_id);
    }
  return NULL;
}

/* Whether the business's newest reaction to that message is this one already. */
static gboolean
is_known_reaction (LobbyGatewayAdapter *self,
                   const LobbyInboundMessage *message)
{
  g_autoptr (LobbyWireMessage) target = lobby_storage (self->storage, find_message, self->connection->id, message->reaction_whatsapp_id);
  g_autoptr (GPtrArray) messages = NULL;

  if (target == NULL)
    return FALSE;
  messages = lobby_storage (self->storage, list_messages, target->contact_id, target->conversation_id, 0, NULL, REACTIONS_TO_SEARCH);
  for (guint i = 0; messages != NULL && i < messages->len; i++)
    {
      const LobbyWireMessage *other = g_ptr_array_index (messages, i);
      JsonObject *reaction = lobby_json_get_object (other->metadata, "reaction");

      if (other->outbound && other->type == LOBBY_MESSAGE_REACTION
          && g_strcmp0 (lobby_json_get_string (reaction, "message_id", G_MAXSIZE), target->id) == 0)
        return g_strcmp0 (other->content != NULL ? other->content : "", message->content) == 0;
    }
  return FALSE;
}

/* TRUE when it was one that this server sends; *@problem when that could not be stored. */
static gboolean
settle_own (LobbyGatewayAdapter *self,
            const LobbyInboundMessage *message,
            GError **problem)
{
  g_autoptr (LobbyWireMessage) known = lobby_storage (self->storage, find_message, self->connection->id, message->whatsapp_message_id);
  g_autofree char *message_id = NULL;
  LobbyInboundStatus status = {
    .whatsapp_message_id = message->whatsapp_message_id,
    .status = message->status,
    .timestamp = message->timestamp,
  };

  if (known == NULL)
    {
      message_id = find_under_way (self, message);
      if (message_id == NULL)
        return message->type == LOBBY_MESSAGE_REACTION && is_known_reaction (self, message);
      status.opaque = message_id;
    }
  lobby_storage (self->storage, receive_status, self->connection->id, &status, problem);
  return TRUE;
}

/* Numbers behind lids */

static void
resolve_lid (LobbyGatewayAdapter *self,
             LobbyIdentity *customer)
{
  g_autofree char *rest = NULL;
  g_autofree char *path = NULL;
  g_autoptr (JsonNode) answer = NULL;
  LobbyIdentity found = { 0 };
  const char *known;

  if (customer->lid == NULL || customer->wa_id != NULL)
    return;
  known = g_hash_table_lookup (self->lids, customer->lid);
  if (known == NULL)
    {
      rest = g_strdup_printf ("/lids/%s%%40lid", customer->lid);
      path = lobby_gateway_session_path (self, rest);
      answer = lobby_gateway_ask (self, "GET", path, NULL, NULL);
      if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
        lobby_gateway_parse_chat (lobby_json_get_string (json_node_get_object (answer), "pn", 128), &found);
      if (g_hash_table_size (self->lids) >= MAX_LIDS)
        g_hash_table_remove_all (self->lids);
      g_hash_table_insert (self->lids, g_strdup (customer->lid), g_strdup (found.wa_id != NULL ? found.wa_id : ""));
      lobby_identity_clear (&found);
      known = g_hash_table_lookup (self->lids, customer->lid);
    }
  if (*known != '\0')
    customer->wa_id = g_strdup (known);
}

void
lobby_gateway_learn_numbers (LobbyGatewayAdapter *self)
{
  g_autoptr (GPtrArray) lids = g_hash_table_get_keys_as_ptr_array (self->lids);
  g_autoptr (GPtrArray) unknown = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < lids->len && unknown->len < LIDS_AT_ONCE; i++)
    {
      const char *lid = g_ptr_array_index (lids, i);

      if (*(const char *)g_hash_table_lookup (self->lids, lid) == '\0')
        g_ptr_array_add (unknown, g_strdup (lid));
    }
  for (guint i = 0; i < unknown->len && !self->closed; i++)
    {
      LobbyIdentity identity = { .lid = g_strdup (g_ptr_array_index (unknown, i)) };

      g_hash_table_remove (self->lids, identity.lid);
      resolve_lid (self, &identity);
      if (identity.wa_id != NULL)
        lobby_storage (self->storage, learn_identity, self->connection->id, &identity, NULL, lobby_clock_now (), NULL);
      lobby_identity_clear (&identity);
    }
}

/* Verbs */

/* Only what is wrong with the thing itself may set it aside. TRUE: do so. */
static gboolean
is_to_blame (const GError *error)
{
  return !g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL)
         && !g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY);
}

gboolean
lobby_gateway_is_customer (LobbyGatewayAdapter *self,
                           LobbyIdentity *customer)
{
  const char *number;

  resolve_lid (self, customer);
  number = self->connection->phone_number;
  return number == NULL || customer->wa_id == NULL || strcmp (number + (*number == '+'), customer->wa_id) != 0;
}

/* In the second of the linking itself it may be new. */
gboolean
lobby_gateway_is_history (LobbyGatewayAdapter *self,
                          gint64 timestamp)
{
  return timestamp + 1000 <= self->connection->linked_at;
}

gboolean
lobby_gateway_take_message (LobbyGatewayAdapter *self,
                            LobbyInboundMessage *message,
                            GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean was_new;

  if (!lobby_gateway_is_customer (self, &message->customer))
    return TRUE;
  if (message->outbound && settle_own (self, message, &problem))
    {
      if (problem == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  message->is_history = lobby_gateway_is_history (self, message->timestamp);
  return lobby_storage (self->storage, receive_message, self->connection->id, message, &was_new, error);
}

/* Calls */

typedef struct
{
  LobbyGatewayAdapter *self; /* borrowed: it ends us */
  char *call_id;
  gint64 rang_at;
  guint timer;
} Ringing;

void
lobby_gateway_stop_ringing (gpointer data)
{
  Ringing *ringing = data;

  g_clear_handle_id (&ringing->timer, g_source_remove);
  g_free (ringing->call_id);
  g_free (ringing);
}

static gboolean
on_rung_out (gpointer data)
{
  Ringing *ringing = data;
  LobbyGatewayAdapter *self = ringing->self;
  LobbyInboundCall call = {
    .whatsapp_call_id = ringing->call_id,
    .status = LOBBY_CALL_MISSED,
    .timestamp = ringing->rang_at,
    .arrived_at = lobby_clock_now (),
  };

  g_autoptr (GError) error = NULL;

  ringing->timer = 0;
  if (!lobby_storage (self->storage, receive_call, self->connection->id, &call, &error) && !is_to_blame (error))
    ringing->timer = g_timeout_add (RETRY_MSEC, on_rung_out, ringing);
  else
    g_hash_table_remove (self->ringing, ringing->call_id);
  return G_SOURCE_REMOVE;
}

/* A call may be told long after it rang. */
static void
wait_for_end (LobbyGatewayAdapter *self,
              const LobbyInboundCall *call)
{
  Ringing *ringing = g_new0 (Ringing, 1);
  gint64 left = call->timestamp + RINGING_MSEC - lobby_clock_now ();

  ringing->self = self;
  ringing->call_id = g_strdup (call->whatsapp_call_id);
  ringing->rang_at = call->timestamp;
  ringing->timer = g_timeout_add ((guint)CLAMP (left, 0, RINGING_MSEC), on_rung_out, ringing);
  g_hash_table_replace (self->ringing, ringing->call_id, ringing);
}

void
lobby_gateway_resume_ringing (LobbyGatewayAdapter *self)
{
  g_autoptr (GPtrArray) calls = lobby_storage (self->storage, list_ringing_calls, self->connection->id);

  for (guint i = 0; calls != NULL && i < calls->len; i++)
    wait_for_end (self, g_ptr_array_index (calls, i));
}

/* Its end may have been told before its beginning. */
static gboolean
rings (LobbyGatewayAdapter *self,
       const char *call_id)
{
  g_autoptr (LobbyWireMessage) message = lobby_storage (self->storage, find_message, self->connection->id, call_id);
  JsonObject *call = message != NULL ? lobby_json_get_object (message->metadata, "call") : NULL;

  return g_strcmp0 (lobby_json_get_string (call, "status", 64), "ringing") == 0;
}

static gboolean
take_call (LobbyGatewayAdapter *self,
           LobbyInboundCall *call,
           GError **error)
{
  resolve_lid (self, &call->customer);
  if (!lobby_storage (self->storage, receive_call, self->connection->id, call, error))
    return FALSE;
  g_hash_table_remove (self->ringing, call->whatsapp_call_id);
  if (call->status == LOBBY_CALL_RINGING && !self->closed && rings (self, call->whatsapp_call_id))
    wait_for_end (self, call);
  return TRUE;
}

static gboolean
take_event (LobbyGatewayAdapter *self,
            LobbyGatewayEvent *event,
            gint64 arrived_at,
            GError **error)
{
  gint64 age = lobby_clock_now () - arrived_at;

  switch (event->kind)
    {
    case LOBBY_GATEWAY_SESSION:
      if (age < HINT_MSEC && !self->closed)
        {
          /* When it is asked, it may work again, with something missed. */
          self->working = self->working && !event->broke;
          g_signal_emit_by_name (self, "changed");
        }
      return TRUE;
    case LOBBY_GATEWAY_MESSAGE:
      return lobby_gateway_take_message (self, event->message, error);
    case LOBBY_GATEWAY_STATUS:
      return lobby_storage (self->storage, receive_status, self->connection->id, event->status, error);
    case LOBBY_GATEWAY_CHANGE:
      return lobby_storage (self->storage, receive_change, self->connection->id, event->change, error);
    case LOBBY_GATEWAY_CALL:
      return take_call (self, event->call, error);
    case LOBBY_GATEWAY_TYPING:
      return age > MOMENT_MSEC || self->closed || lobby_gateway_take_typing (self, &event->customer, event->typing, error);
    case LOBBY_GATEWAY_IGNORED:
    case LOBBY_GATEWAY_PROBLEM:
    default:
      return TRUE;
    }
}

typedef struct
{
  LobbyGatewayAdapter *self;
  GBytes *body;
  gint64 arrived_at;
} Processing;

static void
processing_free (gpointer data)
{
  Processing *processing = data;

  g_object_unref (processing->self);
  g_bytes_unref (processing->body);
  g_free (processing);
}

static void
remember (LobbyGatewayAdapter *self,
          const char *id)
{
  char *kept;

  if (id == NULL || g_hash_table_contains (self->worked_in_set, id))
    return;
  kept = g_strdup (id);
  g_queue_push_tail (&self->worked_in, kept);
  g_hash_table_add (self->worked_in_set, kept);
  if (self->worked_in.length > MAX_WORKED_IN)
    {
      g_autofree char *oldest = g_queue_pop_head (&self->worked_in);

      g_hash_table_remove (self->worked_in_set, oldest);
    }
}

static DexFuture *
process_fiber (gpointer data)
{
  Processing *processing = data;
  LobbyGatewayAdapter *self = processing->self;
  GError *error = NULL;
  g_autoptr (LobbyGatewayEvent) event = lobby_gateway_event_new (processing->body, processing->arrived_at, &error);
  g_autofree char *problem = NULL;

  if (event == NULL)
    {
      problem = g_strdup_printf ("the body cannot be read: %s", error->message);
      g_clear_error (&error);
      return dex_future_new_take_string (g_steal_pointer (&problem));
    }
  if (event->id != NULL && g_hash_table_contains (self->worked_in_set, event->id))
    return dex_future_new_take_string (NULL);
  if (event->session != NULL && g_strcmp0 (event->session, self->connection->gateway_session) != 0)
    return dex_future_new_take_string (g_strdup ("an event of another session of the gateway"));
  if (!take_event (self, event, processing->arrived_at, &error))
    {
      if (!is_to_blame (error))
        return dex_future_new_for_error (error);
      /* A report about a call that nobody has heard of. */
      if (!g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND))
        problem = g_strdup_printf ("an event could not be stored: %s", error->message);
      g_clear_error (&error);
    }
  if (!dex_await (lobby_storage_commit (self->storage), &error))
    return dex_future_new_for_error (error);
  remember (self, event->id);
  return dex_future_new_take_string (problem != NULL ? g_steal_pointer (&problem) : g_steal_pointer (&event->problem));
}

DexFuture *
lobby_gateway_process (LobbyAdapter *adapter,
                       GBytes *body,
                       gint64 arrived_at)
{
  Processing *processing = g_new0 (Processing, 1);

  processing->self = LOBBY_GATEWAY_ADAPTER (g_object_ref (adapter));
  processing->body = g_bytes_ref (body);
  processing->arrived_at = arrived_at;
  return lobby_async_spawn (process_fiber, processing, processing_free);
}
