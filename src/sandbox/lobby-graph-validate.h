/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * What Meta checks in the body of POST /{pnid}/messages before it looks at anything else. Pure:
 * whether a media id, a template or a recipient exists is asked later, by whoever knows.
 * Lengths count characters. Errors are LOBBY_GRAPH_ERROR.
 */
gboolean lobby_graph_validate_message     (JsonObject   *message,
                                           GError      **error);

/* Parts of it, in files of their own. */
gboolean lobby_graph_validate_interactive (JsonObject   *interactive,
                                           GError      **error);
gboolean lobby_graph_validate_contacts    (JsonArray    *contacts,
                                           GError      **error);
gboolean lobby_graph_validate_template    (JsonObject   *template,
                                           GError      **error);

/* Pieces that these share. */
/* The string at @object[@name], named @path in errors: 100 when it is missing and @least > 0, or not a string, or longer than @most. */
gboolean lobby_graph_check_string         (JsonObject   *object,
                                           const char   *name,
                                           const char   *path,
                                           guint         least,
                                           guint         most,
                                           GError      **error);
gboolean lobby_graph_refuse               (GError      **error,
                                           int           code,
                                           const char   *format,
                                           ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
