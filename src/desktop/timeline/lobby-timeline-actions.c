/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include <glib/gi18n-lib.h>

#include "lobby-menu-names.h"
#include "lobby-message-extra.h"
#include "lobby-message-row.h"
#include "lobby-message-words.h"

/* What one can do with a message: the actions "message.*" with its row id. */

static LobbyMessage *
dup_message (LobbyTimeline *self,
             GVariant *target)
{
  return self->store != NULL ? lobby_store_get_message_by_row (self->store, g_variant_get_int64 (target)) : NULL;
}

static LobbyBubble *
find_bubble (LobbyTimeline *self,
             gint64 row_id)
{
  GtkWidget *row = lobby_timeline_find_row (self, row_id);

  return row != NULL ? lobby_message_row_get_bubble (LOBBY_MESSAGE_ROW (row)) : NULL;
}

static char *
dup_selection (LobbyTimeline *self,
               gint64 row_id)
{
  LobbyBubble *bubble = find_bubble (self, row_id);

  return bubble != NULL ? lobby_bubble_dup_selection (bubble) : NULL;
}

/* What of it is selected, or all. */
static void
copy (GtkWidget *widget,
      const char *name,
      GVariant *target)
{
  g_autoptr (LobbyMessage) message = dup_message (LOBBY_TIMELINE (widget), target);
  g_autofree char *selection = dup_selection (LOBBY_TIMELINE (widget), g_variant_get_int64 (target));

  if (message != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), selection != NULL ? selection : lobby_message_get_content (message));
}

static void
select_text (GtkWidget *widget,
             const char *name,
             GVariant *target)
{
  LobbyBubble *bubble = find_bubble (LOBBY_TIMELINE (widget), g_variant_get_int64 (target));

  if (bubble != NULL)
    lobby_bubble_select_text (bubble);
}

static const struct
{
  const char *action;
  void (*act) (LobbyTimeline *self,
               LobbyMessage *message);
} deeds[] = {
  { "message.reply", lobby_timeline_request_reply },
  { "message.press", lobby_timeline_press },
  { "message.quoted", lobby_timeline_follow_quote },
  { "message.open", lobby_timeline_open_file },
};

static void
act (GtkWidget *widget,
     const char *name,
     GVariant *target)
{
  LobbyTimeline *self = LOBBY_TIMELINE (widget);
  g_autoptr (LobbyMessage) message = dup_message (self, target);

  for (guint i = 0; message != NULL && i < G_N_ELEMENTS (deeds); i++)
    if (g_str_equal (deeds[i].action, name))
      deeds[i].act (self, message);
}

static void
retry (GtkWidget *widget,
       const char *name,
       GVariant *target)
{
  LobbyTimeline *self = LOBBY_TIMELINE (widget);
  g_autoptr (LobbyMessage) message = dup_message (self, target);
  g_autoptr (GError) error = NULL;

  if (message != NULL && self->backend != NULL && self->backend->retry != NULL && !self->backend->retry (self->data, message, &error))
    lobby_timeline_tell (self, _ ("The message could not be kept for sending: the disk may be full"));
}

static void
discard (GtkWidget *widget,
         const char *name,
         GVariant *target)
{
  LobbyTimeline *self = LOBBY_TIMELINE (widget);
  g_autoptr (LobbyMessage) message = dup_message (self, target);
  g_autoptr (GError) error = NULL;

  if (message != NULL && self->backend != NULL && self->backend->discard != NULL && !self->backend->discard (self->data, message, &error))
    lobby_timeline_tell (self, _ ("The message could not be discarded: the disk may be full"));
}

/* Info */

static void
add_fact (GtkGrid *grid,
          int *row,
          const char *name,
          const char *value)
{
  GtkWidget *label = gtk_label_new (name);
  GtkWidget *text = gtk_label_new (value);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_yalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "dimmed");
  gtk_label_set_xalign (GTK_LABEL (text), 0);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (text), 36);
  gtk_label_set_selectable (GTK_LABEL (text), TRUE);
  gtk_widget_add_css_class (text, "numeric");
  gtk_grid_attach (grid, label, 0, *row, 1, 1);
  gtk_grid_attach (grid, text, 1, (*row)++, 1, 1);
}

static void
add_time (GtkGrid *grid,
          int *row,
          const char *name,
          gint64 at)
{
  g_autofree char *time = at != 0 ? lobby_words_exact_time (at) : NULL;

  if (time != NULL)
    add_fact (grid, row, name, time);
}

static char *
dup_contacts (const LobbyMessageRecord *record)
{
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);

  return lobby_message_extra_contacts (extra);
}

static GtkWidget *
make_facts (LobbyTimeline *self,
            LobbyMessage *message)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  g_autofree char *author = lobby_timeline_name_author (self, message);
  g_autofree char *contacts = dup_contacts (record);
  /* It takes the focus itself: the first value would be shown selected. */
  GtkGrid *grid = g_object_new (GTK_TYPE_GRID, "accessible-role", GTK_ACCESSIBLE_ROLE_GROUP, "focusable", TRUE, NULL);
  int row = 0;

  gtk_accessible_update_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Message Info"), -1);
  gtk_grid_set_column_spacing (grid, 12);
  gtk_grid_set_row_spacing (grid, 6);
  gtk_widget_add_css_class (GTK_WIDGET (grid), "message-facts");
  add_fact (grid, &row, _ ("From"), author);
  if (contacts != NULL)
    add_fact (grid, &row, _ ("Contacts"), contacts);
  if (!record->outbound)
    {
      add_time (grid, &row, _ ("Sent"), record->sent_at);
      return GTK_WIDGET (grid);
    }
  add_time (grid, &row, _ ("Written"), record->sent_at);
  if (record->status == LOBBY_MODEL_STATUS_PENDING)
    add_fact (grid, &row, _ ("State"), record->id == NULL ? _ ("Waiting to be sent") : _ ("On its way to WhatsApp"));
  add_time (grid, &row, _ ("Sent"), record->sent_time);
  add_time (grid, &row, _ ("Delivered"), record->delivered_time);
  add_time (grid, &row, _ ("Read"), record->read_time);
  add_time (grid, &row, _ ("Played"), record->played_time);
  if (record->status == LOBBY_MODEL_STATUS_FAILED)
    {
      g_autofree char *code = record->error_code != 0 ? g_strdup_printf ("%d", record->error_code) : NULL;

      add_time (grid, &row, _ ("Failed"), record->failed_time);
      if (record->error_text != NULL)
        add_fact (grid, &row, _ ("Reason"), record->error_text);
      if (code != NULL)
        add_fact (grid, &row, _ ("Error code"), code);
    }
  return GTK_WIDGET (grid);
}

/* Popovers of the timeline: one at a time. A closed one stays until the next, because its action comes after it closed. */

gboolean
lobby_timeline_has_menu (LobbyTimeline *self)
{
  return self->menu != NULL && gtk_widget_get_visible (self->menu);
}

static gboolean
resume_selection (gpointer data)
{
  lobby_bubble_resume_selection (data);
  return G_SOURCE_REMOVE;
}

/* GTK (4.18) gives the focus to the popover's parent only after it has told that the popover closed. */
static void
on_popover_closed (LobbyBubble *bubble)
{
  g_idle_add_full (G_PRIORITY_HIGH_IDLE, resume_selection, g_object_ref (bubble), g_object_unref);
}

static void
show_popover (LobbyTimeline *self,
              GtkWidget *popover,
              gint64 row_id,
              const GdkRectangle *place)
{
  LobbyBubble *bubble = find_bubble (self, row_id);

  if (bubble != NULL)
    g_signal_connect_object (popover, "closed", G_CALLBACK (on_popover_closed), bubble, G_CONNECT_SWAPPED);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  self->menu = popover;
  self->menu_row = row_id;
  gtk_widget_set_parent (popover, GTK_WIDGET (self));
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), place);
  gtk_popover_popup (GTK_POPOVER (popover));
}

static void
show_info (GtkWidget *widget,
           const char *name,
           GVariant *target)
{
  LobbyTimeline *self = LOBBY_TIMELINE (widget);
  g_autoptr (LobbyMessage) message = dup_message (self, target);
  GtkWidget *row = lobby_timeline_find_row (self, g_variant_get_int64 (target));
  GtkWidget *popover;
  graphene_rect_t bounds;
  GdkRectangle place;

  if (message == NULL || row == NULL || !gtk_widget_compute_bounds (gtk_widget_get_first_child (row), widget, &bounds))
    return;
  place = (GdkRectangle){ bounds.origin.x, bounds.origin.y, bounds.size.width, bounds.size.height };
  popover = gtk_popover_new ();
  gtk_popover_set_child (GTK_POPOVER (popover), make_facts (self, message));
  show_popover (self, popover, g_variant_get_int64 (target), &place);
}

static gboolean
is_revoked (const LobbyMessageRecord *record)
{
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);

  return lobby_message_extra_is_revoked (extra);
}

/* Notices and calls are nobody's words, and what the server does not have yet it cannot quote. */
gboolean
lobby_timeline_can_reply (const LobbyMessageRecord *record)
{
  return record->id != NULL && record->type != LOBBY_MODEL_SYSTEM && record->type != LOBBY_MODEL_CALL && !is_revoked (record);
}

static void
add_item (GMenu *menu,
          const char *label,
          const char *action,
          gint64 row_id)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target (item, action, "x", row_id);
  g_menu_item_set_attribute (item, "hidden-when", "s", "action-disabled");
  g_menu_append_item (menu, item);
}

static gboolean
has_file (const LobbyMessageRecord *record)
{
  return record->media_state == LOBBY_MEDIA_READY && !is_revoked (record);
}

static gboolean
has_quote (const LobbyMessageRecord *record)
{
  return record->quoted_text != NULL && !is_revoked (record);
}

/* What is to do with the message itself; among it what Enter does. */
static GMenuModel *
make_first_section (LobbyTimeline *self,
                    LobbyMessage *message)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  const gint64 row_id = lobby_message_get_row_id (message);
  LobbyBubble *bubble = find_bubble (self, row_id);
  const char *deed = bubble != NULL ? lobby_bubble_get_deed (bubble) : NULL;
  g_autofree char *selection = dup_selection (self, row_id);
  GMenu *menu = g_menu_new ();

  if (lobby_timeline_can_reply (record))
    add_item (menu, _ ("_Reply"), "message.reply", row_id);
  if (deed != NULL)
    add_item (menu, deed, "message.press", row_id);
  if (has_file (record))
    add_item (menu, _ ("_Open"), "message.open", row_id);
  if (has_quote (record))
    add_item (menu, _ ("Show _Quoted Message"), "message.quoted", row_id);
  if (selection != NULL)
    add_item (menu, _ ("_Copy"), "message.copy", row_id);
  else if (lobby_message_get_content (message)[0] != '\0')
    add_item (menu, _ ("_Copy Text"), "message.copy", row_id);
  if (lobby_message_get_content (message)[0] != '\0')
    add_item (menu, _ ("_Select Text"), "message.select-text", row_id);
  return G_MENU_MODEL (menu);
}

void
lobby_timeline_show_menu (LobbyTimeline *self,
                          LobbyMessage *message,
                          GtkWidget *widget,
                          double x,
                          double y)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  const gint64 row_id = lobby_message_get_row_id (message);
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenuModel) first = make_first_section (self, message);
  g_autoptr (GMenu) second = g_menu_new ();
  GtkWidget *popover;
  graphene_point_t point;

  if (record->outbound && record->status == LOBBY_MODEL_STATUS_FAILED && record->type == LOBBY_MODEL_TEXT)
    add_item (second, _ ("_Try Again"), "message.retry", row_id);
  if (record->outbound && (record->id == NULL || record->status == LOBBY_MODEL_STATUS_FAILED))
    add_item (second, _ ("_Discard"), "message.discard", row_id);
  add_item (second, _ ("Message _Info"), "message.info", row_id);
  g_menu_append_section (menu, NULL, first);
  g_menu_append_section (menu, NULL, G_MENU_MODEL (second));

  if (!gtk_widget_compute_point (widget, GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x, y), &point))
    return;
  popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  gtk_widget_set_halign (popover, GTK_ALIGN_START);
  lobby_menu_names_ensure (GTK_POPOVER (popover));
  show_popover (self, popover, row_id, &(GdkRectangle){ point.x, point.y, 1, 1 });
}

/* Files and quotes */

static void
on_launched (GObject *source,
             GAsyncResult *result,
             gpointer data)
{
  g_autoptr (LobbyTimeline) self = data;
  g_autoptr (GError) error = NULL;

  if (!gtk_file_launcher_launch_finish (GTK_FILE_LAUNCHER (source), result, &error)
      && !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    lobby_timeline_tell (self, _ ("No application could open this file"));
}

static DexFuture *
on_file_ready (DexFuture *future,
               gpointer data)
{
  g_autoptr (LobbyTimeline) self = g_weak_ref_get (data);
  const GValue *value = dex_future_get_value (future, NULL);
  g_autoptr (GFile) file = NULL;
  g_autoptr (GtkFileLauncher) launcher = NULL;

  if (self == NULL)
    return dex_future_new_true ();
  if (value == NULL)
    {
      lobby_timeline_tell (self, _ ("The file could not be loaded"));
      return dex_future_new_true ();
    }
  file = g_file_new_for_path (g_value_get_string (value));
  launcher = gtk_file_launcher_new (file);
  gtk_file_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_launched, g_object_ref (self));
  return dex_future_new_true ();
}

static void
weak_ref_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

void
lobby_timeline_open_file (LobbyTimeline *self,
                          LobbyMessage *message)
{
  GWeakRef *timeline = g_new0 (GWeakRef, 1);

  g_weak_ref_init (timeline, self);
  dex_future_disown (dex_future_finally (lobby_timeline_fetch_media (self, message), on_file_ready, timeline, weak_ref_free));
}

void
lobby_timeline_follow_quote (LobbyTimeline *self,
                             LobbyMessage *message)
{
  const char *id = lobby_message_get_record (message)->quoted_id;
  g_autoptr (LobbyMessage) quoted = id != NULL && self->store != NULL ? lobby_store_get_message (self->store, id) : NULL;

  if (quoted == NULL || !lobby_timeline_scroll_to_message (self, lobby_message_get_row_id (quoted)))
    lobby_timeline_tell (self, _ ("The quoted message is not here yet: scroll up to load older ones"));
  else if (self->cursor != 0)
    lobby_timeline_set_cursor (self, lobby_message_get_row_id (quoted));
}

void
lobby_timeline_press (LobbyTimeline *self,
                      LobbyMessage *message)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  LobbyBubble *bubble = find_bubble (self, lobby_message_get_row_id (message));

  if (bubble != NULL && lobby_bubble_press (bubble))
    return;
  if (has_file (record))
    lobby_timeline_open_file (self, message);
  else if (has_quote (record))
    lobby_timeline_follow_quote (self, message);
}

void
lobby_timeline_set_can_write (LobbyTimeline *self,
                              gboolean can_write)
{
  g_return_if_fail (LOBBY_IS_TIMELINE (self));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "message.reply", can_write);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "message.retry", can_write);
}

void
lobby_timeline_install_actions (GtkWidgetClass *widget_class)
{
  for (guint i = 0; i < G_N_ELEMENTS (deeds); i++)
    gtk_widget_class_install_action (widget_class, deeds[i].action, "x", act);
  gtk_widget_class_install_action (widget_class, "message.copy", "x", copy);
  gtk_widget_class_install_action (widget_class, "message.select-text", "x", select_text);
  gtk_widget_class_install_action (widget_class, "message.retry", "x", retry);
  gtk_widget_class_install_action (widget_class, "message.discard", "x", discard);
  gtk_widget_class_install_action (widget_class, "message.info", "x", show_info);
}
