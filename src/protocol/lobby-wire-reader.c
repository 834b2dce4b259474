/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-protocol"

#include "lobby-wire-reader.h"

#include "lobby-clock.h"
#include "lobby-engine-packet.h"

/* A time with a fraction and an offset has fewer than 40 letters. */
#define MAX_TIME_TEXT 64

void
lobby_wire_reader_fail (LobbyWireReader *reader,
                        const char *member,
                        const char *problem)
{
  if (!reader->failed)
    g_set_error (reader->error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED,
                 "%s: “%s” %s", reader->what, member, problem);
  reader->failed = TRUE;
}

static JsonNode *
present_member (LobbyWireReader *reader,
                const char *member)
{
  JsonNode *node;

  if (reader->failed)
    return NULL;
  node = json_object_get_member (reader->object, member);
  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static gboolean
holds (JsonNode *node,
       GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

gboolean
lobby_wire_reader_has (LobbyWireReader *reader,
                       const char *member)
{
  return present_member (reader, member) != NULL;
}

char *
lobby_wire_reader_text (LobbyWireReader *reader,
                        const char *member,
                        gsize max_bytes)
{
  JsonNode *node = present_member (reader, member);
  const char *text;

  if (node == NULL)
    return NULL;
  if (!holds (node, G_TYPE_STRING))
    {
      lobby_wire_reader_fail (reader, member, "is not text");
      return NULL;
    }
  text = json_node_get_string (node);
  if (strlen (text) > max_bytes)
    {
      lobby_wire_reader_fail (reader, member, "is too long");
      return NULL;
    }
  /* An escaped lone surrogate is legal JSON but no UTF-8; it must not cost the whole message. */
  return g_utf8_make_valid (text, -1);
}

char *
lobby_wire_reader_required_text (LobbyWireReader *reader,
                                 const char *member,
                                 gsize max_bytes)
{
  g_autofree char *text = lobby_wire_reader_text (reader, member, max_bytes);

  if (text == NULL || *text == '\0')
    {
      lobby_wire_reader_fail (reader, member, "is missing");
      return NULL;
    }
  return g_steal_pointer (&text);
}

gint64
lobby_wire_reader_integer (LobbyWireReader *reader,
                           const char *member,
                           gint64 min,
                           gint64 max,
                           gint64 fallback)
{
  JsonNode *node = present_member (reader, member);
  gint64 value;

  if (node == NULL)
    return fallback;
  if (!holds (node, G_TYPE_INT64))
    {
      lobby_wire_reader_fail (reader, member, "is not a whole number");
      return fallback;
    }
  value = json_node_get_int (node);
  if (value < min || value > max)
    {
      lobby_wire_reader_fail (reader, member, "is out of range");
      return fallback;
    }
  return value;
}

gint64
lobby_wire_reader_required_integer (LobbyWireReader *reader,
                                    const char *member,
                                    gint64 min,
                                    gint64 max)
{
  if (present_member (reader, member) == NULL)
    {
      lobby_wire_reader_fail (reader, member, "is missing");
      return min;
    }
  return lobby_wire_reader_integer (reader, member, min, max, min);
}

gboolean
lobby_wire_reader_boolean (LobbyWireReader *reader,
                           const char *member)
{
  JsonNode *node = present_member (reader, member);

  if (node == NULL)
    return FALSE;
  if (!holds (node, G_TYPE_BOOLEAN))
    {
      lobby_wire_reader_fail (reader, member, "is neither true nor false");
      return FALSE;
    }
  return json_node_get_boolean (node);
}

gint64
lobby_wire_reader_time (LobbyWireReader *reader,
                        const char *member)
{
  g_autofree char *text = lobby_wire_reader_text (reader, member, MAX_TIME_TEXT);
  gint64 msec = 0;

  if (text == NULL)
    return 0;
  if (!lobby_clock_parse (text, &msec))
    {
      lobby_wire_reader_fail (reader, member, "is not a time");
      return 0;
    }
  return msec;
}

JsonObject *
lobby_wire_reader_object (LobbyWireReader *reader,
                          const char *member)
{
  JsonNode *node = present_member (reader, member);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      lobby_wire_reader_fail (reader, member, "is not an object");
      return NULL;
    }
  return json_node_get_object (node);
}

void
lobby_wire_set_time (JsonObject *object,
                     const char *member,
                     gint64 msec)
{
  g_autofree char *text = NULL;

  if (msec == 0)
    return;
  text = lobby_clock_format (msec);
  json_object_set_string_member (object, member, text);
}
