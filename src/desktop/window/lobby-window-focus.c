/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-window-private.h"

/*
 * While the layout changes, libadwaita (1.7) hides all of the window and puts the panes into other places, which takes a frame or, on a
 * busy machine, several. GTK gives the focus to whatever comes first meanwhile, so what had it gets it again once it is on the screen.
 */

/* Frames that it is waited for: what is not there by then has no place in the new layout. */
#define PATIENCE 60

static void
focus_changed_cb (LobbyWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (focus != NULL)
    g_set_weak_pointer (&self->last_focus, focus);
}

/* The menu or dialog that @widget is in, or NULL. */
static GtkWidget *
get_layer (GtkWidget *widget)
{
  GtkWidget *popover = gtk_widget_get_ancestor (widget, GTK_TYPE_POPOVER);

  return popover != NULL ? popover : gtk_widget_get_ancestor (widget, ADW_TYPE_DIALOG);
}

/* TRUE once it has had the focus over a whole frame: GTK may take it away at the end of one. */
static gboolean
restore_focus (LobbyWindow *self)
{
  const gboolean had_focus = self->has_kept_focus;
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  GtkWidget *layer = focus != NULL ? get_layer (focus) : NULL;

  if (self->kept_focus == NULL || --self->focus_patience == 0)
    return TRUE;
  /* What was opened meanwhile keeps it: a menu without it closes. */
  if (layer != NULL && layer != get_layer (self->kept_focus))
    return TRUE;

  self->has_kept_focus = focus == self->kept_focus && gtk_widget_get_mapped (self->kept_focus);
  if (!self->has_kept_focus && gtk_widget_get_mapped (self->kept_focus))
    gtk_widget_grab_focus (self->kept_focus);
  return had_focus && self->has_kept_focus;
}

static gboolean
tick_cb (GtkWidget *widget,
         GdkFrameClock *clock,
         gpointer data)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  if (!restore_focus (self))
    return G_SOURCE_CONTINUE;

  self->focus_tick = 0;
  g_clear_weak_pointer (&self->kept_focus);
  return G_SOURCE_REMOVE;
}

void
lobby_window_keep_focus (LobbyWindow *self)
{
  self->focus_patience = PATIENCE;
  self->has_kept_focus = FALSE;
  if (self->focus_tick != 0)
    return;
  g_set_weak_pointer (&self->kept_focus, self->last_focus);
  self->focus_tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

void
lobby_window_init_focus (LobbyWindow *self)
{
  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (focus_changed_cb), NULL);
}

void
lobby_window_dispose_focus (LobbyWindow *self)
{
  if (self->focus_tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->focus_tick);
  self->focus_tick = 0;
  g_clear_weak_pointer (&self->last_focus);
  g_clear_weak_pointer (&self->kept_focus);
}
