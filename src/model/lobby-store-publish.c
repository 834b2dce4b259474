/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

/*
 * A committed journal told to the world: first every live object is read anew, then the signals fire, so that a handler sees
 * one consistent state. Handlers may read and write the store and let go of anything.
 */

/* More changed places than this are one "reset": a list reads its pages anew instead of moving rows one by one,
 * each in a frame of its own. */
#define MANY_PLACES 20

typedef enum
{
  PHASE_CONTACTS,
  PHASE_MESSAGES,
  PHASE_CONVERSATIONS,
  PHASE_MERGES,
  PHASE_MESSAGE_SIGNALS,
  PHASE_CONVERSATION_SIGNALS,
  PHASE_DONE,
} Phase;

struct _LobbyPublication
{
  LobbyStore *store;     /* not owned: whoever publishes holds it */
  LobbyJournal *journal; /* borrowed */
  Phase phase;
  guint position;
  gpointer *contacts;
  guint n_contacts;
  LobbyJournalConversation **conversations;
  guint n_conversations;
  gboolean many_places;
};

LobbyPublication *
lobby_publication_new (LobbyStore *store,
                       LobbyJournal *journal)
{
  LobbyPublication *self = g_new0 (LobbyPublication, 1);
  GHashTableIter iter;
  gpointer value;
  guint n_places = 0;

  self->store = store;
  self->journal = journal;
  self->contacts = g_hash_table_get_keys_as_array (journal->contacts, &self->n_contacts);
  self->conversations = g_new (LobbyJournalConversation *, g_hash_table_size (journal->conversations));
  g_hash_table_iter_init (&iter, journal->conversations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LobbyJournalConversation *touched = value;

      if (touched->n_added > LOBBY_STORE_BURST)
        touched->reset = TRUE;
      n_places += touched->place;
      self->conversations[self->n_conversations++] = touched;
    }
  self->many_places = n_places > MANY_PLACES;
  return self;
}

void
lobby_publication_free (LobbyPublication *self)
{
  g_free (self->contacts);
  g_free (self->conversations);
  g_free (self);
}

static void
refresh_message (LobbyStore *store,
                 const LobbyJournalMessage *entry)
{
  if (entry->kind == LOBBY_JOURNAL_REMOVED)
    lobby_store_forget_message (store, entry->row);
  else if (entry->kind != LOBBY_JOURNAL_ADDED)
    lobby_store_refresh_message (store, entry->row);
}

static void
emit_message (LobbyPublication *self,
              const LobbyJournalMessage *entry)
{
  LobbyStore *store = self->store;
  LobbyJournalConversation *touched = g_hash_table_lookup (self->journal->conversations, &entry->conversation);
  static const guint signal_of[] = {
    [LOBBY_JOURNAL_ADDED] = LOBBY_STORE_MESSAGE_ADDED,
    [LOBBY_JOURNAL_MOVED] = LOBBY_STORE_MESSAGE_MOVED,
    [LOBBY_JOURNAL_REMOVED] = LOBBY_STORE_MESSAGE_REMOVED,
  };
  g_autoptr (LobbyMessage) message = NULL;

  if (entry->kind == LOBBY_JOURNAL_CHANGED || touched == NULL || touched->reset || touched->merged_into != 0
      || !g_signal_has_handler_pending (store, lobby_store_signals[signal_of[entry->kind]], 0, FALSE))
    return;
  if (entry->kind == LOBBY_JOURNAL_REMOVED)
    {
      g_signal_emit (store, lobby_store_signals[LOBBY_STORE_MESSAGE_REMOVED], 0, entry->row, touched->id);
      return;
    }
  message = lobby_store_get_message_by_row (store, entry->row);
  /* Added and taken away again in one set. */
  if (message == NULL)
    return;
  if (entry->kind == LOBBY_JOURNAL_ADDED)
    g_signal_emit (store, lobby_store_signals[LOBBY_STORE_MESSAGE_ADDED], 0, message);
  else
    g_signal_emit (store, lobby_store_signals[LOBBY_STORE_MESSAGE_MOVED], 0, message, entry->old_sent_at);
}

/* The row that stands for what @touched was; other merges of the same commit may have followed. */
static gint64
find_kept (LobbyPublication *self,
           const LobbyJournalConversation *touched)
{
  gint64 row = touched->merged_into;
  const LobbyJournalConversation *next;

  while ((next = g_hash_table_lookup (self->journal->conversations, &row)) != NULL && next->merged_into != 0)
    row = next->merged_into;
  return row;
}

static void
publish_merge (LobbyPublication *self,
               const LobbyJournalConversation *touched)
{
  LobbyStore *store = self->store;
  LobbyConversation *live = lobby_store_peek_conversation (store, touched->row);
  g_autoptr (LobbyConversation) gone = NULL;
  g_autoptr (LobbyConversation) kept = NULL;

  if (touched->merged_into == 0)
    return;
  gone = live != NULL ? g_object_ref (live) : NULL;
  lobby_store_forget_conversation (store, touched->row);
  lobby_store_refresh_messages_of (store, touched->id);
  if (gone == NULL || store->database == NULL)
    return;
  kept = lobby_store_get_conversation_by_row (store, find_kept (self, touched));
  if (kept != NULL)
    g_signal_emit (store, lobby_store_signals[LOBBY_STORE_CONVERSATION_MERGED], 0, gone, kept);
  lobby_conversation_end (gone);
}

static void
emit_conversation (LobbyPublication *self,
                   LobbyJournalConversation *touched)
{
  LobbyStore *store = self->store;
  g_autoptr (LobbyConversation) conversation = NULL;

  if (touched->merged_into != 0)
    return;
  if (touched->reset)
    g_signal_emit (store, lobby_store_signals[LOBBY_STORE_MESSAGES_RESET], 0, touched->id);
  if (touched->paged && store->database != NULL)
    g_signal_emit (store, lobby_store_signals[LOBBY_STORE_MESSAGES_PAGED], 0, touched->id);
  if (!touched->place || self->many_places || store->database == NULL
      || !g_signal_has_handler_pending (store, lobby_store_signals[LOBBY_STORE_CONVERSATION_CHANGED], 0, FALSE))
    return;
  conversation = lobby_store_get_conversation_by_row (store, touched->row);
  if (conversation != NULL)
    g_signal_emit (store, lobby_store_signals[LOBBY_STORE_CONVERSATION_CHANGED], 0, conversation);
}

static guint
phase_length (LobbyPublication *self)
{
  switch (self->phase)
    {
    case PHASE_CONTACTS:
      return self->n_contacts;
    case PHASE_MESSAGES:
    case PHASE_MESSAGE_SIGNALS:
      return self->journal->messages->len;
    case PHASE_CONVERSATIONS:
    case PHASE_MERGES:
    case PHASE_CONVERSATION_SIGNALS:
      return self->n_conversations;
    case PHASE_DONE:
    default:
      return 0;
    }
}

static void
run_one (LobbyPublication *self,
         guint index)
{
  switch (self->phase)
    {
    case PHASE_CONTACTS:
      lobby_store_refresh_contact (self->store, self->contacts[index]);
      break;
    case PHASE_MESSAGES:
      refresh_message (self->store, &g_array_index (self->journal->messages, LobbyJournalMessage, index));
      break;
    case PHASE_CONVERSATIONS:
      lobby_store_refresh_conversation (self->store, self->conversations[index]->row);
      break;
    case PHASE_MERGES:
      publish_merge (self, self->conversations[index]);
      break;
    case PHASE_MESSAGE_SIGNALS:
      emit_message (self, &g_array_index (self->journal->messages, LobbyJournalMessage, index));
      break;
    case PHASE_CONVERSATION_SIGNALS:
      emit_conversation (self, self->conversations[index]);
      break;
    case PHASE_DONE:
    default:
      g_assert_not_reached ();
    }
}

gboolean
lobby_publication_run (LobbyPublication *self,
                       gint64 deadline)
{
  for (; self->phase != PHASE_DONE; self->phase++, self->position = 0)
    while (self->position < phase_length (self))
      {
        /* A handler closed the store: nothing is left to tell. */
        if (self->store->database == NULL)
          return TRUE;
        run_one (self, self->position++);
        if (deadline != 0 && g_get_monotonic_time () > deadline)
          return FALSE;
      }
  if (self->many_places && self->store->database != NULL)
    lobby_store_emit_reset (self->store);
  return TRUE;
}

void
lobby_store_publish (LobbyStore *self,
                     LobbyJournal *journal)
{
  LobbyPublication *publication = lobby_publication_new (self, journal);

  g_object_ref (self);
  lobby_publication_run (publication, 0);
  lobby_publication_free (publication);
  g_object_unref (self);
}
