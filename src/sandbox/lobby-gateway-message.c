/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"

static const char *const ack_names[] = { "ERROR", "PENDING", "SERVER", "DEVICE", "READ", "PLAYED" };

static LobbyEngine
engine_of (LobbyGatewaySession *self)
{
  return (LobbyEngine)self->gateway->world->knobs->gateway_engine;
}

char *
lobby_gateway_lid (LobbyCustomer *customer)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, customer->key, -1);

  hash[14] = 0;
  return g_strdup_printf ("%015" G_GUINT64_FORMAT "@lid", g_ascii_strtoull (hash, NULL, 16) % G_GUINT64_CONSTANT (1000000000000000));
}

char *
lobby_gateway_chat_id (LobbyGatewaySession *self,
                       LobbyCustomer *customer)
{
  if (!customer->wa_id || self->gateway->world->knobs->lid_only)
    return lobby_gateway_lid (customer);
  return g_strconcat (customer->wa_id, "@c.us", NULL);
}

/* As the engines have it inside: "…@s.whatsapp.net" where WAHA's own fields say "…@c.us". */
static char *
jid_of (const char *chat_id)
{
  return g_str_has_suffix (chat_id, "@c.us") ? g_strdup_printf ("%.*s@s.whatsapp.net", (int)strlen (chat_id) - 5, chat_id) : g_strdup (chat_id);
}

LobbyCustomer *
lobby_gateway_find_customer (LobbyGatewaySession *self,
                             const char *chat_id)
{
  LobbyWorld *world = self->gateway->world;
  g_autofree char *user = g_strndup (chat_id, strcspn (chat_id, "@"));

  if (!g_str_has_suffix (chat_id, "@lid"))
    return lobby_world_find_customer (world, user);
  for (guint i = 0; i < world->customers->len; i++)
    {
      LobbyCustomer *customer = g_ptr_array_index (world->customers, i);
      g_autofree char *lid = lobby_gateway_lid (customer);

      if (g_str_equal (lid, chat_id))
        return customer;
    }
  return NULL;
}

LobbyCustomer *
lobby_gateway_reach_customer (LobbyGatewaySession *self,
                              const char *chat_id)
{
  LobbyCustomer *customer = lobby_gateway_find_customer (self, chat_id);
  gsize digits = strspn (chat_id, "0123456789");
  g_autofree char *number = g_strndup (chat_id, digits);

  if (customer)
    return customer;
  if (digits < 7 || digits > 15 || (!g_str_equal (chat_id + digits, "@c.us") && !g_str_equal (chat_id + digits, "@s.whatsapp.net") && chat_id[digits]))
    return NULL;
  return lobby_world_add_customer (self->gateway->world, number, NULL, NULL, NULL);
}

char *
lobby_gateway_message_id (LobbyGatewaySession *self,
                          LobbyCustomer *customer,
                          gboolean from_me,
                          const char *id)
{
  g_autofree char *chat_id = lobby_gateway_chat_id (self, customer);

  return g_strdup_printf ("%s_%s_%s", from_me ? "true" : "false", chat_id, id);
}

const char *
lobby_gateway_short_id (const char *id)
{
  const char *last = strrchr (id, '_');

  return last ? last + 1 : id;
}

LobbyGatewayMessage *
lobby_gateway_find_message (LobbyGatewaySession *self,
                            const char *id)
{
  return g_hash_table_lookup (self->by_id, lobby_gateway_short_id (id));
}

LobbyGatewayMessage *
lobby_gateway_look_up_message (LobbyGatewaySession *self,
                               const char *id)
{
  LobbyGatewayMessage *message = lobby_gateway_find_message (self, id);
  g_autofree char *whole = message ? lobby_gateway_message_id (self, message->customer, message->from_me, message->id) : NULL;

  return engine_of (self) != LOBBY_ENGINE_WEBJS || g_strcmp0 (whole, id) == 0 ? message : NULL;
}

LobbyGatewayMessage *
lobby_gateway_message_new (LobbyGatewaySession *self,
                           LobbyCustomer *customer,
                           gboolean from_me,
                           const char *id,
                           const char *kind,
                           gint64 at)
{
  LobbyGatewayMessage *message = g_new0 (LobbyGatewayMessage, 1);

  message->id = g_strdup (lobby_gateway_short_id (id));
  message->customer = customer;
  message->from_me = from_me;
  message->kind = g_intern_string (kind);
  message->at = at;
  message->ack = from_me ? 0 : 2;
  g_ptr_array_add (self->messages, message);
  g_hash_table_insert (self->by_id, message->id, message);
  return message;
}

void
lobby_gateway_message_free (gpointer data)
{
  LobbyGatewayMessage *message = data;

  g_free (message->id);
  g_free (message->body);
  g_clear_pointer (&message->bytes, g_bytes_unref);
  g_free (message->mime_type);
  g_free (message->file_name);
  g_free (message->reply_to);
  g_free (message->first_body);
  g_clear_pointer (&message->location, json_object_unref);
  g_clear_pointer (&message->vcards, json_array_unref);
  g_free (message);
}

void
lobby_gateway_message_set_file (LobbyGatewayMessage *self,
                                GBytes *bytes,
                                const char *mime_type,
                                const char *file_name)
{
  self->bytes = g_bytes_ref (bytes);
  self->mime_type = g_strdup (mime_type);
  self->file_name = g_strdup (file_name);
}

/* from, to, participant: who stands where depends on the engine. */
static void
add_parties (LobbyGatewaySession *self,
             JsonObject *json,
             LobbyCustomer *customer,
             gboolean from_me)
{
  g_autofree char *chat_id = lobby_gateway_chat_id (self, customer);
  g_autoptr (JsonObject) me = lobby_gateway_session_me (self);
  const char *my_id = lobby_json_get_string (me, "id", 64);

  if (engine_of (self) == LOBBY_ENGINE_GOWS || !my_id)
    {
      json_object_set_string_member (json, "from", chat_id);
      json_object_set_null_member (json, "to");
    }
  else
    {
      json_object_set_string_member (json, "from", from_me ? my_id : chat_id);
      json_object_set_string_member (json, "to", from_me ? chat_id : my_id);
    }
  json_object_set_null_member (json, "participant");
  json_object_set_boolean_member (json, "fromMe", from_me);
}

/* Takes @json. */
static JsonNode *
node_of (JsonObject *json)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, json);
  return node;
}

static JsonNode *
file_to_json (LobbyGatewaySession *self,
              LobbyGatewayMessage *message)
{
  const LobbyKnobs *knobs = self->gateway->world->knobs;
  JsonObject *json;
  g_autofree char *url = NULL;

  if (!message->bytes || knobs->gateway_media == 2)
    return json_node_new (JSON_NODE_NULL);
  json = json_object_new ();
  if (knobs->gateway_media == 1)
    {
      JsonObject *error = json_object_new ();

      json_object_set_string_member (error, "message", "Failed to download media");
      json_object_set_null_member (json, "url");
      json_object_set_object_member (json, "error", error);
    }
  else
    {
      const char *slash = strchr (message->mime_type, '/');
      int letters = slash ? (int)strspn (slash + 1, "abcdefghijklmnopqrstuvwxyz0123456789") : 0;

      message->file_until = g_get_monotonic_time () / 1000 + knobs->media_url_ms;
      url = g_strdup_printf ("%s/api/files/%s/%s.%.*s", self->gateway->url, self->name, message->id, letters, letters ? slash + 1 : "");
      json_object_set_string_member (json, "url", url);
      json_object_set_null_member (json, "error");
    }
  json_object_set_string_member (json, "mimetype", message->mime_type);
  if (message->file_name)
    json_object_set_string_member (json, "filename", message->file_name);
  else
    json_object_set_null_member (json, "filename");
  return node_of (json);
}

/* WhatsApp's own form of a file: {"imageMessage":{"mimetype",…}}; empty for what has none. */
static JsonObject *
proto_of (LobbyGatewaySession *self,
          LobbyGatewayMessage *message)
{
  gboolean voice = g_str_equal (message->kind, "voice");
  gboolean audio = voice || g_str_equal (message->kind, "audio");
  g_autofree char *member = g_strconcat (audio ? "audio" : message->kind, "Message", NULL);
  JsonObject *proto = json_object_new ();
  JsonObject *content;

  if (!message->bytes)
    return proto;
  content = json_object_new ();
  lobby_json_set_string (content, "mimetype", message->mime_type);
  lobby_json_set_string (content, "fileName", message->file_name);
  if (audio)
    json_object_set_boolean_member (content, engine_of (self) == LOBBY_ENGINE_GOWS ? "PTT" : "ptt", voice);
  json_object_set_object_member (proto, member, content);
  return proto;
}

static const char *
webjs_type (const char *kind)
{
  static const char *const types[][2] = { { "text", "chat" }, { "voice", "ptt" }, { "contacts", "vcard" }, { "unsupported", "ciphertext" } };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (types[i][0], kind))
      return types[i][1];
  return kind;
}

/* What the engine had before WAHA put it into its own words; different with each. */
static JsonObject *
raw_data (LobbyGatewaySession *self,
          LobbyGatewayMessage *message)
{
  const char *name = message->from_me ? self->gateway->options->name : message->customer->name;
  g_autofree char *chat_id = lobby_gateway_chat_id (self, message->customer);
  g_autofree char *jid = jid_of (chat_id);
  JsonObject *data = json_object_new ();
  JsonObject *inner = json_object_new ();

  switch (engine_of (self))
    {
    case LOBBY_ENGINE_NOWEB:
      json_object_set_string_member (inner, "remoteJid", jid);
      json_object_set_boolean_member (inner, "fromMe", message->from_me);
      json_object_set_string_member (inner, "id", message->id);
      json_object_set_object_member (data, "key", inner);
      lobby_json_set_string (data, "pushName", name);
      json_object_set_object_member (data, "message", proto_of (self, message));
      break;
    case LOBBY_ENGINE_WEBJS:
      json_object_set_string_member (inner, "id", message->id);
      json_object_set_object_member (data, "id", inner);
      lobby_json_set_string (data, "notifyName", name);
      json_object_set_string_member (data, "type", webjs_type (message->kind));
      break;
    case LOBBY_ENGINE_GOWS:
    default:
      json_object_set_string_member (inner, "Chat", jid);
      json_object_set_string_member (inner, "Sender", jid);
      json_object_set_boolean_member (inner, "IsFromMe", message->from_me);
      json_object_set_boolean_member (inner, "IsGroup", FALSE);
      json_object_set_string_member (inner, "ID", message->id);
      lobby_json_set_string (inner, "PushName", name);
      json_object_set_object_member (data, "Info", inner);
      json_object_set_object_member (data, "Message", proto_of (self, message));
    }
  return data;
}

static JsonNode *
reply_to_json (LobbyGatewaySession *self,
               LobbyGatewayMessage *message)
{
  LobbyGatewayMessage *quoted = message->reply_to ? lobby_gateway_find_message (self, message->reply_to) : NULL;
  JsonObject *json;

  if (!message->reply_to)
    return json_node_new (JSON_NODE_NULL);
  json = json_object_new ();
  json_object_set_string_member (json, "id", message->reply_to);
  if (quoted)
    {
      g_autofree char *chat_id = lobby_gateway_chat_id (self, quoted->customer);
      g_autoptr (JsonObject) me = lobby_gateway_session_me (self);

      lobby_json_set_string (json, "participant", quoted->from_me ? lobby_json_get_string (me, "id", 64) : chat_id);
      lobby_json_set_string (json, "body", quoted->body);
      json_object_set_boolean_member (json, "hasMedia", quoted->bytes != NULL);
    }
  return node_of (json);
}

JsonObject *
lobby_gateway_message_to_json (LobbyGatewaySession *self,
                               LobbyGatewayMessage *message,
                               gboolean with_media)
{
  JsonObject *json = json_object_new ();
  g_autofree char *id = lobby_gateway_message_id (self, message->customer, message->from_me, message->id);

  json_object_set_string_member (json, "id", id);
  json_object_set_int_member (json, "timestamp", message->at / 1000);
  add_parties (self, json, message->customer, message->from_me);
  json_object_set_string_member (json, "source", message->by_api ? "api" : "app");
  if (message->body)
    json_object_set_string_member (json, "body", message->body);
  else
    json_object_set_null_member (json, "body");
  json_object_set_boolean_member (json, "hasMedia", message->bytes != NULL);
  json_object_set_member (json, "media", with_media ? file_to_json (self, message) : json_node_new (JSON_NODE_NULL));
  json_object_set_int_member (json, "ack", message->ack);
  json_object_set_string_member (json, "ackName", ack_names[message->ack + 1]);
  if (message->location)
    json_object_set_object_member (json, "location", json_object_ref (message->location));
  if (message->vcards)
    json_object_set_array_member (json, "vCards", json_array_ref (message->vcards));
  else
    json_object_set_array_member (json, "vCards", json_array_new ());
  json_object_set_member (json, "replyTo", reply_to_json (self, message));
  json_object_set_object_member (json, "_data", raw_data (self, message));
  return json;
}

gboolean
lobby_gateway_message_is_kept (LobbyGatewaySession *self,
                               LobbyGatewayMessage *message)
{
  return !message->revoked || engine_of (self) == LOBBY_ENGINE_WEBJS;
}

/* {"editedMessage":{"message":{…}}} */
static JsonObject *
edited_proto (LobbyGatewaySession *self,
              LobbyGatewayMessage *message)
{
  JsonObject *inner = proto_of (self, message), *edited = json_object_new (), *proto = json_object_new ();

  if (!message->bytes)
    json_object_set_string_member (inner, "conversation", message->body);
  json_object_set_object_member (edited, "message", inner);
  json_object_set_object_member (proto, "editedMessage", edited);
  return proto;
}

JsonObject *
lobby_gateway_message_recall (LobbyGatewaySession *self,
                              LobbyGatewayMessage *message,
                              gboolean with_media)
{
  JsonObject *json = lobby_gateway_message_to_json (self, message, with_media);
  JsonObject *data = lobby_json_get_object (json, "_data");
  LobbyEngine engine = engine_of (self);

  if (message->revoked && engine == LOBBY_ENGINE_WEBJS)
    json_object_set_string_member (data, "type", "revoked");
  else if (message->edited_at && engine == LOBBY_ENGINE_WEBJS)
    json_object_set_int_member (data, "latestEditSenderTimestampMs", message->edited_at);
  else if (message->edited_at && engine == LOBBY_ENGINE_NOWEB)
    json_object_set_object_member (data, "message", edited_proto (self, message));
  /* An edit is another message to it, which is in no chat. */
  else if (message->edited_at && engine == LOBBY_ENGINE_GOWS)
    json_object_set_string_member (json, "body", message->first_body);
  return json;
}

void
lobby_gateway_tell_message (LobbyGatewaySession *self,
                            LobbyGatewayMessage *message)
{
  if (message->at / 1000 < self->linked_at / 1000)
    return;
  if (!message->from_me)
    lobby_gateway_session_tell (self, "message", message->customer->key, lobby_gateway_message_to_json (self, message, TRUE));
  lobby_gateway_session_tell (self, "message.any", message->customer->key, lobby_gateway_message_to_json (self, message, TRUE));
}

static void
tell_one_ack (LobbyGatewaySession *self,
              LobbyGatewayMessage *message,
              int ack)
{
  JsonObject *payload = json_object_new ();
  g_autofree char *id = lobby_gateway_message_id (self, message->customer, TRUE, message->id);

  json_object_set_string_member (payload, "id", id);
  add_parties (self, payload, message->customer, TRUE);
  json_object_set_int_member (payload, "ack", ack);
  json_object_set_string_member (payload, "ackName", ack_names[ack + 1]);
  lobby_gateway_session_tell (self, "message.ack", message->customer->key, payload);
}

void
lobby_gateway_tell_ack (LobbyGatewaySession *self,
                        LobbyGatewayMessage *message,
                        int ack)
{
  LobbyWorld *world = self->gateway->world;

  message->ack = ack < 0 ? ack : MAX (message->ack, ack);
  /* GOWS knows receipts only: that the server took it is said by the answer. */
  if (ack == 1 && engine_of (self) == LOBBY_ENGINE_GOWS)
    return;
  tell_one_ack (self, message, ack);
  if (world->knobs->repeat_acks > 0 && g_rand_double (world->dice) < world->knobs->repeat_acks)
    {
      tell_one_ack (self, message, ack);
      if (ack > 2)
        tell_one_ack (self, message, 2);
    }
}

void
lobby_gateway_tell_reaction (LobbyGatewaySession *self,
                             LobbyCustomer *customer,
                             gboolean from_me,
                             const char *target_id,
                             const char *emoji)
{
  LobbyGatewayMessage *target = lobby_gateway_find_message (self, target_id);
  g_autofree char *short_id = g_strdup_printf ("3EB0%08X%08X", g_random_int (), g_random_int ());
  g_autofree char *id = lobby_gateway_message_id (self, customer, from_me, short_id);
  g_autofree char *target_now = target ? lobby_gateway_message_id (self, customer, target->from_me, target->id) : g_strdup (target_id);
  JsonObject *payload = json_object_new ();
  JsonObject *reaction = json_object_new ();

  json_object_set_string_member (payload, "id", id);
  /* Seconds with a fraction. */
  json_object_set_double_member (payload, "timestamp", (double)lobby_clock_now () / 1000);
  add_parties (self, payload, customer, from_me);
  json_object_set_string_member (payload, "source", "app");
  json_object_set_string_member (reaction, "text", emoji);
  json_object_set_string_member (reaction, "messageId", target_now);
  json_object_set_object_member (payload, "reaction", reaction);
  lobby_gateway_session_tell (self, "message.reaction", customer->key, payload);
}

/* The action is a message of its own, but for WEBJS, where it carries the id of the one it concerns. */
static JsonObject *
action_new (LobbyGatewaySession *self,
            LobbyGatewayMessage *message)
{
  JsonObject *json = lobby_gateway_message_to_json (self, message, FALSE);

  if (engine_of (self) != LOBBY_ENGINE_WEBJS)
    {
      g_autofree char *short_id = g_strdup_printf ("3EB0%08X%08X", g_random_int (), g_random_int ());
      g_autofree char *id = lobby_gateway_message_id (self, message->customer, message->from_me, short_id);

      json_object_set_string_member (json, "id", id);
    }
  json_object_set_int_member (json, "timestamp", lobby_clock_now () / 1000);
  return json;
}

void
lobby_gateway_edit_message (LobbyGatewaySession *self,
                            LobbyGatewayMessage *message,
                            const char *body)
{
  JsonObject *payload;

  if (!message->first_body)
    message->first_body = g_strdup (message->body ? message->body : "");
  g_set_str (&message->body, body);
  message->edited_at = lobby_clock_now ();
  /* There an edited message is as old as its edit. */
  if (engine_of (self) == LOBBY_ENGINE_NOWEB)
    message->at = message->edited_at;
  payload = action_new (self, message);
  json_object_set_string_member (payload, "editedMessageId", message->id);
  lobby_gateway_session_tell (self, "message.edited", message->customer->key, payload);
}

void
lobby_gateway_revoke_message (LobbyGatewaySession *self,
                              LobbyGatewayMessage *message)
{
  JsonObject *payload = json_object_new ();

  message->revoked = TRUE;
  g_clear_pointer (&message->body, g_free);
  g_clear_pointer (&message->bytes, g_bytes_unref);
  json_object_set_object_member (payload, "after", action_new (self, message));
  json_object_set_null_member (payload, "before");
  json_object_set_string_member (payload, "revokedMessageId", message->id);
  lobby_gateway_session_tell (self, "message.revoked", message->customer->key, payload);
}
