/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-account.h"
#include "lobby-store.h"

G_BEGIN_DECLS

/* The businesses of an account with their people and numbers, as the server told them last; known
 * without a network too. */
typedef struct _LobbyTeam LobbyTeam;

/* What the store remembers. */
LobbyTeam  *lobby_team_new               (LobbyStore *store);
void        lobby_team_free              (LobbyTeam  *self);
/* The answer of GET /api/businesses; FALSE when it is none. Remembered. */
gboolean    lobby_team_update            (LobbyTeam  *self,
                                          JsonObject *answer);
/* Events of connections. FALSE when they change nothing. */
gboolean    lobby_team_set_state         (LobbyTeam  *self,
                                          const char *connection_id,
                                          const char *state,
                                          const char *reason);
gboolean    lobby_team_set_qr            (LobbyTeam  *self,
                                          const char *connection_id,
                                          const char *qr);
gboolean    lobby_team_set_code          (LobbyTeam  *self,
                                          const char *connection_id,
                                          const char *code);
/* A Connection as it is now, known or new. What only owners may know is not remembered. */
gboolean    lobby_team_put_connection    (LobbyTeam  *self,
                                          JsonObject *connection);
/* A Connection of an answer. Answers and events come on ways of their own: what an event told since the request,
 * when lobby_team_count_told() was @asked_at, may be newer; it stays, and replaces what @connection says. One that is not known then may
 * have been removed, and is not added. */
void        lobby_team_put_answer        (LobbyTeam  *self,
                                          JsonObject *connection,
                                          guint       asked_at);
guint       lobby_team_count_told        (LobbyTeam  *self);
gboolean    lobby_team_remove_connection (LobbyTeam  *self,
                                          const char *connection_id);
/* (transfer full), NULL-terminated. */
char      **lobby_team_list_business_ids (LobbyTeam  *self);
/* Of the first business, or NULL. */
const char *lobby_team_get_business_name (LobbyTeam  *self);
const char *lobby_team_get_agent_name    (LobbyTeam  *self,
                                          const char *agent_id);
/* Of LobbyWhatsappConnection, in the server's order; the same model for the life of the team. */
GListModel *lobby_team_get_connections   (LobbyTeam  *self);
/* (transfer none) or NULL */
LobbyWhatsappConnection *lobby_team_find_connection (LobbyTeam  *self,
                                          const char *connection_id);
/* "owner" or "agent": what the server said last; NULL unknown. */
const char *lobby_team_get_role          (LobbyTeam  *self);
/* FALSE when it is as before. */
gboolean    lobby_team_set_role          (LobbyTeam  *self,
                                          const char *role);

G_END_DECLS
