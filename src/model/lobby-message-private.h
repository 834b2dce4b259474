/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-message.h"

G_BEGIN_DECLS

/* For the store: takes @record. */
LobbyMessage *lobby_message_new       (gint64              row_id,
                                       LobbyMessageRecord *record,
                                       char               *reactions);
/* Takes @record and @reactions; notifies what differs. */
void          lobby_message_update    (LobbyMessage       *self,
                                       LobbyMessageRecord *record,
                                       char               *reactions);

/* For the window: what neighbours decide. */
typedef struct
{
  gboolean day_start;
  gboolean unread_start;
  gboolean group_start;
  gboolean group_end;
} LobbyMessageFlags;
void          lobby_message_set_flags (LobbyMessage            *self,
                                       const LobbyMessageFlags *flags);

G_END_DECLS
