/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/*
 * Rows on their way into or out of the store, as plain structs: what the client layer makes out
 * of wire structs, so that the model knows no network and no JSON of the wire. Numbers of
 * LobbyModelStatus and LobbyModelType are stored; they equal the wire's (a static assert in client/ holds them together).
 */

typedef enum
{
  LOBBY_MODEL_STATUS_PENDING   = 0,
  LOBBY_MODEL_STATUS_SENT      = 1,
  LOBBY_MODEL_STATUS_DELIVERED = 2,
  LOBBY_MODEL_STATUS_READ      = 3,
  LOBBY_MODEL_STATUS_PLAYED    = 4,
  LOBBY_MODEL_STATUS_FAILED    = 5,
} LobbyModelStatus;
#define LOBBY_TYPE_MODEL_STATUS (lobby_model_status_get_type ())
GType lobby_model_status_get_type (void);

typedef enum
{
  LOBBY_MODEL_TEXT        = 0,
  LOBBY_MODEL_IMAGE       = 1,
  LOBBY_MODEL_VIDEO       = 2,
  LOBBY_MODEL_AUDIO       = 3,
  LOBBY_MODEL_VOICE       = 4,
  LOBBY_MODEL_DOCUMENT    = 5,
  LOBBY_MODEL_STICKER     = 6,
  LOBBY_MODEL_LOCATION    = 7,
  LOBBY_MODEL_CONTACTS    = 8,
  LOBBY_MODEL_TEMPLATE    = 9,
  LOBBY_MODEL_REACTION    = 10,
  LOBBY_MODEL_SYSTEM      = 11,
  LOBBY_MODEL_NOTE        = 12,
  LOBBY_MODEL_INTERACTIVE = 13,
  LOBBY_MODEL_ORDER       = 14,
  LOBBY_MODEL_CALL        = 15,
  LOBBY_MODEL_UNSUPPORTED = 16,
} LobbyModelType;
#define LOBBY_TYPE_MODEL_TYPE (lobby_model_type_get_type ())
GType lobby_model_type_get_type (void);

typedef enum
{
  LOBBY_MEDIA_NONE    = 0,
  LOBBY_MEDIA_PENDING = 1,   /* the server is fetching it */
  LOBBY_MEDIA_READY   = 2,   /* media_url can be asked for */
  LOBBY_MEDIA_FAILED  = 3,
} LobbyMediaState;

typedef struct
{
  char    *id;               /* the server's */
  char    *business_id;
  char    *name;
  char    *phone_number;
  char    *username;
  char    *picture_url;
  char    *about;
  gint64   created_at;
} LobbyContactRecord;

typedef struct
{
  char    *id;               /* the server's */
  char    *business_id;
  char    *contact_id;
  char    *connection_id;
  int      unread_count;
  gint64   last_activity_at;
  gint64   window_expires_at;
  char    *read_up_to;
  int      message_count_in;
  int      message_count_out;
  gint64   seq;              /* a lower one than stored changes nothing */
  char   **merged_ids;       /* conversations whose messages are this one's now; NULL: none */
} LobbyConversationRecord;

typedef struct
{
  char             *id;               /* the server's; NULL while in the outbox */
  char             *client_id;        /* unique; NULL for inbound */
  char             *conversation_id;
  gboolean          outbound;
  LobbyModelType    type;
  char             *content;
  char             *agent_id;
  LobbyModelStatus  status;
  gint64            sent_at;          /* the order key with the id */
  /* File */
  LobbyMediaState   media_state;
  char             *media_url;
  char             *mime_type;
  char             *file_name;
  gint64            file_size;
  int               width;            /* px; 0 unknown */
  int               height;
  int               duration;         /* ms */
  char             *waveform;         /* 48 bytes as hex digits pairs 00–64, or NULL */
  /* Quote */
  char             *quoted_id;        /* the server's id, or NULL when unknown to it */
  char             *quoted_text;      /* NULL: nothing quoted */
  LobbyModelType    quoted_type;
  gboolean          quoted_outbound;
  /* Reaction: type LOBBY_MODEL_REACTION, content is the emoji or "" */
  char             *reaction_to;      /* server id of the message reacted to */
  /* Times of each state, 0 unknown */
  gint64            sent_time;
  gint64            delivered_time;
  gint64            read_time;
  gint64            played_time;
  gint64            failed_time;
  int               error_code;
  char             *error_text;
  /* What else the bubble needs, as compact JSON: members of the message's metadata, as docs/protocol.md has them. NULL for none. */
  char             *extra;
  gint64            updated_at;       /* by the server's clock; 0 unknown */
  /* Of one on its way in: its author took it back, so nothing stays of what it said. Not stored. */
  gboolean          revoked;
} LobbyMessageRecord;

LobbyContactRecord      *lobby_contact_record_new       (void);
void                     lobby_contact_record_free      (LobbyContactRecord      *record);
LobbyConversationRecord *lobby_conversation_record_new  (void);
void                     lobby_conversation_record_free (LobbyConversationRecord *record);
LobbyMessageRecord      *lobby_message_record_new       (void);
void                     lobby_message_record_free      (LobbyMessageRecord      *record);
LobbyMessageRecord      *lobby_message_record_copy      (const LobbyMessageRecord *record);
gboolean                 lobby_message_record_equal     (const LobbyMessageRecord *a,
                                                         const LobbyMessageRecord *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyContactRecord, lobby_contact_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyConversationRecord, lobby_conversation_record_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyMessageRecord, lobby_message_record_free)

/* The one merge rule: up the ranks only; failed only from pending or sent; a receipt (delivered and above) disproves a failure. */
LobbyModelStatus         lobby_model_status_merge       (LobbyModelStatus         old_status,
                                                         LobbyModelStatus         new_status);

/* A status on its way in. */
typedef struct
{
  char             *message_id;       /* the server's, or */
  char             *client_id;        /* the client's */
  LobbyModelStatus  status;
  gint64            at;
  int               error_code;
  char             *error_text;
} LobbyStatusRecord;
void lobby_status_record_free (LobbyStatusRecord *record);

/*
 * Changes that are applied in one transaction, together with the seq up to which they lead.
 * Applying one twice changes nothing the second time.
 */
typedef struct
{
  char      *business_id;    /* NULL: no seq is stored */
  gint64     seq;            /* 0: leave the stored one */
  GPtrArray *contacts;       /* of LobbyContactRecord, upserted */
  GPtrArray *conversations;  /* of LobbyConversationRecord, upserted */
  GPtrArray *messages;       /* of LobbyMessageRecord, upserted by id, else by client_id (then the outbox entry ends) */
  GPtrArray *statuses;       /* of LobbyStatusRecord, merged by rank */
  char      *page_conversation; /* when messages are an older page of this conversation, which events may have overtaken … */
  gboolean   page_is_last;      /* … and whether the server has nothing older */
  char      *page_before;       /* server's id of the message it was asked before; when that is no longer where the known
                                 * history begins, the messages are kept but do not lengthen it. NULL: not checked */
  char      *told_conversation; /* of which the server was told that it is read, NULL: of none … */
  char      *told_up_to;        /* … up to this message: not to be told again (lobby_store_unsent_reads) */
} LobbyChangeSet;

LobbyChangeSet *lobby_change_set_new   (void);   /* all arrays made and empty */
gboolean        lobby_change_set_is_empty (LobbyChangeSet *self);
LobbyChangeSet *lobby_change_set_copy  (LobbyChangeSet *self);
void            lobby_change_set_free  (LobbyChangeSet *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyChangeSet, lobby_change_set_free)

G_END_DECLS
