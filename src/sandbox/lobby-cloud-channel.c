/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-world.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-graph-error.h"
#include "lobby-json.h"

/* "wamid.…" unlike any other, also over restarts. */
static char *
new_id (LobbyChannel *self,
        LobbyCustomer *customer,
        gboolean inbound)
{
  const char *key = customer->key;
  /* The shape of real ones: a little binary header, the number, and random hex, in base64. */
  g_autoptr (GByteArray) raw = g_byte_array_new ();
  const guint8 head[] = { 0x1c, 0x18, (guint8)MIN (strlen (key), 255) };
  const guint8 middle[] = { 0x15, 0x02, 0x00, inbound ? 0x12 : 0x11, 0x18, 0x12 };
  g_autofree char *unique = g_strdup_printf ("%08X%08X%02X", g_random_int (), g_random_int (), g_random_int_range (0, 256));
  g_autofree char *base64 = NULL;

  g_byte_array_append (raw, head, sizeof head);
  g_byte_array_append (raw, (const guint8 *)key, head[2]);
  g_byte_array_append (raw, middle, sizeof middle);
  g_byte_array_append (raw, (const guint8 *)unique, (guint)strlen (unique) + 1);
  base64 = g_base64_encode (raw->data, raw->len);
  return g_strconcat ("wamid.", base64, NULL);
}

static JsonObject *
contact_new (LobbyCustomer *customer,
             gboolean with_username)
{
  JsonObject *contact = json_object_new ();
  JsonObject *profile = json_object_new ();

  lobby_json_set_string (profile, "name", customer->name);
  if (with_username)
    lobby_json_set_string (profile, "username", customer->username);
  json_object_set_object_member (contact, "profile", profile);
  lobby_json_set_string (contact, "wa_id", customer->wa_id);
  lobby_json_set_string (contact, "user_id", customer->bsuid);
  return contact;
}

static void
said (LobbyChannel *self,
      LobbyCustomer *customer,
      JsonObject *message,
      gint64 when)
{
  gboolean system = g_strcmp0 (lobby_json_get_string (message, "type", 64), "system") == 0;

  lobby_deliverer_push (self->world->deliverer,
                        lobby_update_new (customer->key, "messages", system ? NULL : contact_new (customer, TRUE), json_object_ref (message)));
}

static JsonObject *
status_new (LobbySent *sent,
            const char *name)
{
  JsonObject *status = json_object_new ();

  json_object_set_string_member (status, "id", sent->id);
  json_object_set_string_member (status, "status", name);
  lobby_update_set_timestamp (status, lobby_clock_now ());
  lobby_json_set_string (status, "recipient_id", sent->customer->wa_id);
  lobby_json_set_string (status, "recipient_user_id", sent->customer->bsuid);
  lobby_json_set_string (status, "biz_opaque_callback_data",
                         lobby_json_get_string (sent->request, "biz_opaque_callback_data", 4096));
  return status;
}

static void
add_pricing (JsonObject *status,
             LobbySent *sent)
{
  JsonObject *pricing = json_object_new ();
  gboolean template = g_str_equal (sent->type, "template");

  json_object_set_boolean_member (pricing, "billable", template);
  json_object_set_string_member (pricing, "pricing_model", "PMP");
  json_object_set_string_member (pricing, "type", template ? "regular" : "free_customer_service");
  json_object_set_string_member (pricing, "category", template ? "utility" : "service");
  json_object_set_object_member (status, "pricing", pricing);
}

static void
reached (LobbyChannel *self,
         LobbySent *sent,
         LobbyRank rank)
{
  static const char *const names[] = { NULL, "sent", "delivered", "read", "played" };
  JsonObject *status = status_new (sent, names[rank]);

  if (rank == LOBBY_RANK_SENT || rank == LOBBY_RANK_DELIVERED)
    add_pricing (status, sent);
  lobby_deliverer_push (self->world->deliverer,
                        lobby_update_new (sent->customer->key, "statuses", contact_new (sent->customer, rank != LOBBY_RANK_SENT), status));
}

static void
failed (LobbyChannel *self,
        LobbySent *sent,
        int code,
        const char *details)
{
  JsonObject *status = status_new (sent, "failed");
  JsonArray *errors = json_array_new ();

  if (sent->customer->wa_id)
    json_object_remove_member (status, "recipient_user_id");
  json_array_add_object_element (errors, lobby_graph_error_to_status (code, details));
  json_object_set_array_member (status, "errors", errors);
  lobby_deliverer_push (self->world->deliverer, lobby_update_new (sent->customer->key, "statuses", NULL, status));
}

/* The Cloud API cannot tell that somebody types (CLOUD_API section 2): no `doing`. */
const LobbyChannelVerbs lobby_cloud_channel_verbs = { .new_id = new_id, .said = said, .reached = reached, .failed = failed };
