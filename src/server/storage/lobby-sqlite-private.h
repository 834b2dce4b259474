/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-database.h"
#include "lobby-sqlite-storage.h"

G_BEGIN_DECLS

/*
 * What the files of the SQLite storage share. A verb of the interface is one LobbyVerb: a savepoint inside
 * the transaction of the main loop's turn. Whatever fails on the way leaves its error in
 * verb.error; clearing the verb then undoes it, forgets its events and hands the error, in the
 * storage's own domain, to the caller.
 */

struct _LobbySqliteStorage
{
  GObject           parent_instance;

  char             *folder;
  LobbyFileStore   *files;
  LobbyDatabase    *database;

  LobbyTransaction *turn;           /* NULL: nothing written since the last commit */
  GSource          *commit_source;
  GPtrArray        *events;         /* of this turn */
  GArray           *waiters;        /* of this turn */
  gint64            last_delivery;  /* id; 0: not looked up yet. None is given twice, even after a turn that was rolled back */
  GArray           *finished;       /* gint64: deliveries to be removed by the next commit */
  guint             finish_timer;   /* while there may be some */
  gint64            n_quiet;        /* changes of rows, ever, that nobody has to look at */
  gboolean          in_verb;
  gboolean          wrote;          /* in this turn */
  gboolean          refused;        /* the last write, by the disk */
  gint64            tried_at;       /* monotonic µs: a write to see whether it still is */
  gint64            data_version;   /* SQLite's: changes when another process commits */
};

typedef struct
{
  LobbySqliteStorage *storage;
  LobbyDatabase      *database;
  LobbyTransaction   *transaction;
  guint               first_event;
  gint64              first_change;
  gboolean            merged;       /* two contacts, with what waits to be sent to them */
  gint64              now;
  GError             *error;
  GError            **result;
} LobbyVerb;

gboolean lobby_verb_begin  (LobbyVerb     *verb,
                            LobbyStorage  *storage,
                            GError       **error);
/* Keeps what the verb did. */
gboolean lobby_verb_end    (LobbyVerb     *verb);
/* The same, and what it changed is work for nobody: nothing is to be sent or fetched because of it. */
gboolean lobby_verb_end_quietly (LobbyVerb *verb);
/* Sets verb->error to LOBBY_STORAGE_ERROR_NOT_FOUND; FALSE, to be returned. */
gboolean lobby_verb_not_found (LobbyVerb  *verb,
                            const char    *what);
void     lobby_verb_clear  (LobbyVerb     *verb);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbyVerb, lobby_verb_clear)

/* Most reading verbs have no error to return: logs @error, when set, and clears it. */
void     lobby_sqlite_log_error (GError  **error);
/* For those that have: when @inner is set, *@error becomes LOBBY_STORAGE_ERROR_BUSY, whatever it was. */
void     lobby_sqlite_fail_read (GError  **error,
                                 const GError *inner);

/* Rows. The FROM clauses name the tables c, v (conversations) and m. */
#define LOBBY_SQLITE_CONTACT_COLUMNS \
  "c.id, c.business_id, c.name, c.phone_number, c.username, c.picture_sha256, c.about, c.created_at, c.updated_at"
#define LOBBY_SQLITE_CONVERSATION_COLUMNS \
  "v.id, v.business_id, v.contact_id, v.connection_id, v.unread_count, v.last_activity_at, v.window_expires_at, v.read_up_to," \
  " v.message_count_in, v.message_count_out, v.seq, (SELECT json_group_array (x.id) FROM merged_conversations x WHERE x.kept_id = v.id)"
#define LOBBY_SQLITE_MESSAGE_COLUMNS \
  "m.id, m.client_id, m.conversation_id, m.contact_id, m.connection_id, c.name, c.phone_number, m.whatsapp_message_id," \
  " m.outbound, m.type, m.content, m.media_sha256, m.status, m.is_from_bot, m.agent_id, m.metadata, m.created_at, m.updated_at"
#define LOBBY_SQLITE_N_MESSAGE_COLUMNS 18
#define LOBBY_SQLITE_MESSAGE_TABLES "messages m JOIN contacts c ON c.id = m.contact_id"

#define LOBBY_SQLITE_AGENT_COLUMNS "a.id, a.name, a.user, a.role"

/* Messages that count as unread until somebody has read them: reactions and system messages are nothing to read. */
#define LOBBY_SQLITE_READABLE "outbound = 0 AND type NOT IN (10, 11)"
G_STATIC_ASSERT (LOBBY_MESSAGE_REACTION == 10 && LOBBY_MESSAGE_SYSTEM == 11);

LobbyAgent            *lobby_sqlite_agent_from_row        (LobbyStatement *row);
LobbyWireContact      *lobby_sqlite_contact_from_row      (LobbyStatement *row);
LobbyWireConversation *lobby_sqlite_conversation_from_row (LobbyStatement *row);
LobbyWireMessage      *lobby_sqlite_message_from_row      (LobbyStatement *row);

/* NULL with or without an error. */
LobbyWireContact      *lobby_sqlite_load_contact          (LobbyDatabase  *database,
                                                           const char     *id,
                                                           GError        **error);
LobbyWireConversation *lobby_sqlite_load_conversation     (LobbyDatabase  *database,
                                                           const char     *id,
                                                           GError        **error);
GPtrArray             *lobby_sqlite_load_alerts           (LobbyDatabase  *database,
                                                           const char     *connection_id,
                                                           GError        **error);
LobbyWireMessage      *lobby_sqlite_load_message          (LobbyDatabase  *database,
                                                           const char     *id,
                                                           GError        **error);
LobbyWireMessage      *lobby_sqlite_find_message          (LobbyDatabase  *database,
                                                           const char     *connection_id,
                                                           const char     *whatsapp_message_id,
                                                           GError        **error);
/* The same for a verb: what is not there is its failure. */
LobbyWireMessage      *lobby_verb_load_message            (LobbyVerb      *verb,
                                                           const char     *id);
char                  *lobby_verb_dup_business            (LobbyVerb      *verb,
                                                           const char     *conversation_id);

/* Where a webhook's report belongs. @connection_id is borrowed. */
typedef struct
{
  const char *connection_id;
  char       *business_id;
} LobbyVerbPlace;
gboolean lobby_verb_find_place      (LobbyVerb            *verb,
                                     const char           *connection_id,
                                     LobbyVerbPlace       *place);
void     lobby_verb_place_clear     (LobbyVerbPlace       *place);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbyVerbPlace, lobby_verb_place_clear)

/* Who it is. @at: when that was told, ms. Merges contacts that are named together. *@contact_id is NULL for nobody known. (transfer full) */
gboolean lobby_verb_find_contact    (LobbyVerb            *verb,
                                     const LobbyVerbPlace *place,
                                     const LobbyIdentity  *identity,
                                     gint64                at,
                                     char                **contact_id);
/* The id of the contact, made or brought up to date; NULL and verb->error. */
char    *lobby_verb_resolve_contact (LobbyVerb            *verb,
                                     const LobbyVerbPlace *place,
                                     const LobbyIdentity  *identity,
                                     gint64                at,
                                     gint64                active_at);
char    *lobby_verb_resolve_conversation (LobbyVerb       *verb,
                                     const LobbyVerbPlace *place,
                                     const char           *contact_id,
                                     gint64                at);
gboolean lobby_verb_merge_contacts  (LobbyVerb            *verb,
                                     const char           *kept_id,
                                     const char           *merged_id);

/* Reading. The first message that nobody has read, *@id NULL for none. */
gboolean lobby_verb_find_first_unread (LobbyVerb          *verb,
                                     const char           *conversation_id,
                                     gint64               *at,
                                     char                **id);
/* The team has read up to (@at, @id): conversation:read, if that is news. */
gboolean lobby_verb_read_up_to      (LobbyVerb            *verb,
                                     const char           *agent_id,
                                     const char           *conversation_id,
                                     gint64                at,
                                     const char           *id);

/* A message that is not known yet, with all that follows from it. */
gboolean lobby_verb_take_in         (LobbyVerb            *verb,
                                     const LobbyVerbPlace *place,
                                     const LobbyInboundMessage *message);

/* What came before the message that it is about: statuses, changes, replies and reactions. @message has its whatsapp_message_id now. */
gboolean lobby_verb_apply_early     (LobbyVerb            *verb,
                                     const char           *business_id,
                                     LobbyWireMessage     *message);
gboolean lobby_verb_has_early       (LobbyVerb            *verb,
                                     const char           *connection_id,
                                     const char           *whatsapp_message_id);
/* @message_id is a reply or reaction to a message that is not known yet. */
gboolean lobby_verb_keep_reference  (LobbyVerb            *verb,
                                     const char           *connection_id,
                                     const char           *whatsapp_message_id,
                                     const char           *message_id);
gboolean lobby_verb_apply_statuses  (LobbyVerb            *verb,
                                     const char           *business_id,
                                     LobbyWireMessage     *message);

/* Events. Sets event->seq and event->business_id (to @business_id), and event->at when it is 0. */
gboolean lobby_verb_next_seq        (LobbyVerb            *verb,
                                     const char           *business_id,
                                     gint64               *seq);
gboolean lobby_verb_log_event       (LobbyVerb            *verb,
                                     const char           *business_id,
                                     LobbyWireEvent       *event,
                                     const char           *except);
/* Its payload reaches owners alone, and the log has sync:seq in its place. */
gboolean lobby_verb_log_for_owners  (LobbyVerb            *verb,
                                     const char           *business_id,
                                     LobbyWireEvent       *event);
/* connection:updated, as the connection is now. */
gboolean lobby_verb_log_connection  (LobbyVerb            *verb,
                                     const char           *connection_id);
/* message:new or message:updated, with the contact and the conversation (whose seq becomes the event's). */
gboolean lobby_verb_log_message     (LobbyVerb            *verb,
                                     const char           *business_id,
                                     const char           *message_id,
                                     LobbyEventKind        kind);
/* The same where @seq is taken and the conversation has it already. Fills in what of @message is the contact's. */
gboolean lobby_verb_append_message  (LobbyVerb            *verb,
                                     const char           *business_id,
                                     LobbyWireMessage     *message,
                                     LobbyEventKind        kind,
                                     gint64                seq);
gboolean lobby_verb_log_sent        (LobbyVerb            *verb,
                                     const char           *business_id,
                                     LobbyWireMessage     *message,
                                     gint64                at);
/* Writes content that changes after a message was made: status, metadata, whatsapp_message_id. */
gboolean lobby_verb_save_message    (LobbyVerb            *verb,
                                     LobbyWireMessage     *message);
/* A message was edited or taken back @at, by whoever wrote it; or WhatsApp refused to do that to an outbound one: message:updated. */
gboolean lobby_verb_finish_change   (LobbyVerb            *verb,
                                     LobbyWireMessage     *message,
                                     LobbyOutboundAction   action,
                                     const char           *text,
                                     gint64                at);
gboolean lobby_verb_fail_change     (LobbyVerb            *verb,
                                     LobbyWireMessage     *message,
                                     int                   code,
                                     const char           *title,
                                     const char           *text);
/* Takes a piece of work off the queue for good: message:status, message:updated. */
gboolean lobby_verb_fail_outbound   (LobbyVerb            *verb,
                                     const LobbyOutbound  *outbound,
                                     int                   code,
                                     const char           *title,
                                     const char           *text,
                                     LobbyConsequence      consequence);
/* Gives up fetching a message's file: message:updated. */
gboolean lobby_verb_fail_media      (LobbyVerb            *verb,
                                     const char           *message_id,
                                     const char           *reason);
/* Writes that a file is kept, or that it is known of again. */
gboolean lobby_verb_add_file        (LobbyVerb             *verb,
                                     const LobbyMediaFacts *facts);
/* What is known of a file, without id and name; NULL with or without an error. */
#define LOBBY_SQLITE_FILE_COLUMNS \
  "f.sha256, f.size, f.mime_type, f.width, f.height, f.duration, f.thumbnail, f.thumbnail_width, f.thumbnail_height"
LobbyMediaFile *lobby_sqlite_file_from_row (LobbySqliteStorage *self,
                                     LobbyStatement       *row);
LobbyMediaFile *lobby_sqlite_find_file (LobbySqliteStorage *self,
                                     const char           *sha256,
                                     GError              **error);
/* A service window that ended just now may still be open at WhatsApp's. */
#define LOBBY_SQLITE_WINDOW_TOLERANCE_MSEC 60000
/* WhatsApp refused @message because the service window is closed: so it is, unless the customer wrote since. conversation:updated. */
gboolean lobby_verb_close_window    (LobbyVerb              *verb,
                                     const char             *business_id,
                                     const LobbyWireMessage *message);
/* WhatsApp took @message and failed to pass it on: it is sent again, a few times, with growing pauses; or once and at once, with its
 * file uploaded anew. *@again: so it is. */
gboolean lobby_verb_send_again      (LobbyVerb            *verb,
                                     LobbyWireMessage     *message,
                                     gboolean              upload,
                                     gboolean             *again);
/* Whether @whatsapp_message_id is of a try of @message that failed so: what is told of it does not matter any more. */
gboolean lobby_sqlite_is_failed_try (const LobbyWireMessage *message,
                                     const char             *whatsapp_message_id);
/* metadata.quoted of a reply. Either may be NULL: a message that we never got, or one that WhatsApp does not have yet. */
void     lobby_sqlite_set_quote     (JsonObject             *metadata,
                                     const char             *whatsapp_message_id,
                                     const LobbyWireMessage *quoted);

/* Inside the turn that is to be committed: how many of the finished deliveries it removes. */
guint    lobby_sqlite_remove_finished (LobbySqliteStorage   *self);

/* Each file fills in its verbs. */
void lobby_sqlite_people_verbs   (LobbyStorageInterface *iface);
void lobby_sqlite_account_verbs  (LobbyStorageInterface *iface);
void lobby_sqlite_connection_verbs (LobbyStorageInterface *iface);
void lobby_sqlite_figure_verbs   (LobbyStorageInterface *iface);
void lobby_sqlite_address_verbs  (LobbyStorageInterface *iface);
void lobby_sqlite_reading_verbs  (LobbyStorageInterface *iface);
void lobby_sqlite_event_verbs    (LobbyStorageInterface *iface);
void lobby_sqlite_agent_verbs    (LobbyStorageInterface *iface);
void lobby_sqlite_sending_verbs  (LobbyStorageInterface *iface);
void lobby_sqlite_delivery_verbs (LobbyStorageInterface *iface);
void lobby_sqlite_inbound_verbs  (LobbyStorageInterface *iface);
void lobby_sqlite_identity_verbs (LobbyStorageInterface *iface);
void lobby_sqlite_merge_verbs    (LobbyStorageInterface *iface);
void lobby_sqlite_change_verbs   (LobbyStorageInterface *iface);
void lobby_sqlite_call_verbs     (LobbyStorageInterface *iface);
void lobby_sqlite_alert_verbs    (LobbyStorageInterface *iface);
void lobby_sqlite_template_verbs (LobbyStorageInterface *iface);
void lobby_sqlite_queue_verbs    (LobbyStorageInterface *iface);
void lobby_sqlite_outbound_verbs (LobbyStorageInterface *iface);
void lobby_sqlite_media_verbs    (LobbyStorageInterface *iface);
void lobby_sqlite_file_verbs     (LobbyStorageInterface *iface);
void lobby_sqlite_upload_verbs   (LobbyStorageInterface *iface);

G_END_DECLS
