/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "lobby-conversation.h"

G_BEGIN_DECLS

/*
 * The local copy of one account: a SQLite file and the live objects that show it. All writes go
 * through here; after each commit the live objects notify and these signals fire, on the main thread:
 *   "message-added"        (LobbyMessage *message)   a row that was not there, anywhere in its conversation
 *   "message-moved"        (LobbyMessage *message, gint64 old_sent_at)  its order key changed
 *   "message-removed"      (gint64 row_id, const char *conversation_id)
 *   "messages-paged"       (const char *conversation_id)   older messages became known; no message-added for them
 *   "conversation-merged"  (LobbyConversation *gone, LobbyConversation *kept)  the messages of @gone, which somebody holds, are
 *                          @kept's; @gone stands for nothing any more. Before all other signals of its commit
 *   "conversation-changed" (LobbyConversation *conversation)  new, or its place in the list may have changed
 *   "reset"                ()                        everything may be different
 * Bursts: one apply with many messages fires once per message, after the one commit; past 200 messages in one
 * conversation "messages-reset" (const char *conversation_id) instead.
 */
#define LOBBY_TYPE_STORE (lobby_store_get_type ())
G_DECLARE_FINAL_TYPE (LobbyStore, lobby_store, LOBBY, STORE, GObject)

/* @path may be ":memory:" for tests. Errors: LOBBY_DATABASE_ERROR. */
LobbyStore        *lobby_store_open              (const char         *path,
                                                  GError            **error);
void               lobby_store_close             (LobbyStore         *self);
/* Gives back the memory of what is only kept to be read again. */
void               lobby_store_release_memory    (LobbyStore         *self);

/* Sync. */
gint64             lobby_store_get_seq           (LobbyStore         *self,
                                                  const char         *business_id);  /* 0: never synced */
gboolean           lobby_store_apply             (LobbyStore         *self,
                                                  LobbyChangeSet     *changes,
                                                  GError            **error);
/* The same for big ones: written on a worker over a second connection. Takes @changes. Resolves to TRUE. */
DexFuture         *lobby_store_apply_in_background (LobbyStore       *self,
                                                  LobbyChangeSet     *changes);
/* sync:reset: what is known stays, but history before each conversation's next snapshot message
 * has a gap and is asked for again. */
gboolean           lobby_store_begin_reset       (LobbyStore         *self,
                                                  const char         *business_id,
                                                  GError            **error);

/* Lookups; NULL when unknown. (transfer full) */
LobbyConversation *lobby_store_get_conversation  (LobbyStore         *self,
                                                  const char         *id);
LobbyMessage      *lobby_store_get_message       (LobbyStore         *self,
                                                  const char         *id);
LobbyMessage      *lobby_store_get_message_by_row (LobbyStore        *self,
                                                  gint64              row_id);
/* Whether older messages than the local ones may exist on the server. */
gboolean           lobby_store_history_is_whole  (LobbyStore         *self,
                                                  const char         *conversation_id);
/* The oldest contiguous local message, to page from; FALSE when there is none. @id: (transfer full) */
gboolean           lobby_store_get_oldest        (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  gint64             *sent_at,
                                                  char              **id);
/* The order of a conversation is (sent_at, the server's id), as at the server: WhatsApp's times are whole seconds.
 * A keyset page in that order, oldest first: up to @limit messages before (sent_at,row_id), or after. (transfer full) of LobbyMessage */
GPtrArray         *lobby_store_load_before       (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  gint64              sent_at,
                                                  gint64              row_id,
                                                  guint               limit);
GPtrArray         *lobby_store_load_after        (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  gint64              sent_at,
                                                  gint64              row_id,
                                                  guint               limit);
GPtrArray         *lobby_store_load_latest       (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  guint               limit);
/* How many messages lie behind (sent_at, row_id). */
guint              lobby_store_count_after       (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  gint64              sent_at,
                                                  gint64              row_id);
/* Whether a message is an item of the known contiguous history. */
gboolean           lobby_store_is_in_history     (LobbyStore         *self,
                                                  LobbyMessage       *message);
/* A keyset page of the list, most recent first; @search (may be NULL) matches name and number. Pass 0 and NULL to begin. */
GPtrArray         *lobby_store_load_conversations (LobbyStore        *self,
                                                  const char         *search,
                                                  gint64              before_activity,
                                                  const char         *before_id,
                                                  guint               limit);
/* The first unread inbound message that is known here: row id, or 0; @beyond: how many there are before it that only the server knows. */
gint64             lobby_store_get_first_unread  (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  guint              *beyond);
/* The same once older messages have come, also when all have been read meanwhile: @first and @beyond are what was found before. */
gint64             lobby_store_extend_unread     (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  gint64              first,
                                                  guint              *beyond);

/* Outbox. queue: makes the message (pending, at the bottom) and its outbox entry durably in one
 * transaction; returns it, or NULL with @error (LOBBY_DATABASE_ERROR_FULL: nothing was kept). (transfer full) */
LobbyMessage      *lobby_store_queue_text        (LobbyStore         *self,
                                                  LobbyConversation  *conversation,
                                                  const char         *client_id,
                                                  const char         *text,
                                                  const char         *quoted_id,
                                                  GError            **error);
typedef struct
{
  gint64  row_id;            /* of the message */
  char   *client_id;
  char   *conversation_id;
  char   *contact_id;
  char   *connection_id;
  char   *text;
  char   *quoted_id;
  int     attempts;
  gint64  next_attempt_at;   /* ms since 1970; 0 at once */
} LobbyOutboxEntry;
void               lobby_outbox_entry_free       (LobbyOutboxEntry   *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyOutboxEntry, lobby_outbox_entry_free)
/* The first entry of each conversation, oldest first. (transfer full) of LobbyOutboxEntry */
GPtrArray         *lobby_store_outbox_heads      (LobbyStore         *self);
guint              lobby_store_outbox_size       (LobbyStore         *self);
gboolean           lobby_store_outbox_delay      (LobbyStore         *self,
                                                  const char         *client_id,
                                                  gint64              next_attempt_at,
                                                  GError            **error);
/* Permanent refusal: the message becomes failed with the reason, the entry goes. */
gboolean           lobby_store_outbox_fail       (LobbyStore         *self,
                                                  const char         *client_id,
                                                  int                 error_code,
                                                  const char         *error_text,
                                                  GError            **error);
/* Agent's wishes on a failed or waiting message: try again (the same message when the server never took it, else one new message however often
 * it is asked for), or remove it. */
gboolean           lobby_store_outbox_retry      (LobbyStore         *self,
                                                  LobbyMessage       *message,
                                                  GError            **error);
gboolean           lobby_store_discard           (LobbyStore         *self,
                                                  LobbyMessage       *message,
                                                  GError            **error);

/* Reading, kept until the server knows: marks locally at once and remembers to tell. */
gboolean           lobby_store_mark_read         (LobbyStore         *self,
                                                  LobbyConversation  *conversation,
                                                  GError            **error);
/* Conversation ids whose reading the server does not know yet, with the newest message read: (transfer full) of char*: id, up_to, id, up_to …
 * A change set says when it knows. */
GPtrArray         *lobby_store_unsent_reads      (LobbyStore         *self);

/* Drafts. NULL or "" takes it away. */
gboolean           lobby_store_set_draft         (LobbyStore         *self,
                                                  LobbyConversation  *conversation,
                                                  const char         *text,
                                                  GError            **error);
/* Not stored. @agent_name NULL: nobody. */
void               lobby_store_set_customer_typing (LobbyStore       *self,
                                                  const char         *conversation_id,
                                                  gboolean            typing);
void               lobby_store_set_agent_typing  (LobbyStore         *self,
                                                  const char         *conversation_id,
                                                  const char         *agent_name);

/* Small settings of the account (who signed in, names of agents and connections …). @value NULL removes. */
char              *lobby_store_dup_setting       (LobbyStore         *self,
                                                  const char         *key);
gboolean           lobby_store_set_setting       (LobbyStore         *self,
                                                  const char         *key,
                                                  const char         *value,
                                                  GError            **error);
int                lobby_store_total_unread      (LobbyStore         *self);   /* conversations with unread messages */

G_END_DECLS
