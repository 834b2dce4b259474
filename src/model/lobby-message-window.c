/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-message-window-private.h"

#include "lobby-trace.h"

#include <string.h>

/* What is opened again when the run was pulled away from under the window: a screen. More is paged in. */
#define REOPEN 20

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
    return g_object_ref (((LobbyWindowEntry *)self->entries->pdata[position])->message);
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
  guint position = lobby_window_find_place (self, message);

  if (position == self->entries->len && self->newer != NULL)
    {
      lobby_window_set_newer (self, lobby_window_compare_messages (message, self->newer) < 0 ? message : self->newer, self->newer_count + 1);
      lobby_window_update_flags (self, self->entries->len - 1, self->entries->len - 1);
    }
  else if (position == 0 && self->older != NULL)
    {
      if (lobby_window_compare_messages (message, self->older) > 0)
        lobby_window_set_older (self, message);
      lobby_window_update_flags (self, 0, 0);
    }
  else
    {
      lobby_window_insert (self, position, &message, 1);
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
      LobbyWindowEntry *entry = lobby_window_entry (self, position);
      LobbyMessage *next = (guint)position + 1 < self->entries->len ? lobby_window_entry (self, position + 1)->message : self->newer;
      LobbyMessage *previous = position > 0 ? lobby_window_entry (self, position - 1)->message : self->older;

      if ((previous == NULL || lobby_window_compare_messages (previous, message) < 0) && (next == NULL || lobby_window_compare_messages (message, next) < 0))
        {
          entry->sent_at = lobby_message_get_sent_at (message);
          g_set_str (&entry->id, lobby_message_get_id (message));
          lobby_window_update_flags (self, position - 1, position + 1);
          g_object_thaw_notify (G_OBJECT (self));
          return;
        }
      lobby_window_remove_range (self, position, 1);
    }
  place (self, message);
  lobby_window_refresh_edges (self);
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
    lobby_window_remove_range (self, position, 1);
  else
    lobby_window_refresh_edges (self);
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
  lobby_window_refresh_edges (self);
  reopen_if_empty (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* At the newest: what is shown may stay where it is still among them. */
static void
reload_latest (LobbyMessageWindow *self,
               guint length)
{
  g_autoptr (GPtrArray) run = lobby_store_load_latest (self->store, lobby_conversation_get_id (self->conversation), MAX (length, REOPEN) + 1);
  g_autoptr (LobbyMessage) older = lobby_window_take_surplus (run, MAX (length, REOPEN), TRUE);
  gboolean known = FALSE;

  for (guint i = 0; i < run->len && !known; i++)
    known = lobby_message_window_find (self, lobby_message_get_row_id (run->pdata[i])) >= 0;
  if (known || run->len <= REOPEN)
    lobby_window_replace (self, run, older, NULL);
  else
    lobby_message_window_open_latest (self, REOPEN);
}

static void
reload (LobbyMessageWindow *self)
{
  const guint length = MIN (self->entries->len, LOBBY_MESSAGE_WINDOW_MAX);
  LobbyMessage *first = length > 0 ? lobby_window_entry (self, 0)->message : NULL;
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) run = NULL;
  g_autoptr (LobbyMessage) newer = NULL;

  if (self->newer == NULL || first == NULL || !lobby_store_is_in_history (self->store, first))
    {
      reload_latest (self, length);
      return;
    }
  /* Reading further up: what is read stays. */
  before = lobby_window_load_before (self, first, 1);
  run = lobby_window_load_after (self, first, length);
  g_ptr_array_insert (run, 0, g_object_ref (first));
  newer = lobby_window_take_surplus (run, length, FALSE);
  lobby_window_replace (self, run, before->len > 0 ? before->pdata[0] : NULL, newer);
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
  self->entries = g_ptr_array_new_with_free_func (lobby_window_entry_free);
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
  older = lobby_window_take_surplus (run, count, TRUE);
  lobby_window_replace (self, run, older, NULL);
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
  run = lobby_window_load_after (self, message, n_after + 1);
  n_before = count - 1 - MIN (run->len, n_after);
  before = lobby_window_load_before (self, message, n_before + 1);
  if (before->len < n_before && run->len > n_after)
    {
      n_after = count - 1 - before->len;
      g_ptr_array_unref (run);
      run = lobby_window_load_after (self, message, n_after + 1);
    }
  newer = lobby_window_take_surplus (run, n_after, FALSE);
  older = lobby_window_take_surplus (before, n_before, TRUE);

  g_ptr_array_insert (run, 0, g_object_ref (message));
  for (guint i = before->len; i > 0; i--)
    g_ptr_array_insert (run, 0, g_object_ref (before->pdata[i - 1]));
  lobby_window_replace (self, run, older, newer);
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
  page = lobby_window_load_before (self, lobby_window_entry (self, 0)->message, count + 1);
  older = lobby_window_take_surplus (page, count, TRUE);
  g_object_freeze_notify (G_OBJECT (self));
  lobby_window_set_older (self, older);
  lobby_window_insert (self, 0, (LobbyMessage **)page->pdata, page->len);
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
  page = lobby_window_load_after (self, lobby_window_entry (self, self->entries->len - 1)->message, count + 1);
  newer = lobby_window_take_surplus (page, count, FALSE);
  left = self->newer_count > page->len ? self->newer_count - page->len : 0;
  /* Messages that are stored but not told yet are not in the count. */
  if (newer != NULL && left == 0)
    left = MAX (1, lobby_window_count_after (self, page->pdata[page->len - 1]));
  g_object_freeze_notify (G_OBJECT (self));
  lobby_window_set_newer (self, newer, newer != NULL ? left : 0);
  lobby_window_insert (self, self->entries->len, (LobbyMessage **)page->pdata, page->len);
  g_object_thaw_notify (G_OBJECT (self));
  return page->len;
}

void
lobby_message_window_trim (LobbyMessageWindow *self,
                           guint keep,
                           gboolean older_side)
{
  guint surplus;

  g_return_if_fail (LOBBY_IS_MESSAGE_WINDOW (self));
  g_return_if_fail (keep > 0);

  if (self->entries->len <= keep)
    return;
  surplus = self->entries->len - keep;
  g_object_freeze_notify (G_OBJECT (self));
  if (older_side)
    {
      lobby_window_set_older (self, lobby_window_entry (self, surplus - 1)->message);
      lobby_window_remove_range (self, 0, surplus);
    }
  else
    {
      lobby_window_set_newer (self, lobby_window_entry (self, keep)->message, self->newer_count + surplus);
      lobby_window_remove_range (self, keep, surplus);
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
        lobby_window_update_flags (self, position - 1, position);
    }
  /* It may be the first one behind the window, where the last group then ends. */
  lobby_window_update_flags (self, (int)self->entries->len - 1, (int)self->entries->len - 1);
}

int
lobby_message_window_find (LobbyMessageWindow *self,
                           gint64 row_id)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE_WINDOW (self), -1);

  for (guint i = self->entries->len; i > 0; i--)
    if (lobby_window_entry (self, i - 1)->row == row_id)
      return i - 1;
  return -1;
}
