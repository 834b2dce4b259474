/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-schedule.h"

typedef struct
{
  gint64 due;
  guint64 id;
  LobbyScheduleFunc func;
  gpointer data;
  GDestroyNotify free_data;
} Moment;

struct _LobbySchedule
{
  GTree *moments; /* Moment → itself, ordered by (due, id) */
  GHashTable *by_id;
  GSource *source;
  guint64 last_id;
  double speed;
  gint64 anchor_wall; /* µs, monotonic */
  double anchor_own;  /* ms */
};

static void
moment_free (gpointer data)
{
  Moment *moment = data;

  if (moment->free_data)
    moment->free_data (moment->data);
  g_free (moment);
}

static int
moment_compare (gconstpointer a,
                gconstpointer b,
                gpointer unused)
{
  const Moment *left = a, *right = b;

  if (left->due != right->due)
    return left->due < right->due ? -1 : 1;
  return left->id < right->id ? -1 : left->id > right->id;
}

static double
own_time (LobbySchedule *self)
{
  return self->anchor_own + (double)(g_get_monotonic_time () - self->anchor_wall) / 1000.0 * self->speed;
}

static Moment *
first_moment (LobbySchedule *self)
{
  GTreeNode *node = g_tree_node_first (self->moments);

  return node ? g_tree_node_key (node) : NULL;
}

static void
arm (LobbySchedule *self)
{
  Moment *first = first_moment (self);

  if (!first)
    g_source_set_ready_time (self->source, -1);
  else
    g_source_set_ready_time (self->source,
                             self->anchor_wall + (gint64)(((double)first->due - self->anchor_own) * 1000.0 / self->speed) + 1);
}

static gboolean
dispatch (GSource *source,
          GSourceFunc callback,
          gpointer user_data)
{
  LobbySchedule *self = user_data;
  gint64 now = lobby_schedule_now (self);
  guint64 newest = self->last_id;

  /* What is added by what happens here waits for the next turn, so that the loop stays fair. */
  for (Moment *first = first_moment (self);
       first && first->due <= now && first->id <= newest;
       first = first_moment (self))
    {
      g_tree_steal (self->moments, first);
      g_hash_table_remove (self->by_id, &first->id);
      first->func (first->data);
      moment_free (first);
    }
  arm (self);
  return G_SOURCE_CONTINUE;
}

/* GLib dispatches with the data of a callback, so there has to be one; it is never called. */
static gboolean
source_callback (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

LobbySchedule *
lobby_schedule_new (double speed)
{
  LobbySchedule *self = g_new0 (LobbySchedule, 1);

  self->moments = g_tree_new_full (moment_compare, NULL, moment_free, NULL);
  self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->anchor_wall = g_get_monotonic_time ();
  self->speed = CLAMP (speed, LOBBY_SCHEDULE_SPEED_MIN, LOBBY_SCHEDULE_SPEED_MAX);
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_callback (self->source, source_callback, self, NULL);
  g_source_set_static_name (self->source, "lobby schedule");
  g_source_attach (self->source, NULL);
  return self;
}

void
lobby_schedule_free (LobbySchedule *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_hash_table_unref (self->by_id);
  g_tree_unref (self->moments);
  g_free (self);
}

void
lobby_schedule_stop (LobbySchedule *self)
{
  g_source_destroy (self->source);
}

gint64
lobby_schedule_now (LobbySchedule *self)
{
  return (gint64)own_time (self);
}

void
lobby_schedule_set_speed (LobbySchedule *self,
                          double speed)
{
  double now = own_time (self);

  self->anchor_wall = g_get_monotonic_time ();
  self->anchor_own = now;
  self->speed = CLAMP (speed, LOBBY_SCHEDULE_SPEED_MIN, LOBBY_SCHEDULE_SPEED_MAX);
  arm (self);
}

guint64
lobby_schedule_add (LobbySchedule *self,
                    gint64 delay,
                    LobbyScheduleFunc func,
                    gpointer data,
                    GDestroyNotify free_data)
{
  Moment *moment = g_new0 (Moment, 1);

  moment->due = lobby_schedule_now (self) + MAX (delay, 0);
  moment->id = ++self->last_id;
  moment->func = func;
  moment->data = data;
  moment->free_data = free_data;
  g_tree_insert (self->moments, moment, moment);
  g_hash_table_insert (self->by_id, &moment->id, moment);
  if (first_moment (self) == moment)
    arm (self);
  return moment->id;
}

gboolean
lobby_schedule_remove (LobbySchedule *self,
                       guint64 id)
{
  Moment *moment = g_hash_table_lookup (self->by_id, &id);

  if (!moment)
    return FALSE;
  g_hash_table_remove (self->by_id, &id);
  g_tree_remove (self->moments, moment);
  return TRUE;
}
