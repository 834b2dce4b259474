/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include "lobby-clock.h"
#include "lobby-json.h"

#include "lobby-media-store.h"

static char *
new_id (LobbyChannel *channel,
        LobbyCustomer *customer,
        gboolean inbound)
{
  g_autofree char *id = g_strdup_printf ("3EB0%08X%08X", g_random_int (), g_random_int ());

  return lobby_gateway_message_id ((LobbyGatewaySession *)channel, customer, !inbound, id);
}

/* vCard 3.0 of one of Meta's cards. */
static char *
vcard_of (JsonObject *card)
{
  JsonObject *phone = lobby_json_array_object (lobby_json_get_array (card, "phones"), 0);
  const char *name = lobby_json_get_string (lobby_json_get_object (card, "name"), "formatted_name", 1024);
  const char *company = lobby_json_get_string (lobby_json_get_object (card, "org"), "company", 1024);
  const char *number = lobby_json_get_string (phone, "phone", 64);
  const char *wa_id = lobby_json_get_string (phone, "wa_id", 64);
  GString *vcard = g_string_new ("BEGIN:VCARD\nVERSION:3.0\n");

  g_string_append_printf (vcard, "FN:%s\n", name ? name : "");
  if (company)
    g_string_append_printf (vcard, "ORG:%s;\n", company);
  if (number)
    g_string_append_printf (vcard, "TEL;type=CELL;type=VOICE;waid=%s:%s\n", wa_id ? wa_id : "", number);
  g_string_append (vcard, "END:VCARD");
  return g_string_free (vcard, FALSE);
}

static void
take_contacts (LobbyGatewayMessage *self,
               JsonArray *cards)
{
  self->vcards = json_array_new ();
  for (guint i = 0; i < lobby_json_array_length (cards); i++)
    {
      g_autofree char *vcard = vcard_of (lobby_json_array_object (cards, i));

      json_array_add_string_element (self->vcards, vcard);
    }
}

static void
take_location (LobbyGatewaySession *session,
               LobbyGatewayMessage *self,
               JsonObject *location)
{
  double latitude = lobby_json_get_double_or (location, "latitude", 0);
  double longitude = lobby_json_get_double_or (location, "longitude", 0);
  const char *name = lobby_json_get_string (location, "name", 1024);

  self->location = json_object_new ();
  lobby_json_set_string (self->location, "description", name);
  lobby_json_set_string (self->location, "name", name);
  lobby_json_set_string (self->location, "address", lobby_json_get_string (location, "address", 1024));
  /* Words with some engines (and in WAHA's description), numbers with GOWS. */
  if (session->gateway->world->knobs->gateway_engine == LOBBY_ENGINE_GOWS)
    {
      json_object_set_double_member (self->location, "latitude", latitude);
      json_object_set_double_member (self->location, "longitude", longitude);
    }
  else
    {
      char digits[G_ASCII_DTOSTR_BUF_SIZE];

      json_object_set_string_member (self->location, "latitude", g_ascii_dtostr (digits, sizeof digits, latitude));
      json_object_set_string_member (self->location, "longitude", g_ascii_dtostr (digits, sizeof digits, longitude));
    }
}

/* The content of Meta's message object as the phone would remember it. */
static void
take_content (LobbyGatewaySession *session,
              LobbyGatewayMessage *self,
              JsonObject *message,
              const char *type)
{
  JsonObject *content = lobby_json_get_object (message, type);
  const char *media_id = lobby_json_get_string (content, "id", 512);
  const LobbyMedia *media = media_id ? lobby_media_store_find (session->gateway->world->media, media_id) : NULL;
  const char *quoted = lobby_json_get_string (lobby_json_get_object (message, "context"), "id", 512);

  if (g_str_equal (type, "text"))
    self->body = g_strdup (lobby_json_get_string (content, "body", GATEWAY_STRING_MAX));
  else if (g_str_equal (type, "location"))
    take_location (session, self, content);
  else if (g_str_equal (type, "contacts"))
    take_contacts (self, lobby_json_get_array (message, "contacts"));
  else if (media)
    {
      self->body = g_strdup (lobby_json_get_string (content, "caption", GATEWAY_STRING_MAX));
      lobby_gateway_message_set_file (self, media->bytes, media->mime_type, lobby_json_get_string (content, "filename", 1024));
      if (lobby_json_get_boolean_or (content, "voice", FALSE))
        self->kind = "voice";
    }
  else
    self->kind = "unsupported";
  if (quoted)
    self->reply_to = g_strdup (lobby_gateway_short_id (quoted));
}

/* Edits and revokes are told about a message that is there; TRUE when @message was one of these. */
static gboolean
take_action (LobbyGatewaySession *self,
             LobbyCustomer *customer,
             JsonObject *message,
             const char *type)
{
  JsonObject *content = lobby_json_get_object (message, type);
  const char *target_id = lobby_json_get_string (content, "original_message_id", 512);
  LobbyGatewayMessage *target = target_id ? lobby_gateway_find_message (self, target_id) : NULL;

  if (g_str_equal (type, "reaction"))
    {
      const char *emoji = lobby_json_get_string (content, "emoji", 64);

      target_id = lobby_json_get_string (content, "message_id", 512);
      if (target_id)
        lobby_gateway_tell_reaction (self, customer, FALSE, target_id, emoji ? emoji : "");
    }
  else if (g_str_equal (type, "edit"))
    {
      JsonObject *text = lobby_json_get_object (lobby_json_get_object (content, "message"), "text");
      const char *body = lobby_json_get_string (text, "body", GATEWAY_STRING_MAX);

      if (target && body)
        lobby_gateway_edit_message (self, target, body);
    }
  else if (g_str_equal (type, "revoke"))
    {
      if (target)
        lobby_gateway_revoke_message (self, target);
    }
  else
    return g_str_equal (type, "system");
  return TRUE;
}

static void
said (LobbyChannel *channel,
      LobbyCustomer *customer,
      JsonObject *message,
      gint64 when)
{
  LobbyGatewaySession *self = (LobbyGatewaySession *)channel;
  const char *type = lobby_json_get_string (message, "type", 64);
  LobbyGatewayMessage *remembered;

  if (!type || take_action (self, customer, message, type))
    return;
  remembered = lobby_gateway_message_new (self, customer, FALSE, lobby_json_get_string (message, "id", 512), type, when);
  take_content (self, remembered, message, type);
  lobby_gateway_tell_message (self, remembered);
}

static void
reached (LobbyChannel *channel,
         LobbySent *sent,
         LobbyRank rank)
{
  static const int acks[] = { 0, 1, 2, 3, 4 };
  LobbyGatewaySession *self = (LobbyGatewaySession *)channel;
  LobbyGatewayMessage *message = lobby_gateway_find_message (self, sent->id);

  if (message && !self->gateway->world->knobs->silent)
    lobby_gateway_tell_ack (self, message, acks[rank]);
}

static void
failed (LobbyChannel *channel,
        LobbySent *sent,
        int code,
        const char *details)
{
  LobbyGatewaySession *self = (LobbyGatewaySession *)channel;
  LobbyGatewayMessage *message = lobby_gateway_find_message (self, sent->id);

  if (message)
    lobby_gateway_tell_ack (self, message, -1);
}

JsonObject *
lobby_gateway_presence (LobbyGatewaySession *self,
                        LobbyCustomer *customer)
{
  static const char *const words[] = { "paused", "typing", "recording" };
  JsonObject *json = json_object_new ();
  JsonObject *presence = json_object_new ();
  JsonArray *presences = json_array_new ();
  g_autofree char *chat_id = lobby_gateway_chat_id (self, customer);

  json_object_set_string_member (presence, "participant", chat_id);
  json_object_set_string_member (presence, "lastKnownPresence", words[customer->doing]);
  json_object_set_null_member (presence, "lastSeen");
  json_array_add_object_element (presences, presence);
  json_object_set_string_member (json, "id", chat_id);
  json_object_set_array_member (json, "presences", presences);
  return json;
}

static void
doing (LobbyChannel *channel,
       LobbyCustomer *customer)
{
  LobbyGatewaySession *self = (LobbyGatewaySession *)channel;

  if (self->online && g_hash_table_contains (self->subscribed, customer))
    lobby_gateway_session_tell (self, "presence.update", customer->key, lobby_gateway_presence (self, customer));
}

const LobbyChannelVerbs lobby_gateway_channel_verbs = { .new_id = new_id, .said = said, .reached = reached, .failed = failed, .doing = doing };
