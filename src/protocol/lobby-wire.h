/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * What travels between lobbyd and its clients, as structs: docs/protocol.md. Shared by the two
 * sides so that a field is named once. Every *_from_json checks types and sizes and fails with
 * LOBBY_PROTOCOL_ERROR_MALFORMED; every *_to_json returns (transfer full). Times are ms since 1970.
 */

#define LOBBY_WIRE_MAX_TEXT     65536
#define LOBBY_WIRE_MAX_NAME     1024

/* Why a connection is disconnected is told in words for people. These are known to clients, too: an owner has to change the setting. */
#define LOBBY_WIRE_REASON_GATEWAY_KEY "The gateway does not accept the key"
#define LOBBY_WIRE_REASON_GATEWAY_URL "The gateway's address is malformed"

/* Frozen: stored in databases on both sides; only append. */
typedef enum
{
  LOBBY_STATUS_PENDING   = 0,
  LOBBY_STATUS_SENT      = 1,
  LOBBY_STATUS_DELIVERED = 2,
  LOBBY_STATUS_READ      = 3,
  LOBBY_STATUS_PLAYED    = 4,
  LOBBY_STATUS_FAILED    = 5,
} LobbyStatus;

const char  *lobby_status_to_string   (LobbyStatus  status);
gboolean     lobby_status_from_string (const char  *text,
                                       LobbyStatus *status);
/* The one merge rule: up the ranks only; failed only from pending or sent; a receipt (delivered and above) disproves a failure. */
LobbyStatus  lobby_status_merge       (LobbyStatus  old_status,
                                       LobbyStatus  new_status);

/* Frozen likewise. */
typedef enum
{
  LOBBY_MESSAGE_TEXT        = 0,
  LOBBY_MESSAGE_IMAGE       = 1,
  LOBBY_MESSAGE_VIDEO       = 2,
  LOBBY_MESSAGE_AUDIO       = 3,
  LOBBY_MESSAGE_VOICE       = 4,
  LOBBY_MESSAGE_DOCUMENT    = 5,
  LOBBY_MESSAGE_STICKER     = 6,
  LOBBY_MESSAGE_LOCATION    = 7,
  LOBBY_MESSAGE_CONTACTS    = 8,
  LOBBY_MESSAGE_TEMPLATE    = 9,
  LOBBY_MESSAGE_REACTION    = 10,
  LOBBY_MESSAGE_SYSTEM      = 11,
  LOBBY_MESSAGE_NOTE        = 12,
  LOBBY_MESSAGE_INTERACTIVE = 13,
  LOBBY_MESSAGE_ORDER       = 14,
  LOBBY_MESSAGE_CALL        = 15,
  LOBBY_MESSAGE_UNSUPPORTED = 16,
} LobbyMessageType;

const char      *lobby_message_type_to_string   (LobbyMessageType type);
LobbyMessageType lobby_message_type_from_string (const char      *text);   /* unknown: UNSUPPORTED */

typedef struct
{
  char             *id;
  char             *business_id;
  char             *name;             /* NULL: unknown */
  char             *phone_number;     /* E.164 with +, NULL: not visible */
  char             *username;
  char             *picture_url;      /* path under the server, or NULL */
  char             *about;
  gint64            created_at;
  gint64            updated_at;
} LobbyWireContact;

typedef struct
{
  char             *id;
  char             *business_id;
  char             *contact_id;
  char             *connection_id;
  int               unread_count;
  gint64            last_activity_at;
  gint64            window_expires_at;  /* end of the service window; 0: none open */
  char             *read_up_to;         /* id of the newest message read by the team, or NULL */
  int               message_count_in;
  int               message_count_out;
  gint64            seq;                /* of the newest event that changed this row: the higher one wins */
  char            **merged_ids;         /* conversations whose messages are this one's now; NULL for none */
} LobbyWireConversation;

typedef struct
{
  char             *id;
  char             *client_id;          /* outbound from an agent: made by the client */
  char             *conversation_id;
  char             *contact_id;
  char             *connection_id;
  char             *contact_name;
  char             *phone_number;
  char             *whatsapp_message_id;
  gboolean          outbound;
  LobbyMessageType  type;
  char             *content;
  char             *media_url;          /* path under the server; NULL while being fetched (metadata.media_state) */
  LobbyStatus       status;
  gboolean          is_from_bot;
  char             *agent_id;           /* who sent it, for outbound */
  JsonObject       *metadata;           /* never NULL; members in docs/protocol.md */
  gint64            created_at;
  gint64            updated_at;
} LobbyWireMessage;

LobbyWireContact      *lobby_wire_contact_from_json      (JsonObject                  *json,
                                                          GError                     **error);
JsonObject            *lobby_wire_contact_to_json        (const LobbyWireContact      *contact);
void                   lobby_wire_contact_free           (LobbyWireContact            *contact);
LobbyWireConversation *lobby_wire_conversation_from_json (JsonObject                  *json,
                                                          GError                     **error);
JsonObject            *lobby_wire_conversation_to_json   (const LobbyWireConversation *conversation);
void                   lobby_wire_conversation_free      (LobbyWireConversation       *conversation);
/* Writes both contact_id and contactId. */
LobbyWireMessage      *lobby_wire_message_from_json      (JsonObject                  *json,
                                                          GError                     **error);
JsonObject            *lobby_wire_message_to_json        (const LobbyWireMessage      *message);
void                   lobby_wire_message_free           (LobbyWireMessage            *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyWireContact, lobby_wire_contact_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyWireConversation, lobby_wire_conversation_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyWireMessage, lobby_wire_message_free)

/* What became of a conversation when two contacts became one. */
typedef struct
{
  LobbyWireConversation *conversation;
  char                  *merged_id;     /* the one whose messages it has now; NULL: only its contact is another */
} LobbyWireMerge;
void lobby_wire_merge_free (LobbyWireMerge *merge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyWireMerge, lobby_wire_merge_free)

/* Events from the server. */
typedef enum
{
  LOBBY_EVENT_UNKNOWN,                  /* a later server's; only its seq counts */
  LOBBY_EVENT_MESSAGE_NEW,
  LOBBY_EVENT_MESSAGE_SENT,
  LOBBY_EVENT_MESSAGE_STATUS,
  LOBBY_EVENT_MESSAGE_UPDATED,
  LOBBY_EVENT_CONVERSATION_READ,
  LOBBY_EVENT_CONTACT_UPDATED,
  LOBBY_EVENT_CONTACT_TYPING,
  LOBBY_EVENT_AGENT_TYPING,
  LOBBY_EVENT_WHATSAPP_QR,
  LOBBY_EVENT_WHATSAPP_CONNECTED,
  LOBBY_EVENT_WHATSAPP_DISCONNECTED,
  LOBBY_EVENT_SYNC_RESET,
  LOBBY_EVENT_WHATSAPP_CODE,
  LOBBY_EVENT_CONNECTION_UPDATED,
  LOBBY_EVENT_CONNECTION_REMOVED,
  LOBBY_EVENT_CONTACT_MERGED,
  LOBBY_EVENT_TEMPLATE_UPDATED,
  LOBBY_EVENT_TEMPLATE_REMOVED,
  LOBBY_EVENT_CONVERSATION_UPDATED,
} LobbyEventKind;

const char *lobby_event_kind_to_name (LobbyEventKind kind);   /* "message:new" … */

typedef struct
{
  LobbyEventKind         kind;
  char                  *business_id;
  gint64                 seq;
  LobbyWireMessage      *message;       /* new, updated */
  LobbyWireContact      *contact;       /* new, contact:updated, contact:merged */
  LobbyWireConversation *conversation;  /* new, conversation:read, conversation:updated */
  char                  *message_id;    /* sent, status */
  char                  *client_id;     /* sent */
  char                  *whatsapp_message_id; /* sent, once WhatsApp accepted it */
  char                  *contact_id;    /* sent, status, typing, contact:merged */
  char                  *merged_contact_id; /* contact:merged */
  GPtrArray             *merges;        /* contact:merged: of LobbyWireMerge */
  JsonObject            *template;      /* template:updated; docs/protocol.md has its members */
  char                  *template_id;   /* template:removed */
  char                  *conversation_id; /* sent, status, typing */
  char                  *agent_id;      /* agent:typing */
  char                  *connection_id; /* whatsapp:*, connection:removed */
  char                  *reason;        /* whatsapp:disconnected */
  char                  *qr;
  char                  *code;          /* to type into the phone */
  JsonObject            *connection;    /* connection:updated; docs/protocol.md has its members */
  LobbyStatus            status;        /* sent, status */
  int                    error_code;    /* status: WhatsApp's code, 0 for none */
  char                  *error_title;   /* status: WhatsApp's few words */
  char                  *error_message; /* status */
  gboolean               is_typing;
  gint64                 at;            /* when it happened */
} LobbyWireEvent;

/* @name and the event's single JSON argument. An unknown name is not an error. */
LobbyWireEvent        *lobby_wire_event_from_json        (const char                  *name,
                                                          JsonObject                  *payload,
                                                          GError                     **error);
JsonObject            *lobby_wire_event_to_json          (const LobbyWireEvent        *event);
void                   lobby_wire_event_free             (LobbyWireEvent              *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyWireEvent, lobby_wire_event_free)

G_END_DECLS
