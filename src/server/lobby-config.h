/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The settings of lobbyd: its key file (data/lobbyd.conf is the commented template), and over it the options of the command line.
 * A member has the unit of its key. Each key is one row of a table in lobby-config.c.
 */
typedef struct
{
  char     *path;               /* of the key file, which need not exist */
  gboolean  exists;

  char     *listen;
  char     *data_folder;
  char     *public_url;         /* without a slash at its end; NULL: not known */
  char     *certificate;        /* file names; both or none */
  char     *key;
  char     *trusted_proxies;    /* addresses and networks, separated by blanks or commas */
  guint     token_days;         /* 0: unused tokens stay */
  guint     keep_days;
  guint     keep_unused_days;   /* files */
  guint     ping_interval;      /* s */
  guint     ping_timeout;       /* s */
  guint     max_sockets;
  guint     max_connections;
  guint     max_per_address;
  guint     header_kib;
  guint     bodies_mib;
  guint     idle_seconds;
  guint     request_seconds;
  char     *metrics_token;      /* NULL: /metrics answers this machine only */
  char     *log_level;          /* "warning", "message", "info" or "debug" */
  char     *log_format;         /* "auto", "text" or "json" */

  char     *given_listen;       /* on the command line, or NULL */
  char     *given_data_folder;
} LobbyConfig;

/* Every argument may be NULL. A @path that was asked for must exist unless @may_be_absent. */
LobbyConfig *lobby_config_load  (const char         *path,
                                 const char         *listen,
                                 const char         *data_folder,
                                 gboolean            may_be_absent,
                                 GError            **error);
/* The same file and command line, read anew. */
LobbyConfig *lobby_config_reload (const LobbyConfig *self,
                                  GError           **error);
/* The defaults, without looking at any file. */
LobbyConfig *lobby_config_new   (const char         *listen,
                                 const char         *data_folder);
/* Writes the template to config->path with @listen and @data_folder, where they are given, filled in. */
gboolean     lobby_config_write (const LobbyConfig  *config,
                                 const char         *listen,
                                 const char         *data_folder,
                                 GError            **error);
/* @self goes on with what a running server has of @present: settings that need a restart. */
void         lobby_config_keep  (LobbyConfig        *self,
                                 const LobbyConfig  *present);
/* Which settings differ, "[group] key" each; of those that hold only after a restart, or of the others. (transfer full) */
char       **lobby_config_diff  (const LobbyConfig  *one,
                                 const LobbyConfig  *other,
                                 gboolean            need_restart);
void         lobby_config_free  (LobbyConfig        *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyConfig, lobby_config_free)

G_END_DECLS
