/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-sqlite-storage.h"

G_BEGIN_DECLS

/* A server's storage in a folder of its own, with a business, an owner and a connection, and every event it committed. */
typedef struct
{
  char         *folder;
  LobbyStorage *storage;
  char         *business;
  char         *agent;
  char         *connection;
  GPtrArray    *events;
} StorageFixture;

void        storage_fixture_set_up      (StorageFixture *fixture,
                                         gconstpointer   data);
void        storage_fixture_tear_down   (StorageFixture *fixture,
                                         gconstpointer   data);
/* Closes and opens it again, as a restart does. */
void        storage_fixture_restart     (StorageFixture *fixture);
void        storage_fixture_flush       (StorageFixture *fixture);
/* A text from a customer; @at in ms, 0: now. TRUE: it was new. */
gboolean    storage_fixture_say         (StorageFixture *fixture,
                                         const char     *wa_id,
                                         const char     *whatsapp_message_id,
                                         const char     *text,
                                         gint64          at);
/* The conversation of the customer with this number. (transfer full) */
LobbyWireConversation *storage_fixture_conversation (StorageFixture *fixture,
                                         const char     *wa_id);
/* Any of them, NULL when there is none. (transfer full) */
LobbyWireConversation *storage_fixture_some_conversation (StorageFixture *fixture,
                                         GRand          *random);
/* An agent's text, its id. (transfer full) */
char       *storage_fixture_answer      (StorageFixture *fixture,
                                         const char     *wa_id,
                                         const char     *client_id,
                                         const char     *text);
/* The same, whatever comes of it. @quoted_id may be NULL. */
LobbyWireMessage *storage_fixture_accept (StorageFixture *fixture,
                                         const char     *conversation_id,
                                         const char     *client_id,
                                         const char     *text,
                                         const char     *quoted_id,
                                         gboolean       *existed,
                                         GError        **error);
/* Its work at the head of its conversation; one that is not in the queue when it is off it. (transfer full) */
LobbyOutbound *storage_fixture_work     (StorageFixture *fixture,
                                         const char     *message_id);
/* WhatsApp took it, and gave it this id. */
void        storage_fixture_sent        (StorageFixture *fixture,
                                         const char     *message_id,
                                         const char     *whatsapp_message_id);
void        storage_fixture_status      (StorageFixture *fixture,
                                         const char     *whatsapp_message_id,
                                         const char     *opaque,
                                         LobbyStatus     status);
/* The payload of committed event @index, from the end when negative. (transfer full) */
JsonObject *storage_fixture_payload     (StorageFixture *fixture,
                                         int             index);
const char *storage_fixture_event_name  (StorageFixture *fixture,
                                         int             index);
/* That the log has 1 … n without holes, the same that was emitted. */
void        storage_fixture_check_log   (StorageFixture *fixture);
/* Stores a raw delivery of the fixture's connection. */
void        storage_fixture_put_delivery (StorageFixture *fixture,
                                         GBytes         *body);
/* Removes a folder and all in it. */
void        storage_fixture_remove      (const char     *path);

G_END_DECLS
