/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Engine.IO protocol revision 4, one packet: a digit for the type, then the payload. On WebSocket a
 * text frame is one packet and a binary frame is a message; in HTTP bodies packets are separated
 * by 0x1e and binary ones are "b" + base64. Pure: no I/O, no main loop.
 */

#define LOBBY_PROTOCOL_ERROR (lobby_protocol_error_quark ())
GQuark lobby_protocol_error_quark (void);

/* No packet and no HTTP body may be larger; transports usually allow less. */
#define LOBBY_ENGINE_MAX_PACKET (4 * 1024 * 1024)

typedef enum
{
  LOBBY_PROTOCOL_ERROR_MALFORMED,
  LOBBY_PROTOCOL_ERROR_TOO_LARGE,
  LOBBY_PROTOCOL_ERROR_UNKNOWN,
} LobbyProtocolError;

typedef enum
{
  LOBBY_ENGINE_OPEN    = '0',
  LOBBY_ENGINE_CLOSE   = '1',
  LOBBY_ENGINE_PING    = '2',
  LOBBY_ENGINE_PONG    = '3',
  LOBBY_ENGINE_MESSAGE = '4',
  LOBBY_ENGINE_UPGRADE = '5',
  LOBBY_ENGINE_NOOP    = '6',
} LobbyEngineType;

typedef struct
{
  LobbyEngineType  type;
  gboolean         binary;       /* only for LOBBY_ENGINE_MESSAGE */
  GBytes          *payload;      /* never NULL; text is UTF-8 without NUL, with one behind its size */
} LobbyEnginePacket;

void               lobby_engine_packet_clear        (LobbyEnginePacket  *packet);

/* One text frame. Checks the type and UTF-8. */
gboolean           lobby_engine_packet_decode       (const char         *text,
                                                     gsize               length,
                                                     LobbyEnginePacket  *packet,
                                                     GError            **error);
/* (transfer full) the text frame of @type with @payload (may be NULL). */
char              *lobby_engine_packet_encode       (LobbyEngineType     type,
                                                     const char         *payload);

/* An HTTP body: an array of LobbyEnginePacket (element free function set). */
GArray            *lobby_engine_payload_decode      (const char         *body,
                                                     gsize               length,
                                                     GError            **error);
/* (transfer full) the HTTP body that carries @packets. */
GBytes            *lobby_engine_payload_encode      (const LobbyEnginePacket *packets,
                                                     gsize               n_packets);

/* The OPEN packet's payload. */
typedef struct
{
  char              *sid;
  guint              ping_interval;  /* ms */
  guint              ping_timeout;   /* ms */
  gsize              max_payload;    /* bytes */
} LobbyEngineHandshake;

gboolean           lobby_engine_handshake_decode    (const char         *json,
                                                     gsize               length,
                                                     LobbyEngineHandshake *handshake,
                                                     GError            **error);
/* @can_upgrade: offer "websocket". (transfer full) */
char              *lobby_engine_handshake_encode    (const LobbyEngineHandshake *handshake,
                                                     gboolean            can_upgrade);
void               lobby_engine_handshake_clear     (LobbyEngineHandshake *handshake);

G_END_DECLS
