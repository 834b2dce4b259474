/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane-private.h"

#include <glib/gi18n.h>

#include "lobby-late-menu.h"

/* How many rows are made before the first frame: a screenful. The view would make three times as many. */
#define FIRST_ROWS 14

G_DEFINE_FINAL_TYPE (LobbyConversationsPane, lobby_conversations_pane, ADW_TYPE_BIN)

enum
{
  OPEN,
  SEARCH_LEFT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

void
lobby_conversations_pane_open_conversation (LobbyConversationsPane *self,
                                            LobbyConversation *conversation,
                                            gboolean enter)
{
  g_autoptr (LobbyConversation) keep = g_object_ref (conversation);

  g_signal_emit (self, signals[OPEN], 0, keep, enter);
}

void
lobby_conversations_pane_leave_search (LobbyConversationsPane *self)
{
  g_signal_emit (self, signals[SEARCH_LEFT], 0);
}

static void
select_position (LobbyConversationsPane *self,
                 guint position)
{
  self->syncing = TRUE;
  gtk_single_selection_set_selected (self->selection, position);
  self->syncing = FALSE;
}

static guint
find_current (LobbyConversationsPane *self,
              guint from,
              guint count)
{
  for (guint i = from; self->current != NULL && i < from + count; i++)
    {
      g_autoptr (LobbyConversation) item = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (item == self->current)
        return i;
    }

  return GTK_INVALID_LIST_POSITION;
}

/* The first rows are there: the focus goes to them, unless it was moved meanwhile. */
static void
relieve_stand_in (LobbyConversationsPane *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  const gboolean has_focus = root != NULL && gtk_root_get_focus (root) == self->stands_in;

  g_clear_weak_pointer (&self->stands_in);
  if (has_focus)
    lobby_conversations_pane_focus_list (self);
}

static void
items_changed_cb (LobbyConversationsPane *self,
                  guint position,
                  guint removed,
                  guint added)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  guint found = self->narrow ? GTK_INVALID_LIST_POSITION : find_current (self, position, added);

  /* One that moved up is gone for a moment: the selection does not know that it is the same. */
  if (found != GTK_INVALID_LIST_POSITION)
    select_position (self, found);

  /* The view holds on to the row at its top; when that is the first, what arrives above it belongs in sight. */
  if (position == 0 && added > 0 && gtk_adjustment_get_value (adjustment) < 1)
    gtk_grid_view_scroll_to (self->grid, 0, GTK_LIST_SCROLL_NONE, NULL);

  lobby_conversations_pane_update_stack (self);
  if (self->stands_in != NULL && added > 0)
    relieve_stand_in (self);
}

static void
selected_cb (LobbyConversationsPane *self)
{
  LobbyConversation *item = gtk_single_selection_get_selected_item (self->selection);

  if (self->syncing || self->narrow || item == NULL || item == self->current)
    return;
  lobby_conversations_pane_open_conversation (self, item, FALSE);
}

void
lobby_conversations_pane_open_position (LobbyConversationsPane *self,
                                        guint position)
{
  g_autoptr (LobbyConversation) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (item != NULL)
    lobby_conversations_pane_open_conversation (self, item, TRUE);
}

static void
row_activate_cb (LobbyConversationsPane *self,
                 guint position)
{
  lobby_conversations_pane_open_position (self, position);
}

static void
lobby_conversations_pane_dispose (GObject *object)
{
  LobbyConversationsPane *self = LOBBY_CONVERSATIONS_PANE (object);

  lobby_conversations_pane_dispose_rows (self);
  lobby_conversations_pane_set_account (self, NULL);
  g_clear_object (&self->account_signals);
  g_clear_object (&self->menu);
  g_clear_object (&self->current);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONVERSATIONS_PANE);

  G_OBJECT_CLASS (lobby_conversations_pane_parent_class)->dispose (object);
}

static void
lobby_conversations_pane_class_init (LobbyConversationsPaneClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = lobby_conversations_pane_dispose;

  signals[OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 2, LOBBY_TYPE_CONVERSATION, G_TYPE_BOOLEAN);
  signals[SEARCH_LEFT] = g_signal_new ("search-left", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-conversations-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, title);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, search_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, menu_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, search_bar);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, search_entry);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, banner);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, scroller);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, grid);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, main_menu);
  gtk_widget_class_bind_template_callback (widget_class, row_activate_cb);
  lobby_conversations_pane_class_init_search (widget_class);
}

static void
lobby_conversations_pane_init (LobbyConversationsPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  lobby_late_menu_set (self->menu_button, G_MENU_MODEL (self->main_menu));
  lobby_conversations_pane_init_rows (self);
  lobby_conversations_pane_init_pointer (self);
  lobby_conversations_pane_init_search (self);
  self->account_signals = g_signal_group_new (LOBBY_TYPE_ACCOUNT);
  g_signal_group_connect_swapped (self->account_signals, "notify::state", G_CALLBACK (lobby_conversations_pane_update_stack), self);
  g_signal_group_connect_swapped (self->account_signals, "whatsapp-state-changed", G_CALLBACK (lobby_conversations_pane_update_stack), self);
}

void
lobby_conversations_pane_set_account (LobbyConversationsPane *self,
                                      LobbyAccount *account)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  if (self->account == account)
    return;

  gtk_grid_view_set_model (self->grid, NULL);
  g_clear_weak_pointer (&self->stands_in);
  g_clear_object (&self->selection);
  g_clear_object (&self->slice);
  g_clear_object (&self->list);
  g_set_object (&self->account, account);
  g_signal_group_set_target (self->account_signals, account);
  if (account == NULL)
    return;

  self->list = lobby_conversation_list_new (lobby_account_get_store (account));
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  self->slice = gtk_slice_list_model_new (G_LIST_MODEL (g_object_ref (self->list)), 0, FIRST_ROWS);
  lobby_conversations_pane_begin_rows (self);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->slice));
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));

  /* After the view's own handlers: they must have seen a change before we select in it. */
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (items_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);

  adw_window_title_set_title (self->title, lobby_account_get_business_name (account));
  adw_window_title_set_subtitle (self->title, lobby_account_get_agent_name (account));
  lobby_conversations_pane_update_stack (self);
}

void
lobby_conversations_pane_set_current (LobbyConversationsPane *self,
                                      LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  g_set_object (&self->current, conversation);
  if (self->selection == NULL)
    return;

  select_position (self, self->narrow ? GTK_INVALID_LIST_POSITION
                                      : find_current (self, 0, g_list_model_get_n_items (G_LIST_MODEL (self->selection))));
}

void
lobby_conversations_pane_step (LobbyConversationsPane *self,
                               int offset)
{
  guint count;
  guint position;
  gint64 next;
  g_autoptr (LobbyConversation) item = NULL;

  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  if (self->selection == NULL)
    return;

  count = g_list_model_get_n_items (G_LIST_MODEL (self->selection));
  position = find_current (self, 0, count);
  if (position == GTK_INVALID_LIST_POSITION)
    next = offset > 0 ? 0 : (gint64)count - 1;
  else
    next = (gint64)position + offset;

  if (next >= count && lobby_conversation_list_get_has_more (self->list))
    {
      lobby_conversation_list_load_more (self->list);
      count = g_list_model_get_n_items (G_LIST_MODEL (self->selection));
    }
  if (next < 0 || next >= count)
    return;

  item = g_list_model_get_item (G_LIST_MODEL (self->selection), next);
  lobby_conversations_pane_open_conversation (self, item, TRUE);
  gtk_grid_view_scroll_to (self->grid, next, GTK_LIST_SCROLL_NONE, NULL);
}

void
lobby_conversations_pane_focus_list (LobbyConversationsPane *self)
{
  GtkRoot *root;
  guint count;
  guint position;

  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  count = self->selection != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->selection)) : 0;
  position = count > 0 ? find_current (self, 0, count) : GTK_INVALID_LIST_POSITION;
  if (count == 0)
    {
      gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
      root = gtk_widget_get_root (GTK_WIDGET (self));
      g_set_weak_pointer (&self->stands_in, root != NULL ? gtk_root_get_focus (root) : NULL);
      return;
    }

  /* The first tells the view which row, the second moves the focus there. */
  gtk_grid_view_scroll_to (self->grid, position != GTK_INVALID_LIST_POSITION ? position : 0, GTK_LIST_SCROLL_FOCUS, NULL);
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

void
lobby_conversations_pane_set_narrow (LobbyConversationsPane *self,
                                     gboolean narrow)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  self->narrow = narrow;
  lobby_conversations_pane_set_current (self, self->current);
}

AdwBanner *
lobby_conversations_pane_get_banner (LobbyConversationsPane *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self), NULL);

  return self->banner;
}

void
lobby_conversations_pane_set_accounts (LobbyConversationsPane *self,
                                       GMenuModel *section)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  if (self->has_accounts_section)
    g_menu_remove (self->main_menu, 0);
  self->has_accounts_section = section != NULL;
  if (section != NULL)
    g_menu_prepend_section (self->main_menu, _ ("Accounts"), section);
}
