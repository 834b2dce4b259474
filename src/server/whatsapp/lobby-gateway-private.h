/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-gateway-adapter.h"
#include "lobby-gateway-event.h"
#include "lobby-http-client.h"

G_BEGIN_DECLS

/* What the files of the gateway's adapter share. */

struct _LobbyGatewayAdapter
{
  GObject          parent_instance;

  LobbyConnection *connection;
  LobbyStorage    *storage;
  LobbyHttpClient *client;
  char            *public_url;
  guint            timeout;         /* ms, of a request */
  guint            heartbeat;       /* ms */
  gboolean         closed;

  /* lobby-gateway-session.c */
  gboolean         working;         /* as it was last asked, or told not to */
  gint64           worked_at;       /* ms: when it was last found to; at first when the gateway was last heard */
  gboolean         linking;         /* an owner wants it */
  gboolean         was_linking;     /* an owner wanted it when an earlier life of this server ended */
  gboolean         unlinked;        /* the phone let go of it, or WhatsApp did */
  char            *link_number;     /* by a code for this number; NULL: by QR code */
  const char      *step;
  char            *qr;
  char            *code;
  gint64           restarted_at;    /* ms; so that a session that cannot work is not restarted again and again */
  gboolean         configured;      /* was given our webhook; once is enough for a gateway that does not tell its configuration */

  /* lobby-gateway-history.c */
  GHashTable      *newest;          /* chat → its newest message as it was when the chat was last looked at, since it works */
  gint64           missed_since;    /* ms: what happened from then until it worked may have been told to nobody */
  gboolean         caught_up;       /* since it works */
  gboolean         catching_up;

  /* lobby-gateway-process.c */
  GHashTable      *lids;            /* lid → number, "" when the gateway does not know it */
  GQueue           worked_in;       /* ids of deliveries */
  GHashTable      *worked_in_set;   /* the same */
  GHashTable      *ringing;         /* call id → Ringing */

  /* lobby-gateway-presence.c */
  GHashTable      *typing;          /* conversation id → GSource that ends it */
  GHashTable      *attended;        /* conversation id → gint64 *, monotonic ms until it is not any more */
  GHashTable      *typed;           /* conversation id → gint64 *, monotonic ms when it was last told that an agent types there */
  gboolean         online;
  guint            presence_timer;
};

/* lobby-gateway-request.c. Both only on a fiber; errors: LOBBY_SEND_ERROR. */
/* Takes @body (NULL: none). @path begins behind the gateway's address, "/api/…". Returns the JSON of a 2xx answer, a null node when it has none. */
JsonNode *lobby_gateway_ask              (LobbyGatewayAdapter *self,
                                          const char          *method,
                                          const char          *path,
                                          JsonObject          *body,
                                          GError             **error);
/* Takes @json, a whole body. */
JsonNode *lobby_gateway_ask_with         (LobbyGatewayAdapter *self,
                                          const char          *method,
                                          const char          *path,
                                          char                *json,
                                          guint                timeout,
                                          GError             **error);
/* Any connection's, also one that is not stored. (transfer full) */
LobbyHttpRequest *lobby_gateway_request_new (const LobbyConnection *connection,
                                          const char          *method,
                                          const char          *path);
GError   *lobby_gateway_error_from_answer (guint               status,
                                          GBytes              *body,
                                          const char          *key);
GError   *lobby_gateway_error_from_net   (const GError        *error);
/* Whether what failed is what was asked, rather than the gateway itself: another request may succeed. */
gboolean  lobby_gateway_is_about_request (const GError        *error);
/* "/api/{session}" and "/api/{session}/chats/{chat}", each with @rest behind it. (transfer full) */
char     *lobby_gateway_session_path     (LobbyGatewayAdapter *self,
                                          const char          *rest);
char     *lobby_gateway_chat_path        (LobbyGatewayAdapter *self,
                                          const char          *chat,
                                          const char          *rest);

/* lobby-gateway-chats.c */
/* What the gateway may call a chat: by the number, by the lid. Which of both is up to the engine and to the age of what is in the chat. */
typedef struct
{
  char *names[2];       /* those that are not known are NULL, and last */
} LobbyGatewayChats;
/* @number with or without its plus. Both may be NULL. */
void        lobby_gateway_chats_set      (LobbyGatewayChats   *chats,
                                          const char          *number,
                                          const char          *lid);
void        lobby_gateway_chats_clear    (LobbyGatewayChats   *chats);
/* The whole id of a message, by which the gateway is asked about it where there are two names. A chat without a name has none. Only on
 * a fiber. (transfer full) */
char       *lobby_gateway_chats_find_id  (const LobbyGatewayChats *chats,
                                          LobbyGatewayAdapter *self,
                                          gboolean             outbound,
                                          const char          *short_id);

/* lobby-gateway-session.c */
DexFuture  *lobby_gateway_check          (LobbyAdapter        *adapter);
DexFuture  *lobby_gateway_link           (LobbyAdapter        *adapter,
                                          const char          *phone_number);
DexFuture  *lobby_gateway_unlink         (LobbyAdapter        *adapter);
/* The connection was removed: the gateway has nobody to tell any more. The phone stays linked there. */
void        lobby_gateway_stop_session   (LobbyGatewayAdapter *self);

/* lobby-gateway-history.c */
/* Fetches what is missing, in a fiber of its own, unless one is at it. */
void        lobby_gateway_catch_up       (LobbyGatewayAdapter *self);
/* Messages of a chat as WAHA's objects (a JSON array), newest first. Only on a fiber. */
JsonArray  *lobby_gateway_fetch_messages (LobbyGatewayAdapter *self,
                                          const char          *chat,
                                          guint                offset,
                                          guint                limit,
                                          GError             **error);

/* lobby-gateway-process.c */
DexFuture  *lobby_gateway_process        (LobbyAdapter        *adapter,
                                          GBytes              *body,
                                          gint64               arrived_at);
/* Asks for the numbers of lids that had none. Only on a fiber. */
void        lobby_gateway_learn_numbers  (LobbyGatewayAdapter *self);
/* Learns the number behind a lid. FALSE: it is oneself, with whom everybody has a chat. Only on a fiber. */
gboolean    lobby_gateway_is_customer    (LobbyGatewayAdapter *self,
                                          LobbyIdentity       *customer);
/* Whether something of @timestamp was before the number was linked. */
gboolean    lobby_gateway_is_history     (LobbyGatewayAdapter *self,
                                          gint64               timestamp);
/* What both webhooks and histories bring. FALSE when the storage cannot keep it now. Only on a fiber. */
gboolean    lobby_gateway_take_message   (LobbyGatewayAdapter *self,
                                          LobbyInboundMessage *message,
                                          GError             **error);
/* Goes on waiting for the end of calls that rang when an earlier life of this server ended. */
void        lobby_gateway_resume_ringing (LobbyGatewayAdapter *self);
void        lobby_gateway_stop_ringing   (gpointer             ringing);

/* lobby-gateway-send.c */
DexFuture  *lobby_gateway_send           (LobbyAdapter        *adapter,
                                          const LobbyOutbound *outbound);
DexFuture  *lobby_gateway_find_sent      (LobbyAdapter        *adapter,
                                          const LobbyOutbound *outbound);
/* The id that we ask WhatsApp to know a message by: always the same for the same place in the queue. (transfer full) */
char       *lobby_gateway_own_id         (const LobbyOutbound *outbound);
/* Whether WAHA's object is what @outbound was to become. */
gboolean    lobby_gateway_is_same        (const LobbyInboundMessage *message,
                                          const LobbyOutbound *outbound);

/* lobby-gateway-media.c */
DexFuture  *lobby_gateway_fetch_media    (LobbyAdapter        *adapter,
                                          const LobbyMediaJob *job,
                                          const char          *path);

/* lobby-gateway-presence.c */
DexFuture  *lobby_gateway_mark_read      (LobbyAdapter        *adapter,
                                          const char          *whatsapp_message_id,
                                          gboolean             typing);
void        lobby_gateway_set_typing     (LobbyAdapter        *adapter,
                                          const char          *conversation_id,
                                          gboolean             typing);
void        lobby_gateway_attend         (LobbyAdapter        *adapter,
                                          const char          *conversation_id);
/* A customer types; ends by itself. */
gboolean    lobby_gateway_take_typing    (LobbyGatewayAdapter *self,
                                          const LobbyIdentity *customer,
                                          gboolean             typing,
                                          GError             **error);
/* The session works again: who was subscribed is not any more. */
void        lobby_gateway_renew_presence (LobbyGatewayAdapter *self);

G_END_DECLS
