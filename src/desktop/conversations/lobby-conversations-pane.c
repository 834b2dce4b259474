/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"
#include "lobby-conversation-list.h"
#include "lobby-conversation-menu.h"
#include "lobby-conversation-row.h"
#include "lobby-when.h"

/* How many rows are made before the first frame: a screenful. The view would make three times as many. */
#define FIRST_ROWS 14

/* So close to the end, in px, the next page is loaded. */
#define LOAD_AHEAD 800

struct _LobbyConversationsPane
{
  AdwBin parent_instance;

  AdwWindowTitle *title;
  GtkToggleButton *search_button;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  AdwBanner *banner;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GMenu *main_menu;

  LobbyAccount *account;
  LobbyConversationList *list;
  GtkSliceListModel *slice; /* of the list: its head at first, then the whole */
  GtkSingleSelection *selection;
  LobbyConversation *current;
  LobbyConversationMenu *menu; /* NULL until it is needed */
  gboolean has_accounts_section;
  gboolean narrow;
  gboolean syncing; /* the selection follows us, not the person */
  guint load_source;
  guint tick; /* until the first frame has been drawn */
  gboolean drawn;
  guint midnight_source;
};

G_DEFINE_FINAL_TYPE (LobbyConversationsPane, lobby_conversations_pane, ADW_TYPE_BIN)

enum
{
  OPEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
open_conversation (LobbyConversationsPane *self,
                   LobbyConversation *conversation,
                   gboolean enter)
{
  g_autoptr (LobbyConversation) keep = g_object_ref (conversation);

  g_signal_emit (self, signals[OPEN], 0, keep, enter);
}

static void
update_stack (LobbyConversationsPane *self)
{
  guint n_items = self->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->list)) : 0;
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  if (n_items > 0)
    gtk_stack_set_visible_child_name (self->stack, "list");
  else
    gtk_stack_set_visible_child_name (self->stack, text[0] != '\0' ? "not-found" : "none-yet");
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

  update_stack (self);
}

static void
selected_cb (LobbyConversationsPane *self)
{
  LobbyConversation *item = gtk_single_selection_get_selected_item (self->selection);

  if (self->syncing || self->narrow || item == NULL || item == self->current)
    return;
  open_conversation (self, item, FALSE);
}

static void
row_activate_cb (LobbyConversationsPane *self,
                 guint position)
{
  g_autoptr (LobbyConversation) item = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (item != NULL)
    open_conversation (self, item, TRUE);
}

/* Rows */
static void
row_setup_cb (GtkSignalListItemFactory *factory,
              GtkListItem *item)
{
  gtk_list_item_set_child (item, lobby_conversation_row_new ());
}

static void
row_selected_cb (GtkListItem *item)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  if (row != NULL)
    lobby_conversation_row_set_open (LOBBY_CONVERSATION_ROW (row), gtk_list_item_get_selected (item));
}

static void
row_bind_cb (LobbyConversationsPane *self,
             GtkListItem *item)
{
  LobbyConversationRow *row = LOBBY_CONVERSATION_ROW (gtk_list_item_get_child (item));

  lobby_conversation_row_set_open (row, gtk_list_item_get_selected (item));
  lobby_conversation_row_bind (row, self->account, gtk_list_item_get_item (item), item);
  g_signal_connect (item, "notify::selected", G_CALLBACK (row_selected_cb), NULL);
}

static void
row_unbind_cb (LobbyConversationsPane *self,
               GtkListItem *item)
{
  g_signal_handlers_disconnect_by_func (item, row_selected_cb, NULL);
  lobby_conversation_row_unbind (LOBBY_CONVERSATION_ROW (gtk_list_item_get_child (item)));
}

static LobbyConversationRow *
row_at (LobbyConversationsPane *self,
        double x,
        double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self->grid), x, y, GTK_PICK_DEFAULT);
  GtkWidget *row = widget != NULL ? gtk_widget_get_ancestor (widget, LOBBY_TYPE_CONVERSATION_ROW) : NULL;

  /* Between a row and the edge of its cell. */
  if (row == NULL && widget != NULL && widget != GTK_WIDGET (self->grid))
    row = gtk_widget_get_first_child (widget);

  return row != NULL && LOBBY_IS_CONVERSATION_ROW (row) ? LOBBY_CONVERSATION_ROW (row) : NULL;
}

static void
clicked_cb (LobbyConversationsPane *self,
            int n_press,
            double x,
            double y)
{
  LobbyConversationRow *row = row_at (self, x, y);

  if (row != NULL && n_press == 1)
    open_conversation (self, lobby_conversation_row_get_conversation (row), TRUE);
}

/* The context menu */
static void
menu_open_cb (LobbyConversationsPane *self,
              LobbyConversation *conversation)
{
  open_conversation (self, conversation, TRUE);
}

static void
popup_menu (LobbyConversationsPane *self,
            LobbyConversationRow *row,
            double x,
            double y)
{
  graphene_point_t point;

  if (!gtk_widget_compute_point (GTK_WIDGET (self->grid), GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x, y), &point))
    return;

  if (self->menu == NULL)
    {
      self->menu = lobby_conversation_menu_new (GTK_WIDGET (self));
      g_signal_connect_object (self->menu, "open", G_CALLBACK (menu_open_cb), self, G_CONNECT_SWAPPED);
    }
  lobby_conversation_menu_popup (self->menu, self->account, lobby_conversation_row_get_conversation (row), point.x, point.y);
}

static void
secondary_clicked_cb (LobbyConversationsPane *self,
                      int n_press,
                      double x,
                      double y)
{
  LobbyConversationRow *row = row_at (self, x, y);

  if (row != NULL)
    popup_menu (self, row, x, y);
}

static void
long_pressed_cb (LobbyConversationsPane *self,
                 double x,
                 double y)
{
  secondary_clicked_cb (self, 1, x, y);
}

static gboolean
menu_key_cb (GtkWidget *widget,
             GVariant *arguments,
             gpointer data)
{
  LobbyConversationsPane *self = LOBBY_CONVERSATIONS_PANE (data);
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self->grid));
  GtkWidget *row = focus != NULL ? gtk_widget_get_first_child (focus) : NULL;
  graphene_rect_t bounds;

  if (row == NULL || !LOBBY_IS_CONVERSATION_ROW (row)
      || !gtk_widget_compute_bounds (row, GTK_WIDGET (self->grid), &bounds))
    return FALSE;

  popup_menu (self, LOBBY_CONVERSATION_ROW (row), bounds.origin.x + 24, bounds.origin.y + bounds.size.height - 12);

  return TRUE;
}

/* The first frame */
static gboolean
tick_cb (GtkWidget *widget,
         GdkFrameClock *clock,
         gpointer data)
{
  LobbyConversationsPane *self = LOBBY_CONVERSATIONS_PANE (widget);

  /* The first tick is before the first frame, the second after it. */
  if (!self->drawn)
    {
      self->drawn = TRUE;
      return G_SOURCE_CONTINUE;
    }

  self->tick = 0;
  if (self->slice != NULL)
    gtk_slice_list_model_set_size (self->slice, G_MAXUINT);

  return G_SOURCE_REMOVE;
}

static void
begin_with_first_rows (LobbyConversationsPane *self)
{
  self->drawn = FALSE;
  if (self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

/* Paging */
static void
load_more_cb (gpointer data)
{
  LobbyConversationsPane *self = data;

  self->load_source = 0;
  if (self->list != NULL)
    lobby_conversation_list_load_more (self->list);
}

static void
scrolled_cb (LobbyConversationsPane *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double below = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_value (adjustment)
                 - gtk_adjustment_get_page_size (adjustment);

  /* Never in the middle of a layout. */
  if (self->list != NULL && below < LOAD_AHEAD && self->load_source == 0
      && lobby_conversation_list_get_has_more (self->list))
    self->load_source = g_idle_add_once (load_more_cb, self);
}

/* "Today" turns into "Yesterday" */
static void
midnight_cb (gpointer data);

static void
wait_for_midnight (LobbyConversationsPane *self)
{
  gint64 msec = lobby_when_midnight (lobby_clock_now ());

  self->midnight_source = g_timeout_add_seconds_once (msec / 1000 + 1, midnight_cb, self);
}

static void
midnight_cb (gpointer data)
{
  LobbyConversationsPane *self = data;

  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (self->grid)); cell != NULL; cell = gtk_widget_get_next_sibling (cell))
    {
      GtkWidget *row = gtk_widget_get_first_child (cell);

      if (row != NULL && LOBBY_IS_CONVERSATION_ROW (row))
        lobby_conversation_row_update_time (LOBBY_CONVERSATION_ROW (row));
    }

  wait_for_midnight (self);
}

/* Search */
static void
search_changed_cb (LobbyConversationsPane *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  if (self->list == NULL)
    return;

  lobby_conversation_list_set_search (self->list, text[0] != '\0' ? text : NULL);
  update_stack (self);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    gtk_grid_view_scroll_to (self->grid, 0, GTK_LIST_SCROLL_NONE, NULL);
}

static void
search_activate_cb (LobbyConversationsPane *self)
{
  /* Enter may come before the delay of the entry is over. */
  search_changed_cb (self);
  if (self->list != NULL && g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    row_activate_cb (self, 0);
}

static gboolean
search_key_cb (LobbyConversationsPane *self,
               guint key)
{
  if (key != GDK_KEY_Down && key != GDK_KEY_KP_Down)
    return FALSE;

  search_changed_cb (self);
  lobby_conversations_pane_focus_list (self);

  return TRUE;
}

static void
clear_search_cb (LobbyConversationsPane *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  search_changed_cb (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
search_mode_cb (LobbyConversationsPane *self)
{
  if (!gtk_search_bar_get_search_mode (self->search_bar))
    {
      gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
      search_changed_cb (self);
    }
}

static void
lobby_conversations_pane_dispose (GObject *object)
{
  LobbyConversationsPane *self = LOBBY_CONVERSATIONS_PANE (object);

  g_clear_handle_id (&self->load_source, g_source_remove);
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  g_clear_handle_id (&self->midnight_source, g_source_remove);
  lobby_conversations_pane_set_account (self, NULL);
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

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-conversations-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, title);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, search_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, search_bar);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, search_entry);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, banner);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, scroller);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, grid);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationsPane, main_menu);
  gtk_widget_class_bind_template_callback (widget_class, row_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_search_cb);
}

static void
add_controllers (LobbyConversationsPane *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *secondary = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (click, "released", G_CALLBACK (clicked_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (secondary), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (secondary, "pressed", G_CALLBACK (secondary_clicked_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), GTK_EVENT_CONTROLLER (secondary));

  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_swapped (press, "pressed", G_CALLBACK (long_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), GTK_EVENT_CONTROLLER (press));

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (shortcuts),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                                                          gtk_callback_action_new (menu_key_cb, self, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->grid), shortcuts);

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (search_key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->search_entry), keys);
}

static void
lobby_conversations_pane_init (LobbyConversationsPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect (factory, "setup", G_CALLBACK (row_setup_cb), NULL);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (row_bind_cb), self);
  g_signal_connect_swapped (factory, "unbind", G_CALLBACK (row_unbind_cb), self);
  gtk_grid_view_set_factory (self->grid, factory);

  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  g_signal_connect_swapped (self->search_bar, "notify::search-mode-enabled", G_CALLBACK (search_mode_cb), self);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  add_controllers (self);
  wait_for_midnight (self);
}

void
lobby_conversations_pane_set_account (LobbyConversationsPane *self,
                                      LobbyAccount *account)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  if (self->account == account)
    return;

  gtk_grid_view_set_model (self->grid, NULL);
  g_clear_object (&self->selection);
  g_clear_object (&self->slice);
  g_clear_object (&self->list);
  g_set_object (&self->account, account);
  if (account == NULL)
    return;

  self->list = lobby_conversation_list_new (lobby_account_get_store (account));
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  self->slice = gtk_slice_list_model_new (G_LIST_MODEL (g_object_ref (self->list)), 0, FIRST_ROWS);
  begin_with_first_rows (self);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->slice));
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));

  /* After the view's own handlers: they must have seen a change before we select in it. */
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (items_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);

  adw_window_title_set_title (self->title, lobby_account_get_business_name (account));
  adw_window_title_set_subtitle (self->title, lobby_account_get_agent_name (account));
  update_stack (self);
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
  open_conversation (self, item, TRUE);
  gtk_grid_view_scroll_to (self->grid, next, GTK_LIST_SCROLL_NONE, NULL);
}

void
lobby_conversations_pane_start_search (LobbyConversationsPane *self)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
  gtk_editable_select_region (GTK_EDITABLE (self->search_entry), 0, -1);
}

gboolean
lobby_conversations_pane_stop_search (LobbyConversationsPane *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self), FALSE);

  if (!gtk_search_bar_get_search_mode (self->search_bar))
    return FALSE;
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);

  return TRUE;
}

void
lobby_conversations_pane_focus_list (LobbyConversationsPane *self)
{
  guint count;
  guint position;

  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  count = self->selection != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->selection)) : 0;
  position = count > 0 ? find_current (self, 0, count) : GTK_INVALID_LIST_POSITION;
  if (count == 0)
    {
      gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
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
