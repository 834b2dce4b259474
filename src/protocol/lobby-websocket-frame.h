/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The server's side of RFC 6455 as a pure codec: frames of a client in, whole messages out, and
 * the frames that answer. Fragments may have control frames between them; text is checked for UTF-8
 * byte by byte as it comes; nothing is set aside for a length that was only announced.
 */

typedef enum
{
  LOBBY_WEBSOCKET_CONTINUATION = 0x0,
  LOBBY_WEBSOCKET_TEXT         = 0x1,
  LOBBY_WEBSOCKET_BINARY       = 0x2,
  LOBBY_WEBSOCKET_CLOSE        = 0x8,
  LOBBY_WEBSOCKET_PING         = 0x9,
  LOBBY_WEBSOCKET_PONG         = 0xa,
} LobbyWebsocketOpcode;

/* Close codes, RFC 6455 section 7.4.1. */
#define LOBBY_WEBSOCKET_NORMAL          1000
#define LOBBY_WEBSOCKET_GOING_AWAY      1001
#define LOBBY_WEBSOCKET_PROTOCOL_ERROR  1002
#define LOBBY_WEBSOCKET_NO_STATUS       1005   /* never sent: a CLOSE without a code */
#define LOBBY_WEBSOCKET_INVALID_DATA    1007
#define LOBBY_WEBSOCKET_POLICY          1008
#define LOBBY_WEBSOCKET_TOO_LARGE       1009

#define LOBBY_WEBSOCKET_MAX_HEAD        10     /* of a server's frame */
#define LOBBY_WEBSOCKET_MAX_CONTROL     125

typedef struct
{
  LobbyWebsocketOpcode  opcode;      /* TEXT, BINARY, CLOSE, PING or PONG */
  GBytes               *payload;     /* TEXT: UTF-8, may hold NUL; CLOSE: the reason */
  guint                 close_code;  /* of a CLOSE */
} LobbyWebsocketMessage;

void      lobby_websocket_message_clear  (LobbyWebsocketMessage *message);

typedef enum
{
  LOBBY_WEBSOCKET_MORE,              /* all bytes were taken, no message is whole yet */
  LOBBY_WEBSOCKET_MESSAGE,           /* one is: feed the rest of the bytes again */
  LOBBY_WEBSOCKET_FAILED,            /* the client broke the protocol: close with the code told */
} LobbyWebsocketResult;

/* To be embedded; its members are private. */
typedef struct
{
  GByteArray *message;               /* of the fragments so far, or NULL */
  GByteArray *control;
  gsize       max_message;
  guint64     remaining;             /* payload bytes of this frame that are to come */
  guint8      head[14];
  guint8      n_head;
  guint8      mask_at;
  guint8      opcode;                /* of the message under way, or 0 */
  guint8      utf8_needed;           /* continuation bytes of the present character that are to come */
  guint8      utf8_low, utf8_high;   /* the next one's range */
  guint8      in_payload;
  guint8      finished;              /* closed or failed: takes and ignores everything */
} LobbyWebsocketDecoder;

/* @max_message bytes of a whole message. */
void      lobby_websocket_decoder_init   (LobbyWebsocketDecoder *self,
                                          gsize                  max_message);
void      lobby_websocket_decoder_clear  (LobbyWebsocketDecoder *self);
/* Takes @data up to the end of a message. *@consumed is always set. On MESSAGE @message is filled
 * (clear it), on FAILED *@close_code. */
LobbyWebsocketResult
          lobby_websocket_decoder_feed   (LobbyWebsocketDecoder *self,
                                          const guint8          *data,
                                          gsize                  length,
                                          gsize                 *consumed,
                                          LobbyWebsocketMessage *message,
                                          guint                 *close_code);

/* Writes the head of an unmasked, unfragmented frame and returns its size. */
gsize     lobby_websocket_frame_head     (LobbyWebsocketOpcode   opcode,
                                          gsize                  length,
                                          guint8                 head[LOBBY_WEBSOCKET_MAX_HEAD]);
/* (transfer full) a whole frame. */
GBytes   *lobby_websocket_frame_encode   (LobbyWebsocketOpcode   opcode,
                                          const void            *payload,
                                          gsize                  length);
/* (transfer full) a CLOSE; LOBBY_WEBSOCKET_NO_STATUS gives an empty one. @reason may be NULL. */
GBytes   *lobby_websocket_close_encode   (guint                  code,
                                          const char            *reason);

/* The Sec-WebSocket-Accept for a client's Sec-WebSocket-Key, or NULL when the key is none. (transfer full) */
char     *lobby_websocket_accept_key     (const char            *key);

G_END_DECLS
