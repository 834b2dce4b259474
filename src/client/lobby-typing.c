/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-typing.h"

struct _LobbyTyping
{
  GObject parent_instance;

  LobbyStore *store;

  LobbyConversation *own; /* where this agent types, or NULL */
  gint64 own_told;        /* monotonic, µs */
  guint own_timer;

  GHashTable *customers; /* conversation id → Entry */
  GHashTable *agents;    /* conversation id → Entry: the one seen last */
};

G_DEFINE_FINAL_TYPE (LobbyTyping, lobby_typing, G_TYPE_OBJECT)

static guint tell_signal;

typedef struct
{
  LobbyTyping *typing;
  char *conversation_id;
  char *agent_id; /* NULL: the customer */
  guint timer;
} Entry;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_handle_id (&entry->timer, g_source_remove);
  g_free (entry->conversation_id);
  g_free (entry->agent_id);
  g_free (entry);
}

/* Nobody types there any more, as far as anyone knows. */
static void
forget (LobbyTyping *self,
        GHashTable *entries,
        const char *conversation_id)
{
  g_autofree char *id = g_strdup (conversation_id);

  if (!g_hash_table_remove (entries, id))
    return;

  if (entries == self->customers)
    lobby_store_set_customer_typing (self->store, id, FALSE);
  else
    lobby_store_set_agent_typing (self->store, id, NULL);
}

static gboolean
on_expired (gpointer data)
{
  Entry *entry = data;
  LobbyTyping *self = entry->typing;

  entry->timer = 0;
  forget (self, entry->agent_id != NULL ? self->agents : self->customers, entry->conversation_id);

  return G_SOURCE_REMOVE;
}

static void
remember (LobbyTyping *self,
          GHashTable *entries,
          const char *conversation_id,
          const char *agent_id,
          guint msec)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->typing = self;
  entry->conversation_id = g_strdup (conversation_id);
  entry->agent_id = g_strdup (agent_id);
  entry->timer = g_timeout_add (msec, on_expired, entry);
  g_hash_table_replace (entries, entry->conversation_id, entry);
}

void
lobby_typing_set_customer (LobbyTyping *self,
                           const char *conversation_id,
                           gboolean typing)
{
  g_return_if_fail (LOBBY_IS_TYPING (self));
  g_return_if_fail (conversation_id != NULL);

  if (!typing)
    {
      forget (self, self->customers, conversation_id);
      return;
    }

  remember (self, self->customers, conversation_id, NULL, LOBBY_TYPING_CUSTOMER);
  lobby_store_set_customer_typing (self->store, conversation_id, TRUE);
}

void
lobby_typing_set_agent (LobbyTyping *self,
                        const char *conversation_id,
                        const char *agent_id,
                        const char *name,
                        gboolean typing)
{
  Entry *entry;

  g_return_if_fail (LOBBY_IS_TYPING (self));
  g_return_if_fail (conversation_id != NULL && agent_id != NULL);

  if (!typing)
    {
      /* Two may type in one conversation: the end of the one that is not shown ends nothing. */
      entry = g_hash_table_lookup (self->agents, conversation_id);
      if (entry != NULL && g_str_equal (entry->agent_id, agent_id))
        forget (self, self->agents, conversation_id);
      return;
    }

  remember (self, self->agents, conversation_id, agent_id, LOBBY_TYPING_AGENT);
  lobby_store_set_agent_typing (self->store, conversation_id, name);
}

static void
stop_own (LobbyTyping *self)
{
  g_autoptr (LobbyConversation) own = g_steal_pointer (&self->own);

  g_clear_handle_id (&self->own_timer, g_source_remove);
  if (own != NULL)
    g_signal_emit (self, tell_signal, 0, own, FALSE);
}

static gboolean
on_silence (gpointer data)
{
  LobbyTyping *self = data;

  self->own_timer = 0;
  stop_own (self);

  return G_SOURCE_REMOVE;
}

void
lobby_typing_set_own (LobbyTyping *self,
                      LobbyConversation *conversation,
                      gboolean typing)
{
  gint64 now = g_get_monotonic_time ();

  g_return_if_fail (LOBBY_IS_TYPING (self));
  g_return_if_fail (LOBBY_IS_CONVERSATION (conversation));

  if (!typing)
    {
      if (self->own == conversation)
        stop_own (self);
      return;
    }

  if (self->own != conversation)
    {
      stop_own (self);
      self->own = g_object_ref (conversation);
      self->own_told = 0;
    }
  g_clear_handle_id (&self->own_timer, g_source_remove);
  self->own_timer = g_timeout_add (LOBBY_TYPING_SILENCE, on_silence, self);

  if (self->own_told == 0 || now - self->own_told >= LOBBY_TYPING_REPEAT * 1000)
    {
      self->own_told = now;
      g_signal_emit (self, tell_signal, 0, conversation, TRUE);
    }
}

static void
forget_all (LobbyTyping *self,
            GHashTable *entries)
{
  g_autoptr (GPtrArray) ids = g_hash_table_get_keys_as_ptr_array (entries);

  for (guint i = 0; i < ids->len; i++)
    {
      g_autofree char *id = g_strdup (g_ptr_array_index (ids, i));

      forget (self, entries, id);
    }
}

void
lobby_typing_clear (LobbyTyping *self)
{
  g_return_if_fail (LOBBY_IS_TYPING (self));

  forget_all (self, self->customers);
  forget_all (self, self->agents);
  g_clear_handle_id (&self->own_timer, g_source_remove);
  g_clear_object (&self->own);
}

static void
lobby_typing_dispose (GObject *object)
{
  LobbyTyping *self = LOBBY_TYPING (object);

  g_clear_handle_id (&self->own_timer, g_source_remove);
  g_clear_object (&self->own);
  g_clear_pointer (&self->customers, g_hash_table_unref);
  g_clear_pointer (&self->agents, g_hash_table_unref);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (lobby_typing_parent_class)->dispose (object);
}

static void
lobby_typing_class_init (LobbyTypingClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_typing_dispose;

  tell_signal = g_signal_new ("tell", LOBBY_TYPE_TYPING, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 2, LOBBY_TYPE_CONVERSATION, G_TYPE_BOOLEAN);
}

static void
lobby_typing_init (LobbyTyping *self)
{
  /* The key lies in the entry. */
  self->customers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  self->agents = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
}

LobbyTyping *
lobby_typing_new (LobbyStore *store)
{
  LobbyTyping *self = g_object_new (LOBBY_TYPE_TYPING, NULL);

  self->store = g_object_ref (store);
  return self;
}
