/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Reads the members of one wire object. The first member that is missing, of another type or
 * beyond its limit fails the reader for good; the reads after it return nothing. An absent or null
 * optional member is no failure.
 */
typedef struct
{
  JsonObject *object;
  const char *what;     /* the kind of object, for the error */
  GError    **error;
  gboolean    failed;
} LobbyWireReader;

#define LOBBY_WIRE_READER_INIT(object, what, error) { (object), (what), (error), (object) == NULL }

void        lobby_wire_reader_fail          (LobbyWireReader *reader,
                                             const char      *member,
                                             const char      *problem);
/* (transfer full), valid UTF-8; NULL when absent. */
char       *lobby_wire_reader_text          (LobbyWireReader *reader,
                                             const char      *member,
                                             gsize            max_bytes);
char       *lobby_wire_reader_required_text (LobbyWireReader *reader,
                                             const char      *member,
                                             gsize            max_bytes);
/* An integer of @min to @max, @fallback when absent. */
gint64      lobby_wire_reader_integer       (LobbyWireReader *reader,
                                             const char      *member,
                                             gint64           min,
                                             gint64           max,
                                             gint64           fallback);
gint64      lobby_wire_reader_required_integer (LobbyWireReader *reader,
                                             const char      *member,
                                             gint64           min,
                                             gint64           max);
gboolean    lobby_wire_reader_boolean       (LobbyWireReader *reader,
                                             const char      *member);
/* Milliseconds since 1970, 0 when absent. */
gint64      lobby_wire_reader_time          (LobbyWireReader *reader,
                                             const char      *member);
/* Borrowed, NULL when absent. */
JsonObject *lobby_wire_reader_object        (LobbyWireReader *reader,
                                             const char      *member);
gboolean    lobby_wire_reader_has           (LobbyWireReader *reader,
                                             const char      *member);

/* Writing: nothing for 0. */
void        lobby_wire_set_time             (JsonObject      *object,
                                             const char      *member,
                                             gint64           msec);

G_END_DECLS
