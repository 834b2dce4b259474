/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Errors of the Graph API as GErrors: the code is Meta's own, the message is what stands in
 * error_data.details (or after "(#100) ", where Meta puts the details into the message).
 */
#define LOBBY_GRAPH_ERROR (lobby_graph_error_quark ())
GQuark lobby_graph_error_quark (void);

/* Codes of ours for the forms of one Meta code that look different on the wire. */
#define LOBBY_GRAPH_UNKNOWN_OBJECT  (-33)  /* 100 with subcode 33 */
#define LOBBY_GRAPH_TOKEN_EXPIRED   (-463) /* 190 with subcode 463 */
#define LOBBY_GRAPH_NO_TOKEN        (-104)

/* The title of @code as Meta words it, or NULL for a code that the sandbox does not know. */
const char *lobby_graph_error_title       (int           code);
guint       lobby_graph_error_http_status (int           code);
/* The whole body of the answer: {"error":{…}}. */
JsonObject *lobby_graph_error_to_answer   (const GError *error,
                                           const char   *trace_id);
/* The member of statuses[].errors[]: {"code","title","message","error_data","href"}. */
JsonObject *lobby_graph_error_to_status   (int           code,
                                           const char   *details);

G_END_DECLS
