/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-speech.h"

#define STRING_MAX 65536
#define COUNT_MAX 100000

/* A burst, or one: the message that is said again and again, and how often it still is. */
typedef struct
{
  LobbyCustomer *customer;
  JsonObject *message; /* with {n} in its text */
  gint64 count;
  gint64 said;
  gint64 interval;
  gint64 timestamp;
  GPtrArray *ids; /* of all, made beforehand so that they can be answered */
} Saying;

static void
saying_clear (gpointer data)
{
  Saying *saying = data;

  json_object_unref (saying->message);
  g_ptr_array_unref (saying->ids);
}

static void
saying_release (gpointer saying)
{
  g_rc_box_release_full (saying, saying_clear);
}

static JsonObject *
numbered_message (JsonObject *original,
                  gint64 number)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), original);
  g_autofree char *text = lobby_json_to_string (node);
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, number);
  g_autoptr (GString) numbered = g_string_new (text);

  g_string_replace (numbered, "{n}", digits, 0);
  return lobby_json_parse_object (numbered->str, (gssize)numbered->len, NULL);
}

static void
say_next (Saying *saying)
{
  JsonObject *message = numbered_message (saying->message, saying->said + 1);

  json_object_set_string_member (message, "id", g_ptr_array_index (saying->ids, saying->said));
  g_free (lobby_customer_send (saying->customer, message, saying->timestamp));
  saying->said++;
}

static void
say_moment (gpointer data)
{
  Saying *saying = data;
  LobbyWorld *world = saying->customer->world;

  world->scheduled--;
  say_next (saying);
  if (saying->said < saying->count)
    {
      world->scheduled++;
      lobby_schedule_add (world->schedule, saying->interval, say_moment, g_rc_box_acquire (saying), saying_release);
    }
}

/* Seconds, ms or RFC 3339 → clock ms; 0 when absent or none of these. */
gint64
lobby_control_timestamp (JsonObject *body)
{
  const char *text = lobby_json_get_string (body, "timestamp", 64);
  gint64 value = 0;

  if (text && lobby_clock_parse (text, &value))
    return value;
  value = lobby_json_get_int_or (body, "timestamp", 0);
  return value > 0 && value < G_GINT64_CONSTANT (100000000000) ? value * 1000 : value;
}

/* The bytes of "file" (of the media folder) or "data" (base64). */
static GBytes *
bytes_to_say (LobbySandbox *self,
              JsonObject *body,
              GError **error)
{
  const char *file = lobby_json_get_string (body, "file", 256);
  const char *data = lobby_json_get_string (body, "data", LOBBY_MEDIA_FILE_MAX);
  g_autofree char *path = NULL;
  char *contents;
  gsize length;

  if (data)
    {
      contents = (char *)g_base64_decode (data, &length);
      return g_bytes_new_take (contents, length);
    }
  if (!file || strchr (file, '/'))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "file (a bare name) or data is missing");
      return NULL;
    }
  path = g_build_filename (self->options->media_folder, file, NULL);
  return g_file_get_contents (path, &contents, &length, error) ? g_bytes_new_take (contents, length) : NULL;
}

static JsonObject *
media_to_say (LobbySandbox *self,
              JsonObject *body,
              const char *type,
              GError **error)
{
  const char *file_name = lobby_json_get_string (body, "filename", 256);
  const char *mime_type = lobby_json_get_string (body, "mime_type", 128);
  g_autoptr (GBytes) bytes = bytes_to_say (self, body, error);
  JsonObject *message;

  if (!bytes)
    return NULL;
  if (!file_name)
    file_name = lobby_json_get_string (body, "file", 256);
  if (!mime_type && file_name)
    mime_type = lobby_speech_mime_type (file_name, type);
  message = lobby_speech_media (self->world, type, bytes, mime_type ? mime_type : "application/octet-stream", file_name,
                                lobby_json_get_string (body, "caption", STRING_MAX));
  if (!message)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "The store of files is full");
  return message;
}

static void
quote (LobbySandbox *self,
       JsonObject *message,
       const char *id)
{
  LobbySent *sent = g_hash_table_lookup (self->world->sent_by_id, id);
  LobbyCustomer *writer = g_hash_table_lookup (self->world->inbound_ids, id);

  lobby_speech_quote (message, sent ? self->business.number : writer ? writer->wa_id
                                                                     : NULL,
                      id);
}

static JsonObject *
message_to_say (LobbySandbox *self,
                JsonObject *body,
                GError **error)
{
  static const char *const media_types[] = { "image", "video", "audio", "voice", "document", "sticker", NULL };
  JsonObject *given = lobby_json_get_object (body, "message");
  const char *type = lobby_json_get_string (body, "type", 64);
  const char *text = lobby_json_get_string (body, "text", STRING_MAX);
  const char *quoted = lobby_json_get_string (body, "quoted", 512);
  JsonObject *message = NULL;

  if (given)
    return json_object_ref (given);
  if (type && g_strv_contains (media_types, type))
    message = media_to_say (self, body, type, error);
  else if (g_strcmp0 (type, "unsupported") == 0)
    message = lobby_speech_unsupported (text ? text : "poll_creation");
  else if (text && (!type || g_str_equal (type, "text")))
    message = lobby_speech_text (text);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "text or message is missing");
  if (message && quoted)
    quote (self, message, quoted);
  return message;
}

void
lobby_control_answer_ids (SoupServerMessage *message,
                          GPtrArray *ids)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < ids->len; i++)
    json_array_add_string_element (list, g_ptr_array_index (ids, i));
  json_object_set_array_member (answer, "ids", list);
  lobby_answer_json (message, 200, answer);
}

void
lobby_control_say (LobbySandbox *self,
                   SoupServerMessage *message,
                   JsonObject *body,
                   GHashTable *query)
{
  gint64 count = lobby_json_get_int_or (body, "count", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) original = message_to_say (self, body, &error);
  LobbyCustomer *customer;
  LobbyChannel *channel;
  Saying *saying;

  if (!original || count < 1 || count > COUNT_MAX)
    {
      lobby_answer_problem (message, 400, error ? error->message : "count is out of range");
      return;
    }
  customer = lobby_control_customer (self, message, body);
  if (!customer)
    return;
  channel = lobby_customer_get_channel (customer);
  saying = g_rc_box_new0 (Saying);
  saying->customer = customer;
  saying->message = g_steal_pointer (&original);
  saying->count = count;
  saying->interval = lobby_json_get_int_or (body, "interval_ms", 0);
  saying->timestamp = lobby_control_timestamp (body);
  saying->ids = g_ptr_array_new_with_free_func (g_free);
  for (gint64 i = 0; i < count; i++)
    {
      const char *given = count == 1 ? lobby_json_get_string (saying->message, "id", 512) : NULL;

      g_ptr_array_add (saying->ids, given ? g_strdup (given) : channel->verbs->new_id (channel, customer, TRUE));
    }
  lobby_control_answer_ids (message, saying->ids);
  if (saying->interval > 0)
    {
      self->world->scheduled++;
      lobby_schedule_add (self->schedule, 0, say_moment, g_rc_box_acquire (saying), saying_release);
    }
  else
    while (saying->said < saying->count)
      say_next (saying);
  saying_release (saying);
}
