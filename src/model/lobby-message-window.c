/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-message-window.h"

#include "lobby-store-private.h"
#include "lobby-trace.h"

#include <string.h>
#include <time.h>

/*
 * Invariants (tests/model/test-message-window.c holds them after every edit):
 * - entries are a contiguous run of the store's order, without doubles, each with the key under which it was placed: the object's own
 *   has changed already when the store tells that a message moved.
 * - older and newer are the messages just outside the run, NULL exactly at the ends of what the store has. They are
 *   what the flags of the first and last entry are compared with.
 * - newer_count is how many messages lie behind the run.
 * - items_changed: one per contiguous edit; when a run is replaced, removals come before insertions and what stays is not touched,
 *   because GtkListView loses its anchor when all rows change at once.
 */

/* ms. Messages of one sender that are closer than this look like one utterance. */
#define GROUP_GAP (5 * 60 * 1000)

/* What is opened again when the run was pulled away from under the window. */
#define REOPEN 50

typedef struct
{
  LobbyMessage *message;
  gint64 row;
  gint64 sent_at;
  char *id;
} Entry;

struct _LobbyMessageWindow
{
  GObject parent_instance;

  LobbyStore *store;
  LobbyConversation *conversation;
  GPtrArray *entries; /* of Entry */
  LobbyTimelineTail *tail;
  LobbyMessage *older;
  LobbyMessage *newer;
  guint newer_count;
  gint64 unread_from;
};

enum
{
  PROP_0,
  PROP_AT_NEWEST,
  PROP_AT_OLDEST,
  PROP_NEWER_COUNT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static GType
get_item_type (GListModel *model)
{
  return G_TYPE_OBJECT;
}

static guint
get_n_items (GListModel *model)
{
  return LOBBY_MESSAGE_WINDOW (model)->entries->len + 1;
}

static gpointer
get_item (GListModel *model,
          guint position)
{
  LobbyMessageWindow *self = LOBBY_MESSAGE_WINDOW (model);

  if (position < self->entries->len)
    return g_object_ref (((Entry *)self->entries->pdata[position])->message);
  return position == self->entries->len ? g_object_ref (self->tail) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbyMessageWindow, lobby_message_window, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* Entries */

static Entry *
entry_new (LobbyMessage *message)
{
  Entry *entry = g_new (Entry, 1);

  entry->message = g_object_ref (message);
  entry->row = lobby_message_get_row_id (message);
  entry->sent_at = lobby_message_get_sent_at (message);
  entry->id = g_strdup (lobby_message_get_id (message));
  return entry;
}

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->message);
  g_free (entry->id);
  g_free (entry);
}

static Entry *
entry_at (LobbyMessageWindow *self,
          guint position)
{
  g_assert (position < self->entries->len);
  return self->entries->pdata[position];
}

static int
compare_entry (const Entry *entry,
               LobbyMessage *message)
{
  return lobby_order_compare (entry->sent_at, entry->id, lobby_message_get_sent_at (message), lobby_message_get_id (message));
}

static int
compare_messages (LobbyMessage *a,
                  LobbyMessage *b)
{
  return lobby_order_compare (lobby_message_get_sent_at (a), lobby_message_get_id (a),
                              lobby_message_get_sent_at (b), lobby_message_get_id (b));
}

static guint
find_place (LobbyMessageWindow *self,
            LobbyMessage *message)
{
  guint low = 0, high = self->entries->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (compare_entry (entry_at (self, middle), message) < 0)
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
  return lobby_message_get_message_type (message) != LOBBY_MODEL_SYSTEM;
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

static void
update_flags (LobbyMessageWindow *self,
              int first,
              int last)
{
  const int length = self->entries->len;

  for (int i = MAX (first, 0); i <= MIN (last, length - 1); i++)
    {
      LobbyMessage *message = entry_at (self, i)->message;
      LobbyMessage *previous = i > 0 ? entry_at (self, i - 1)->message : self->older;
      LobbyMessage *next = i + 1 < length ? entry_at (self, i + 1)->message : self->newer;
      const LobbyMessageFlags flags = {
        .day_start = previous == NULL || !same_day (previous, message),
        .unread_start = entry_at (self, i)->row == self->unread_from,
        .group_start = !same_group (self, previous, message),
        .group_end = !same_group (self, message, next),
      };

      lobby_message_set_flags (message, &flags);
    }
}

/* Edges. Callers hold notifies with g_object_freeze_notify, so that one edit tells its outcome once. */

static void
set_older (LobbyMessageWindow *self,
           LobbyMessage *older)
{
  const gboolean was_at_oldest = self->older == NULL;

  if (!g_set_object (&self->older, older))
    return;
  if (was_at_oldest != (older == NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AT_OLDEST]);
}

static void
set_newer (LobbyMessageWindow *self,
           LobbyMessage *newer,
           guint count)
{
  const gboolean was_at_newest = self->newer == NULL;

  g_assert ((newer == NULL) == (count == 0));

  g_set_object (&self->newer, newer);
  if (was_at_newest != (newer == NULL))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AT_NEWEST]);
  if (self->newer_count == count)
    return;
  self->newer_count = count;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NEWER_COUNT]);
}

static GPtrArray *
load_before (LobbyMessageWindow *self,
             LobbyMessage *message,
             guint count)
{
  return lobby_store_load_before (self->store, lobby_conversation_get_id (self->conversation),
                                  lobby_message_get_sent_at (message), lobby_message_get_row_id (message), count);
}

static GPtrArray *
load_after (LobbyMessageWindow *self,
            LobbyMessage *message,
            guint count)
{
  return lobby_store_load_after (self->store, lobby_conversation_get_id (self->conversation),
                                 lobby_message_get_sent_at (message), lobby_message_get_row_id (message), count);
}

static guint
count_after (LobbyMessageWindow *self,
             LobbyMessage *message)
{
  return lobby_store_count_after (self->store, lobby_conversation_get_id (self->conversation),
                                  lobby_message_get_sent_at (message), lobby_message_get_row_id (message));
}

/* Reads both edges from the store anew. */
static void
refresh_edges (LobbyMessageWindow *self)
{
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;
  LobbyMessage *last;

  if (self->entries->len == 0)
    return;
  last = entry_at (self, self->entries->len - 1)->message;
  before = load_before (self, entry_at (self, 0)->message, 1);
  after = load_after (self, last, 1);
  set_older (self, before->len > 0 ? before->pdata[0] : NULL);
  set_newer (self, after->len > 0 ? after->pdata[0] : NULL, after->len > 0 ? count_after (self, last) : 0);
  update_flags (self, 0, 0);
  update_flags (self, self->entries->len - 1, self->entries->len - 1);
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
static void
insert (LobbyMessageWindow *self,
        guint position,
        LobbyMessage **messages,
        guint n)
{
  if (n == 0)
    return;
  for (guint i = 0; i < n; i++)
    g_ptr_array_insert (self->entries, position + i, entry_new (messages[i]));
  update_flags (self, (int)position - 1, position + n);
  emit_items_changed (self, position, 0, n);
}

static void
remove_range (LobbyMessageWindow *self,
              guint position,
              guint n)
{
  if (n == 0)
    return;
  g_ptr_array_remove_range (self->entries, position, n);
  update_flags (self, (int)position - 1, position);
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
          guint place = GPOINTER_TO_UINT (g_hash_table_lookup (index, &entry_at (self, end)->row));

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
        kept = GPOINTER_TO_UINT (g_hash_table_lookup (index, &entry_at (self, i)->row));
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
      gint64 next = i < self->entries->len ? entry_at (self, i)->row : 0;

      while (end < run->len && lobby_message_get_row_id (run->pdata[end]) != next)
        {
          g_ptr_array_insert (self->entries, end, entry_new (run->pdata[end]));
          end++;
        }
      if (end > i)
        {
          update_flags (self, (int)i - 1, end);
          emit_items_changed (self, i, 0, end - i);
        }
      i = end + 1;
    }
}

/* Makes the run be @run. What is in both stays and keeps its object, so that scrolling is not disturbed. */
static void
replace (LobbyMessageWindow *self,
         GPtrArray *run,
         LobbyMessage *older,
         LobbyMessage *newer)
{
  g_object_freeze_notify (G_OBJECT (self));
  remove_what_is_not_in (self, run);
  set_older (self, older);
  set_newer (self, newer, newer != NULL ? MAX (1, count_after (self, run->pdata[run->len - 1])) : 0);
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = entry_at (self, i);

      entry->sent_at = lobby_message_get_sent_at (entry->message);
      g_set_str (&entry->id, lobby_message_get_id (entry->message));
    }
  insert_what_is_missing (self, run);
  g_assert (self->entries->len == run->len);
  update_flags (self, 0, self->entries->len);
  g_object_thaw_notify (G_OBJECT (self));
}

/* Takes the surplus one of a page that asked for one more than wanted: the neighbour outside. (transfer full) */
static LobbyMessage *
take_surplus (GPtrArray *page,
              guint wanted,
              gboolean at_front)
{
  return page->len > wanted ? g_ptr_array_steal_index (page, at_front ? 0 : page->len - 1) : NULL;
}

/* Signals of the store */

static gboolean
is_ours (LobbyMessageWindow *self,
         const char *conversation_id)
{
  return strcmp (conversation_id, lobby_conversation_get_id (self->conversation)) == 0;
}

/* A message that is in the store now but not in the run: into the run where it belongs there, else past its edges. */
static void
place (LobbyMessageWindow *self,
       LobbyMessage *message)
{
  guint position = find_place (self, message);

  if (position == self->entries->len && self->newer != NULL)
    {
      set_newer (self, compare_messages (message, self->newer) < 0 ? message : self->newer, self->newer_count + 1);
      update_flags (self, self->entries->len - 1, self->entries->len - 1);
    }
  else if (position == 0 && self->older != NULL)
    {
      if (compare_messages (message, self->older) > 0)
        set_older (self, message);
      update_flags (self, 0, 0);
    }
  else
    {
      insert (self, position, &message, 1);
    }
}

static void
reopen_if_empty (LobbyMessageWindow *self)
{
  if (self->entries->len == 0)
    lobby_message_window_open_latest (self, REOPEN);
}

static void
on_message_added (LobbyMessageWindow *self,
                  LobbyMessage *message)
{
  if (!is_ours (self, lobby_message_get_conversation_id (message))
      || lobby_message_window_find (self, lobby_message_get_row_id (message)) >= 0)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  place (self, message);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
on_message_moved (LobbyMessageWindow *self,
                  LobbyMessage *message,
                  gint64 old_sent_at)
{
  g_autoptr (LobbyMessage) hold = g_object_ref (message);
  int position;

  if (!is_ours (self, lobby_message_get_conversation_id (message)))
    return;
  g_object_freeze_notify (G_OBJECT (self));
  position = lobby_message_window_find (self, lobby_message_get_row_id (message));
  if (position >= 0)
    {
      Entry *entry = entry_at (self, position);
      LobbyMessage *next = (guint)position + 1 < self->entries->len ? entry_at (self, position + 1)->message : self->newer;
      LobbyMessage *previous = position > 0 ? entry_at (self, position - 1)->message : self->older;

      if ((previous == NULL || compare_messages (previous, message) < 0) && (next == NULL || compare_messages (message, next) < 0))
        {
          entry->sent_at = lobby_message_get_sent_at (message);
          g_set_str (&entry->id, lobby_message_get_id (message));
          update_flags (self, position - 1, position + 1);
          g_object_thaw_notify (G_OBJECT (self));
          return;
        }
      remove_range (self, position, 1);
    }
  place (self, message);
  refresh_edges (self);
  reopen_if_empty (self);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
on_message_removed (LobbyMessageWindow *self,
                    gint64 row_id,
                    const char *conversation_id)
{
  int position;

  if (!is_ours (self, conversation_id))
    return;
  g_object_freeze_notify (G_OBJECT (self));
  position = lobby_message_window_find (self, row_id);
  if (position >= 0)
    remove_range (self, position, 1);
  else
    refresh_edges (self);
  reopen_if_empty (self);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
on_messages_paged (LobbyMessageWindow *self,
                   const char *conversation_id)
{
  if (!is_ours (self, conversation_id))
    return;
  g_object_freeze_notify (G_OBJECT (self));
  refresh_edges (self);
  reopen_if_empty (self);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
reload (LobbyMessageWindow *self)
{
  const guint length = MIN (self->entries->len, LOBBY_MESSAGE_WINDOW_MAX);
  LobbyMessage *first = length > 0 ? entry_at (self, 0)->message : NULL;
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) run = NULL;
  g_autoptr (LobbyMessage) newer = NULL;

  if (self->newer == NULL || first == NULL || !lobby_store_is_in_history (self->store, first))
    {
      lobby_message_window_open_latest (self, MAX (length, REOPEN));
      return;
    }
  /* Reading further up: what is read stays. */
  before = load_before (self, first, 1);
  run = load_after (self, first, length);
  g_ptr_array_insert (run, 0, g_object_ref (first));
  newer = take_surplus (run, length, FALSE);
  replace (self, run, before->len > 0 ? before->pdata[0] : NULL, newer);
}

static void
on_messages_reset (LobbyMessageWindow *self,
                   const char *conversation_id)
{
  if (is_ours (self, conversation_id))
    reload (self);
}

/* The object */

static void
lobby_message_window_dispose (GObject *object)
{
  LobbyMessageWindow *self = LOBBY_MESSAGE_WINDOW (object);

  g_ptr_array_set_size (self->entries, 0);
  g_clear_object (&self->older);
  g_clear_object (&self->newer);
  g_clear_object (&self->tail);
  g_clear_object (&self->conversation);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (lobby_message_window_parent_class)->dispose (object);
}

static void
lobby_message_window_finalize (GObject *object)
{
  g_ptr_array_unref (LOBBY_MESSAGE_WINDOW (object)->entries);

  G_OBJECT_CLASS (lobby_message_window_parent_class)->finalize (object);
}

static void
lobby_message_window_get_property (GObject *object,
                                   guint prop_id,
                                   GValue *value,
                                   GParamSpec *pspec)
{
  LobbyMessageWindow *self = LOBBY_MESSAGE_WINDOW (object);

  switch (prop_id)
    {
    case PROP_AT_NEWEST:
      g_value_set_boolean (value, self->newer == NULL);
      break;
    case PROP_AT_OLDEST:
      g_value_set_boolean (value, self->older == NULL);
      break;
    case PROP_NEWER_COUNT:
      g_value_set_uint (value, self->newer_count);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_message_window_class_init (LobbyMessageWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = lobby_message_window_dispose;
  object_class->finalize = lobby_message_window_finalize;
  object_class->get_property = lobby_message_window_get_property;

  properties[PROP_AT_NEWEST] = g_param_spec_boolean ("at-newest", NULL, NULL, TRUE, readable);
  properties[PROP_AT_OLDEST] = g_param_spec_boolean ("at-oldest", NULL, NULL, TRUE, readable);
  properties[PROP_NEWER_COUNT] = g_param_spec_uint ("newer-count", NULL, NULL, 0, G_MAXUINT, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_message_window_init (LobbyMessageWindow *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->tail = g_object_new (LOBBY_TYPE_TIMELINE_TAIL, NULL);
}

LobbyMessageWindow *
lobby_message_window_new (LobbyStore *store,
                          LobbyConversation *conversation)
{
  LobbyMessageWindow *self;

  g_return_val_if_fail (LOBBY_IS_STORE (store), NULL);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), NULL);

  self = g_object_new (LOBBY_TYPE_MESSAGE_WINDOW, NULL);
  self->store = g_object_ref (store);
  self->conversation = g_object_ref (conversation);
  g_object_bind_property (conversation, "customer-typing", self->tail, "typing", G_BINDING_SYNC_CREATE);
  g_signal_connect_object (store, "message-added", G_CALLBACK (on_message_added), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "message-moved", G_CALLBACK (on_message_moved), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "message-removed", G_CALLBACK (on_message_removed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "messages-paged", G_CALLBACK (on_messages_paged), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "messages-reset", G_CALLBACK (on_messages_reset), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "reset", G_CALLBACK (reload), self, G_CONNECT_SWAPPED);
  return self;
}

LobbyConversation *
lobby_message_window_get_conversation (LobbyMessageWindow *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), NULL);
  return self->conversation;
}

void
lobby_message_window_open_latest (LobbyMessageWindow *self,
                                  guint count)
{
  g_autoptr (GPtrArray) run = NULL;
  g_autoptr (LobbyMessage) older = NULL;

  g_return_if_fail (LOBBY_IS_MESSAGE_WINDOW (self));

  run = lobby_store_load_latest (self->store, lobby_conversation_get_id (self->conversation), count + 1);
  older = take_surplus (run, count, TRUE);
  replace (self, run, older, NULL);
}

gboolean
lobby_message_window_open_around (LobbyMessageWindow *self,
                                  gint64 row_id,
                                  guint count)
{
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (LobbyMessage) older = NULL;
  g_autoptr (LobbyMessage) newer = NULL;
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) run = NULL;
  guint n_after, n_before;

  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), FALSE);
  g_return_val_if_fail (count > 0, FALSE);

  message = lobby_store_get_message_by_row (self->store, row_id);
  if (message == NULL || !is_ours (self, lobby_message_get_conversation_id (message)) || !lobby_store_is_in_history (self->store, message))
    return FALSE;

  n_after = count / 2;
  run = load_after (self, message, n_after + 1);
  n_before = count - 1 - MIN (run->len, n_after);
  before = load_before (self, message, n_before + 1);
  if (before->len < n_before && run->len > n_after)
    {
      n_after = count - 1 - before->len;
      g_ptr_array_unref (run);
      run = load_after (self, message, n_after + 1);
    }
  newer = take_surplus (run, n_after, FALSE);
  older = take_surplus (before, n_before, TRUE);

  g_ptr_array_insert (run, 0, g_object_ref (message));
  for (guint i = before->len; i > 0; i--)
    g_ptr_array_insert (run, 0, g_object_ref (before->pdata[i - 1]));
  replace (self, run, older, newer);
  return TRUE;
}

guint
lobby_message_window_extend_older (LobbyMessageWindow *self,
                                   guint count)
{
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (LobbyMessage) older = NULL;

  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), 0);

  if (self->older == NULL || count == 0)
    return 0;
  page = load_before (self, entry_at (self, 0)->message, count + 1);
  older = take_surplus (page, count, TRUE);
  g_object_freeze_notify (G_OBJECT (self));
  set_older (self, older);
  insert (self, 0, (LobbyMessage **)page->pdata, page->len);
  lobby_trace_mark_value ("older", page->len);
  g_object_thaw_notify (G_OBJECT (self));
  return page->len;
}

guint
lobby_message_window_extend_newer (LobbyMessageWindow *self,
                                   guint count)
{
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (LobbyMessage) newer = NULL;
  guint left;

  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), 0);

  if (self->newer == NULL || count == 0)
    return 0;
  page = load_after (self, entry_at (self, self->entries->len - 1)->message, count + 1);
  newer = take_surplus (page, count, FALSE);
  left = self->newer_count > page->len ? self->newer_count - page->len : 0;
  /* Messages that are stored but not told yet are not in the count. */
  if (newer != NULL && left == 0)
    left = MAX (1, count_after (self, page->pdata[page->len - 1]));
  g_object_freeze_notify (G_OBJECT (self));
  set_newer (self, newer, newer != NULL ? left : 0);
  insert (self, self->entries->len, (LobbyMessage **)page->pdata, page->len);
  g_object_thaw_notify (G_OBJECT (self));
  return page->len;
}

void
lobby_message_window_trim (LobbyMessageWindow *self,
                           gboolean older_side)
{
  guint surplus;

  g_return_if_fail (LOBBY_IS_MESSAGE_WINDOW (self));

  if (self->entries->len <= LOBBY_MESSAGE_WINDOW_MAX)
    return;
  surplus = self->entries->len - LOBBY_MESSAGE_WINDOW_MAX;
  g_object_freeze_notify (G_OBJECT (self));
  if (older_side)
    {
      set_older (self, entry_at (self, surplus - 1)->message);
      remove_range (self, 0, surplus);
    }
  else
    {
      set_newer (self, entry_at (self, LOBBY_MESSAGE_WINDOW_MAX)->message, self->newer_count + surplus);
      remove_range (self, LOBBY_MESSAGE_WINDOW_MAX, surplus);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

gboolean
lobby_message_window_get_at_newest (LobbyMessageWindow *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), FALSE);
  return self->newer == NULL;
}

gboolean
lobby_message_window_get_at_oldest (LobbyMessageWindow *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), FALSE);
  return self->older == NULL;
}

void
lobby_message_window_set_unread_from (LobbyMessageWindow *self,
                                      gint64 row_id)
{
  int old;

  g_return_if_fail (LOBBY_IS_MESSAGE_WINDOW (self));

  if (self->unread_from == row_id)
    return;
  old = lobby_message_window_find (self, self->unread_from);
  self->unread_from = row_id;
  for (int i = 0; i < 2; i++)
    {
      int position = i == 0 ? old : lobby_message_window_find (self, row_id);

      if (position >= 0)
        update_flags (self, position - 1, position);
    }
}

int
lobby_message_window_find (LobbyMessageWindow *self,
                           gint64 row_id)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), -1);

  for (guint i = self->entries->len; i > 0; i--)
    if (entry_at (self, i - 1)->row == row_id)
      return i - 1;
  return -1;
}
