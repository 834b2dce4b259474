/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

/*
 * What agents ask for: docs/protocol.md. An argument names a contact or a business; whatever the agent may not
 * see is answered exactly like what does not exist.
 */

#include "lobby-hub-private.h"

#include "lobby-id.h"
#include "lobby-json.h"

#define MAX_ROOMS 100
/* "Still typing" more often than this tells nobody anything. */
#define TYPING_PAUSE_USEC (G_USEC_PER_SEC)

static const char *
argument_text (JsonArray *arguments,
               guint index)
{
  JsonNode *node = index < json_array_get_length (arguments) ? json_array_get_element (arguments, index) : NULL;
  const char *text;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  text = json_node_get_string (node);
  return *text != '\0' && strlen (text) <= LOBBY_ID_MAX ? text : NULL;
}

static void
refuse_bad_request (LobbyAgentSocket *self,
                    gint64 ack_id)
{
  lobby_agent_socket_refuse (self, ack_id, "bad_request", "The arguments are not as the protocol has them");
}

static void
refuse_not_found (LobbyAgentSocket *self,
                  gint64 ack_id)
{
  lobby_agent_socket_refuse (self, ack_id, "not_found", "There is no such thing");
}

static void
refuse_storage_error (LobbyAgentSocket *self,
                      gint64 ack_id,
                      const GError *error)
{
  if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND))
    refuse_not_found (self, ack_id);
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL))
    lobby_agent_socket_refuse (self, ack_id, "storage_full", "The server's disk is full");
  else
    lobby_agent_socket_refuse (self, ack_id, "internal", "The server could not do that");
}

/* TRUE and -1 when there is none. */
static gboolean
read_since (JsonArray *arguments,
            gint64 *since)
{
  JsonNode *options = json_array_get_length (arguments) > 2 ? json_array_get_element (arguments, 2) : NULL;
  JsonNode *node;

  *since = -1;
  if (options == NULL || JSON_NODE_HOLDS_NULL (options))
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (options))
    return FALSE;
  node = json_object_get_member (json_node_get_object (options), "since");
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < 0)
    return FALSE;
  *since = json_node_get_int (node);
  return TRUE;
}

static void
join_business (LobbyAgentSocket *self,
               JsonArray *arguments,
               gint64 ack_id)
{
  const char *business_id = argument_text (arguments, 1);
  gint64 since;

  if (business_id == NULL || !read_since (arguments, &since))
    refuse_bad_request (self, ack_id);
  else if (!lobby_storage (self->hub->storage, agent_may, self->agent_id, business_id))
    refuse_not_found (self, ack_id);
  else if (self->members.length >= MAX_ROOMS)
    lobby_agent_socket_refuse (self, ack_id, "too_many", "A connection may join at most 100 businesses");
  else
    lobby_memberships_join (self->hub->memberships, self, business_id, since, ack_id);
}

static void
leave_business (LobbyAgentSocket *self,
                JsonArray *arguments,
                gint64 ack_id)
{
  const char *business_id = argument_text (arguments, 1);

  if (business_id == NULL)
    {
      refuse_bad_request (self, ack_id);
      return;
    }
  lobby_memberships_leave (self->hub->memberships, self, business_id);
  lobby_agent_socket_ack (self, ack_id, -1);
}

static JsonObject *
argument_object (JsonArray *arguments)
{
  return lobby_json_array_object (arguments, 1);
}

/* The conversations that a request is about: the one it names, or all of its contact's, most recent first.
 * NULL when the contact or that conversation is not there for this agent. */
static GPtrArray *
find_conversations (LobbyAgentSocket *self,
                    const char *contact_id,
                    const char *conversation_id)
{
  g_autoptr (LobbyWireContact) contact = lobby_storage (self->hub->storage, get_contact, contact_id);
  g_autoptr (GPtrArray) conversations = NULL;

  if (contact == NULL || !lobby_storage (self->hub->storage, agent_may, self->agent_id, contact->business_id))
    return NULL;
  conversations = lobby_storage (self->hub->storage, find_conversations, contact_id);
  if (conversations == NULL)
    return NULL;
  for (guint i = conversations->len; conversation_id != NULL && i > 0; i--)
    {
      LobbyWireConversation *conversation = g_ptr_array_index (conversations, i - 1);

      if (strcmp (conversation->id, conversation_id) != 0)
        g_ptr_array_remove_index (conversations, i - 1);
    }
  return conversations->len > 0 ? g_steal_pointer (&conversations) : NULL;
}

static const LobbyWireConversation *
most_recent (GPtrArray *conversations)
{
  const LobbyWireConversation *recent = g_ptr_array_index (conversations, 0);

  for (guint i = 1; i < conversations->len; i++)
    {
      const LobbyWireConversation *conversation = g_ptr_array_index (conversations, i);

      if (conversation->last_activity_at > recent->last_activity_at)
        recent = conversation;
    }
  return recent;
}

static gboolean
log_typing (LobbyAgentSocket *self,
            const char *conversation_id,
            gboolean typing,
            GError **error)
{
  if (!lobby_storage (self->hub->storage, log_typing, conversation_id, self->agent_id, typing, self->sid, error))
    return FALSE;
  g_signal_emit_by_name (self->hub, "typing", self->agent_id, conversation_id, typing, self->sid);
  return TRUE;
}

void
lobby_agent_socket_stop_typing (LobbyAgentSocket *self)
{
  g_autofree char *conversation_id = g_steal_pointer (&self->typing_in);
  g_autoptr (GError) error = NULL;

  if (conversation_id != NULL && !self->hub->stopped && !log_typing (self, conversation_id, FALSE, &error))
    g_info ("Cannot end a typing: %s", error->message);
}

static gboolean
set_typing (LobbyAgentSocket *self,
            const char *conversation_id,
            gboolean typing,
            GError **error)
{
  gint64 now = g_get_monotonic_time ();
  gboolean same = g_strcmp0 (self->typing_in, conversation_id) == 0;

  if (same ? typing && now - self->typing_at < TYPING_PAUSE_USEC : !typing)
    return TRUE; /* known, or never begun */
  if (!same)
    lobby_agent_socket_stop_typing (self);
  if (!log_typing (self, conversation_id, typing, error))
    return FALSE;
  g_set_str (&self->typing_in, typing ? conversation_id : NULL);
  self->typing_at = now;
  return TRUE;
}

static void
typing (LobbyAgentSocket *self,
        JsonArray *arguments,
        gint64 ack_id)
{
  JsonObject *object = argument_object (arguments);
  const char *contact_id = lobby_json_get_string (object, "contactId", LOBBY_ID_MAX);
  const char *conversation_id = lobby_json_get_string (object, "conversationId", LOBBY_ID_MAX);
  g_autoptr (GPtrArray) conversations = NULL;
  g_autoptr (GError) error = NULL;

  if (contact_id == NULL)
    {
      refuse_bad_request (self, ack_id);
      return;
    }
  conversations = find_conversations (self, contact_id, conversation_id);
  if (conversations == NULL)
    {
      refuse_not_found (self, ack_id);
      return;
    }
  if (set_typing (self, most_recent (conversations)->id, lobby_json_get_boolean_or (object, "isTyping", FALSE), &error))
    lobby_agent_socket_ack (self, ack_id, -1);
  else
    refuse_storage_error (self, ack_id, error);
}

/* A mark-as-read that waits for the disk. */
typedef struct
{
  LobbyHub *hub;
  char *sid;
  char *agent_id;
  gint64 ack_id;
  GPtrArray *read; /* conversation id, WhatsApp's message id, … */
} ReadWaiter;

static void
on_read_committed (const GError *error,
                   gpointer data)
{
  ReadWaiter *waiter = data;
  LobbyAgentSocket *socket = g_hash_table_lookup (waiter->hub->by_sid, waiter->sid);

  if (socket != NULL && error != NULL)
    refuse_storage_error (socket, waiter->ack_id, error);
  else if (socket != NULL)
    lobby_agent_socket_ack (socket, waiter->ack_id, -1);
  for (guint i = 0; error == NULL && i < waiter->read->len; i += 2)
    g_signal_emit_by_name (waiter->hub, "read", waiter->agent_id,
                           g_ptr_array_index (waiter->read, i), g_ptr_array_index (waiter->read, i + 1));
  g_ptr_array_unref (waiter->read);
  g_free (waiter->agent_id);
  g_free (waiter->sid);
  g_object_unref (waiter->hub);
  g_free (waiter);
}

static GPtrArray *
mark_conversations (LobbyAgentSocket *self,
                    GPtrArray *conversations,
                    const char *up_to,
                    GError **error)
{
  g_autoptr (GPtrArray) read = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < conversations->len; i++)
    {
      const LobbyWireConversation *conversation = g_ptr_array_index (conversations, i);
      GError *problem = NULL;
      char *whatsapp_id = lobby_storage (self->hub->storage, mark_read, self->agent_id, conversation->id, up_to, &problem);

      if (problem != NULL)
        {
          g_propagate_error (error, problem);
          return NULL;
        }
      if (whatsapp_id == NULL)
        continue;
      g_ptr_array_add (read, g_strdup (conversation->id));
      g_ptr_array_add (read, whatsapp_id);
    }
  return g_steal_pointer (&read);
}

static void
mark_as_read (LobbyAgentSocket *self,
              JsonArray *arguments,
              gint64 ack_id)
{
  JsonObject *object = argument_object (arguments);
  const char *contact_id = lobby_json_get_string (object, "contactId", LOBBY_ID_MAX);
  const char *conversation_id = lobby_json_get_string (object, "conversationId", LOBBY_ID_MAX);
  const char *up_to = lobby_json_get_string (object, "upTo", LOBBY_ID_MAX);
  g_autoptr (LobbyWireMessage) newest = up_to != NULL ? lobby_storage (self->hub->storage, get_message, up_to) : NULL;
  g_autoptr (GPtrArray) conversations = NULL, read = NULL;
  g_autoptr (GError) error = NULL;
  ReadWaiter *waiter;

  if (contact_id == NULL)
    {
      refuse_bad_request (self, ack_id);
      return;
    }
  if (newest != NULL && conversation_id == NULL)
    conversation_id = newest->conversation_id;
  conversations = find_conversations (self, contact_id, conversation_id);
  if (conversations == NULL || (up_to != NULL && (newest == NULL || g_strcmp0 (newest->conversation_id, conversation_id) != 0)))
    {
      refuse_not_found (self, ack_id);
      return;
    }
  read = mark_conversations (self, conversations, up_to, &error);
  if (read == NULL)
    {
      refuse_storage_error (self, ack_id, error);
      return;
    }
  waiter = g_new0 (ReadWaiter, 1);
  waiter->hub = g_object_ref (self->hub);
  waiter->sid = g_strdup (self->sid);
  waiter->agent_id = g_strdup (self->agent_id);
  waiter->ack_id = ack_id;
  waiter->read = g_steal_pointer (&read);
  lobby_storage (self->hub->storage, after_commit, on_read_committed, waiter);
}

void
lobby_agent_socket_request (LobbyAgentSocket *self,
                            const char *event,
                            JsonArray *arguments,
                            gint64 ack_id)
{
  static const struct
  {
    const char *event;
    void (*handle) (LobbyAgentSocket *self,
                    JsonArray *arguments,
                    gint64 ack_id);
  } requests[] = {
    { "join-business", join_business },
    { "leave-business", leave_business },
    { "typing", typing },
    { "mark-as-read", mark_as_read },
  };

  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      if (strcmp (event, requests[i].event) == 0)
        {
          requests[i].handle (self, arguments, ack_id);
          return;
        }
    }
  lobby_agent_socket_refuse (self, ack_id, "unknown_event", "There is no such event");
}
