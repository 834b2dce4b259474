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
  guint     token_days;         /* 0: unused tokens stay */
  guint     keep_days;
  guint     ping_interval;      /* s */
  guint     ping_timeout;       /* s */
} LobbyConfig;

/* Every argument may be NULL. A @path that was asked for must exist unless @may_be_absent. */
LobbyConfig *lobby_config_load  (const char         *path,
                                 const char         *listen,
                                 const char         *data_folder,
                                 gboolean            may_be_absent,
                                 GError            **error);
/* The defaults, without looking at any file. */
LobbyConfig *lobby_config_new   (const char         *listen,
                                 const char         *data_folder);
/* Writes the template to config->path with @listen and @data_folder, where they are given, filled in. */
gboolean     lobby_config_write (const LobbyConfig  *config,
                                 const char         *listen,
                                 const char         *data_folder,
                                 GError            **error);
/* Which settings differ, "[group] key" each; of those that hold only after a restart, or of the others. (transfer full) */
char       **lobby_config_diff  (const LobbyConfig  *one,
                                 const LobbyConfig  *other,
                                 gboolean            need_restart);
void         lobby_config_free  (LobbyConfig        *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyConfig, lobby_config_free)

G_END_DECLS
