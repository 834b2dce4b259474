/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-reading.h"
#include "lobby-cloud-error.h"

#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/* What is told about messages and people: statuses, calls, who is who (CLOUD_API 7.3, 8, 9). */

#define MAX_NAME 256
#define MAX_TYPE 64
#define FAR_AHEAD (24 * 60 * 60 * 1000)
#define MAX_CALL_SECONDS (7 * 24 * 60 * 60)

/* Shared */

char *
lobby_cloud_dup_text (JsonObject *object,
                      const char *name)
{
  return lobby_adapter_dup_text (lobby_json_get_string (object, name, G_MAXSIZE));
}

gint64
lobby_cloud_read_time (JsonObject *json,
                       const char *name,
                       gint64 arrived_at)
{
  gint64 seconds = lobby_json_get_int_or (json, name, 0);

  if (seconds <= 0 || seconds > (arrived_at + FAR_AHEAD) / 1000)
    return arrived_at;
  return seconds * 1000;
}

/* People type "+1 (650) 555-1234", and so does WhatsApp sometimes. */
char *
lobby_cloud_dup_number (const char *text)
{
  g_autoptr (GString) digits = g_string_new (NULL);

  for (const char *c = text != NULL ? text : ""; *c != '\0'; c++)
    {
      if (g_ascii_isdigit (*c))
        g_string_append_c (digits, *c);
      else if (strchr ("+ -()", *c) == NULL)
        return NULL;
    }
  return digits->len >= 1 && digits->len <= 20 ? g_string_free (g_steal_pointer (&digits), FALSE) : NULL;
}

/* "CC.letters and digits", up to 128 of them, or "CC.ENT.…". */
char *
lobby_cloud_dup_user_id (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  if (length < 4 || length > 7 + 128 || !g_ascii_isalpha (text[0]) || !g_ascii_isalpha (text[1]) || text[2] != '.')
    return NULL;
  for (const char *c = text + 3; *c != '\0'; c++)
    {
      if (!g_ascii_isalnum (*c) && *c != '.')
        return NULL;
    }
  return g_strdup (text);
}

char *
lobby_cloud_dup_username (const char *text)
{
  if (text != NULL && *text == '@')
    text++;
  return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

/* The element of value.contacts that describes the customer. */
static JsonObject *
find_profile (JsonArray *contacts,
              const char *number,
              const char *user_id)
{
  guint length = lobby_json_array_length (contacts);

  for (guint i = 0; i < length; i++)
    {
      JsonObject *contact = lobby_json_array_object (contacts, i);
      const char *contact_number = lobby_json_get_string (contact, "wa_id", LOBBY_ID_MAX);
      const char *contact_user_id = lobby_json_get_string (contact, "user_id", LOBBY_ID_MAX);

      if ((number != NULL && g_strcmp0 (number, contact_number) == 0) || (user_id != NULL && g_strcmp0 (user_id, contact_user_id) == 0))
        return contact;
    }
  return length == 1 && number == NULL && user_id == NULL ? lobby_json_array_object (contacts, 0) : NULL;
}

gboolean
lobby_cloud_read_customer (const LobbyCloudPlace *place,
                           const char *number,
                           const char *user_id,
                           const char *parent,
                           LobbyIdentity *customer)
{
  JsonObject *contact = find_profile (place->contacts, number, user_id);
  JsonObject *profile = lobby_json_get_object (contact, "profile");

  if (number == NULL)
    number = lobby_json_get_string (contact, "wa_id", LOBBY_ID_MAX);
  if (user_id == NULL)
    user_id = lobby_json_get_string (contact, "user_id", LOBBY_ID_MAX);
  if (parent == NULL)
    parent = lobby_json_get_string (contact, "parent_user_id", LOBBY_ID_MAX);
  customer->wa_id = lobby_cloud_dup_number (number);
  customer->bsuid = lobby_cloud_dup_user_id (user_id);
  customer->parent_bsuid = lobby_cloud_dup_user_id (parent);
  customer->username = lobby_cloud_dup_username (lobby_json_get_string (profile, "username", MAX_NAME));
  customer->name = g_strdup (lobby_json_get_string (profile, "name", LOBBY_WIRE_MAX_NAME));
  return customer->wa_id != NULL || customer->bsuid != NULL || customer->parent_bsuid != NULL || customer->username != NULL;
}

/* Statuses */

static void
read_status_error (LobbyInboundStatus *status,
                   JsonObject *error)
{
  JsonObject *data = lobby_json_get_object (error, "error_data");
  g_autofree char *details = lobby_cloud_dup_text (data, "details");

  status->error_code = (int)CLAMP (lobby_json_get_int_or (error, "code", 0), 0, G_MAXINT);
  status->consequence = lobby_cloud_error_get_consequence (status->error_code);
  status->error_title = g_strdup (lobby_json_get_string (error, "title", LOBBY_WIRE_MAX_NAME));
  status->error_message = details != NULL ? g_steal_pointer (&details) : lobby_cloud_dup_text (error, "message");
}

void
lobby_cloud_read_status (const LobbyCloudPlace *place,
                         JsonObject *json,
                         LobbyCloudItem *item)
{
  g_autoptr (LobbyInboundStatus) status = NULL;
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  const char *name = lobby_json_get_string (json, "status", MAX_TYPE);

  if (g_strcmp0 (lobby_json_get_string (json, "type", MAX_TYPE), "call") == 0)
    {
      lobby_cloud_read_call (place, json, item);
      return;
    }
  status = g_new0 (LobbyInboundStatus, 1);
  if (id == NULL || *id == '\0')
    {
      lobby_cloud_take_problem (item, g_strdup ("a status without a message id"));
      return;
    }
  if (name == NULL || !lobby_status_from_string (name, &status->status) || status->status == LOBBY_STATUS_PENDING)
    {
      lobby_cloud_take_problem (item, g_strdup_printf ("the status “%s” is not known", name != NULL ? name : "?"));
      return;
    }
  status->whatsapp_message_id = g_strdup (id);
  status->opaque = g_strdup (lobby_json_get_string (json, "biz_opaque_callback_data", LOBBY_ID_MAX));
  status->timestamp = lobby_cloud_read_time (json, "timestamp", place->arrived_at);
  if (status->status == LOBBY_STATUS_FAILED)
    read_status_error (status, lobby_json_array_object (lobby_json_get_array (json, "errors"), 0));
  item->status = g_steal_pointer (&status);
}

/* Calls */

/* Of an element of calls[], which has an event, or of statuses[] of the type call. FALSE: not known. */
static gboolean
read_call_status (JsonObject *json,
                  gboolean outbound,
                  LobbyCallStatus *status)
{
  const char *event = lobby_json_get_string (json, "event", MAX_TYPE);
  const char *name = lobby_json_get_string (json, "status", MAX_TYPE);

  if (g_strcmp0 (event, "connect") == 0 || (event == NULL && g_strcmp0 (name, "RINGING") == 0))
    *status = LOBBY_CALL_RINGING;
  else if (event == NULL && g_strcmp0 (name, "ACCEPTED") == 0)
    *status = LOBBY_CALL_ACCEPTED;
  else if (event == NULL && g_strcmp0 (name, "REJECTED") == 0)
    *status = LOBBY_CALL_REJECTED;
  else if (g_strcmp0 (event, "terminate") == 0)
    *status = g_strcmp0 (name, "COMPLETED") == 0 ? LOBBY_CALL_COMPLETED : LOBBY_CALL_MISSED;
  else
    return FALSE;
  return TRUE;
}

void
lobby_cloud_read_call (const LobbyCloudPlace *place,
                       JsonObject *json,
                       LobbyCloudItem *item)
{
  g_autoptr (LobbyInboundCall) call = g_new0 (LobbyInboundCall, 1);
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  gboolean is_status = lobby_json_get_string (json, "event", MAX_TYPE) == NULL;

  /* Statuses are told of calls that the business makes. */
  call->outbound = is_status || g_strcmp0 (lobby_json_get_string (json, "direction", MAX_TYPE), "BUSINESS_INITIATED") == 0;
  call->arrived_at = place->arrived_at;
  call->timestamp = lobby_cloud_read_time (json, "timestamp", place->arrived_at);
  call->duration = CLAMP (lobby_json_get_int_or (json, "duration", 0), 0, MAX_CALL_SECONDS) * 1000;
  if (id == NULL || *id == '\0')
    {
      lobby_cloud_take_problem (item, g_strdup ("a call without an id"));
      return;
    }
  if (!read_call_status (json, call->outbound, &call->status))
    {
      lobby_cloud_take_problem (item, g_strdup ("an event of a call that is not known"));
      return;
    }
  call->whatsapp_call_id = g_strdup (id);
  if (is_status)
    lobby_cloud_read_customer (place, lobby_json_get_string (json, "recipient_id", LOBBY_ID_MAX),
                               lobby_json_get_string (json, "recipient_user_id", LOBBY_ID_MAX),
                               lobby_json_get_string (json, "recipient_parent_user_id", LOBBY_ID_MAX), &call->customer);
  else if (call->outbound)
    lobby_cloud_read_customer (place, lobby_json_get_string (json, "to", LOBBY_ID_MAX), lobby_json_get_string (json, "to_user_id", LOBBY_ID_MAX),
                               lobby_json_get_string (json, "to_parent_user_id", LOBBY_ID_MAX), &call->customer);
  else
    lobby_cloud_read_customer (place, lobby_json_get_string (json, "from", LOBBY_ID_MAX), lobby_json_get_string (json, "from_user_id", LOBBY_ID_MAX),
                               lobby_json_get_string (json, "from_parent_user_id", LOBBY_ID_MAX), &call->customer);
  item->call = g_steal_pointer (&call);
}

/* People */

/* "Stop sending me offers" stands in the conversation as WhatsApp shows it. The update has no id of its own. */
void
lobby_cloud_read_preference (const LobbyCloudPlace *place,
                             JsonObject *json,
                             LobbyCloudItem *item)
{
  g_autoptr (LobbyInboundMessage) message = g_new0 (LobbyInboundMessage, 1);
  const LobbyIdentity *customer = &message->customer;
  const char *value = lobby_json_get_string (json, "value", MAX_TYPE);
  JsonObject *system = json_object_new ();

  message->type = LOBBY_MESSAGE_SYSTEM;
  message->content = lobby_cloud_dup_text (json, "detail");
  message->arrived_at = place->arrived_at;
  message->timestamp = lobby_cloud_read_time (json, "timestamp", place->arrived_at);
  message->metadata = json_object_new ();
  json_object_set_string_member (system, "type", "user_preference");
  lobby_json_set_string (system, "category", lobby_json_get_string (json, "category", MAX_TYPE));
  lobby_json_set_string (system, "value", value);
  json_object_set_object_member (message->metadata, "system", system);
  if (!lobby_cloud_read_customer (place, lobby_json_get_string (json, "wa_id", LOBBY_ID_MAX), lobby_json_get_string (json, "user_id", LOBBY_ID_MAX),
                                  NULL, &message->customer))
    {
      lobby_cloud_take_problem (item, g_strdup ("a preference of nobody"));
      return;
    }
  message->whatsapp_message_id = g_strdup_printf ("preference:%s:%s:%" G_GINT64_FORMAT,
                                                  customer->wa_id != NULL ? customer->wa_id : customer->bsuid != NULL ? customer->bsuid
                                                                                                                      : customer->username,
                                                  value != NULL ? value : "", message->timestamp);
  item->message = g_steal_pointer (&message);
}

/* {"previous","current"} */
static void
read_renewal (JsonObject *json,
              const char *name,
              char **before,
              char **now)
{
  JsonObject *renewal = lobby_json_get_object (json, name);

  *before = lobby_cloud_dup_user_id (lobby_json_get_string (renewal, "previous", LOBBY_ID_MAX));
  *now = lobby_cloud_dup_user_id (lobby_json_get_string (renewal, "current", LOBBY_ID_MAX));
}

void
lobby_cloud_read_user_id (const LobbyCloudPlace *place,
                          JsonObject *json,
                          LobbyCloudItem *item)
{
  LobbyCloudIdentity *identity = item->identity = g_new0 (LobbyCloudIdentity, 1);

  read_renewal (json, "user_id", &identity->before.bsuid, &identity->now.bsuid);
  read_renewal (json, "parent_user_id", &identity->before.parent_bsuid, &identity->now.parent_bsuid);
  identity->now.wa_id = lobby_cloud_dup_number (lobby_json_get_string (json, "wa_id", LOBBY_ID_MAX));
  identity->at = lobby_cloud_read_time (json, "timestamp", place->arrived_at);
  if (identity->now.bsuid == NULL && identity->now.parent_bsuid == NULL)
    lobby_cloud_take_problem (item, g_strdup ("a new user id that is none"));
}

void
lobby_cloud_read_book_entry (const LobbyCloudPlace *place,
                             JsonObject *json,
                             LobbyCloudItem *item)
{
  JsonObject *contact = lobby_json_get_object (json, "contact");
  const char *name = lobby_json_get_string (contact, "full_name", LOBBY_WIRE_MAX_NAME);
  LobbyCloudIdentity *identity;

  if (g_strcmp0 (lobby_json_get_string (json, "type", MAX_TYPE), "contact") != 0)
    {
      lobby_cloud_take_problem (item, g_strdup ("a part of the phone's state that is not known"));
      return;
    }
  identity = item->identity = g_new0 (LobbyCloudIdentity, 1);
  identity->is_book = TRUE;
  identity->at = place->arrived_at;
  identity->now.wa_id = lobby_cloud_dup_number (lobby_json_get_string (contact, "phone_number", LOBBY_ID_MAX));
  identity->now.bsuid = lobby_cloud_dup_user_id (lobby_json_get_string (contact, "user_id", LOBBY_ID_MAX));
  if (name == NULL || *name == '\0')
    name = lobby_json_get_string (contact, "first_name", LOBBY_WIRE_MAX_NAME);
  if (g_strcmp0 (lobby_json_get_string (json, "action", MAX_TYPE), "remove") != 0 && name != NULL && *name != '\0')
    identity->now.name = g_strdup (name);
  if (identity->now.wa_id == NULL && identity->now.bsuid == NULL)
    lobby_cloud_take_problem (item, g_strdup ("an entry of the address book without a number"));
}
