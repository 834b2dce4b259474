/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/* What a file is, by its content. @told is the mime type that somebody told. Blocking: for a thread. NULL with G_FILE_ERROR. */
LobbyMediaFacts *lobby_media_inspect (const char   *path,
                                      const char   *told,
                                      GError      **error);

G_END_DECLS
