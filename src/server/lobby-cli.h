/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-config.h"
#include "lobby-storage.h"

G_BEGIN_DECLS

#define LOBBY_CLI_ERROR (lobby_cli_error_quark ())
GQuark lobby_cli_error_quark (void);
typedef enum
{
  LOBBY_CLI_ERROR_USAGE,        /* a missing or senseless option */
  LOBBY_CLI_ERROR_REFUSED,      /* what was asked for cannot be done here */
  LOBBY_CLI_ERROR_PROBLEMS,     /* it was done, and something is wrong */
} LobbyCliError;

/* The options that every command has. */
typedef struct
{
  char *config;
  char *data;
  char *listen;
} LobbyCliCommon;

typedef struct
{
  const char         *words;            /* "user add"; "" for none */
  const char         *summary;
  const char         *description;      /* or NULL */
  const GOptionEntry *entries;
  gboolean          (*run) (const LobbyCliCommon *common, GError **error);
} LobbyCommand;

extern const LobbyCommand lobby_cli_serve;
extern const LobbyCommand lobby_cli_setup;
extern const LobbyCommand lobby_cli_business_add;
extern const LobbyCommand lobby_cli_user_add;
extern const LobbyCommand lobby_cli_user_list;
extern const LobbyCommand lobby_cli_user_remove;
extern const LobbyCommand lobby_cli_user_password;
extern const LobbyCommand lobby_cli_user_role;
extern const LobbyCommand lobby_cli_token_list;
extern const LobbyCommand lobby_cli_token_revoke;
extern const LobbyCommand lobby_cli_connection_add;
extern const LobbyCommand lobby_cli_connection_edit;
extern const LobbyCommand lobby_cli_connection_list;
extern const LobbyCommand lobby_cli_connection_remove;
extern const LobbyCommand lobby_cli_backup;
extern const LobbyCommand lobby_cli_check;

/* The storage of a server that was set up; it may be running. */
LobbyStorage *lobby_cli_open_storage (const LobbyCliCommon *common,
                                      GError              **error);
/* The settings, when there is a database in their data folder. */
LobbyConfig  *lobby_cli_find_data    (const LobbyCliCommon *common,
                                      GError              **error);
LobbyAgent   *lobby_cli_find_agent   (LobbyStorage         *storage,
                                      const char           *user,
                                      GError              **error);
/* Commits. TRUE when it is on the disk. */
gboolean      lobby_cli_keep         (LobbyStorage         *storage,
                                      GError              **error);
/* The password from @file, from standard input, or asked for; checked and hashed. */
char         *lobby_cli_password_hash (const char          *file,
                                      gboolean              from_stdin,
                                      gboolean              may_ask,
                                      GError              **error);
/* Takes @value when it is there, else asks. */
gboolean      lobby_cli_need         (char                **value,
                                      const char           *option,
                                      const char           *prompt,
                                      gboolean              may_ask,
                                      GError              **error);

G_END_DECLS
