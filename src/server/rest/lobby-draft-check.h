/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Whether WhatsApp would take what a client wants sent (CLOUD_API 2 and 5), so that an agent is told at once and in words
 * rather than by a code that comes back later. Each returns NULL, or what is wrong. (transfer full)
 */

/* Of type button, list, cta_url, location_request_message or contact_request. @has_file: the header's file comes from an upload. */
char *lobby_draft_check_interactive (JsonObject *interactive,
                                     gboolean    has_file);
/* {"name","language","components"?} by itself: of the right shape, whatever the template wants. */
char *lobby_draft_check_template    (JsonObject *template,
                                     gboolean    has_file);
/* Contact cards. One that has only formatted_name gets it as its first name, too: WhatsApp wants another part. */
char *lobby_draft_check_contacts    (JsonArray  *contacts);
char *lobby_draft_check_location    (JsonObject *location);

/* What they share. Member @name of @object, told as @what, is a text of @least to @most characters (absent counts as empty). */
char *lobby_draft_check_text        (JsonObject *object,
                                     const char *name,
                                     const char *what,
                                     guint       least,
                                     guint       most);
/* @object has "link" (an address) or "id", or an upload takes their place. */
char *lobby_draft_check_file        (JsonObject *object,
                                     const char *what,
                                     gboolean    has_file);

G_END_DECLS
