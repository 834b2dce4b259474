/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

#define LOBBY_CONNECTION_GRAPH_URL "https://graph.facebook.com/v25.0"
#define LOBBY_CONNECTION_SESSION   "default"     /* what gateways call the only session they have */

/* What is wrong with a setting: which one, as docs/openapi.yaml names it, and words for who typed it. */
typedef struct
{
  const char *field;
  char       *message;
} LobbySettingProblem;
void     lobby_setting_problem_clear   (LobbySettingProblem *problem);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbySettingProblem, lobby_setting_problem_clear)

/* Of a server, by http or https: takes the slashes off its end. NULL, or what is wrong with it. */
const char *lobby_connection_check_address (char *address);
/* Puts the members of @json that are settings into @connection; absent ones stay as they are, null ones are cleared. */
gboolean lobby_connection_take_json    (LobbyConnection     *connection,
                                        JsonObject          *json,
                                        LobbySettingProblem *problem);
/* "+34 600-11" → "+3460011"; NULL and *@problem for what is no number. (transfer full) */
char    *lobby_connection_dup_number   (const char          *text,
                                        LobbySettingProblem *problem);
/* Brings the settings into their one form ("+34 600-11" → "+3460011", no slash behind an address), puts in what may be left out,
 * and makes the secrets that are ours to make. FALSE and *@problem when something is missing or cannot be. */
gboolean lobby_connection_complete     (LobbyConnection     *connection,
                                        LobbySettingProblem *problem);

G_END_DECLS
