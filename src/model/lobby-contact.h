/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-records.h"

G_BEGIN_DECLS

/* A customer. One object a row while anyone holds it. Properties (read-only, notifying): id, name
 * (may be NULL), phone-number, username, picture-url, about, created-at, and display-name (never
 * NULL: name, else the formatted number, else @username, else "Unknown customer"). */
#define LOBBY_TYPE_CONTACT (lobby_contact_get_type ())
G_DECLARE_FINAL_TYPE (LobbyContact, lobby_contact, LOBBY, CONTACT, GObject)

const char *lobby_contact_get_id           (LobbyContact *self);
const char *lobby_contact_get_name         (LobbyContact *self);
const char *lobby_contact_get_phone_number (LobbyContact *self);
const char *lobby_contact_get_username     (LobbyContact *self);
const char *lobby_contact_get_picture_url  (LobbyContact *self);
const char *lobby_contact_get_about        (LobbyContact *self);
gint64      lobby_contact_get_created_at   (LobbyContact *self);
const char *lobby_contact_get_display_name (LobbyContact *self);

/* "+34600123456" → "+34 600 123 456": for reading, not for dialling. Anything else comes back as it is. (transfer full) */
char       *lobby_phone_number_format      (const char   *number);

G_END_DECLS
