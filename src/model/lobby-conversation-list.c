/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-conversation-list.h"

#include "lobby-store-private.h"

#include <string.h>

/*
 * Invariants: entries are ordered by (activity, id), newest first, without doubles; they are the first
 * entries->len of what the store has for the search; has_more when that is not all. The activity of an entry is kept
 * beside the conversation, because the object's has changed already when the store tells.
 */

#define PAGE 50

typedef struct
{
  LobbyConversation *conversation;
  gint64 activity;
} Entry;

struct _LobbyConversationList
{
  GObject parent_instance;

  LobbyStore *store;
  GArray *entries; /* of Entry */
  char *search;
  char *folded_search;
  gboolean has_more;
};

enum
{
  PROP_0,
  PROP_SEARCH,
  PROP_HAS_MORE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static Entry *
entry_at (LobbyConversationList *self,
          guint position)
{
  return &g_array_index (self->entries, Entry, position);
}

static GType
get_item_type (GListModel *model)
{
  return LOBBY_TYPE_CONVERSATION;
}

static guint
get_n_items (GListModel *model)
{
  return LOBBY_CONVERSATION_LIST (model)->entries->len;
}

static gpointer
get_item (GListModel *model,
          guint position)
{
  LobbyConversationList *self = LOBBY_CONVERSATION_LIST (model);

  return position < self->entries->len ? g_object_ref (entry_at (self, position)->conversation) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbyConversationList, lobby_conversation_list, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
clear_entry (gpointer data)
{
  g_clear_object (&((Entry *)data)->conversation);
}

static void
set_has_more (LobbyConversationList *self,
              gboolean has_more)
{
  if (self->has_more == has_more)
    return;
  self->has_more = has_more;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_HAS_MORE]);
}

static void
insert_entry (LobbyConversationList *self,
              guint position,
              LobbyConversation *conversation)
{
  const Entry entry = { g_object_ref (conversation), lobby_conversation_get_last_activity_at (conversation) };

  g_array_insert_val (self->entries, position, entry);
}

/* Where a conversation of this activity belongs. */
static guint
find_place (LobbyConversationList *self,
            gint64 activity,
            const char *id)
{
  guint low = 0, high = self->entries->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      const Entry *entry = entry_at (self, middle);

      if (lobby_order_compare (entry->activity, lobby_conversation_get_id (entry->conversation), activity, id) > 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gboolean
matches (LobbyConversationList *self,
         LobbyConversation *conversation)
{
  LobbyContact *contact = lobby_conversation_get_contact (conversation);
  g_autofree char *all = NULL;
  g_autofree char *folded = NULL;

  if (self->folded_search == NULL)
    return TRUE;
  all = g_strjoin (" ", lobby_contact_get_name (contact) ? lobby_contact_get_name (contact) : "",
                   lobby_contact_get_phone_number (contact) ? lobby_contact_get_phone_number (contact) : "",
                   lobby_contact_get_username (contact) ? lobby_contact_get_username (contact) : "", NULL);
  folded = lobby_model_fold (all);
  return strstr (folded, self->folded_search) != NULL;
}

static void
on_conversation_changed (LobbyConversationList *self,
                         LobbyConversation *conversation)
{
  const gint64 activity = lobby_conversation_get_last_activity_at (conversation);
  const char *id = lobby_conversation_get_id (conversation);
  g_autoptr (LobbyConversation) hold = g_object_ref (conversation);
  guint old = 0, place;

  while (old < self->entries->len && entry_at (self, old)->conversation != conversation)
    old++;
  if (old < self->entries->len)
    {
      gboolean after_previous = old == 0 || lobby_order_compare (entry_at (self, old - 1)->activity, lobby_conversation_get_id (entry_at (self, old - 1)->conversation), activity, id) > 0;
      gboolean before_next = old + 1 == self->entries->len ? !self->has_more || activity >= entry_at (self, old)->activity
                                                           : lobby_order_compare (activity, id, entry_at (self, old + 1)->activity, lobby_conversation_get_id (entry_at (self, old + 1)->conversation)) > 0;

      if (after_previous && before_next)
        {
          entry_at (self, old)->activity = activity;
          return;
        }
      g_array_remove_index (self->entries, old);
      g_list_model_items_changed (G_LIST_MODEL (self), old, 1, 0);
    }
  if (!matches (self, conversation))
    return;
  place = find_place (self, activity, id);
  /* Behind what is loaded: it comes with its page. */
  if (place == self->entries->len && self->has_more)
    return;
  insert_entry (self, place, conversation);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 0, 1);
}

/* The other one's change follows. */
static void
on_conversation_merged (LobbyConversationList *self,
                        LobbyConversation *gone)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (entry_at (self, i)->conversation == gone)
      {
        g_array_remove_index (self->entries, i);
        g_list_model_items_changed (G_LIST_MODEL (self), i, 1, 0);
        return;
      }
}

static GPtrArray *
load_page (LobbyConversationList *self,
           gint64 activity,
           const char *id,
           guint n,
           gboolean *has_more)
{
  /* One more tells whether there is more. */
  GPtrArray *page = lobby_store_load_conversations (self->store, self->search, activity, id, n + 1);

  *has_more = page->len > n;
  if (*has_more)
    g_ptr_array_set_size (page, n);
  return page;
}

static void
reload (LobbyConversationList *self)
{
  const guint old_length = self->entries->len;
  gboolean has_more;
  g_autoptr (GPtrArray) page = load_page (self, 0, NULL, MAX (PAGE, old_length), &has_more);
  guint prefix = 0, suffix = 0, removed, added;

  while (prefix < MIN (old_length, page->len) && entry_at (self, prefix)->conversation == page->pdata[prefix])
    prefix++;
  while (suffix < MIN (old_length, page->len) - prefix
         && entry_at (self, old_length - 1 - suffix)->conversation == page->pdata[page->len - 1 - suffix])
    suffix++;
  removed = old_length - prefix - suffix;
  added = page->len - prefix - suffix;

  if (removed > 0)
    g_array_remove_range (self->entries, prefix, removed);
  for (guint i = 0; i < added; i++)
    insert_entry (self, prefix + i, page->pdata[prefix + i]);
  for (guint i = 0; i < self->entries->len; i++)
    entry_at (self, i)->activity = lobby_conversation_get_last_activity_at (entry_at (self, i)->conversation);
  /* One edit: rows of conversations that are only elsewhere now are moved, and the selected one stays so. */
  if (removed > 0 || added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), prefix, removed, added);
  set_has_more (self, has_more);
}

static void
lobby_conversation_list_dispose (GObject *object)
{
  LobbyConversationList *self = LOBBY_CONVERSATION_LIST (object);

  g_clear_object (&self->store);
  g_array_set_size (self->entries, 0);

  G_OBJECT_CLASS (lobby_conversation_list_parent_class)->dispose (object);
}

static void
lobby_conversation_list_finalize (GObject *object)
{
  LobbyConversationList *self = LOBBY_CONVERSATION_LIST (object);

  g_array_unref (self->entries);
  g_free (self->search);
  g_free (self->folded_search);

  G_OBJECT_CLASS (lobby_conversation_list_parent_class)->finalize (object);
}

static void
lobby_conversation_list_get_property (GObject *object,
                                      guint prop_id,
                                      GValue *value,
                                      GParamSpec *pspec)
{
  LobbyConversationList *self = LOBBY_CONVERSATION_LIST (object);

  switch (prop_id)
    {
    case PROP_SEARCH:
      g_value_set_string (value, self->search);
      break;
    case PROP_HAS_MORE:
      g_value_set_boolean (value, self->has_more);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_conversation_list_set_property (GObject *object,
                                      guint prop_id,
                                      const GValue *value,
                                      GParamSpec *pspec)
{
  LobbyConversationList *self = LOBBY_CONVERSATION_LIST (object);

  switch (prop_id)
    {
    case PROP_SEARCH:
      lobby_conversation_list_set_search (self, g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_conversation_list_class_init (LobbyConversationListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_conversation_list_dispose;
  object_class->finalize = lobby_conversation_list_finalize;
  object_class->get_property = lobby_conversation_list_get_property;
  object_class->set_property = lobby_conversation_list_set_property;

  properties[PROP_SEARCH] = g_param_spec_string ("search", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_HAS_MORE] = g_param_spec_boolean ("has-more", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_conversation_list_init (LobbyConversationList *self)
{
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, clear_entry);
}

LobbyConversationList *
lobby_conversation_list_new (LobbyStore *store)
{
  LobbyConversationList *self;

  g_return_val_if_fail (LOBBY_IS_STORE (store), NULL);

  self = g_object_new (LOBBY_TYPE_CONVERSATION_LIST, NULL);
  self->store = g_object_ref (store);
  g_signal_connect_object (store, "conversation-merged", G_CALLBACK (on_conversation_merged), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "conversation-changed", G_CALLBACK (on_conversation_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (store, "reset", G_CALLBACK (reload), self, G_CONNECT_SWAPPED);
  reload (self);
  return self;
}

void
lobby_conversation_list_set_search (LobbyConversationList *self,
                                    const char *search)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_LIST (self));

  if (search != NULL && search[0] == '\0')
    search = NULL;
  if (!g_set_str (&self->search, search))
    return;
  g_free (self->folded_search);
  self->folded_search = search ? lobby_model_fold (search) : NULL;
  /* What was scrolled to under the old search says nothing about how much of the new one is wanted. */
  if (self->entries->len > PAGE)
    {
      guint surplus = self->entries->len - PAGE;

      g_array_set_size (self->entries, PAGE);
      g_list_model_items_changed (G_LIST_MODEL (self), PAGE, surplus, 0);
    }
  reload (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCH]);
}

gboolean
lobby_conversation_list_load_more (LobbyConversationList *self)
{
  g_autoptr (GPtrArray) page = NULL;
  const guint length = self->entries->len;
  gboolean has_more;

  g_return_val_if_fail (LOBBY_IS_CONVERSATION_LIST (self), FALSE);

  if (!self->has_more)
    return FALSE;
  if (length == 0)
    {
      reload (self);
      return self->has_more;
    }
  page = load_page (self, entry_at (self, length - 1)->activity, lobby_conversation_get_id (entry_at (self, length - 1)->conversation), PAGE, &has_more);
  for (guint i = 0; i < page->len; i++)
    insert_entry (self, length + i, page->pdata[i]);
  if (page->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), length, 0, page->len);
  set_has_more (self, has_more);
  return self->has_more;
}

gboolean
lobby_conversation_list_get_has_more (LobbyConversationList *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION_LIST (self), FALSE);
  return self->has_more;
}
