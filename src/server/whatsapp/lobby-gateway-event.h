/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * What a gateway tells (GATEWAY.md 5), read into the storage's words. Pure: no I/O; hostile JSON gives problems, never more.
 *
 * A message's id is "false_16505551234@c.us_3EB0…": direction, chat, and what WhatsApp itself knows it by. Only that last part
 * is kept as whatsapp_message_id: the chat is written in several ways (@c.us, @lid) for one and the same message.
 */
typedef enum
{
  LOBBY_GATEWAY_IGNORED,        /* of groups, channels, stories; of no consequence */
  LOBBY_GATEWAY_SESSION,        /* the session's state changed: ask for it */
  LOBBY_GATEWAY_MESSAGE,
  LOBBY_GATEWAY_STATUS,
  LOBBY_GATEWAY_CHANGE,
  LOBBY_GATEWAY_CALL,
  LOBBY_GATEWAY_TYPING,
  LOBBY_GATEWAY_PROBLEM,        /* something that cannot be worked in; the body stays stored */
} LobbyGatewayEventKind;

typedef struct
{
  LobbyGatewayEventKind  kind;
  char                  *id;        /* of the delivery's content, the same when it is delivered again; or NULL */
  char                  *session;
  gboolean               broke;     /* SESSION: it does not work any more, or did not for a moment */
  LobbyInboundMessage   *message;
  LobbyInboundStatus    *status;
  LobbyInboundChange    *change;
  LobbyInboundCall      *call;
  LobbyIdentity          customer;  /* who types */
  gboolean               typing;
  char                  *problem;   /* for people; no content, no numbers */
} LobbyGatewayEvent;

/* @arrived_at stands in for a timestamp that is missing or far ahead. NULL with an error when @body is no JSON object. */
LobbyGatewayEvent   *lobby_gateway_event_new     (GBytes            *body,
                                                  gint64             arrived_at,
                                                  GError           **error);
void                 lobby_gateway_event_free    (LobbyGatewayEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyGatewayEvent, lobby_gateway_event_free)

/* One of WAHA's message objects. NULL: not to be taken in, because of *@problem, or of no consequence when that is NULL. */
LobbyInboundMessage *lobby_gateway_parse_message (JsonObject        *json,
                                                  gint64             arrived_at,
                                                  char             **problem);
/* What such an object tells of what became of the message since it was written: its last edit, or that it was taken back; NULL: nothing. Which of
 * both a gateway keeps depends on its engine (docs/server.md): that an object tells nothing is no news. */
LobbyInboundChange  *lobby_gateway_parse_state   (JsonObject        *json,
                                                  gint64             asked_at);
/* ms: the member "timestamp", seconds with or without a fraction; @arrived_at when it is missing or far ahead. */
gint64               lobby_gateway_read_timestamp (JsonObject      *json,
                                                  gint64             arrived_at);
/* Puts the customer of a chat ("16505551234@c.us", "99887766@lid" …) into @identity. FALSE when it is not one person's. */
gboolean             lobby_gateway_parse_chat    (const char        *chat,
                                                  LobbyIdentity     *identity);
/* The last part of a message's id, and the chat in it (NULL for an id that has none). (transfer full) */
char                *lobby_gateway_dup_short_id  (const char        *id);
char                *lobby_gateway_dup_chat      (const char        *id);
/* The whole id of a message. (transfer full) */
char                *lobby_gateway_make_id       (gboolean           outbound,
                                                  const char        *chat,
                                                  const char        *short_id);

G_END_DECLS
