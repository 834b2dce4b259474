/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-message-window-private.h"

#include <string.h>
#include <time.h>

/* The run of a window: its entries, the flags that neighbours decide, its edges, and the edits that keep the invariants. */

/* ms. Messages of one sender that are closer than this look like one utterance. */
#define GROUP_GAP (5 * 60 * 1000)

/* Entries */

static LobbyWindowEntry *
entry_new (LobbyMessage *message)
{
  LobbyWindowEntry *entry = g_new (LobbyWindowEntry, 1);

  entry->message = g_object_ref (message);
  entry->row = lobby_message_get_row_id (message);
  entry->sent_at = lobby_message_get_sent_at (message);
  entry->id = g_strdup (lobby_message_get_id (message));
  return entry;
}

void
lobby_window_entry_free (gpointer data)
{
  LobbyWindowEntry *entry = data;

  g_object_unref (entry->message);
  g_free (entry->id);
  g_free (entry);
}

LobbyWindowEntry *
lobby_window_entry (LobbyMessageWindow *self,
                    guint position)
{
  g_assert (position < self->entries->len);
  return self->entries->pdata[position];
}

static int
compare_entry (const LobbyWindowEntry *entry,
               LobbyMessage *message)
{
  return lobby_order_compare (entry->sent_at, entry->id, lobby_message_get_sent_at (message), lobby_message_get_id (message));
}

int
lobby_window_compare_messages (LobbyMessage *a,
                               LobbyMessage *b)
{
  return lobby_order_compare (lobby_message_get_sent_at (a), lobby_message_get_id (a),
                              lobby_message_get_sent_at (b), lobby_message_get_id (b));
}

guint
lobby_window_find_place (LobbyMessageWindow *self,
                         LobbyMessage *message)
{
  guint low = 0, high = self->entries->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (compare_entry (lobby_window_entry (self, middle), message) < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Flags */

static gint64
day_of (gint64 msec)
{
  const time_t seconds = msec / 1000;
  struct tm local;

  localtime_r (&seconds, &local);
  return local.tm_year * 366 + local.tm_yday;
}

static gboolean
is_utterance (LobbyMessage *message)
{
  const LobbyModelType type = lobby_message_get_message_type (message);

  return type != LOBBY_MODEL_SYSTEM && type != LOBBY_MODEL_CALL;
}

static gboolean
same_sender (LobbyMessage *a,
             LobbyMessage *b)
{
  const char *agent = lobby_message_get_agent_id (a);
  const char *other = lobby_message_get_agent_id (b);

  if (lobby_message_is_outbound (a) != lobby_message_is_outbound (b)
      || (lobby_message_get_message_type (a) == LOBBY_MODEL_NOTE) != (lobby_message_get_message_type (b) == LOBBY_MODEL_NOTE))
    return FALSE;
  /* One that waits in the outbox does not carry its agent yet; it is ours. */
  return agent == NULL || other == NULL || strcmp (agent, other) == 0;
}

static gboolean
same_day (LobbyMessage *a,
          LobbyMessage *b)
{
  return day_of (lobby_message_get_sent_at (a)) == day_of (lobby_message_get_sent_at (b));
}

static gboolean
same_group (LobbyMessageWindow *self,
            LobbyMessage *a,
            LobbyMessage *b)
{
  return a != NULL && b != NULL && is_utterance (a) && is_utterance (b) && same_sender (a, b)
         && lobby_message_get_sent_at (b) - lobby_message_get_sent_at (a) < GROUP_GAP
         && lobby_message_get_row_id (b) != self->unread_from && same_day (a, b);
}

void
lobby_window_update_flags (LobbyMessageWindow *self,
                           int first,
                           int last)
{
  const int length = self->entries->len;

  for (int i = MAX (first, 0); i <= MIN (last, length - 1); i++)
    {
      LobbyMessage *message = lobby_window_entry (self, i)->message;
      LobbyMessage *previous = i > 0 ? lobby_window_entry (self, i - 1)->message : self->older;
      LobbyMessage *next = i + 1 < length ? lobby_window_entry (self, i + 1)->message : self->newer;
      const LobbyMessageFlags flags = {
        .day_start = previous == NULL || !same_day (previous, message),
        .unread_start = lobby_window_entry (self, i)->row == self->unread_from,
        .group_start = !same_group (self, previous, message),
        .group_end = !same_group (self, message, next),
      };

      lobby_message_set_flags (message, &flags);
    }
}

/* Edges. Callers hold notifies with g_object_freeze_notify, so that one edit tells its outcome once. */

void
lobby_window_set_older (LobbyMessageWindow *self,
                        LobbyMessage *older)
{
  const gboolean was_at_oldest = self->older == NULL;

  if (!g_set_object (&self->older, older))
    return;
  if (was_at_oldest != (older == NULL))
    g_object_notify (G_OBJECT (self), "at-oldest");
}

void
lobby_window_set_newer (LobbyMessageWindow *self,
                        LobbyMessage *newer,
                        guint count)
{
  const gboolean was_at_newest = self->newer == NULL;

  g_assert ((newer == NULL) == (count == 0));

  g_set_object (&self->newer, newer);
  if (was_at_newest != (newer == NULL))
    g_object_notify (G_OBJECT (self), "at-newest");
  if (self->newer_count == count)
    return;
  self->newer_count = count;
  g_object_notify (G_OBJECT (self), "newer-count");
}

GPtrArray *
lobby_window_load_before (LobbyMessageWindow *self,
                          LobbyMessage *message,
                          guint count)
{
  return lobby_store_load_before (self->store, lobby_conversation_get_id (self->conversation),
                                  lobby_message_get_sent_at (message), lobby_message_get_row_id (message), count);
}

GPtrArray *
lobby_window_load_after (LobbyMessageWindow *self,
                         LobbyMessage *message,
                         guint count)
{
  return lobby_store_load_after (self->store, lobby_conversation_get_id (self->conversation),
                                 lobby_message_get_sent_at (message), lobby_message_get_row_id (message), count);
}

guint
lobby_window_count_after (LobbyMessageWindow *self,
                          LobbyMessage *message)
{
  return lobby_store_count_after (self->store, lobby_conversation_get_id (self->conversation),
                                  lobby_message_get_sent_at (message), lobby_message_get_row_id (message));
}

/* Reads both edges from the store anew. */
void
lobby_window_refresh_edges (LobbyMessageWindow *self)
{
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;
  LobbyMessage *last;

  if (self->entries->len == 0)
    return;
  last = lobby_window_entry (self, self->entries->len - 1)->message;
  before = lobby_window_load_before (self, lobby_window_entry (self, 0)->message, 1);
  after = lobby_window_load_after (self, last, 1);
  lobby_window_set_older (self, before->len > 0 ? before->pdata[0] : NULL);
  lobby_window_set_newer (self, after->len > 0 ? after->pdata[0] : NULL, after->len > 0 ? lobby_window_count_after (self, last) : 0);
  lobby_window_update_flags (self, 0, 0);
  lobby_window_update_flags (self, self->entries->len - 1, self->entries->len - 1);
}

/* Edits */

static void
emit_items_changed (LobbyMessageWindow *self,
                    guint position,
                    guint removed,
                    guint added)
{
  g_list_model_items_changed (G_LIST_MODEL (self), position, removed, added);
}

/* Puts @n messages in at @position. */
void
lobby_window_insert (LobbyMessageWindow *self,
                     guint position,
                     LobbyMessage **messages,
                     guint n)
{
  if (n == 0)
    return;
  for (guint i = 0; i < n; i++)
    g_ptr_array_insert (self->entries, position + i, entry_new (messages[i]));
  lobby_window_update_flags (self, (int)position - 1, position + n);
  emit_items_changed (self, position, 0, n);
}

void
lobby_window_remove_range (LobbyMessageWindow *self,
                           guint position,
                           guint n)
{
  if (n == 0)
    return;
  g_ptr_array_remove_range (self->entries, position, n);
  lobby_window_update_flags (self, (int)position - 1, position);
  emit_items_changed (self, position, n, 0);
}

/* The index in @run of each row, shifted by one. */
static GHashTable *
index_rows (GPtrArray *run)
{
  GHashTable *index = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (guint i = 0; i < run->len; i++)
    {
      gint64 row = lobby_message_get_row_id (run->pdata[i]);

      g_hash_table_insert (index, g_memdup2 (&row, sizeof row), GUINT_TO_POINTER (i + 1));
    }
  return index;
}

static void
remove_what_is_not_in (LobbyMessageWindow *self,
                       GPtrArray *run)
{
  g_autoptr (GHashTable) index = index_rows (run);
  guint kept = 0; /* index, shifted by one, of the last entry that stays */

  for (guint i = 0; i < self->entries->len;)
    {
      guint end = i;

      while (end < self->entries->len)
        {
          guint place = GPOINTER_TO_UINT (g_hash_table_lookup (index, &lobby_window_entry (self, end)->row));

          if (place > kept)
            break;
          end++;
        }
      if (end > i)
        {
          g_ptr_array_remove_range (self->entries, i, end - i);
          emit_items_changed (self, i, end - i, 0);
        }
      if (i < self->entries->len)
        kept = GPOINTER_TO_UINT (g_hash_table_lookup (index, &lobby_window_entry (self, i)->row));
      i++;
    }
}

static void
insert_what_is_missing (LobbyMessageWindow *self,
                        GPtrArray *run)
{
  for (guint i = 0; i < run->len;)
    {
      guint end = i;
      gint64 next = i < self->entries->len ? lobby_window_entry (self, i)->row : 0;

      while (end < run->len && lobby_message_get_row_id (run->pdata[end]) != next)
        {
          g_ptr_array_insert (self->entries, end, entry_new (run->pdata[end]));
          end++;
        }
      if (end > i)
        {
          lobby_window_update_flags (self, (int)i - 1, end);
          emit_items_changed (self, i, 0, end - i);
        }
      i = end + 1;
    }
}

/* Makes the run be @run. What is in both stays and keeps its object, so that scrolling is not disturbed. */
void
lobby_window_replace (LobbyMessageWindow *self,
                      GPtrArray *run,
                      LobbyMessage *older,
                      LobbyMessage *newer)
{
  g_object_freeze_notify (G_OBJECT (self));
  remove_what_is_not_in (self, run);
  lobby_window_set_older (self, older);
  lobby_window_set_newer (self, newer, newer != NULL ? MAX (1, lobby_window_count_after (self, run->pdata[run->len - 1])) : 0);
  for (guint i = 0; i < self->entries->len; i++)
    {
      LobbyWindowEntry *entry = lobby_window_entry (self, i);

      entry->sent_at = lobby_message_get_sent_at (entry->message);
      g_set_str (&entry->id, lobby_message_get_id (entry->message));
    }
  insert_what_is_missing (self, run);
  g_assert (self->entries->len == run->len);
  lobby_window_update_flags (self, 0, self->entries->len);
  g_object_thaw_notify (G_OBJECT (self));
}

/* Takes the surplus one of a page that asked for one more than wanted: the neighbour outside. (transfer full) */
LobbyMessage *
lobby_window_take_surplus (GPtrArray *page,
                           guint wanted,
                           gboolean at_front)
{
  return page->len > wanted ? g_ptr_array_steal_index (page, at_front ? 0 : page->len - 1) : NULL;
}
