/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

/*
 * Two contacts found to be one. Everything of the merged one becomes the kept one's. Where both have a conversation on the same connection
 * the messages of one go into the other, in the order of all messages, with what waits to be sent: the queue keeps the order in which
 * agents wrote. What nobody has read in either stays unread: the team has read up to before the first such message of both.
 */

/* The earlier of two positions of which either may be none. */
static gboolean
find_first_of_both (LobbyVerb *verb,
                    const char *kept_id,
                    const char *merged_id,
                    gint64 *at,
                    char **id)
{
  g_autofree char *kept = NULL;
  g_autofree char *merged = NULL;
  gint64 kept_at = 0, merged_at = 0;
  gboolean take_merged;

  if (!lobby_verb_find_first_unread (verb, kept_id, &kept_at, &kept) || !lobby_verb_find_first_unread (verb, merged_id, &merged_at, &merged))
    return FALSE;
  take_merged = merged != NULL
                && (kept == NULL || merged_at < kept_at || (merged_at == kept_at && strcmp (merged, kept) < 0));
  *at = take_merged ? merged_at : kept_at;
  *id = take_merged ? g_steal_pointer (&merged) : g_steal_pointer (&kept);
  return TRUE;
}

/* The messages are one conversation's already. @first_unread NULL: all are read. */
static gboolean
set_reading (LobbyVerb *verb,
             const char *conversation_id,
             gint64 first_at,
             const char *first_unread)
{
  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE conversations SET"
                             " read_up_to = (SELECT id FROM messages WHERE conversation_id = ?1 AND " LOBBY_SQLITE_READABLE
                             " AND (?3 IS NULL OR (created_at, id) < (?2, ?3)) ORDER BY created_at DESC, id DESC LIMIT 1),"
                             " unread_count = (SELECT count (*) FROM messages WHERE conversation_id = ?1 AND " LOBBY_SQLITE_READABLE
                             " AND ?3 IS NOT NULL AND (created_at, id) >= (?2, ?3)) WHERE id = ?1",
                             "sls", conversation_id, first_at, first_unread);
}

static gboolean
fold_conversation (LobbyVerb *verb,
                   const char *kept_id,
                   const char *merged_id)
{
  g_autofree char *first_unread = NULL;
  gint64 first_at = 0;

  return find_first_of_both (verb, kept_id, merged_id, &first_at, &first_unread)
         && lobby_database_run (verb->database, &verb->error, "UPDATE messages SET conversation_id = ? WHERE conversation_id = ?", "ss", kept_id, merged_id)
         && lobby_database_run (verb->database, &verb->error, "UPDATE outbound_queue SET conversation_id = ? WHERE conversation_id = ?", "ss", kept_id, merged_id)
         && lobby_database_run (verb->database, &verb->error,
                                "UPDATE conversations SET last_activity_at = max (conversations.last_activity_at, o.last_activity_at),"
                                " window_expires_at = max (conversations.window_expires_at, o.window_expires_at),"
                                " message_count_in = conversations.message_count_in + o.message_count_in,"
                                " message_count_out = conversations.message_count_out + o.message_count_out,"
                                " created_at = min (conversations.created_at, o.created_at)"
                                " FROM conversations o WHERE conversations.id = ? AND o.id = ?",
                                "ss", kept_id, merged_id)
         && set_reading (verb, kept_id, first_at, first_unread)
         && lobby_database_run (verb->database, &verb->error, "UPDATE merged_conversations SET kept_id = ? WHERE kept_id = ?", "ss", kept_id, merged_id)
         && lobby_database_run (verb->database, &verb->error, "INSERT INTO merged_conversations (id, kept_id) VALUES (?, ?)", "ss", merged_id, kept_id)
         && lobby_database_run (verb->database, &verb->error, "DELETE FROM conversations WHERE id = ?", "s", merged_id);
}

typedef struct
{
  char *kept_id; /* NULL: there is no other one on its connection */
  char *merged_id;
} Pair;

static void
pair_clear (gpointer data)
{
  Pair *pair = data;

  g_free (pair->kept_id);
  g_free (pair->merged_id);
}

/* The conversations of @merged_id, each beside that of @kept_id on the same connection. */
static GArray *
list_pairs (LobbyVerb *verb,
            const char *kept_id,
            const char *merged_id)
{
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT k.id, o.id FROM conversations o LEFT JOIN conversations k"
                                                         " ON k.contact_id = ? AND k.connection_id = o.connection_id WHERE o.contact_id = ? ORDER BY o.id",
                                                         "ss", kept_id, merged_id);

  g_array_set_clear_func (pairs, pair_clear);
  while (row != NULL && lobby_statement_step (row, &verb->error))
    {
      const Pair pair = { lobby_statement_dup_text (row, 0), lobby_statement_dup_text (row, 1) };

      g_array_append_val (pairs, pair);
    }
  return pairs;
}

/* What the team named it stays before what the customer called themselves. */
static gboolean
fold_contact (LobbyVerb *verb,
              const char *kept_id,
              const char *merged_id)
{
  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE contacts SET name = iif (o.is_named > contacts.is_named, o.name, coalesce (contacts.name, o.name)),"
                             " is_named = max (contacts.is_named, o.is_named),"
                             " phone_number = coalesce (contacts.phone_number, o.phone_number), username = coalesce (contacts.username, o.username),"
                             " about = coalesce (contacts.about, o.about), picture_sha256 = coalesce (contacts.picture_sha256, o.picture_sha256),"
                             " last_activity_at = max (contacts.last_activity_at, o.last_activity_at),"
                             " created_at = min (contacts.created_at, o.created_at), updated_at = ?"
                             " FROM contacts o WHERE contacts.id = ? AND o.id = ?",
                             "lss", verb->now, kept_id, merged_id)
         && lobby_database_run (verb->database, &verb->error, "UPDATE messages SET contact_id = ? WHERE contact_id = ?", "ss", kept_id, merged_id)
         && lobby_database_run (verb->database, &verb->error, "UPDATE aliases SET contact_id = ? WHERE contact_id = ?", "ss", kept_id, merged_id)
         && lobby_database_run (verb->database, &verb->error, "DELETE FROM contacts WHERE id = ?", "s", merged_id);
}

static gboolean
log_merge (LobbyVerb *verb,
           const char *kept_id,
           const char *merged_id,
           GArray *pairs)
{
  g_autoptr (LobbyWireContact) contact = lobby_sqlite_load_contact (verb->database, kept_id, &verb->error);
  g_autoptr (GPtrArray) merges = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_merge_free);
  LobbyWireEvent event = {
    .kind = LOBBY_EVENT_CONTACT_MERGED,
    .contact = contact,
    .contact_id = (char *)kept_id,
    .merged_contact_id = (char *)merged_id,
    .merges = merges,
  };

  if (contact == NULL)
    return lobby_verb_not_found (verb, "contact");
  for (guint i = 0; i < pairs->len; i++)
    {
      const Pair *pair = &g_array_index (pairs, Pair, i);
      const char *id = pair->kept_id != NULL ? pair->kept_id : pair->merged_id;
      LobbyWireMerge *merge = g_new0 (LobbyWireMerge, 1);

      g_ptr_array_add (merges, merge);
      merge->merged_id = pair->kept_id != NULL ? g_strdup (pair->merged_id) : NULL;
      /* The event is the next: its number is the row's. */
      if (!lobby_database_run (verb->database, &verb->error,
                               "UPDATE conversations SET seq = 1 + (SELECT seq FROM businesses b WHERE b.id = business_id) WHERE id = ?", "s", id))
        return FALSE;
      merge->conversation = lobby_sqlite_load_conversation (verb->database, id, &verb->error);
      if (merge->conversation == NULL)
        return lobby_verb_not_found (verb, "conversation");
    }
  return lobby_verb_log_event (verb, contact->business_id, &event, NULL);
}

gboolean
lobby_verb_merge_contacts (LobbyVerb *verb,
                           const char *kept_id,
                           const char *merged_id)
{
  g_autoptr (GArray) pairs = list_pairs (verb, kept_id, merged_id);

  verb->merged = TRUE;
  for (guint i = 0; i < pairs->len && verb->error == NULL; i++)
    {
      const Pair *pair = &g_array_index (pairs, Pair, i);

      if (pair->kept_id != NULL)
        {
          if (!fold_conversation (verb, pair->kept_id, pair->merged_id))
            return FALSE;
        }
      else if (!lobby_database_run (verb->database, &verb->error, "UPDATE conversations SET contact_id = ? WHERE id = ?", "ss",
                                    kept_id, pair->merged_id))
        return FALSE;
    }
  return verb->error == NULL
         && fold_contact (verb, kept_id, merged_id)
         && log_merge (verb, kept_id, merged_id, pairs);
}

static gboolean
lobby_sqlite_storage_merge_contacts (LobbyStorage *storage,
                                     const char *kept_id,
                                     const char *merged_id,
                                     GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireContact) kept = NULL;
  g_autoptr (LobbyWireContact) merged = NULL;

  g_return_val_if_fail (strcmp (kept_id, merged_id) != 0, FALSE);

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  kept = lobby_sqlite_load_contact (verb.database, kept_id, &verb.error);
  merged = lobby_sqlite_load_contact (verb.database, merged_id, &verb.error);
  if (kept == NULL || merged == NULL || strcmp (kept->business_id, merged->business_id) != 0)
    return lobby_verb_not_found (&verb, "contact");
  return lobby_verb_merge_contacts (&verb, kept_id, merged_id) && lobby_verb_end (&verb);
}

void
lobby_sqlite_merge_verbs (LobbyStorageInterface *iface)
{
  iface->merge_contacts = lobby_sqlite_storage_merge_contacts;
}
