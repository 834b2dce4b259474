/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>
#include <libdex.h>

#include "lobby-desktop-resources.h"
#include "lobby-store-seed.h"
#include "lobby-timeline-private.h"

/*
 * lobby-timeline-show STORE [--conversation N] [--width W] [--height H] [--dark] [--scroll PX] [--picture FILE] [--save FILE]
 * The timeline alone over a seeded store, for looking at it: every file of a message is FILE.
 */

static char *picture;

static DexFuture *
fetch_media (gpointer data, LobbyMessage *message)
{
  if (picture == NULL)
    return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No such file");
  return dex_future_new_take_string (g_strdup (picture));
}

static const char *
agent_label (gpointer data, const char *agent_id)
{
  return g_str_has_suffix (agent_id, "ben") ? "Ben" : NULL;
}

static const LobbyTimelineBackend backend = { .fetch_media = fetch_media, .fetch_thumbnail = fetch_media, .agent_label = agent_label };

typedef struct
{
  GtkWidget *window;
  GtkWidget *timeline;
  char *save;
  int scroll;
  int frames;
  GMainLoop *loop;
} Show;

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Show *show = data;
  GtkWidget *timeline = show->timeline;

  show->frames++;
  if (show->frames == 40 && show->scroll != 0)
    {
      GtkAdjustment *adjustment = LOBBY_TIMELINE (timeline)->adjustment;

      gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) - show->scroll);
    }
  if (show->save != NULL && show->frames == 110)
    {
      g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (show->window);
      GtkSnapshot *snapshot = gtk_snapshot_new ();
      g_autoptr (GskRenderNode) node = NULL;
      g_autoptr (GdkTexture) texture = NULL;
      int width = gtk_widget_get_width (show->window), height = gtk_widget_get_height (show->window);

      gdk_paintable_snapshot (paintable, snapshot, width, height);
      node = gtk_snapshot_free_to_node (snapshot);
      texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (show->window)), node, &GRAPHENE_RECT_INIT (0, 0, width, height));
      gdk_texture_save_to_png (texture, show->save);
      g_main_loop_quit (show->loop);
      return G_SOURCE_REMOVE;
    }
  /* A frame clock runs only while somebody wants frames. */
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  int n = 0, width = 700, height = 800;
  gboolean dark = FALSE, typing = FALSE;
  g_autofree char *id = NULL;
  Show show = { 0 };
  const GOptionEntry entries[] = {
    { "conversation", 0, 0, G_OPTION_ARG_INT, &n, "Which one", "N" },
    { "width", 0, 0, G_OPTION_ARG_INT, &width, "px", "W" },
    { "height", 0, 0, G_OPTION_ARG_INT, &height, "px", "H" },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &dark, "Dark", NULL },
    { "typing", 0, 0, G_OPTION_ARG_NONE, &typing, "The customer types", NULL },
    { "scroll", 0, 0, G_OPTION_ARG_INT, &show.scroll, "px upwards from the end", "PX" },
    { "picture", 0, 0, G_OPTION_ARG_FILENAME, &picture, "What every file is", "FILE" },
    { "save", 0, 0, G_OPTION_ARG_FILENAME, &show.save, "Save a picture and end", "FILE" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("STORE");
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStore) store = NULL;
  g_autoptr (LobbyConversation) conversation = NULL;
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

  dex_init ();
  adw_init ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2)
    g_error ("%s", error ? error->message : "Which store?");
  store = lobby_store_open (argv[1], &error);
  if (store == NULL)
    g_error ("%s", error->message);
  lobby_desktop_register_resource ();
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), "/org/lobby/Lobby/icons");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);

  id = lobby_store_seed_conversation_id (n);
  conversation = lobby_store_get_conversation (store, id);
  show.timeline = lobby_timeline_new ();
  gtk_css_provider_load_from_resource (provider, "/org/lobby/Lobby/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  show.window = adw_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (show.window), width, height);
  adw_window_set_content (ADW_WINDOW (show.window), show.timeline);
  lobby_timeline_open (LOBBY_TIMELINE (show.timeline), &backend, NULL, store, conversation);
  lobby_store_set_customer_typing (store, id, typing);
  show.loop = g_main_loop_new (NULL, FALSE);
  gtk_widget_add_tick_callback (show.timeline, on_tick, &show, NULL);
  g_signal_connect_swapped (show.window, "close-request", G_CALLBACK (g_main_loop_quit), show.loop);
  gtk_window_present (GTK_WINDOW (show.window));
  g_main_loop_run (show.loop);
  gtk_window_destroy (GTK_WINDOW (show.window));
  lobby_store_close (store);
  return 0;
}
