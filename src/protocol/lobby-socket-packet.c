/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-protocol"

#include "lobby-socket-packet.h"

#include <string.h>

#include "lobby-json.h"

#define MAX_NAMESPACE 256
/* Ack ids are numbers of JavaScript: exact up to 2^53, which has 16 digits. */
#define MAX_ACK_DIGITS 15

struct _LobbySocketDecoder
{
  LobbySocketPacket pending; /* waits for attachments when n_expected > 0 */
  guint n_expected;
  gsize n_bytes; /* of the attachments so far */
};

void
lobby_socket_packet_clear (LobbySocketPacket *packet)
{
  g_clear_pointer (&packet->namespace_, g_free);
  g_clear_pointer (&packet->data, json_node_unref);
  g_clear_pointer (&packet->attachments, g_ptr_array_unref);
}

static gboolean
is_binary (LobbySocketType type)
{
  return type == LOBBY_SOCKET_BINARY_EVENT || type == LOBBY_SOCKET_BINARY_ACK;
}

static gboolean
is_event (LobbySocketType type)
{
  return type == LOBBY_SOCKET_EVENT || type == LOBBY_SOCKET_BINARY_EVENT;
}

static gboolean
is_ack (LobbySocketType type)
{
  return type == LOBBY_SOCKET_ACK || type == LOBBY_SOCKET_BINARY_ACK;
}

static GString *
begin_packet (LobbySocketType type,
              guint n_attachments,
              const char *namespace_,
              gint64 ack_id)
{
  GString *text = g_string_new (NULL);

  g_string_append_c (text, '0' + type);
  if (is_binary (type))
    g_string_append_printf (text, "%u-", n_attachments);
  if (namespace_ != NULL && strcmp (namespace_, "/") != 0)
    g_string_append_printf (text, "%s,", namespace_);
  if (ack_id != LOBBY_SOCKET_NO_ACK)
    g_string_append_printf (text, "%" G_GINT64_FORMAT, ack_id);
  return text;
}

char *
lobby_socket_packet_encode (const LobbySocketPacket *packet)
{
  GString *text = begin_packet (packet->type, packet->attachments != NULL ? packet->attachments->len : 0,
                                packet->namespace_, packet->ack_id);

  if (packet->data != NULL)
    {
      g_autofree char *json = lobby_json_to_string (packet->data);
      g_string_append (text, json);
    }
  return g_string_free (text, FALSE);
}

char *
lobby_socket_event_encode (const char *namespace_,
                           gint64 ack_id,
                           const char *event,
                           const char *argument_json)
{
  GString *text = begin_packet (LOBBY_SOCKET_EVENT, 0, namespace_, ack_id);
  g_autoptr (JsonNode) name = json_node_init_string (json_node_alloc (), event);
  g_autofree char *quoted = lobby_json_to_string (name);

  g_string_append_printf (text, argument_json != NULL ? "[%s," : "[%s", quoted);
  if (argument_json != NULL)
    g_string_append (text, argument_json);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

char *
lobby_socket_ack_encode (const char *namespace_,
                         gint64 ack_id,
                         const char *argument_json)
{
  GString *text = begin_packet (LOBBY_SOCKET_ACK, 0, namespace_, ack_id);

  g_string_append_c (text, '[');
  if (argument_json != NULL)
    g_string_append (text, argument_json);
  g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static gboolean
malformed (GError **error,
           const char *problem)
{
  g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED, problem);
  return FALSE;
}

static gboolean
too_large (GError **error,
           const char *problem)
{
  g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE, problem);
  return FALSE;
}

/* Moves *@text behind its digits, at most @max_digits of them. -1: none, -2: too many. */
static gint64
read_digits (const char **text,
             guint max_digits)
{
  gint64 value = 0;
  guint n = 0;

  for (; g_ascii_isdigit ((*text)[n]); n++)
    {
      if (n == max_digits)
        return -2;
      value = value * 10 + ((*text)[n] - '0');
    }
  *text += n;
  return n > 0 ? value : -1;
}

static gboolean
read_head (const char **text,
           LobbySocketPacket *packet,
           guint *n_attachments,
           GError **error)
{
  gint64 number;

  if (**text < '0' + LOBBY_SOCKET_CONNECT || **text > '0' + LOBBY_SOCKET_BINARY_ACK)
    {
      g_set_error_literal (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_UNKNOWN, "unknown packet type");
      return FALSE;
    }
  packet->type = *(*text)++ - '0';
  *n_attachments = 0;
  if (is_binary (packet->type))
    {
      number = read_digits (text, 2);
      if (number == -1 || **text != '-')
        return malformed (error, "bad number of attachments");
      if (number < 0 || number > LOBBY_SOCKET_MAX_ATTACHMENTS)
        return too_large (error, "too many attachments");
      *n_attachments = number;
      (*text)++;
    }
  if (**text == '/')
    {
      gsize length = strcspn (*text, ",");
      if (length > MAX_NAMESPACE)
        return too_large (error, "namespace is too long");
      packet->namespace_ = g_strndup (*text, length);
      *text += length + ((*text)[length] == ',' ? 1 : 0);
    }
  else
    {
      packet->namespace_ = g_strdup ("/");
    }
  number = read_digits (text, MAX_ACK_DIGITS);
  if (number == -2)
    return malformed (error, "bad ack id");
  packet->ack_id = number >= 0 ? number : LOBBY_SOCKET_NO_ACK;
  if (is_ack (packet->type) != (packet->ack_id != LOBBY_SOCKET_NO_ACK) && !is_event (packet->type))
    return malformed (error, "ack id where none belongs, or none where one does");
  return TRUE;
}

/* Whether every placeholder below @node names an attachment that is to come. */
static gboolean
check_placeholders (JsonNode *node,
                    guint n_attachments)
{
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      guint length = json_array_get_length (array);

      for (guint i = 0; i < length; i++)
        {
          if (!check_placeholders (json_array_get_element (array, i), n_attachments))
            return FALSE;
        }
    }
  else if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      JsonObjectIter iter;
      JsonNode *member;

      if (lobby_json_get_boolean_or (object, "_placeholder", FALSE))
        {
          gint64 number = lobby_json_get_int_or (object, "num", -1);
          return number >= 0 && number < n_attachments;
        }
      json_object_iter_init (&iter, object);
      while (json_object_iter_next (&iter, NULL, &member))
        {
          if (!check_placeholders (member, n_attachments))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_data (const LobbySocketPacket *packet,
            guint n_attachments,
            GError **error)
{
  if (is_event (packet->type) || is_ack (packet->type))
    {
      JsonArray *array;

      if (packet->data == NULL || !JSON_NODE_HOLDS_ARRAY (packet->data))
        return malformed (error, "data is not an array");
      array = json_node_get_array (packet->data);
      if (is_event (packet->type)
          && (json_array_get_length (array) == 0
              || !JSON_NODE_HOLDS_VALUE (json_array_get_element (array, 0))
              || json_node_get_value_type (json_array_get_element (array, 0)) != G_TYPE_STRING))
        return malformed (error, "event without a name");
      if (is_binary (packet->type) && !check_placeholders (packet->data, n_attachments))
        return malformed (error, "placeholder without an attachment");
      return TRUE;
    }
  if (packet->data == NULL)
    return TRUE;
  if (packet->type == LOBBY_SOCKET_DISCONNECT || !JSON_NODE_HOLDS_OBJECT (packet->data))
    return malformed (error, "data is not an object");
  return TRUE;
}

static gboolean
decode_text (const char *text,
             gsize length,
             LobbySocketPacket *packet,
             guint *n_attachments,
             GError **error)
{
  const char *end = text + length;

  if (!read_head (&text, packet, n_attachments, error))
    return FALSE;
  if (text < end)
    {
      packet->data = lobby_json_parse (text, end - text, error);
      if (packet->data == NULL)
        {
          g_clear_error (error);
          return malformed (error, "data is not JSON");
        }
    }
  return check_data (packet, *n_attachments, error);
}

LobbySocketDecoder *
lobby_socket_decoder_new (void)
{
  return g_new0 (LobbySocketDecoder, 1);
}

void
lobby_socket_decoder_free (LobbySocketDecoder *self)
{
  if (self == NULL)
    return;
  lobby_socket_packet_clear (&self->pending);
  g_free (self);
}

static gboolean
feed_text (LobbySocketDecoder *self,
           GBytes *payload,
           GError **error)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (payload, &length);
  g_autofree char *text = g_strndup (data != NULL ? data : "", length);
  guint n_attachments = 0;

  if (!decode_text (text, length, &self->pending, &n_attachments, error))
    {
      lobby_socket_packet_clear (&self->pending);
      return FALSE;
    }
  if (is_binary (self->pending.type))
    self->pending.attachments = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  self->n_expected = n_attachments;
  self->n_bytes = 0;
  return TRUE;
}

static gboolean
feed_attachment (LobbySocketDecoder *self,
                 GBytes *payload,
                 GError **error)
{
  self->n_bytes += g_bytes_get_size (payload);
  if (self->n_bytes > LOBBY_SOCKET_MAX_ATTACHMENT_BYTES)
    return too_large (error, "attachments are too large");
  g_ptr_array_add (self->pending.attachments, g_bytes_ref (payload));
  self->n_expected--;
  return TRUE;
}

gboolean
lobby_socket_decoder_feed (LobbySocketDecoder *self,
                           const LobbyEnginePacket *message,
                           LobbySocketPacket *packet,
                           gboolean *complete,
                           GError **error)
{
  g_return_val_if_fail (message->type == LOBBY_ENGINE_MESSAGE, FALSE);

  if (message->binary != (self->n_expected > 0))
    return malformed (error, message->binary ? "attachment that nothing announced" : "text where an attachment must come");
  if (message->binary ? !feed_attachment (self, message->payload, error)
                      : !feed_text (self, message->payload, error))
    return FALSE;

  *complete = self->n_expected == 0;
  if (*complete)
    {
      *packet = self->pending;
      memset (&self->pending, 0, sizeof self->pending);
    }
  return TRUE;
}
