/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-contact-private.h"
#include "lobby-conversation-private.h"
#include "lobby-database.h"
#include "lobby-message-private.h"
#include "lobby-store.h"

G_BEGIN_DECLS

/*
 * The store's inside, by file:
 *   -store.c       opening, the write lock, settings, typing
 *   -store-load.c  rows into objects: identity maps, lookups; -store-pages.c pages of a history
 *   -store-write.c the journal, and contacts and conversations into rows
 *   -store-message.c messages, statuses and reactions into rows
 *   -store-apply.c change sets on this thread and on the worker
 *   -store-merge.c two conversations into one, and drafts
 *   -store-publish.c the journal into notifies and signals
 *   -store-outbox.c what the agent does: sends, reads
 *
 * The order key of a message is (sent_at, id) with id "" until the server has the message; the row
 * settles what is left. A writer never touches objects: it fills a journal, which after the
 * commit is published on the main thread, where objects are read anew from their rows.
 */

/* A burst of more new messages than this in one conversation is told as one messages-reset. */
#define LOBBY_STORE_BURST 200

typedef enum
{
  LOBBY_JOURNAL_CHANGED,
  LOBBY_JOURNAL_ADDED,
  LOBBY_JOURNAL_MOVED,
  LOBBY_JOURNAL_REMOVED,
} LobbyJournalKind;

typedef struct
{
  LobbyJournalKind kind;
  gint64           row;
  gint64           conversation;    /* row */
  gint64           old_sent_at;     /* of MOVED */
} LobbyJournalMessage;

typedef struct
{
  gint64    row;
  char     *id;
  guint     n_added;
  gboolean  place;                  /* new in the list, or its activity changed */
  gboolean  paged;
  gboolean  reset;
  gint64    merged_into;            /* row of the conversation that it is now; 0: it is its own */
} LobbyJournalConversation;

typedef struct
{
  GHashTable *contacts;             /* set of char *: the server's ids */
  GHashTable *conversations;        /* row → LobbyJournalConversation */
  GArray     *messages;             /* of LobbyJournalMessage, in the order they were written */
} LobbyJournal;

LobbyJournal             *lobby_journal_new              (void);
void                      lobby_journal_free             (LobbyJournal       *self);
LobbyJournalConversation *lobby_journal_touch            (LobbyJournal       *self,
                                                          gint64              conversation,
                                                          const char         *id);
void                      lobby_journal_message          (LobbyJournal       *self,
                                                          LobbyJournalKind    kind,
                                                          gint64              row,
                                                          gint64              conversation,
                                                          gint64              old_sent_at);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyJournal, lobby_journal_free)

/* A row of conversations while a transaction works on it. */
typedef struct
{
  LobbyConversationRecord record;
  gint64    row;
  gint64    bound_at;
  char     *bound_id;
  gboolean  gap;
  gboolean  whole;
  gint64    local_read_at;
  char     *local_read_id;
  gint64    last_message;           /* row; 0 none */
  gint64    last_at;                /* its order key */
  char     *last_id;
  gboolean  last_unsure;            /* look the last message up before writing */
  gboolean  unread_told;            /* the server's unread count came in this transaction */
  gboolean  dirty;
} LobbyWriterConversation;

/* One transaction being written, on either thread. */
typedef struct
{
  LobbyDatabase *database;
  LobbyJournal  *journal;           /* borrowed */
  GHashTable    *conversations;     /* id → LobbyWriterConversation */
} LobbyWriter;

void                     lobby_writer_init               (LobbyWriter              *self,
                                                          LobbyDatabase            *database,
                                                          LobbyJournal             *journal);
void                     lobby_writer_clear              (LobbyWriter              *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbyWriter, lobby_writer_clear)
/* NULL with @error unset when there is none and @make is FALSE. An id whose conversation became another's gives the other. */
LobbyWriterConversation *lobby_writer_conversation       (LobbyWriter              *self,
                                                          const char               *id,
                                                          gboolean                  make,
                                                          GError                  **error);
/* Writes the conversations back; the last step before the commit. */
gboolean                 lobby_writer_flush              (LobbyWriter              *self,
                                                          GError                  **error);
gboolean                 lobby_writer_put_contact        (LobbyWriter              *self,
                                                          const LobbyContactRecord *record,
                                                          GError                  **error);
gboolean                 lobby_writer_put_conversation   (LobbyWriter              *self,
                                                          const LobbyConversationRecord *record,
                                                          GError                  **error);
/* What was the conversation @gone_id is @kept now. Nothing, when that was known. */
gboolean                 lobby_writer_fold               (LobbyWriter              *self,
                                                          LobbyWriterConversation  *kept,
                                                          const char               *gone_id,
                                                          GError                  **error);
/* @page: of an older page, so it does not begin a history. @row (may be NULL): where it lies. */
gboolean                 lobby_writer_put_message        (LobbyWriter              *self,
                                                          const LobbyMessageRecord *record,
                                                          gboolean                  page,
                                                          gint64                   *row,
                                                          GError                  **error);
gboolean                 lobby_writer_put_status         (LobbyWriter              *self,
                                                          const LobbyStatusRecord  *record,
                                                          GError                  **error);
/* *@record is NULL when there is no such row. (transfer full) */
gboolean                 lobby_writer_read_message       (LobbyWriter              *self,
                                                          gint64                    row,
                                                          LobbyMessageRecord      **record,
                                                          GError                  **error);
gboolean                 lobby_writer_remove_message     (LobbyWriter              *self,
                                                          gint64                    row,
                                                          GError                  **error);
/* Writes @record over the row @old was read from. */
gboolean                 lobby_writer_rewrite_message    (LobbyWriter              *self,
                                                          LobbyWriterConversation  *conversation,
                                                          gint64                    row,
                                                          const LobbyMessageRecord *old,
                                                          const LobbyMessageRecord *record,
                                                          GError                  **error);
/* The history of @conversation begins at this key from now on. */
void                     lobby_writer_set_bound          (LobbyWriterConversation  *conversation,
                                                          gint64                    at,
                                                          const char               *id);
gboolean                 lobby_writer_set_seq            (LobbyWriter              *self,
                                                          const char               *business_id,
                                                          gint64                    seq,
                                                          GError                  **error);

/* -1, 0, 1 for two order keys; ids may be NULL. */
int                      lobby_order_compare             (gint64                    a_at,
                                                          const char               *a_id,
                                                          gint64                    b_at,
                                                          const char               *b_id);
gboolean                 lobby_model_type_is_shown       (LobbyModelType            type);
/* Without case and accents, for comparing what people type. (transfer full) */
char                    *lobby_model_fold                (const char               *text);

/* Columns of one message, for reading with lobby_store_read_message_record. "m" is messages, "c" conversations. */
#define LOBBY_MESSAGE_COLUMNS \
  "m.row, m.id, m.client_id, c.id, m.outbound, m.type, m.content, m.agent_id, m.status, m.sent_at, m.media_state, m.media_url, " \
  "m.mime_type, m.file_name, m.file_size, m.width, m.height, m.duration, m.waveform, m.quoted_id, m.quoted_text, m.quoted_type, " \
  "m.quoted_outbound, m.reaction_to, m.sent_time, m.delivered_time, m.read_time, m.played_time, m.failed_time, m.error_code, " \
  "m.error_text, m.extra, m.updated_at"
#define LOBBY_MESSAGE_N_COLUMNS 33
LobbyMessageRecord      *lobby_store_read_message_record (LobbyStatement           *statement,
                                                          int                       column);

/* The customer's and the team's emoji, separated by a space. */
#define LOBBY_REACTION_COLUMN                                                   \
  "(SELECT group_concat (emoji, ' ') FROM (SELECT emoji FROM reactions r " \
  "WHERE r.target = m.id AND m.id <> '' AND r.emoji <> '' ORDER BY r.outbound))"

#define LOBBY_SELECT_MESSAGE "SELECT " LOBBY_MESSAGE_COLUMNS ", " LOBBY_REACTION_COLUMN " FROM messages m JOIN conversations c ON c.row = m.conversation "
/* The object of the row that LOBBY_SELECT_MESSAGE read at @column of the present row. (transfer full) */
LobbyMessage            *lobby_store_read_message        (LobbyStore               *self,
                                                          LobbyStatement           *statement,
                                                          int                       column);
/* Reading goes on without what cannot be read. @error may be NULL. */
void                     lobby_store_warn_about          (GError                   *error);

typedef struct _LobbyBackground LobbyBackground;

struct _LobbyStore
{
  GObject         parent_instance;

  LobbyDatabase  *database;         /* this thread's */
  char           *path;

  GHashTable     *contacts;         /* id → LobbyContact, not owned: each leaves when it is disposed of */
  GHashTable     *conversations;    /* &row → LobbyConversation */
  GHashTable     *messages;         /* &row → LobbyMessage */

  /* One writer at a time, this thread first: the worker gives way between its transactions. */
  GMutex          write_mutex;
  GCond           write_cond;
  gboolean        writing;
  guint           main_waiting;

  LobbyBackground *background;      /* the worker and what waits for it; NULL until first used */
};

/* Around every writing transaction of this thread. NULL with @error; end with lobby_store_commit or lobby_store_abandon. */
typedef struct
{
  LobbyStore       *store;
  LobbyTransaction *transaction;
  LobbyJournal     *journal;
  LobbyWriter       writer;
  gboolean          locked;
} LobbyStoreEdit;
LobbyStoreEdit          *lobby_store_edit_begin          (LobbyStore         *self,
                                                          GError            **error);
/* Flushes, commits and publishes. Frees @edit in every case. */
gboolean                 lobby_store_edit_commit         (LobbyStoreEdit     *edit,
                                                          GError            **error);
void                     lobby_store_edit_free           (LobbyStoreEdit     *edit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyStoreEdit, lobby_store_edit_free)

void                     lobby_store_lock_writing        (LobbyStore         *self,
                                                          gboolean            main_thread);
void                     lobby_store_unlock_writing      (LobbyStore         *self);

/* Live objects: NULL when nobody holds one. (transfer none) */
LobbyMessage            *lobby_store_peek_message        (LobbyStore         *self,
                                                          gint64              row);
LobbyConversation       *lobby_store_peek_conversation   (LobbyStore         *self,
                                                          gint64              row);
/* Read live objects anew from their rows. */
void                     lobby_store_refresh_message     (LobbyStore         *self,
                                                          gint64              row);
void                     lobby_store_refresh_conversation (LobbyStore        *self,
                                                          gint64              row);
void                     lobby_store_refresh_contact     (LobbyStore         *self,
                                                          const char         *id);
/* The live messages whose conversation was the one of this id. */
void                     lobby_store_refresh_messages_of (LobbyStore         *self,
                                                          const char         *conversation_id);
/* The row is gone: its object, if any, no longer stands for it. */
void                     lobby_store_forget_conversation (LobbyStore         *self,
                                                          gint64              row);
void                     lobby_store_forget_message      (LobbyStore         *self,
                                                          gint64              row);
LobbyConversation       *lobby_store_get_conversation_by_row (LobbyStore     *self,
                                                          gint64              row);

/* Publishes a journal; with a @deadline (monotonic, 0 for none) stops there and returns FALSE: call again to go on. */
typedef struct _LobbyPublication LobbyPublication;
LobbyPublication        *lobby_publication_new           (LobbyStore         *store,
                                                          LobbyJournal       *journal);
gboolean                 lobby_publication_run           (LobbyPublication   *self,
                                                          gint64              deadline);
void                     lobby_publication_free          (LobbyPublication   *self);
void                     lobby_store_publish             (LobbyStore         *self,
                                                          LobbyJournal       *journal);
void                     lobby_store_emit_reset          (LobbyStore         *self);
enum
{
  LOBBY_STORE_MESSAGE_ADDED,
  LOBBY_STORE_MESSAGE_MOVED,
  LOBBY_STORE_MESSAGE_REMOVED,
  LOBBY_STORE_MESSAGES_PAGED,
  LOBBY_STORE_MESSAGES_RESET,
  LOBBY_STORE_CONVERSATION_MERGED,
  LOBBY_STORE_CONVERSATION_CHANGED,
  LOBBY_STORE_RESET,
  LOBBY_STORE_N_SIGNALS
};
extern guint             lobby_store_signals[LOBBY_STORE_N_SIGNALS];

/* Waits for what the worker writes now, drops the rest. */
void                     lobby_store_stop_background     (LobbyStore         *self);

G_END_DECLS
