/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-due-list.h"

struct _LobbyDueList
{
  GQueue entries;
  gint64 delay; /* us */
  LobbyDueFunc func;
  gpointer data;
  GSource *source;
};

static void
rearm (LobbyDueList *self)
{
  GList *first = g_queue_peek_head_link (&self->entries);

  /* The link is the entry's first member. */
  g_source_set_ready_time (self->source, first != NULL ? ((LobbyDue *)first)->at : -1);
}

static gboolean
due_dispatch (GSource *source,
              GSourceFunc callback,
              gpointer user_data)
{
  LobbyDueList *self = user_data;
  gint64 now = g_source_get_time (source);

  g_source_ref (source);
  while (!g_source_is_destroyed (source))
    {
      LobbyDue *due = (LobbyDue *)g_queue_peek_head_link (&self->entries);
      gpointer owner;

      if (due == NULL || due->at > now)
        break;
      owner = due->link.data;
      g_queue_unlink (&self->entries, &due->link);
      due->list = NULL;
      self->func (owner, self->data);
    }
  if (!g_source_is_destroyed (source))
    rearm (self);
  g_source_unref (source);
  return G_SOURCE_CONTINUE;
}

static gboolean
due_callback (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

LobbyDueList *
lobby_due_list_new (guint delay_msec,
                    LobbyDueFunc func,
                    gpointer data)
{
  static GSourceFuncs funcs = { .dispatch = due_dispatch };
  LobbyDueList *self = g_new0 (LobbyDueList, 1);

  self->delay = delay_msec * G_GINT64_CONSTANT (1000);
  self->func = func;
  self->data = data;
  self->source = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->source, due_callback, self, NULL);
  g_source_set_can_recurse (self->source, TRUE);
  g_source_set_static_name (self->source, "[lobbyd] time-outs");
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
lobby_due_list_free (LobbyDueList *self)
{
  GList *link;

  while ((link = g_queue_peek_head_link (&self->entries)) != NULL)
    {
      g_queue_unlink (&self->entries, link);
      ((LobbyDue *)link)->list = NULL;
    }
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

void
lobby_due_list_push (LobbyDueList *self,
                     LobbyDue *due,
                     gpointer owner)
{
  lobby_due_list_push_from (self, due, owner, g_get_monotonic_time ());
}

void
lobby_due_list_push_from (LobbyDueList *self,
                          LobbyDue *due,
                          gpointer owner,
                          gint64 from)
{
  GList *before;

  lobby_due_cancel (due);
  before = g_queue_peek_tail_link (&self->entries);
  due->link.data = owner;
  due->list = self;
  due->at = from + self->delay;
  while (before != NULL && ((LobbyDue *)before)->at > due->at)
    before = before->prev;
  g_queue_insert_after_link (&self->entries, before, &due->link);
  if (self->entries.head == &due->link)
    rearm (self);
}

void
lobby_due_cancel (LobbyDue *due)
{
  LobbyDueList *list = due->list;

  if (list == NULL)
    return;
  /* The source may wake once too early for the next one; cheaper than setting it anew each time. */
  g_queue_unlink (&list->entries, &due->link);
  due->list = NULL;
}

G_STATIC_ASSERT (G_STRUCT_OFFSET (LobbyDue, link) == 0);
