/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One exchange's own cancellable: trips when its time is up or when the caller's does. */
typedef struct
{
  GCancellable *cancellable;
  GCancellable *outer;           /* the caller's, or NULL */
  gulong        outer_handler;
  guint         timer;
  gboolean      expired;         /* it was the time */
} LobbyNetDeadline;

void    lobby_net_deadline_init  (LobbyNetDeadline       *self,
                                  guint                   msec,
                                  GCancellable           *outer);
void    lobby_net_deadline_clear (LobbyNetDeadline       *self);

/* @error (transfer full) of GIO or libsoup in our words. @started: the request may have reached the peer. */
GError *lobby_net_deadline_error (const LobbyNetDeadline *self,
                                  GError                 *error,
                                  gboolean                started);

G_END_DECLS
