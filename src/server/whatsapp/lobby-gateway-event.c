/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-event.h"
#include "lobby-adapter.h"
#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/* The envelope: {"id","event","session","payload"}. */

#define MAX_NAME 64
#define FAR_AHEAD (24 * 60 * 60 * 1000) /* ms */

typedef struct
{
  LobbyGatewayEvent *event;
  JsonObject *payload;
  gint64 arrived_at;
  gint64 told_at; /* ms, by the gateway's clock */
} Reading;

static void
set_problem (Reading *reading,
             const char *problem)
{
  reading->event->kind = LOBBY_GATEWAY_PROBLEM;
  reading->event->problem = g_strdup (problem);
}

/* The chat of what the payload tells, whoever of both said it. FALSE when it is not one customer's. */
static gboolean
read_customer (Reading *reading,
               JsonObject *json,
               gboolean outbound,
               LobbyIdentity *customer)
{
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  const char *from = lobby_json_get_string (json, "from", LOBBY_ID_MAX), *to = lobby_json_get_string (json, "to", LOBBY_ID_MAX);
  g_autofree char *chat = id != NULL ? lobby_gateway_dup_chat (id) : NULL;

  return lobby_gateway_parse_chat (chat != NULL ? chat : outbound && to != NULL ? to
                                                                                : from,
                                   customer);
}

static void
read_session (Reading *reading)
{
  const char *status = lobby_json_get_string (reading->payload, "status", MAX_NAME);

  reading->event->kind = LOBBY_GATEWAY_SESSION;
  reading->event->broke = status != NULL && strcmp (status, "WORKING") != 0;
}

static void
read_message (Reading *reading)
{
  char *problem = NULL;

  reading->event->message = lobby_gateway_parse_message (reading->payload, reading->arrived_at, &problem);
  reading->event->problem = problem;
  if (problem != NULL)
    reading->event->kind = LOBBY_GATEWAY_PROBLEM;
  else if (reading->event->message != NULL)
    reading->event->kind = LOBBY_GATEWAY_MESSAGE;
}

static void
read_ack (Reading *reading)
{
  static const LobbyStatus statuses[] = { LOBBY_STATUS_FAILED, LOBBY_STATUS_PENDING, LOBBY_STATUS_SENT, LOBBY_STATUS_DELIVERED, LOBBY_STATUS_READ, LOBBY_STATUS_PLAYED };
  const char *id = lobby_json_get_string (reading->payload, "id", LOBBY_ID_MAX);
  gint64 ack = lobby_json_get_int_or (reading->payload, "ack", 0);
  LobbyIdentity customer = { 0 };
  gboolean personal = read_customer (reading, reading->payload, TRUE, &customer);
  LobbyInboundStatus *status;

  lobby_identity_clear (&customer);
  if (id == NULL || ack < -1 || ack >= (gint64)G_N_ELEMENTS (statuses) - 1)
    {
      set_problem (reading, "an ack that cannot be read");
      return;
    }
  /* What we read on the phone is told as an ack, too. */
  if (!personal || statuses[ack + 1] == LOBBY_STATUS_PENDING || !lobby_json_get_boolean_or (reading->payload, "fromMe", g_str_has_prefix (id, "true_")))
    return;
  status = g_new0 (LobbyInboundStatus, 1);
  status->whatsapp_message_id = lobby_gateway_dup_short_id (id);
  status->status = statuses[ack + 1];
  status->timestamp = lobby_gateway_read_timestamp (reading->payload, reading->arrived_at);
  if (status->status == LOBBY_STATUS_FAILED)
    status->error_title = g_strdup ("WhatsApp did not take the message");
  reading->event->status = status;
  reading->event->kind = LOBBY_GATEWAY_STATUS;
}

static void
read_reaction (Reading *reading)
{
  JsonObject *reaction = lobby_json_get_object (reading->payload, "reaction");
  const char *id = lobby_json_get_string (reading->payload, "id", LOBBY_ID_MAX);
  const char *target = lobby_json_get_string (reaction, "messageId", LOBBY_ID_MAX);
  const char *emoji = lobby_json_get_string (reaction, "text", 64);
  g_autoptr (LobbyInboundMessage) message = g_new0 (LobbyInboundMessage, 1);

  if (id == NULL || target == NULL)
    {
      set_problem (reading, "a reaction that cannot be read");
      return;
    }
  message->outbound = lobby_json_get_boolean_or (reading->payload, "fromMe", g_str_has_prefix (id, "true_"));
  if (!read_customer (reading, reading->payload, message->outbound, &message->customer))
    return;
  message->whatsapp_message_id = lobby_gateway_dup_short_id (id);
  message->type = LOBBY_MESSAGE_REACTION;
  message->reaction_whatsapp_id = lobby_gateway_dup_short_id (target);
  message->content = g_strdup (emoji != NULL ? emoji : "");
  message->timestamp = lobby_gateway_read_timestamp (reading->payload, reading->arrived_at);
  message->arrived_at = reading->arrived_at;
  message->status = LOBBY_STATUS_SENT;
  message->metadata = json_object_new ();
  reading->event->message = g_steal_pointer (&message);
  reading->event->kind = LOBBY_GATEWAY_MESSAGE;
}

/* @json is the message that told it. */
static void
take_change (Reading *reading,
             JsonObject *json,
             const char *target,
             gboolean revoke)
{
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  gboolean outbound = lobby_json_get_boolean_or (json, "fromMe", id != NULL && g_str_has_prefix (id, "true_"));
  LobbyIdentity customer = { 0 };
  gboolean personal = read_customer (reading, json, outbound, &customer);
  LobbyInboundChange *change;

  lobby_identity_clear (&customer);
  if (target == NULL)
    {
      set_problem (reading, "a change of a message that is not named");
      return;
    }
  if (!personal)
    return;
  change = g_new0 (LobbyInboundChange, 1);
  change->whatsapp_message_id = lobby_gateway_dup_short_id (target);
  change->outbound = outbound;
  change->revoke = revoke;
  if (!revoke)
    change->content = lobby_adapter_dup_text (lobby_json_get_string (json, "body", G_MAXSIZE));
  /* With some engines the payload has the time of the message itself. */
  change->timestamp = reading->told_at;
  reading->event->change = change;
  reading->event->kind = LOBBY_GATEWAY_CHANGE;
}

static void
read_edit (Reading *reading)
{
  take_change (reading, reading->payload, lobby_json_get_string (reading->payload, "editedMessageId", LOBBY_ID_MAX), FALSE);
}

static void
read_revocation (Reading *reading)
{
  JsonObject *after = lobby_json_get_object (reading->payload, "after"), *before = lobby_json_get_object (reading->payload, "before");
  const char *target = lobby_json_get_string (reading->payload, "revokedMessageId", LOBBY_ID_MAX);

  if (target == NULL)
    target = lobby_json_get_string (before != NULL ? before : after, "id", LOBBY_ID_MAX);
  take_change (reading, after != NULL ? after : before, target, TRUE);
}

static void
take_call (Reading *reading,
           LobbyCallStatus status)
{
  const char *id = lobby_json_get_string (reading->payload, "id", LOBBY_ID_MAX);
  g_autoptr (LobbyInboundCall) call = g_new0 (LobbyInboundCall, 1);

  if (id == NULL || *id == '\0')
    {
      set_problem (reading, "a call without an id");
      return;
    }
  if (lobby_json_get_boolean_or (reading->payload, "isGroup", FALSE)
      || !lobby_gateway_parse_chat (lobby_json_get_string (reading->payload, "from", LOBBY_ID_MAX), &call->customer))
    return;
  call->whatsapp_call_id = g_strdup (id);
  call->status = status;
  call->timestamp = lobby_gateway_read_timestamp (reading->payload, reading->arrived_at);
  call->arrived_at = reading->arrived_at;
  reading->event->call = g_steal_pointer (&call);
  reading->event->kind = LOBBY_GATEWAY_CALL;
}

static void
read_ringing (Reading *reading)
{
  take_call (reading, LOBBY_CALL_RINGING);
}

static void
read_accepted (Reading *reading)
{
  take_call (reading, LOBBY_CALL_ACCEPTED);
}

static void
read_rejected (Reading *reading)
{
  take_call (reading, LOBBY_CALL_REJECTED);
}

static void
read_presence (Reading *reading)
{
  JsonArray *presences = lobby_json_get_array (reading->payload, "presences");
  const char *word = lobby_json_get_string (lobby_json_array_object (presences, 0), "lastKnownPresence", MAX_NAME);

  if (word == NULL || !lobby_gateway_parse_chat (lobby_json_get_string (reading->payload, "id", LOBBY_ID_MAX), &reading->event->customer))
    return;
  reading->event->typing = strcmp (word, "typing") == 0 || strcmp (word, "recording") == 0;
  reading->event->kind = LOBBY_GATEWAY_TYPING;
}

static const struct
{
  const char *name;
  void (*read) (Reading *);
} READERS[] = {
  { "session.status", read_session },
  { "message", read_message },
  { "message.any", read_message },
  { "message.ack", read_ack },
  { "message.reaction", read_reaction },
  { "message.edited", read_edit },
  { "message.revoked", read_revocation },
  { "call.received", read_ringing },
  { "call.accepted", read_accepted },
  { "call.rejected", read_rejected },
  { "presence.update", read_presence },
};

LobbyGatewayEvent *
lobby_gateway_event_new (GBytes *body,
                         gint64 arrived_at,
                         GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (body, &length);
  g_autoptr (JsonObject) root = lobby_json_parse_object (text, (gssize)length, error);
  Reading reading = { NULL, NULL, arrived_at, arrived_at };
  gint64 told_at;
  const char *name;

  if (root == NULL)
    return NULL;
  reading.event = g_new0 (LobbyGatewayEvent, 1);
  reading.event->id = g_strdup (lobby_json_get_string (root, "id", LOBBY_ID_MAX));
  reading.event->session = g_strdup (lobby_json_get_string (root, "session", MAX_NAME));
  reading.payload = lobby_json_get_object (root, "payload");
  told_at = lobby_json_get_int_or (root, "timestamp", 0);
  if (told_at > 0 && told_at <= arrived_at + FAR_AHEAD)
    reading.told_at = told_at;
  name = lobby_json_get_string (root, "event", MAX_NAME);
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (READERS); i++)
    {
      if (strcmp (READERS[i].name, name) != 0)
        continue;
      READERS[i].read (&reading);
      return reading.event;
    }
  reading.event->kind = LOBBY_GATEWAY_PROBLEM;
  reading.event->problem = g_strdup_printf ("events of the name “%s” are not handled", name != NULL ? name : "?");
  return reading.event;
}

void
lobby_gateway_event_free (LobbyGatewayEvent *event)
{
  g_free (event->id);
  g_free (event->session);
  g_clear_pointer (&event->message, lobby_inbound_message_free);
  g_clear_pointer (&event->status, lobby_inbound_status_free);
  g_clear_pointer (&event->change, lobby_inbound_change_free);
  g_clear_pointer (&event->call, lobby_inbound_call_free);
  lobby_identity_clear (&event->customer);
  g_free (event->problem);
  g_free (event);
}
