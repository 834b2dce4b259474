/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What a fetched file is. Blocking: for a thread. */
typedef struct
{
  char    *sha256;              /* hex */
  char    *mime_type;
  gint64   size;
  int      width, height;       /* px; 0 unknown */
  int      duration;            /* ms; 0 unknown */
} LobbyMediaInspection;

/* @told is the mime type that WhatsApp told. NULL with G_FILE_ERROR. */
LobbyMediaInspection *lobby_media_inspect         (const char            *path,
                                                   const char            *told,
                                                   GError               **error);
void                  lobby_media_inspection_free (LobbyMediaInspection  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyMediaInspection, lobby_media_inspection_free)

/* Moves the (synced) file at @path to @folder/ab/abcdef… and syncs the folders, so that it is there after a crash. */
gboolean              lobby_media_keep            (const char            *path,
                                                   const char            *folder,
                                                   const char            *sha256,
                                                   GError               **error);

G_END_DECLS
