/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lobby-schedule.h"

G_BEGIN_DECLS

/*
 * The files on WhatsApp's side, in memory. What the business uploads lives for 30 days, what a
 * customer sent for 7, and each address of one for 5 minutes (the knob media_url_ms). Days are of the
 * schedule, minutes are of the clock on the wall: the other end is not faster than it is.
 */
typedef struct
{
  char    *id;
  char    *mime_type;   /* with parameters, as it was told */
  char    *file_name;   /* or NULL */
  GBytes  *bytes;
  char    *sha256;      /* lowercase hex */
  char    *sha256_base64;
  gint64   expires;     /* ms of the schedule */
} LobbyMedia;

typedef struct _LobbyMediaStore LobbyMediaStore;

#define LOBBY_MEDIA_FILE_MAX  (100 * 1024 * 1024)
#define LOBBY_MEDIA_STORE_MAX (G_GUINT64_CONSTANT (1024) * 1024 * 1024)

LobbyMediaStore  *lobby_media_store_new       (LobbySchedule    *schedule);
void              lobby_media_store_free      (LobbyMediaStore  *self);
/* NULL when the store is full. Borrowed, until it is removed or expires. */
const LobbyMedia *lobby_media_store_add       (LobbyMediaStore  *self,
                                               GBytes           *bytes,
                                               const char       *mime_type,
                                               const char       *file_name,
                                               gboolean          inbound);
const LobbyMedia *lobby_media_store_find      (LobbyMediaStore  *self,
                                               const char       *id);
gboolean          lobby_media_store_remove    (LobbyMediaStore  *self,
                                               const char       *id);
/* A new address under @base that works for @lifetime ms. (transfer full) */
char             *lobby_media_store_make_url  (LobbyMediaStore  *self,
                                               const LobbyMedia *media,
                                               const char       *base,
                                               gint64            lifetime);
/* What an address with these parameters shows; NULL when it has expired or never was. */
const LobbyMedia *lobby_media_store_open      (LobbyMediaStore  *self,
                                               const char       *id,
                                               const char       *hash);

/* Whether POST /media takes this type at all (else 100). */
gboolean          lobby_media_type_allowed    (const char       *mime_type);
/* Whether a message of @type can carry it: 131053 with Meta's words, else. */
gboolean          lobby_media_check           (const LobbyMedia *media,
                                               const char       *type,
                                               GError          **error);

G_END_DECLS
