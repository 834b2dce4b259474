/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "lobby-file-store.h"
#include "lobby-wire.h"

G_BEGIN_DECLS

/*
 * The server's truth, behind one interface whose verbs are whole transactions of the business
 * ("a message came in"), never SQL. SQLite is the implementation (lobby-sqlite-storage.h); PostgreSQL can be another.
 *
 * Every verb that changes what clients see appends to the event log in the same transaction. Writes
 * of one turn of the main loop share one commit (synchronous=FULL); what must wait until the disk has it goes through
 * lobby_storage_after_commit. The signal "committed" (GPtrArray of LobbyLogEvent *) fires after
 * each commit with the new events, in order. A commit that fails rolls the whole turn back, tells every waiter, and emits nothing.
 */

#define LOBBY_STORAGE_ERROR (lobby_storage_error_quark ())
GQuark lobby_storage_error_quark (void);
typedef enum
{
  LOBBY_STORAGE_ERROR_FAILED,
  LOBBY_STORAGE_ERROR_FULL,
  LOBBY_STORAGE_ERROR_NOT_FOUND,
  LOBBY_STORAGE_ERROR_EXISTS,         /* a user of that name, … */
  LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED,
  LOBBY_STORAGE_ERROR_BUSY,           /* not now, whatever is asked: another process writes, … */
  LOBBY_STORAGE_ERROR_LAST_OWNER,     /* somebody must be left who may do everything */
  LOBBY_STORAGE_ERROR_WINDOW_CLOSED,  /* the customer has not written for too long */
  LOBBY_STORAGE_ERROR_NO_UPLOAD,
} LobbyStorageError;

/* One row of the event log; immutable, reference counted. */
typedef struct
{
  char   *business_id;
  gint64  seq;
  char   *name;             /* "message:new" … */
  char   *payload;          /* JSON object, with seq in it */
  char   *except;           /* id of the socket that must not get it live, or NULL (agent:typing) */
  gboolean owners_only;     /* the others get sync:seq; the log has that too, so it is never replayed */
  gint64  at;
} LobbyLogEvent;
/* What stands in the place of an event for whom it is not: its seq, so that the client sees no gap. (transfer full) */
#define LOBBY_LOG_EVENT_SEQ "sync:seq"
char          *lobby_log_event_encode_seq (const LobbyLogEvent *event);
LobbyLogEvent *lobby_log_event_ref   (LobbyLogEvent *event);
void           lobby_log_event_unref (LobbyLogEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyLogEvent, lobby_log_event_unref)

typedef struct { char *id, *name, *user, *role; /* owner | agent */ } LobbyAgent;
void lobby_agent_free (LobbyAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyAgent, lobby_agent_free)

/* Of a device that an agent signed in with. last_used_at is a few minutes behind. */
typedef struct { char *id, *hash, *agent_id, *device; gint64 created_at, last_used_at; } LobbyToken;
void lobby_token_free (LobbyToken *token);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyToken, lobby_token_free)

typedef struct { char *id, *name; gint64 seq; } LobbyBusiness;
void lobby_business_free (LobbyBusiness *business);

/* What WhatsApp wants the team to know about a connection. */
typedef struct
{
  char   *id;
  int     code;                          /* WhatsApp's; 0: none */
  char   *severity;                      /* info | warning | error */
  char   *title, *message;
  gint64  at;
} LobbyAlert;
void lobby_alert_free (LobbyAlert *alert);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyAlert, lobby_alert_free)
/* Kept of a connection; the oldest go. */
#define LOBBY_ALERTS_KEPT 50

/* A WhatsApp number. The secrets never leave the server and are never logged. */
typedef struct
{
  char     *id, *business_id, *kind, *name, *phone_number;
  char     *graph_url;          /* https://graph.facebook.com/v25.0 */
  char     *phone_number_id, *waba_id;
  char     *access_token, *app_secret, *verify_token;
  gboolean  send_read_receipts;
  char     *gateway_url, *gateway_key, *gateway_session;  /* of a gateway: its address, our key to it, its name for the number */
  char     *webhook_key;        /* what the gateway signs with; made by the storage */
  char     *state, *reason;     /* connected | connecting | disconnected */
  char     *step;               /* scan_qr | enter_code | finish_in_browser | starting, or NULL */
  gint64    linked_at;          /* ms: since when a gateway's number is linked; 0: it is not */
  gint64    last_event_at, webhook_verified_at;  /* ms; 0: never */
  char     *qr, *code;          /* of a number that is being linked: what its owner shows to the phone now; never stored */
  GPtrArray *alerts;            /* of LobbyAlert, newest first; NULL: not asked for */
} LobbyConnection;
LobbyConnection *lobby_connection_copy (const LobbyConnection *connection);
void lobby_connection_free (LobbyConnection *connection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyConnection, lobby_connection_free)

/* Who somebody is on WhatsApp, as far as one report tells: any may be NULL, not all. Two that were different contacts
 * so far and are named together are one person: their contacts become one (contact:merged). */
typedef struct
{
  char *wa_id;                           /* digits */
  char *bsuid, *parent_bsuid;
  char *lid;                             /* of this connection */
  char *username;                        /* without @; it changes hands, so it decides only where there is nothing else */
  char *name;                            /* what they call themselves */
} LobbyIdentity;
void lobby_identity_clear (LobbyIdentity *identity);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbyIdentity, lobby_identity_clear)

/* What an adapter found in a webhook: a message of a customer, or one that the business wrote on its phone. */
typedef struct
{
  char             *whatsapp_message_id;
  LobbyIdentity     customer;
  gboolean          outbound;            /* written on the business's phone: reads the conversation up to it, as there */
  LobbyStatus       status;              /* of an outbound one; PENDING: as SENT */
  gboolean          is_history;          /* from before the number was connected: nothing new to read, opens no service window */
  LobbyMessageType  type;
  char             *content;
  JsonObject       *metadata;            /* as docs/protocol.md, without our ids; may be NULL */
  char             *quoted_whatsapp_id;
  char             *reaction_whatsapp_id;
  char             *media_remote_id;     /* WhatsApp's media id to fetch, or NULL */
  char             *media_remote_url;    /* short-lived, may be NULL */
  gint64            timestamp;           /* ms; WhatsApp tells whole seconds */
  gint64            arrived_at;          /* ms */
} LobbyInboundMessage;
void lobby_inbound_message_free (LobbyInboundMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyInboundMessage, lobby_inbound_message_free)

/* What the failure of a message means beyond it. */
typedef enum
{
  LOBBY_CONSEQUENCE_NONE,
  LOBBY_CONSEQUENCE_WINDOW_CLOSED,   /* the service window is closed, whatever we thought: conversation:updated */
  LOBBY_CONSEQUENCE_UPLOAD_AGAIN,    /* WhatsApp could not use the file: the message is sent once more with a fresh upload */
  LOBBY_CONSEQUENCE_SEND_AGAIN,      /* WhatsApp took the message and could not pass it on for a reason that passes: it is sent again, later and later */
  LOBBY_CONSEQUENCE_TEMPLATES,       /* our copy of the connection's templates is not what WhatsApp has */
} LobbyConsequence;

typedef struct
{
  char        *whatsapp_message_id;
  char        *opaque;               /* our message id, echoed; or NULL */
  LobbyStatus  status;
  gint64       timestamp;
  int          error_code;           /* 0 none */
  char        *error_title, *error_message;
  LobbyConsequence consequence;
} LobbyInboundStatus;
void lobby_inbound_status_free (LobbyInboundStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyInboundStatus, lobby_inbound_status_free)

/* What a file is, found in its content. */
typedef struct
{
  char     *sha256;             /* hex */
  char     *mime_type;
  gint64    size;
  int       width, height;      /* px; 0 unknown */
  int       duration;           /* ms; 0 unknown */
  gboolean  animated;           /* a moving sticker */
  int       channels;           /* of Opus; 0 unknown */
  char      video_codec[5];     /* as MP4 names it, "avc1"; empty: unknown */
  guint     audio_tracks;       /* of MP4; 0 unknown */
  gboolean  index_behind;       /* of MP4: its index stands behind its data */
} LobbyMediaFacts;
void lobby_media_facts_free (LobbyMediaFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyMediaFacts, lobby_media_facts_free)

typedef enum
{
  LOBBY_THUMBNAIL_WANTED = 0,   /* not tried yet */
  LOBBY_THUMBNAIL_READY  = 1,
  LOBBY_THUMBNAIL_NONE   = 2,   /* there can be none of this file */
} LobbyThumbnailState;

/* A file here, at @path in the folder of files, and what was said of it. */
typedef struct
{
  char                *id;                            /* of the message or the upload that names it */
  char                *path, *mime_type, *file_name, *sha256;
  char                *kind;                          /* of an upload: image, video … */
  gint64               size;
  int                  width, height, duration;       /* px, ms; 0 unknown */
  LobbyThumbnailState  thumbnail;
  int                  thumbnail_width, thumbnail_height;
} LobbyMediaFile;
void lobby_media_file_free (LobbyMediaFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyMediaFile, lobby_media_file_free)
/* Sets what message metadata tells of a file (docs/protocol.md). */
void lobby_media_file_describe (const LobbyMediaFile *file, JsonObject *metadata);
void lobby_media_set_thumbnail (JsonObject *metadata, int width, int height);

/* A file on its way from an agent. How much has come is not here: the file tells. */
typedef struct
{
  char   *id, *business_id, *agent_id;
  char   *connection_id;        /* whose limits were asked for, or NULL */
  char   *kind;                 /* image, video, audio, voice, document, sticker */
  char   *file_name, *told_type, *told_sha256;        /* may be NULL */
  char   *sha256;               /* when it is finished, else NULL */
  gint64  length, created_at, expires_at;
} LobbyUpload;
void lobby_upload_free (LobbyUpload *upload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyUpload, lobby_upload_free)

/* What an agent wants sent. */
typedef struct
{
  char             *client_id;
  LobbyMessageType  type;
  char             *content;       /* text, caption, emoji; what lists show of a template or an interactive message; may be NULL */
  char             *quoted_id;     /* our id of the message that is answered, or NULL */
  char             *reaction_id;   /* of a reaction: our id of its target */
  JsonObject       *metadata;      /* what is particular to the type (docs/protocol.md): location, contacts, template, interactive; may be NULL */
  char             *upload_id;     /* of what is to be sent with it, or NULL */
  LobbyMediaFile   *media;         /* the file of that upload; NULL when it is not there any more: a draft that was taken before still matches */
  gboolean          needs_window;  /* WhatsApp takes it only in the service window */
} LobbyDraft;
void lobby_draft_free (LobbyDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyDraft, lobby_draft_free)

/* An earlier message was edited or taken back by who wrote it. May come before that message. */
typedef struct
{
  char     *whatsapp_message_id;         /* of the message */
  gboolean  outbound;                    /* the business did, on its phone */
  gboolean  revoke;
  char     *content;                     /* of an edit: the new text or caption */
  gint64    timestamp;
} LobbyInboundChange;
void lobby_inbound_change_free (LobbyInboundChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyInboundChange, lobby_inbound_change_free)

/* One report about a call; they come in any order, the highest holds. */
typedef enum
{
  LOBBY_CALL_RINGING,
  LOBBY_CALL_ACCEPTED,
  LOBBY_CALL_REJECTED,
  LOBBY_CALL_MISSED,                     /* ended before it was accepted */
  LOBBY_CALL_COMPLETED,
} LobbyCallStatus;
typedef struct
{
  char            *whatsapp_call_id;
  LobbyIdentity    customer;             /* may be empty when the call is known */
  gboolean         outbound;             /* the business called */
  LobbyCallStatus  status;
  gint64           duration;             /* ms; 0: not told */
  gint64           timestamp, arrived_at;
} LobbyInboundCall;
void lobby_inbound_call_free (LobbyInboundCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyInboundCall, lobby_inbound_call_free)

/* A message that WhatsApp has to approve. In a report of a change everything but its names may be NULL: as it was. */
typedef struct
{
  char      *id;                         /* ours */
  char      *connection_id;
  char      *remote_id;                  /* WhatsApp's */
  char      *name, *language;
  char      *category;                   /* MARKETING | UTILITY | AUTHENTICATION */
  char      *status;                     /* APPROVED | PENDING | REJECTED | PAUSED | DISABLED …; of a report also DELETED */
  char      *quality;                    /* GREEN | YELLOW | RED | UNKNOWN */
  char      *rejected_reason;            /* "": there is none */
  char      *parameter_format;           /* POSITIONAL | NAMED */
  JsonArray *components;                 /* as WhatsApp tells them */
  gint64     updated_at;
} LobbyTemplate;
void        lobby_template_free    (LobbyTemplate       *template);
/* As in docs/protocol.md. (transfer full) */
JsonObject *lobby_template_to_json (const LobbyTemplate *template);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyTemplate, lobby_template_free)

/* For so long after a customer's message or call the business may write freely (CLOUD_API 6). */
#define LOBBY_SERVICE_WINDOW_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

/* Something that waits to be given to WhatsApp. Frozen: stored. */
typedef enum
{
  LOBBY_OUTBOUND_SEND   = 0,
  LOBBY_OUTBOUND_EDIT   = 1,      /* its text becomes @content */
  LOBBY_OUTBOUND_REVOKE = 2,      /* is taken back, for everyone */
} LobbyOutboundAction;
typedef enum
{
  LOBBY_OUTBOUND_QUEUED  = 0,
  LOBBY_OUTBOUND_SENDING = 1,   /* handed to HTTP; after a crash its fate is unknown: not blindly repeated */
  LOBBY_OUTBOUND_UNKNOWN = 2,   /* waits for a status that carries our id, until resolve_after */
} LobbyOutboundState;
typedef struct
{
  gint64              position;      /* in the queue: names this piece of work */
  LobbyOutboundAction action;
  char               *message_id, *conversation_id, *connection_id;
  char               *to_phone, *to_bsuid, *to_lid;
  LobbyMessageType    type;
  char               *content;       /* as in LobbyDraft; EDIT: the new text */
  JsonObject         *metadata;      /* of the message; never NULL from the storage */
  char               *quoted_whatsapp_id;
  char               *target_whatsapp_id; /* reaction: of what it is about; EDIT, REVOKE: of the message itself; NULL when WhatsApp does not have that */
  LobbyMediaFile     *media;         /* what to upload, or NULL */
  LobbyOutboundState  state;
  int                 attempts;
  gint64              next_attempt_at;
} LobbyOutbound;
void lobby_outbound_free (LobbyOutbound *outbound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyOutbound, lobby_outbound_free)

/* What decides whether it may go now. */
typedef struct
{
  gint64              position;
  char               *message_id, *conversation_id;
  LobbyOutboundState  state;
  int                 attempts;
  gint64              next_attempt_at;
  gboolean            has_file;
} LobbyOutboundHead;
void lobby_outbound_head_free (LobbyOutboundHead *head);

typedef struct { gint64 id; char *connection_id; GBytes *body; gint64 arrived_at; } LobbyDelivery;
void lobby_delivery_free (LobbyDelivery *delivery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyDelivery, lobby_delivery_free)

typedef struct { char *message_id, *connection_id, *remote_id, *remote_url; int attempts; } LobbyMediaJob;
void lobby_media_job_free (LobbyMediaJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyMediaJob, lobby_media_job_free)

/* What waits, for whoever watches the server. Times are 0 when nothing does. */
typedef struct
{
  gint64 outbound[3];         /* by LobbyOutboundState */
  gint64 outbound_since;      /* of the oldest message among them */
  gint64 deliveries_waiting, deliveries_since, deliveries_set_aside;
  gint64 media_jobs;
  gint64 database_bytes, log_bytes;
} LobbyFigures;

#define LOBBY_TYPE_STORAGE (lobby_storage_get_type ())
G_DECLARE_INTERFACE (LobbyStorage, lobby_storage, LOBBY, STORAGE, GObject)

typedef void (*LobbyCommitCallback) (const GError *error,   /* NULL: it is on the disk */
                                     gpointer      data);

struct _LobbyStorageInterface
{
  GTypeInterface parent;

  /* Commits. Called at once when nothing is being written. */
  void       (*after_commit)         (LobbyStorage *, LobbyCommitCallback callback, gpointer data);
  gboolean   (*flush)                (LobbyStorage *, GError **);     /* commit now */
  void       (*get_figures)          (LobbyStorage *, LobbyFigures *figures);
  gint64     (*count_changes)        (LobbyStorage *);      /* of rows ever written here that may have made something to send or to fetch */
  /* FALSE after the disk refused a write, until one succeeds; tries one itself now and then. */
  gboolean   (*is_writable)          (LobbyStorage *);

  /* People. Passwords arrive as Argon2id hashes, tokens as SHA-256 hex. */
  char      *(*add_agent)            (LobbyStorage *, const char *user, const char *name, const char *role, const char *password_hash, const char *business_id /* NULL: all */, GError **);
  char      *(*dup_password_hash)    (LobbyStorage *, const char *user, char **agent_id);
  LobbyAgent *(*get_agent)           (LobbyStorage *, const char *agent_id);
  gboolean   (*has_agents)           (LobbyStorage *);

  /* Accounts. */
  void       (*add_token)            (LobbyStorage *, const char *agent_id, const char *token_hash, const char *device, GError **);
  gboolean   (*remove_token)         (LobbyStorage *, const char *token_hash, GError **);
  /* Notes that it was used. NULL without an error: there is no such token; whoever takes a failed look for that signs everybody out. */
  LobbyAgent *(*find_agent_by_token) (LobbyStorage *, const char *token_hash, GError **);
  LobbyToken *(*get_token)           (LobbyStorage *, const char *id);
  GPtrArray *(*list_tokens)          (LobbyStorage *, const char *agent_id);               /* of LobbyToken, last used first */
  GPtrArray *(*list_unused_tokens)   (LobbyStorage *, gint64 before, guint limit);         /* of LobbyToken, longest unused first */
  LobbyAgent *(*find_agent_by_user)  (LobbyStorage *, const char *user);
  /* Both end all of the agent's tokens. What the agent wrote stays. */
  gboolean   (*set_password)         (LobbyStorage *, const char *agent_id, const char *password_hash, GError **);
  gboolean   (*remove_agent)         (LobbyStorage *, const char *agent_id, GError **);
  /* Who becomes an owner belongs to every business. */
  gboolean   (*set_role)             (LobbyStorage *, const char *agent_id, const char *role, GError **);

  /* Businesses and connections. */
  char      *(*add_business)         (LobbyStorage *, const char *name, GError **);
  GPtrArray *(*list_businesses)      (LobbyStorage *, const char *agent_id /* NULL: all */, GError **);  /* of LobbyBusiness; NULL: they cannot be read now */
  gboolean   (*agent_may)            (LobbyStorage *, const char *agent_id, const char *business_id);
  GPtrArray *(*list_agents)          (LobbyStorage *, const char *business_id /* NULL: all */);  /* of LobbyAgent */

  /* Connections. Removed ones are not found. */
  char      *(*add_connection)       (LobbyStorage *, const LobbyConnection *, GError **);
  gboolean   (*tell_connection)      (LobbyStorage *, const char *id, GError **);           /* connection:updated, as it is now */
  GPtrArray *(*list_connections)     (LobbyStorage *, const char *business_id /* NULL: all */, GError **);   /* NULL: they cannot be read now */
  LobbyConnection *(*get_connection) (LobbyStorage *, const char *id);
  /* Its settings: what an owner can change. connection:updated. */
  gboolean   (*update_connection)    (LobbyStorage *, const LobbyConnection *, GError **);
  /* Forgets its secrets and keeps its history. connection:removed. */
  gboolean   (*remove_connection)    (LobbyStorage *, const char *id, GError **);
  /* Fails what waits to be sent or fetched through connections that were removed, @limit pieces at most, since nobody else would tell.
   * *@more: there may be others. */
  gboolean   (*end_waiting)          (LobbyStorage *, guint limit, gboolean *more, GError **);
  /* Logs whatsapp:connected, :disconnected, or connection:updated for what is neither. */
  gboolean   (*set_connection_state) (LobbyStorage *, const char *id, const char *state, const char *step, const char *reason, GError **);
  /* A phone was linked (as @phone_number), or is not any more (0). connection:updated. */
  gboolean   (*set_connection_linked) (LobbyStorage *, const char *id, gint64 linked_at, const char *phone_number /* NULL: as it was */, GError **);
  /* When WhatsApp was last heard of, when it proved the webhook's address (0: as it was). No event. */
  gboolean   (*heard_connection)     (LobbyStorage *, const char *id, gint64 last_event_at, gint64 webhook_verified_at, GError **);
  /* What an owner shows to the phone, one of @qr and @code: whatsapp:qr, whatsapp:code, to owners and never onto the disk. */
  gboolean   (*log_link)             (LobbyStorage *, const char *id, const char *qr, const char *code, GError **);

  /* Reading. NULL for what is not there, and for a list that cannot be read now. The caller checks the business. What this turn has written
   * is seen already, so an answer that tells it goes out through after_commit. */
  LobbyWireContact *(*get_contact)   (LobbyStorage *, const char *id);
  GPtrArray *(*list_contacts)        (LobbyStorage *, const char *const *business_ids, guint page, guint per_page, guint *total);
  GPtrArray *(*list_conversations)   (LobbyStorage *, const char *business_id, gint64 before_at, const char *before_id, guint limit, gint64 *seq); /* of LobbyWireConversation */
  GPtrArray *(*find_conversations)   (LobbyStorage *, const char *contact_id);             /* of LobbyWireConversation, most recent first */
  LobbyWireConversation *(*get_conversation) (LobbyStorage *, const char *id);
  LobbyWireMessage *(*get_message)   (LobbyStorage *, const char *id);
  LobbyWireMessage *(*find_message)  (LobbyStorage *, const char *connection_id, const char *whatsapp_message_id);
  /* The conversation with whom @identity names on this connection, its id, and how that customer is called there (@identity is
   * filled in). Neither makes anybody. */
  char      *(*find_conversation)    (LobbyStorage *, const char *connection_id, const LobbyIdentity *identity);
  gboolean   (*get_address)          (LobbyStorage *, const char *conversation_id, LobbyIdentity *identity);
  LobbyWireMessage *(*get_last_message) (LobbyStorage *, const char *conversation_id);
  GPtrArray *(*list_messages)        (LobbyStorage *, const char *contact_id, const char *conversation_id, gint64 before_at, const char *before_id, guint limit); /* newest first */

  /* The event log, of committed events only. */
  gint64     (*get_seq)              (LobbyStorage *, const char *business_id);
  /* Up to @limit committed events after @since; FALSE when those are no longer kept (sync:reset). */
  gboolean   (*list_events)          (LobbyStorage *, const char *business_id, gint64 since, guint limit, GPtrArray **events);
  /* Removes old events, some of them at a time, and what else is kept only for a while: webhooks that could not be
   * worked in, statuses of messages that never appeared. */
  gboolean   (*prune_events)         (LobbyStorage *, gint64 older_than, GError **);

  /* What agents do. */
  /* What was taken under @client_id, or NULL. */
  LobbyWireMessage *(*find_message_by_client_id) (LobbyStorage *, const char *business_id, const char *client_id);
  /* Takes a message to send: message, outbound queue row, message:new and message:sent(pending). The same
   * (agent's business, client_id) again returns the first message and sets *@existed; another draft under it is LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED.
   * A new one: LOBBY_STORAGE_ERROR_WINDOW_CLOSED, _NO_UPLOAD. */
  LobbyWireMessage *(*accept_message) (LobbyStorage *, const char *agent_id, const char *conversation_id, const LobbyDraft *draft, gboolean *existed, GError **);
  /* Takes an EDIT (to @text) or a REVOKE of an outbound message: waits behind it in the queue; metadata.change tells so (message:updated). The caller
   * checks what the connection can. LOBBY_STORAGE_ERROR_EXISTS: it is taken back already, or about to be. */
  LobbyWireMessage *(*accept_change) (LobbyStorage *, const char *message_id, LobbyOutboundAction action, const char *text, GError **);
  /* Marks read up to @up_to (NULL: everything). Returns the newest inbound whatsapp id now read, or NULL when nothing changed; conversation:read. (transfer full) */
  char      *(*mark_read)            (LobbyStorage *, const char *agent_id, const char *conversation_id, const char *up_to, GError **);
  gboolean   (*set_contact_picture)  (LobbyStorage *, const char *contact_id, const char *sha256, GError **);
  gboolean   (*log_typing)           (LobbyStorage *, const char *conversation_id, const char *agent_id /* NULL: the customer */, gboolean typing, const char *except, GError **);

  /* What WhatsApp does. */
  LobbyDelivery *(*put_delivery)     (LobbyStorage *, const char *connection_id, GBytes *body, GError **);   /* as it is stored */
  GPtrArray *(*list_deliveries)      (LobbyStorage *, guint limit);                        /* unfinished, oldest first */
  gboolean   (*finish_delivery)      (LobbyStorage *, gint64 id, const char *problem /* NULL: fine */, GError **);   /* when what was in it is on the disk */
  /* TRUE also for a duplicate (*@was_new FALSE, nothing changed). Contact and conversation are made as needed. */
  gboolean   (*receive_message)      (LobbyStorage *, const char *connection_id, const LobbyInboundMessage *, gboolean *was_new, GError **);
  /* Merged by rank. A status for an id not known yet is kept and applied when it appears. */
  gboolean   (*receive_status)       (LobbyStorage *, const char *connection_id, const LobbyInboundStatus *, GError **);
  /* message:updated; kept when the message is not known yet. */
  gboolean   (*receive_change)       (LobbyStorage *, const char *connection_id, const LobbyInboundChange *, GError **);
  /* One message of type call for all reports of one. LOBBY_STORAGE_ERROR_NOT_FOUND: nobody is told, and the call is not known. */
  gboolean   (*receive_call)         (LobbyStorage *, const char *connection_id, const LobbyInboundCall *, GError **);
  /* Of LobbyInboundCall: customers' calls that ring, as far as is known, with their id and time. Those that an earlier life of the server left so
   * are among its newest messages, and further it does not look. */
  GPtrArray *(*list_ringing_calls)   (LobbyStorage *, const char *connection_id);
  /* Two reports about one person: @identity is theirs, and since @at in the place of @before (may be NULL; a new number, a new user
   * id …). Makes no contact: concerns only who is known. contact:updated, contact:merged. */
  gboolean   (*learn_identity)       (LobbyStorage *, const char *connection_id, const LobbyIdentity *identity, const LobbyIdentity *before, gint64 at, GError **);
  /* The name in the business's own address book, which goes before @identity->name; NULL: it is not there any more. Makes the contact. */
  gboolean   (*name_contact)         (LobbyStorage *, const char *connection_id, const LobbyIdentity *identity, const char *name, GError **);
  /* @merged_id was @kept_id all along. Conversations on the same connection become one; nothing is lost. contact:merged. */
  gboolean   (*merge_contacts)       (LobbyStorage *, const char *kept_id, const char *merged_id, GError **);

  /* Alerts. The same one again only becomes newer. connection:updated. */
  gboolean   (*add_alert)            (LobbyStorage *, const char *connection_id, int code, const char *severity, const char *title, const char *message, GError **);
  GPtrArray *(*list_alerts)          (LobbyStorage *, const char *connection_id);          /* of LobbyAlert, newest first */
  gboolean   (*remove_alert)         (LobbyStorage *, const char *connection_id, const char *id, GError **);

  /* Templates. template:updated, template:removed. */
  /* @synced_at (may be NULL): when WhatsApp's list was last read, 0: never. */
  GPtrArray *(*list_templates)       (LobbyStorage *, const char *connection_id, gint64 *synced_at); /* of LobbyTemplate, by name and language */
  LobbyTemplate *(*get_template)     (LobbyStorage *, const char *id);
  /* @templates is WhatsApp's whole list. */
  gboolean   (*set_templates)        (LobbyStorage *, const char *connection_id, GPtrArray *templates, GError **);
  /* One that was made, or changed. *@known FALSE: a change of one that is not here. */
  gboolean   (*put_template)         (LobbyStorage *, const char *connection_id, const LobbyTemplate *, gboolean *known, GError **);
  gboolean   (*remove_template)      (LobbyStorage *, const char *id, GError **);
  /* The list is to be read again: as if it never was. */
  gboolean   (*expire_templates)     (LobbyStorage *, const char *connection_id, GError **);

  /* The outbound queue: heads are the first unfinished of each conversation. */
  GPtrArray *(*list_outbound_heads)  (LobbyStorage *, const char *connection_id, guint limit);     /* of LobbyOutboundHead, due first */
  LobbyOutbound *(*get_outbound)     (LobbyStorage *, gint64 position);                    /* NULL: not in the queue any more */
  /* How many messages a conversation's customer was sent since @since (ms), rather too many than too few, of the newest 200. */
  guint      (*count_sent)           (LobbyStorage *, const char *conversation_id, gint64 since);
  gboolean   (*outbound_set_state)   (LobbyStorage *, gint64 position, LobbyOutboundState, int attempts, gint64 next_attempt_at, GError **);
  /* message:sent; of an EDIT or a REVOKE message:updated, and @whatsapp_message_id does not matter. */
  gboolean   (*outbound_sent)        (LobbyStorage *, const LobbyOutbound *, const char *whatsapp_message_id, GError **);
  gboolean   (*outbound_failed)      (LobbyStorage *, const LobbyOutbound *, int code, const char *title, const char *text, LobbyConsequence, GError **); /* message:status; message:updated */

  /* Files that WhatsApp has already: its id for one that was uploaded to a connection after @since (ms), or NULL. (transfer full) */
  char      *(*dup_remote_file)      (LobbyStorage *, const char *connection_id, const char *sha256, const char *mime_type, gint64 since);
  /* @remote_id NULL: WhatsApp has it no more. */
  gboolean   (*set_remote_file)      (LobbyStorage *, const char *connection_id, const char *sha256, const char *mime_type, const char *remote_id, GError **);

  /* Media. */
  GPtrArray *(*list_media_jobs)      (LobbyStorage *, guint limit);                        /* due now */
  gboolean   (*media_ready)          (LobbyStorage *, const char *message_id, const LobbyMediaFacts *, GError **); /* message:updated */
  gboolean   (*media_failed)         (LobbyStorage *, const char *message_id, const char *reason, gint64 retry_at /* 0: never */, GError **);
  LobbyMediaFile *(*get_media)       (LobbyStorage *, const char *id, char **business_id);
  LobbyMediaFile *(*get_contact_picture) (LobbyStorage *, const char *contact_id);         /* without mime_type */
  LobbyFileStore *(*get_files)       (LobbyStorage *);                                     /* the bytes themselves; borrowed */

  /* Collecting. Walks up to @limit files behind @after (NULL: from the first): notes which nothing names any more, and forgets
   * those of which that was noted before @unused_before. Returns where it stands, NULL at the end. (transfer full) */
  char      *(*forget_unused_files)  (LobbyStorage *, const char *after, guint limit, gint64 now, gint64 unused_before, GError **);
  GPtrArray *(*list_unknown_files)   (LobbyStorage *, GPtrArray *sha256s);                 /* of char *: those without a row */

  /* Thumbnails: files that want one, the newest first. */
  GPtrArray *(*list_files_to_draw)   (LobbyStorage *, guint limit);                        /* of LobbyMediaFile */
  /* Notes what came of it, and tells it of the newest messages that have the file: message:updated. */
  gboolean   (*set_thumbnail)        (LobbyStorage *, const char *sha256, LobbyThumbnailState, int width, int height, GError **);

  /* Uploads. A finished one is a file that messages may be made of until it expires. */
  gboolean   (*add_upload)           (LobbyStorage *, const LobbyUpload *, GError **);
  LobbyUpload *(*find_upload)        (LobbyStorage *, const char *id);
  void       (*count_uploads)        (LobbyStorage *, const char *agent_id, guint *count, gint64 *bytes); /* unfinished ones, and their lengths */
  gboolean   (*finish_upload)        (LobbyStorage *, const char *id, const LobbyMediaFacts *, gint64 expires_at, GError **);
  gboolean   (*remove_upload)        (LobbyStorage *, const char *id, GError **);
  GPtrArray *(*list_open_uploads)    (LobbyStorage *, const char *agent_id, gint64 before); /* of char *: unfinished ones, the oldest first */
  GPtrArray *(*list_expired_uploads) (LobbyStorage *, gint64 now, guint limit);            /* of char *: ids */
  /* The file of a finished upload; NULL when it is not finished, or not there. */
  LobbyMediaFile *(*get_upload)      (LobbyStorage *, const char *id, char **business_id);
};

/* Call through LOBBY_STORAGE_GET_IFACE (storage)->verb (storage, …); this shortens it:
 * lobby_storage (s, receive_message, connection_id, message, &was_new, &error) */
#define lobby_storage(storage, verb, ...) \
  (LOBBY_STORAGE_GET_IFACE (storage)->verb (LOBBY_STORAGE (storage) __VA_OPT__ (,) __VA_ARGS__))

G_END_DECLS
