/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-spare-memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

/* s in which a window at rest draws at most FEW_FRAMES: a cursor blinks. */
#define PERIOD 1
#define FEW_FRAMES 5

/* Frames after which there is something to give back again. */
#define MANY_FRAMES 60

typedef struct
{
  LobbyAccounts *accounts;
  guint source;
  guint frames; /* since memory was given back */
  guint period_began_at;
} Watch;

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_clear_handle_id (&watch->source, g_source_remove);
  g_object_unref (watch->accounts);
  g_free (watch);
}

static void
release_memory (Watch *watch)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (watch->accounts)); i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (watch->accounts), i);

      lobby_store_release_memory (lobby_account_get_store (account));
    }
#ifdef __GLIBC__
  malloc_trim (0);
#endif
}

static gboolean
period_cb (gpointer data)
{
  Watch *watch = data;
  const guint frames = watch->frames - watch->period_began_at;

  watch->period_began_at = watch->frames;
  if (frames > FEW_FRAMES)
    return G_SOURCE_CONTINUE;

  release_memory (watch);
  watch->source = 0;
  watch->frames = 0;
  return G_SOURCE_REMOVE;
}

static void
begin_period (Watch *watch)
{
  watch->period_began_at = watch->frames;
  watch->source = g_timeout_add_seconds (PERIOD, period_cb, watch);
}

static void
after_paint_cb (GdkFrameClock *clock,
                Watch *watch)
{
  watch->frames++;
  if (watch->source == 0 && watch->frames >= MANY_FRAMES)
    begin_period (watch);
}

static void
realize_cb (GtkWidget *window,
            Watch *watch)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (after_paint_cb), watch);
  begin_period (watch);
}

static void
unrealize_cb (GtkWidget *window,
              Watch *watch)
{
  g_signal_handlers_disconnect_by_data (gtk_widget_get_frame_clock (window), watch);
  g_clear_handle_id (&watch->source, g_source_remove);
}

void
lobby_spare_memory_watch (GtkWidget *window,
                          LobbyAccounts *accounts)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->accounts = g_object_ref (accounts);
  g_object_set_data_full (G_OBJECT (window), "lobby-spare-memory", watch, watch_free);
  g_signal_connect_after (window, "realize", G_CALLBACK (realize_cb), watch);
  g_signal_connect (window, "unrealize", G_CALLBACK (unrealize_cb), watch);
}
