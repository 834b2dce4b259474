/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-engine-packet.h"

G_BEGIN_DECLS

/*
 * Socket.IO protocol revision 5, one packet inside Engine.IO messages:
 *   <type>[<attachments>-][<namespace>,][<ack id>][JSON]
 * Binary packets are followed by their attachments; the decoder collects them. Pure.
 */

typedef enum
{
  LOBBY_SOCKET_CONNECT       = 0,
  LOBBY_SOCKET_DISCONNECT    = 1,
  LOBBY_SOCKET_EVENT         = 2,
  LOBBY_SOCKET_ACK           = 3,
  LOBBY_SOCKET_CONNECT_ERROR = 4,
  LOBBY_SOCKET_BINARY_EVENT  = 5,
  LOBBY_SOCKET_BINARY_ACK    = 6,
} LobbySocketType;

#define LOBBY_SOCKET_NO_ACK          ((gint64) -1)
#define LOBBY_SOCKET_MAX_ATTACHMENTS 10
#define LOBBY_SOCKET_MAX_ATTACHMENT_BYTES (4 * 1024 * 1024)   /* all of a packet's together */

typedef struct
{
  LobbySocketType  type;
  char            *namespace_;   /* "/" when absent */
  gint64           ack_id;       /* LOBBY_SOCKET_NO_ACK for none */
  JsonNode        *data;         /* array for events and acks (the event's name first), object or NULL otherwise;
                                    attachments stand as {"_placeholder":true,"num":n} */
  GPtrArray       *attachments;  /* of GBytes, or NULL */
} LobbySocketPacket;

void        lobby_socket_packet_clear       (LobbySocketPacket       *packet);

/* (transfer full) the text of the packet; its attachments follow as binary messages. */
char       *lobby_socket_packet_encode      (const LobbySocketPacket *packet);

/* Convenience for the two common ones: an event with one JSON argument already as text (NULL for none), and an ack. */
char       *lobby_socket_event_encode       (const char              *namespace_,
                                             gint64                   ack_id,
                                             const char              *event,
                                             const char              *argument_json);
char       *lobby_socket_ack_encode         (const char              *namespace_,
                                             gint64                   ack_id,
                                             const char              *argument_json);

/* Collects a text packet and its attachments. */
typedef struct _LobbySocketDecoder LobbySocketDecoder;

LobbySocketDecoder *lobby_socket_decoder_new (void);
void        lobby_socket_decoder_free       (LobbySocketDecoder      *self);
/* Feed one Engine.IO message. TRUE and *@complete: @packet is filled (clear it). TRUE and not
 * *@complete: more attachments must come. FALSE: malformed; the connection must be closed. */
gboolean    lobby_socket_decoder_feed       (LobbySocketDecoder      *self,
                                             const LobbyEnginePacket *message,
                                             LobbySocketPacket       *packet,
                                             gboolean                *complete,
                                             GError                 **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbySocketDecoder, lobby_socket_decoder_free)

G_END_DECLS
