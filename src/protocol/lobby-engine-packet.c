/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-protocol"

#include "lobby-engine-packet.h"

#include <string.h>

#include "lobby-id.h"
#include "lobby-json.h"

#define RECORD_SEPARATOR '\x1e'
/* A client with much to say fills a body with the smallest of messages. */
#define MAX_PACKETS 65536
#define MAX_HANDSHAKE_BYTES 65536
/* A ping interval or time-out beyond a day would overflow nothing but watches nothing either. */
#define MAX_PING_MSEC (24 * 60 * 60 * 1000)
/* What Node's engine.io assumes when a server tells none. */
#define DEFAULT_MAX_PAYLOAD 1000000

G_DEFINE_QUARK (lobby-protocol-error-quark, lobby_protocol_error)

void
lobby_engine_packet_clear (LobbyEnginePacket *packet)
{
  g_clear_pointer (&packet->payload, g_bytes_unref);
}

/* The bytes end in a NUL beyond their size, so that text can be passed on as a string. */
static GBytes *
copy_text (const char *text,
           gsize length)
{
  char *copy = g_malloc (length + 1);

  if (length > 0)
    memcpy (copy, text, length);
  copy[length] = '\0';
  return g_bytes_new_take (copy, length);
}

gboolean
lobby_engine_packet_decode (const char *text,
                            gsize length,
                            LobbyEnginePacket *packet,
                            GError **error)
{
  if (length > LOBBY_ENGINE_MAX_PACKET)
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE, "packet is too large");
      return FALSE;
    }
  if (length == 0 || text[0] < LOBBY_ENGINE_OPEN || text[0] > LOBBY_ENGINE_NOOP)
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_UNKNOWN, "unknown packet type");
      return FALSE;
    }
  if (!g_utf8_validate_len (text, length, NULL))
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED, "packet is not UTF-8");
      return FALSE;
    }
  packet->type = text[0];
  packet->binary = FALSE;
  packet->payload = copy_text (text + 1, length - 1);
  return TRUE;
}

char *
lobby_engine_packet_encode (LobbyEngineType type,
                            const char *payload)
{
  g_return_val_if_fail (type >= LOBBY_ENGINE_OPEN && type <= LOBBY_ENGINE_NOOP, NULL);

  return g_strdup_printf ("%c%s", (char)type, payload != NULL ? payload : "");
}

/* g_base64_decode skips what it does not know; a peer's garbage must not pass as bytes. */
static gboolean
is_base64 (const char *text,
           gsize length)
{
  gsize digits = length;

  if (length % 4 != 0)
    return FALSE;
  while (digits > 0 && length - digits < 2 && text[digits - 1] == '=')
    digits--;
  for (gsize i = 0; i < digits; i++)
    {
      if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
        return FALSE;
    }
  return TRUE;
}

static gboolean
decode_record (const char *record,
               gsize length,
               LobbyEnginePacket *packet,
               GError **error)
{
  g_autofree char *text = NULL;
  guchar *bytes;
  gsize n_bytes = 0;

  if (length == 0 || record[0] != 'b')
    return lobby_engine_packet_decode (record, length, packet, error);

  if (!is_base64 (record + 1, length - 1))
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED, "packet is not base64");
      return FALSE;
    }
  text = g_strndup (record + 1, length - 1);
  bytes = g_base64_decode (text, &n_bytes);
  packet->type = LOBBY_ENGINE_MESSAGE;
  packet->binary = TRUE;
  packet->payload = g_bytes_new_take (bytes, n_bytes);
  return TRUE;
}

GArray *
lobby_engine_payload_decode (const char *body,
                             gsize length,
                             GError **error)
{
  g_autoptr (GArray) packets = g_array_new (FALSE, TRUE, sizeof (LobbyEnginePacket));
  gsize start = 0;

  g_array_set_clear_func (packets, (GDestroyNotify)lobby_engine_packet_clear);
  if (length > LOBBY_ENGINE_MAX_PACKET)
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE, "payload is too large");
      return NULL;
    }
  while (TRUE)
    {
      const char *end = length > start ? memchr (body + start, RECORD_SEPARATOR, length - start) : NULL;
      gsize record = end != NULL ? (gsize)(end - body) - start : length - start;
      LobbyEnginePacket packet = { 0 };

      if (packets->len == MAX_PACKETS)
        {
          g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE, "too many packets");
          return NULL;
        }
      if (!decode_record (body + start, record, &packet, error))
        return NULL;
      g_array_append_val (packets, packet);
      if (end == NULL)
        return g_steal_pointer (&packets);
      start += record + 1;
    }
}

GBytes *
lobby_engine_payload_encode (const LobbyEnginePacket *packets,
                             gsize n_packets)
{
  GString *body = g_string_new (NULL);

  for (gsize i = 0; i < n_packets; i++)
    {
      gsize size;
      const char *data = g_bytes_get_data (packets[i].payload, &size);

      if (i > 0)
        g_string_append_c (body, RECORD_SEPARATOR);
      if (packets[i].binary)
        {
          g_autofree char *text = g_base64_encode ((const guchar *)data, size);
          g_string_append_c (body, 'b');
          g_string_append (body, text);
        }
      else
        {
          g_string_append_c (body, packets[i].type);
          g_string_append_len (body, data, size);
        }
    }
  return g_string_free_to_bytes (body);
}

static gboolean
read_msec (JsonObject *json,
           const char *name,
           guint *value,
           GError **error)
{
  gint64 msec;

  if (!lobby_json_get_int (json, name, &msec) || msec <= 0 || msec > MAX_PING_MSEC)
    {
      g_set_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED, "handshake: bad “%s”", name);
      return FALSE;
    }
  *value = msec;
  return TRUE;
}

gboolean
lobby_engine_handshake_decode (const char *json,
                               gsize length,
                               LobbyEngineHandshake *handshake,
                               GError **error)
{
  g_autoptr (JsonObject) object = NULL;
  LobbyEngineHandshake result = { 0 };
  const char *sid;
  gint64 max_payload;

  if (length > MAX_HANDSHAKE_BYTES)
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE, "handshake is too large");
      return FALSE;
    }
  object = lobby_json_parse_object (json, length, NULL);
  sid = lobby_json_get_string (object, "sid", LOBBY_ID_MAX);
  if (sid == NULL || *sid == '\0')
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED, "handshake without a sid");
      return FALSE;
    }
  if (!read_msec (object, "pingInterval", &result.ping_interval, error)
      || !read_msec (object, "pingTimeout", &result.ping_timeout, error))
    return FALSE;
  max_payload = lobby_json_get_int_or (object, "maxPayload", DEFAULT_MAX_PAYLOAD);
  result.max_payload = CLAMP (max_payload, 1, G_MAXINT);
  result.sid = g_strdup (sid);
  *handshake = result;
  return TRUE;
}

char *
lobby_engine_handshake_encode (const LobbyEngineHandshake *handshake,
                               gboolean can_upgrade)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *upgrades = json_array_new ();

  if (can_upgrade)
    json_array_add_string_element (upgrades, "websocket");
  json_object_set_string_member (object, "sid", handshake->sid);
  json_object_set_array_member (object, "upgrades", upgrades);
  json_object_set_int_member (object, "pingInterval", handshake->ping_interval);
  json_object_set_int_member (object, "pingTimeout", handshake->ping_timeout);
  json_object_set_int_member (object, "maxPayload", handshake->max_payload);
  return lobby_json_object_to_string (object);
}

void
lobby_engine_handshake_clear (LobbyEngineHandshake *handshake)
{
  g_clear_pointer (&handshake->sid, g_free);
}
