/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-gateway.h"

G_BEGIN_DECLS

#define GATEWAY_STRING_MAX 65536

typedef enum
{
  LOBBY_SESSION_STOPPED,
  LOBBY_SESSION_STARTING,
  LOBBY_SESSION_SCAN_QR_CODE,
  LOBBY_SESSION_PASSKEY_REQUIRED,
  LOBBY_SESSION_PASSKEY_CONFIRMATION_REQUIRED,
  LOBBY_SESSION_WORKING,
  LOBBY_SESSION_FAILED,
} LobbySessionStatus;

/* Which of WAHA's engines it seems to be (the knob `gateway_engine`): they differ in what they tell. */
typedef enum
{
  LOBBY_ENGINE_GOWS,
  LOBBY_ENGINE_NOWEB,
  LOBBY_ENGINE_WEBJS,
} LobbyEngine;

struct _LobbyGateway
{
  LobbyWorld                *world;
  const LobbyGatewayOptions *options;
  char                      *url;
  GPtrArray                 *sessions;      /* LobbyGatewaySession, also those that were deleted */
  LobbyGatewayLinked         linked;
  gpointer                   linked_data;
};

typedef struct
{
  LobbyChannel         channel;             /* first: it is one */
  LobbyGateway        *gateway;
  char                *name;
  gboolean             exists;              /* FALSE: deleted; what the phone remembers stays */
  JsonObject          *config;
  LobbySessionStatus   status;
  GQueue               former;              /* JsonObject {"status","timestamp"}: the latest three */
  GPtrArray           *hooks;               /* of the configuration */
  GPtrArray           *retired;             /* of former ones: they tell nothing any more */
  guint64              moment;              /* of the schedule: what its life does next, or 0 */
  char                *qr;                  /* or NULL */
  guint                qr_count;
  char                *code;                /* to be entered on the phone, or NULL */
  gboolean             linked;              /* has the phone's credentials */
  char                *number;              /* of the phone, when another one than the options say was linked; or NULL */
  gint64               linked_at;           /* clock, ms: what is older is history */
  guint                flaps;               /* how often it is still to restart by itself */
  gboolean             online;              /* our presence */
  GHashTable          *subscribed;          /* set of LobbyCustomer whose presence is told */
  GPtrArray           *messages;            /* LobbyGatewayMessage, all that the phone remembers */
  GHashTable          *by_id;               /* short id → LobbyGatewayMessage */
  GQueue               missed;              /* LobbyUpdate: events that are told when it works again */
} LobbyGatewaySession;

typedef struct
{
  char          *id;                        /* short: without direction and chat */
  LobbyCustomer *customer;
  gboolean       from_me;
  gboolean       by_api;
  gint64         at;                        /* clock, ms */
  const char    *kind;                      /* interned: text image video audio voice document sticker location contacts unsupported */
  char          *body;                      /* or NULL */
  GBytes        *bytes;                     /* of its file, or NULL */
  char          *mime_type;
  char          *file_name;                 /* or NULL */
  gint64         file_until;                /* monotonic ms: how long its address works */
  char          *reply_to;                  /* short id, or NULL */
  JsonObject    *location;                  /* or NULL */
  JsonArray     *vcards;                    /* or NULL */
  char          *first_body;                /* before it was edited, or NULL: it was not */
  gint64         edited_at;                 /* clock, ms; 0: never */
  gboolean       revoked;
  int            ack;
} LobbyGatewayMessage;

/* lobby-gateway.c: answers. Takes @json; NULL: an empty body. */
void lobby_gateway_answer          (SoupServerMessage    *message,
                                    guint                 status,
                                    JsonNode             *json);
void lobby_gateway_answer_object   (SoupServerMessage    *message,
                                    guint                 status,
                                    JsonObject           *json);
/* {"statusCode","message","error"} */
void lobby_gateway_answer_error    (SoupServerMessage    *message,
                                    guint                 status,
                                    const char           *problem);
/* A query's member as a number from 0 up; @fallback when missing or no number. */
gint64 lobby_gateway_query_int     (GHashTable           *query,
                                    const char           *name,
                                    gint64                fallback);
/* The session @name, and that it works; NULL after answering 404 or 422. */
LobbyGatewaySession *
     lobby_gateway_working_session (LobbyGateway         *self,
                                    SoupServerMessage    *message,
                                    const char           *name);
LobbyGatewaySession *
     lobby_gateway_find_session    (LobbyGateway         *self,
                                    const char           *name);

/* lobby-gateway-session.c: what becomes of it. */
LobbyGatewaySession *
     lobby_gateway_session_new     (LobbyGateway         *gateway,
                                    const char           *name);
void lobby_gateway_session_free    (LobbyGatewaySession  *self);
const char *
     lobby_gateway_session_status  (LobbyGatewaySession  *self);
void lobby_gateway_session_start   (LobbyGatewaySession  *self);
void lobby_gateway_session_stop    (LobbyGatewaySession  *self);
void lobby_gateway_session_logout  (LobbyGatewaySession  *self);
/* The phone (of @number, or NULL: as before) scanned the code or the number was entered; from here a passkey may still be asked for. */
void lobby_gateway_session_scan    (LobbyGatewaySession  *self,
                                    const char           *number);
/* The passkey was shown in a browser; or its code was confirmed. */
void lobby_gateway_session_pass    (LobbyGatewaySession  *self);
/* The connection to WhatsApp is lost and comes back. */
void lobby_gateway_session_flap    (LobbyGatewaySession  *self);
/* WhatsApp unlinked it: FAILED until somebody scans again. */
void lobby_gateway_session_unlink  (LobbyGatewaySession  *self);
/* {"id","pushName","lid"}, or NULL while nobody is linked. (transfer full) */
JsonObject *
     lobby_gateway_session_me      (LobbyGatewaySession  *self);
/* Makes a code for the phone to enter. Borrowed. */
const char *
     lobby_gateway_session_code    (LobbyGatewaySession  *self);

/* lobby-gateway-hook.c: webhooks. */
/* Reads config.webhooks anew. FALSE and an error for what is none. */
gboolean lobby_gateway_session_set_config (LobbyGatewaySession *self,
                                    JsonObject           *config,
                                    GError              **error);
void lobby_gateway_hook_free       (gpointer              hook);
/* Tells every webhook that wants @event, now or (but for presences) when the session works again. Takes @payload.
 * @lane: what keeps its order. */
void lobby_gateway_session_tell    (LobbyGatewaySession  *self,
                                    const char           *event,
                                    const char           *lane,
                                    JsonObject           *payload);
void lobby_gateway_session_tell_missed (LobbyGatewaySession *self);
void lobby_gateway_session_add_counts (LobbyGatewaySession *self,
                                    LobbyDeliveryCounts  *counts);

/* lobby-gateway-channel.c: what is said, as WAHA tells it. */
extern const LobbyChannelVerbs lobby_gateway_channel_verbs;
/* How @customer is called: by number, or by @lid while the knob says so. (transfer full) */
char *lobby_gateway_chat_id        (LobbyGatewaySession  *self,
                                    LobbyCustomer        *customer);
char *lobby_gateway_lid            (LobbyCustomer        *customer);
/* Who is meant by "…@c.us", "…@s.whatsapp.net" or "…@lid". NULL: nobody we know. */
LobbyCustomer *
     lobby_gateway_find_customer   (LobbyGatewaySession  *self,
                                    const char           *chat_id);
/* The same; somebody new for a number that we do not know. NULL for what is no chat of one person. */
LobbyCustomer *
     lobby_gateway_reach_customer  (LobbyGatewaySession  *self,
                                    const char           *chat_id);
/* "false_…@c.us_ID" (transfer full) */
char *lobby_gateway_message_id     (LobbyGatewaySession  *self,
                                    LobbyCustomer        *customer,
                                    gboolean              from_me,
                                    const char           *id);
/* The part after the last "_", for whole and short ids. Borrowed from @id. */
const char *
     lobby_gateway_short_id        (const char           *id);
LobbyGatewayMessage *
     lobby_gateway_find_message    (LobbyGatewaySession  *self,
                                    const char           *id);
/* The same, as the engine finds it: WEBJS by nothing but the whole id. */
LobbyGatewayMessage *
     lobby_gateway_look_up_message (LobbyGatewaySession  *self,
                                    const char           *id);
/* Remembers it. @id NULL: a new one. */
LobbyGatewayMessage *
     lobby_gateway_message_new     (LobbyGatewaySession  *self,
                                    LobbyCustomer        *customer,
                                    gboolean              from_me,
                                    const char           *id,
                                    const char           *kind,
                                    gint64                at);
void lobby_gateway_message_free    (gpointer              message);
void lobby_gateway_message_set_file (LobbyGatewayMessage *self,
                                    GBytes               *bytes,
                                    const char           *mime_type,
                                    const char           *file_name);
/* WAHA's message object. (transfer full) */
JsonObject *
     lobby_gateway_message_to_json (LobbyGatewaySession  *self,
                                    LobbyGatewayMessage  *message,
                                    gboolean              with_media);
/* Whether the chat still has it: of what was taken back only WEBJS does. */
gboolean lobby_gateway_message_is_kept (LobbyGatewaySession *self,
                                    LobbyGatewayMessage  *message);
/* WAHA's object of a message in its chat, with what the engine remembers of its changes. (transfer full) */
JsonObject *
     lobby_gateway_message_recall  (LobbyGatewaySession  *self,
                                    LobbyGatewayMessage  *message,
                                    gboolean              with_media);
/* message and message.any, as they apply; nothing of what was before the number was linked. */
void lobby_gateway_tell_message    (LobbyGatewaySession  *self,
                                    LobbyGatewayMessage  *message);
void lobby_gateway_tell_ack        (LobbyGatewaySession  *self,
                                    LobbyGatewayMessage  *message,
                                    int                   ack);
/* @emoji "" takes it back. */
void lobby_gateway_tell_reaction   (LobbyGatewaySession  *self,
                                    LobbyCustomer        *customer,
                                    gboolean              from_me,
                                    const char           *target_id,
                                    const char           *emoji);
/* The author changes or takes back @message; told as an action of its own. */
void lobby_gateway_edit_message    (LobbyGatewaySession  *self,
                                    LobbyGatewayMessage  *message,
                                    const char           *body);
void lobby_gateway_revoke_message  (LobbyGatewaySession  *self,
                                    LobbyGatewayMessage  *message);
/* {"id","presences":[…]} (transfer full) */
JsonObject *
     lobby_gateway_presence        (LobbyGatewaySession  *self,
                                    LobbyCustomer        *customer);

/* The handlers of /api/…: TRUE when the path is theirs. @parts is the path behind /api/, split. */
typedef struct
{
  SoupServerMessage *message;
  const char        *method;
  char             **parts;
  guint              length;
  GHashTable        *query;                 /* or NULL */
  JsonObject        *body;                  /* or NULL */
} LobbyGatewayRequest;

/* "GOWS", "NOWEB" or "WEBJS". */
const char *
     lobby_gateway_engine_name     (LobbyGateway         *self);
gboolean lobby_gateway_is          (const LobbyGatewayRequest *request,
                                    const char           *method,
                                    guint                 length,
                                    int                   index,
                                    const char           *word);
/* lobby-gateway-sessions.c: /api/sessions/…, /api/{session}/auth/… */
gboolean lobby_gateway_sessions    (LobbyGateway         *self,
                                    const LobbyGatewayRequest *request);
/* lobby-gateway-send.c: /api/sendText …, edits and deletions. */
gboolean lobby_gateway_sending     (LobbyGateway         *self,
                                    const LobbyGatewayRequest *request);
/* lobby-gateway-chats.c: chats, messages, contacts, lids, presence, files. */
gboolean lobby_gateway_chats       (LobbyGateway         *self,
                                    const LobbyGatewayRequest *request);
/* The file of a message: /api/files/{session}/{name}. */
void lobby_gateway_serve_file      (LobbyGateway         *self,
                                    const LobbyGatewayRequest *request);
/* lobby-gateway-qr.c: the picture of a QR code, as PNG. */
GBytes *lobby_gateway_draw_qr      (const char           *text);

G_END_DECLS
