/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Reading JSON that a peer wrote. A member that is missing, null, of another type or longer than
 * its limit reads as absent; nothing here warns or aborts on hostile input.
 */

#define LOBBY_JSON_ERROR (lobby_json_error_quark ())
GQuark lobby_json_error_quark (void);

typedef enum
{
  LOBBY_JSON_ERROR_SYNTAX,
  LOBBY_JSON_ERROR_TOO_DEEP,
  LOBBY_JSON_ERROR_TOO_LARGE,
  LOBBY_JSON_ERROR_NOT_AN_OBJECT,
} LobbyJsonError;

#define LOBBY_JSON_MAX_DEPTH 64

/* Parses strict UTF-8 JSON of any root; refuses more than LOBBY_JSON_MAX_DEPTH levels before building anything. */
JsonNode   *lobby_json_parse          (const char  *text,
                                       gssize       length,
                                       GError     **error);
/* The same, and the root must be an object. (transfer full) */
JsonObject *lobby_json_parse_object   (const char  *text,
                                       gssize       length,
                                       GError     **error);
char       *lobby_json_to_string      (JsonNode    *node);
/* Consumes nothing; one line, no spaces. */
char       *lobby_json_object_to_string (JsonObject *object);

/* All of these take a NULL @object as an empty one, so that lookups chain. Results are borrowed. */
const char *lobby_json_get_string     (JsonObject  *object,
                                       const char  *name,
                                       gsize        max_bytes);   /* NULL when absent or longer */
gboolean    lobby_json_get_int        (JsonObject  *object,
                                       const char  *name,
                                       gint64      *value);       /* also digits in a string, as Meta sends them */
gint64      lobby_json_get_int_or     (JsonObject  *object,
                                       const char  *name,
                                       gint64       fallback);
double      lobby_json_get_double_or  (JsonObject  *object,
                                       const char  *name,
                                       double       fallback);
gboolean    lobby_json_get_boolean_or (JsonObject  *object,
                                       const char  *name,
                                       gboolean     fallback);
JsonObject *lobby_json_get_object     (JsonObject  *object,
                                       const char  *name);
JsonArray  *lobby_json_get_array      (JsonObject  *object,
                                       const char  *name);
/* Element @index of @array when it is an object, else NULL. @array may be NULL. */
JsonObject *lobby_json_array_object   (JsonArray   *array,
                                       guint        index);
/* The same for a text of at most @max_bytes. */
const char *lobby_json_array_string   (JsonArray   *array,
                                       guint        index,
                                       gsize        max_bytes);
guint       lobby_json_array_length   (JsonArray   *array);

/* Writing: sets a member only when @value is not NULL. */
void        lobby_json_set_string     (JsonObject  *object,
                                       const char  *name,
                                       const char  *value);

G_END_DECLS
