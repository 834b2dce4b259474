/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include <glib/gi18n-lib.h>

#include "lobby-clock.h"
#include "lobby-message-row.h"
#include "lobby-message-words.h"
#include "lobby-timeline-resources.h"

/* One screen: what is bound before the first frame. The rest follows when the view is at rest. */
#define FIRST_SCREEN 16

/* Unread messages up to which the conversation opens at its end with all of them. */
#define MANY_UNREAD 100

/* px */
#define LOWEST 50

/* "Today" is wrong from midnight on; a clock that was set is noticed within the hour. */
#define DAY_CHECK_SECONDS 3600

G_DEFINE_FINAL_TYPE (LobbyTimeline, lobby_timeline, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_AT_NEWEST,
  PROP_UNSEEN,
  N_PROPS
};

enum
{
  REPLY_REQUESTED,
  FAILED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

void
lobby_timeline_notify (LobbyTimeline *self,
                       const char *property)
{
  g_object_notify (G_OBJECT (self), property);
}

/* Rows; how they come and go is in -rows.c. */

typedef gboolean (*RowFunc) (LobbyMessageRow *row,
                             gpointer data);

/* Calls @func for each row until it returns TRUE; returns that row. */
static GtkWidget *
each_row (LobbyTimeline *self,
          RowFunc func,
          gpointer data)
{
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->list_view)); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *row = gtk_widget_get_first_child (child);

      if (row != NULL && LOBBY_IS_MESSAGE_ROW (row) && func (LOBBY_MESSAGE_ROW (row), data))
        return row;
    }
  return NULL;
}

static gboolean
row_shows (LobbyMessageRow *row,
           gpointer data)
{
  LobbyMessage *message = lobby_message_row_get_message (row);

  return message != NULL && lobby_message_get_row_id (message) == *(gint64 *)data;
}

GtkWidget *
lobby_timeline_find_row (LobbyTimeline *self,
                         gint64 row_id)
{
  return each_row (self, row_shows, &row_id);
}

static gboolean
update_row_day (LobbyMessageRow *row,
                gpointer data)
{
  lobby_message_row_update_day (row);
  return FALSE;
}

static gboolean
on_midnight (gpointer data)
{
  LobbyTimeline *self = data;

  each_row (self, update_row_day, NULL);
  return G_SOURCE_CONTINUE;
}

/* What rows ask */

gboolean
lobby_timeline_is_expanded (LobbyTimeline *self,
                            gint64 row_id)
{
  return g_hash_table_contains (self->expanded, &row_id);
}

void
lobby_timeline_expand (LobbyTimeline *self,
                       gint64 row_id)
{
  GtkWidget *row = lobby_timeline_find_row (self, row_id);

  g_hash_table_add (self->expanded, g_memdup2 (&row_id, sizeof row_id));
  if (row != NULL)
    lobby_message_row_expand (LOBBY_MESSAGE_ROW (row));
}

DexFuture *
lobby_timeline_fetch_media (LobbyTimeline *self,
                            LobbyMessage *message)
{
  if (self->backend == NULL || self->backend->fetch_media == NULL)
    return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "No account is signed in");
  return self->backend->fetch_media (self->data, message);
}

DexFuture *
lobby_timeline_fetch_thumbnail (LobbyTimeline *self,
                                LobbyMessage *message)
{
  if (self->backend == NULL || self->backend->fetch_thumbnail == NULL)
    return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "No account is signed in");
  return self->backend->fetch_thumbnail (self->data, message);
}

const char *
lobby_timeline_get_agent_label (LobbyTimeline *self,
                                const char *agent_id)
{
  if (self->backend == NULL || self->backend->agent_label == NULL || agent_id == NULL)
    return NULL;
  return self->backend->agent_label (self->data, agent_id);
}

char *
lobby_timeline_name_customer (LobbyTimeline *self)
{
  return self->conversation != NULL ? lobby_words_customer (lobby_conversation_get_contact (self->conversation)) : g_strdup ("");
}

char *
lobby_timeline_name_author (LobbyTimeline *self,
                            LobbyMessage *message)
{
  const char *label;

  if (!lobby_message_is_outbound (message))
    return lobby_timeline_name_customer (self);
  label = lobby_timeline_get_agent_label (self, lobby_message_get_agent_id (message));
  return g_strdup (label != NULL ? label : _ ("You"));
}

char *
lobby_timeline_describe (LobbyTimeline *self,
                         LobbyMessage *message)
{
  g_autofree char *author = lobby_timeline_name_author (self, message);

  return lobby_words_whole (message, author);
}

static void
on_player_failed (LobbyTimeline *self,
                  const char *why)
{
  g_autofree char *words = g_strdup_printf (_ ("The recording cannot be played: %s"), why);

  lobby_timeline_tell (self, words);
}

LobbyVoicePlayer *
lobby_timeline_get_voice_player (LobbyTimeline *self)
{
  if (self->player == NULL)
    {
      self->player = lobby_voice_player_new ();
      g_signal_connect_object (self->player, "failed", G_CALLBACK (on_player_failed), self, G_CONNECT_SWAPPED);
    }
  return self->player;
}

void
lobby_timeline_request_reply (LobbyTimeline *self,
                              LobbyMessage *message)
{
  if (lobby_timeline_can_reply (lobby_message_get_record (message)))
    g_signal_emit (self, signals[REPLY_REQUESTED], 0, message);
}

void
lobby_timeline_tell (LobbyTimeline *self,
                     const char *words)
{
  g_signal_emit (self, signals[FAILED], 0, words);
}

/* The conversation */

static void
on_message_added (LobbyTimeline *self,
                  LobbyMessage *message)
{
  g_autofree char *words = NULL;

  if (self->conversation == NULL || g_strcmp0 (lobby_message_get_conversation_id (message), lobby_conversation_get_id (self->conversation)) != 0)
    return;
  lobby_timeline_note_arrival (self, message);
  if (lobby_message_is_outbound (message))
    return;
  words = lobby_timeline_describe (self, message);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), words, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
on_window_changed (LobbyTimeline *self)
{
  lobby_timeline_wake (self);
}

static void
close_conversation (LobbyTimeline *self)
{
  lobby_timeline_set_cursor (self, 0);
  gtk_list_view_set_model (self->list_view, NULL);
  g_signal_group_set_target (self->store_signals, NULL);
  if (self->window != NULL)
    g_signal_handlers_disconnect_by_func (self->window, on_window_changed, self);
  g_clear_object (&self->window);
  g_clear_object (&self->conversation);
  g_clear_object (&self->store);
  g_clear_object (&self->data);
  g_hash_table_remove_all (self->expanded);
  lobby_timeline_hide_date (self);
  if (self->player != NULL)
    lobby_voice_player_stop (self->player);
  if (self->menu != NULL)
    gtk_popover_popdown (GTK_POPOVER (self->menu));
}

/* The first screen, or as much as holds every unread message; around the first of very many. */
static void
choose_run (LobbyTimeline *self,
            gint64 unread_from)
{
  self->unread_from = unread_from;
  lobby_message_window_set_unread_from (self->window, unread_from);
  for (guint count = MAX (FIRST_SCREEN, self->unread_count + 4); count <= MANY_UNREAD; count *= 2)
    {
      lobby_message_window_open_latest (self->window, count);
      if (unread_from == 0 || lobby_message_window_find (self->window, unread_from) >= 0)
        return;
    }
  if (unread_from == 0 || !lobby_message_window_open_around (self->window, unread_from, FIRST_SCREEN * 2))
    lobby_message_window_open_latest (self->window, FIRST_SCREEN);
}

static void
open_window (LobbyTimeline *self)
{
  const gint64 unread_from = lobby_store_get_first_unread (self->store, lobby_conversation_get_id (self->conversation), &self->unread_beyond);
  g_autoptr (GtkNoSelection) selection = NULL;

  self->window = lobby_message_window_new (self->store, self->conversation);
  self->unread_count = (guint)lobby_conversation_get_unread_count (self->conversation);
  choose_run (self, unread_from);
  g_signal_connect_object (self->window, "items-changed", G_CALLBACK (on_window_changed), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);

  /* A fresh one: gtk_no_selection_set_model would ask for every item. */
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->window)));
  gtk_list_view_set_model (self->list_view, GTK_SELECTION_MODEL (selection));
  lobby_timeline_scroll_begin (self, unread_from);
}

void
lobby_timeline_extend_unread (LobbyTimeline *self)
{
  /* While all fits into the view nobody has scrolled. */
  const gboolean untouched = gtk_adjustment_get_upper (self->adjustment) <= gtk_adjustment_get_page_size (self->adjustment);
  gint64 unread_from;

  if (self->unread_beyond == 0)
    return;
  unread_from = lobby_store_extend_unread (self->store, lobby_conversation_get_id (self->conversation), self->unread_from, &self->unread_beyond);
  if (unread_from == self->unread_from)
    return;
  self->unread_from = unread_from;
  lobby_message_window_set_unread_from (self->window, unread_from);
  if (untouched)
    {
      choose_run (self, unread_from);
      lobby_timeline_scroll_begin (self, unread_from);
    }
}

void
lobby_timeline_open (LobbyTimeline *self,
                     const LobbyTimelineBackend *backend,
                     gpointer data,
                     LobbyStore *store,
                     LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_TIMELINE (self));
  g_return_if_fail (conversation == NULL || LOBBY_IS_STORE (store));

  if (conversation != NULL && self->conversation == conversation && self->store == store)
    return;
  close_conversation (self);
  self->backend = backend;
  if (conversation == NULL)
    {
      gtk_revealer_set_reveal_child (self->jump_revealer, FALSE);
      return;
    }
  self->data = data != NULL ? g_object_ref (data) : NULL;
  self->store = g_object_ref (store);
  self->conversation = g_object_ref (conversation);
  g_signal_group_set_target (self->store_signals, store);
  open_window (self);
}

gboolean
lobby_timeline_get_at_newest (LobbyTimeline *self)
{
  g_return_val_if_fail (LOBBY_IS_TIMELINE (self), FALSE);
  return self->stuck;
}

/* The widget */

/* Nothing of what is in it: GTK (4.18) asks each toplevel for its size twice a layout, and the list would ask all of its rows. */
static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? LOBBY_TIMELINE_NARROWEST : LOWEST;
  *natural = *minimum;
}

static void
size_allocate (GtkWidget *widget,
               int width,
               int height,
               int baseline)
{
  LobbyTimeline *self = LOBBY_TIMELINE (widget);

  gtk_widget_size_allocate (self->overlay, &(GtkAllocation){ 0, 0, width, height }, baseline);
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  lobby_timeline_snapshot_pattern (LOBBY_TIMELINE (widget), snapshot);
  GTK_WIDGET_CLASS (lobby_timeline_parent_class)->snapshot (widget, snapshot);
}

static void
lobby_timeline_dispose (GObject *object)
{
  LobbyTimeline *self = LOBBY_TIMELINE (object);

  if (self->list_view != NULL)
    close_conversation (self);
  g_clear_handle_id (&self->midnight_source, g_source_remove);
  g_clear_handle_id (&self->date_source, g_source_remove);
  lobby_timeline_pointer_dispose (self);
  lobby_timeline_scroll_dispose (self);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_object (&self->player);
  g_clear_object (&self->store_signals);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_TIMELINE);

  G_OBJECT_CLASS (lobby_timeline_parent_class)->dispose (object);
}

static void
lobby_timeline_finalize (GObject *object)
{
  LobbyTimeline *self = LOBBY_TIMELINE (object);

  g_ptr_array_unref (self->spare_rows);
  g_clear_pointer (&self->times, g_hash_table_unref);
  g_hash_table_unref (self->expanded);
  g_hash_table_unref (self->waiting_pictures);

  G_OBJECT_CLASS (lobby_timeline_parent_class)->finalize (object);
}

static void
lobby_timeline_get_property (GObject *object,
                             guint prop_id,
                             GValue *value,
                             GParamSpec *pspec)
{
  LobbyTimeline *self = LOBBY_TIMELINE (object);

  switch (prop_id)
    {
    case PROP_AT_NEWEST:
      g_value_set_boolean (value, self->stuck);
      break;
    case PROP_UNSEEN:
      g_value_set_uint (value, self->unseen);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

void
lobby_timeline_ensure_resources (void)
{
  static gsize once;

  if (g_once_init_enter (&once))
    {
      lobby_timeline_register_resource ();
      g_once_init_leave (&once, 1);
    }
}

static void
lobby_timeline_class_init (LobbyTimelineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = lobby_timeline_dispose;
  object_class->finalize = lobby_timeline_finalize;
  object_class->get_property = lobby_timeline_get_property;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  widget_class->focus = lobby_timeline_move_focus;

  properties[PROP_AT_NEWEST] = g_param_spec_boolean ("at-newest", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_UNSEEN] = g_param_spec_uint ("unseen", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[REPLY_REQUESTED] = g_signal_new ("reply-requested", LOBBY_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LOBBY_TYPE_MESSAGE);
  signals[FAILED] = g_signal_new ("failed", LOBBY_TYPE_TIMELINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  lobby_timeline_ensure_resources ();
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/timeline/lobby-timeline.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, overlay);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, scrolled);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, list_view);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, jump_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, jump_badge);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, spinner_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, date_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyTimeline, date_label);
  gtk_widget_class_bind_template_callback (widget_class, lobby_timeline_jump_to_newest);
  gtk_widget_class_bind_template_callback (widget_class, lobby_timeline_setup_row);
  gtk_widget_class_bind_template_callback (widget_class, lobby_timeline_teardown_row);
  gtk_widget_class_bind_template_callback (widget_class, lobby_timeline_bind_row);
  gtk_widget_class_bind_template_callback (widget_class, lobby_timeline_unbind_row);
  gtk_widget_class_set_css_name (widget_class, "timeline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  lobby_timeline_install_actions (widget_class);
}

static void
lobby_timeline_init (LobbyTimeline *self)
{
  self->expanded = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->waiting_pictures = g_hash_table_new (NULL, NULL);
  self->store_signals = g_signal_group_new (LOBBY_TYPE_STORE);
  g_signal_group_connect_swapped (self->store_signals, "message-added", G_CALLBACK (on_message_added), self);
  self->spare_rows = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  lobby_timeline_scroll_init (self);
  lobby_timeline_pointer_init (self);
  lobby_timeline_cursor_init (self);
  self->midnight_source = g_timeout_add_seconds (DAY_CHECK_SECONDS, on_midnight, self);
  lobby_timeline_pattern_init (self);
}

GtkWidget *
lobby_timeline_new (void)
{
  return g_object_new (LOBBY_TYPE_TIMELINE, NULL);
}
