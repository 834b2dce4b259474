/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-webhook-body.h"

#include <string.h>

#include "lobby-json.h"

LobbyUpdate *
lobby_update_new (const char *lane,
                  const char *kind,
                  JsonObject *contact,
                  JsonObject *item)
{
  LobbyUpdate *self = g_new0 (LobbyUpdate, 1);

  self->lane = g_strdup (lane);
  self->kind = g_strdup (kind);
  self->field = g_strdup ("messages");
  self->contact = contact;
  self->item = item;
  return self;
}

LobbyUpdate *
lobby_update_new_field (const char *lane,
                        const char *field,
                        JsonObject *value)
{
  LobbyUpdate *self = g_new0 (LobbyUpdate, 1);

  self->lane = g_strdup (lane);
  self->field = g_strdup (field);
  self->item = value;
  return self;
}

void
lobby_update_free (LobbyUpdate *self)
{
  g_free (self->lane);
  g_free (self->kind);
  g_free (self->field);
  g_clear_pointer (&self->contact, json_object_unref);
  g_clear_pointer (&self->item, json_object_unref);
  g_free (self);
}

void
lobby_update_set_timestamp (JsonObject *object,
                            gint64 msec)
{
  g_autofree char *seconds = g_strdup_printf ("%" G_GINT64_FORMAT, msec / 1000);

  json_object_set_string_member (object, "timestamp", seconds);
}

static JsonObject *
value_new (const LobbyBusiness *business,
           const LobbyUpdate *update)
{
  JsonObject *value = json_object_new ();
  JsonObject *metadata = json_object_new ();

  json_object_set_string_member (value, "messaging_product", "whatsapp");
  json_object_set_string_member (metadata, "display_phone_number", business->number);
  json_object_set_string_member (metadata, "phone_number_id", business->phone_number_id);
  json_object_set_object_member (value, "metadata", metadata);
  if (update->contact)
    {
      JsonArray *contacts = json_array_new ();

      json_array_add_object_element (contacts, json_object_ref (update->contact));
      json_object_set_array_member (value, "contacts", contacts);
    }
  json_object_set_array_member (value, update->kind, json_array_new ());
  return value;
}

static gboolean
shares_change (const LobbyUpdate *former,
               const LobbyUpdate *update)
{
  return former && former->kind && update->kind
         && g_str_equal (former->lane, update->lane) && g_str_equal (former->kind, update->kind)
         && (former->contact != NULL) == (update->contact != NULL);
}

char *
lobby_webhook_body (const LobbyBusiness *business,
                    GPtrArray *updates)
{
  g_autoptr (JsonObject) root = json_object_new ();
  JsonArray *entries = json_array_new ();
  JsonObject *entry = json_object_new ();
  JsonArray *changes = json_array_new ();
  JsonArray *items = NULL;
  LobbyUpdate *former = NULL;
  g_autofree char *plain = NULL;

  for (guint i = 0; i < updates->len; i++)
    {
      LobbyUpdate *update = g_ptr_array_index (updates, i);

      if (!shares_change (former, update))
        {
          JsonObject *change = json_object_new ();
          JsonObject *value = update->kind ? value_new (business, update) : json_object_ref (update->item);

          items = update->kind ? json_object_get_array_member (value, update->kind) : NULL;
          json_object_set_object_member (change, "value", value);
          json_object_set_string_member (change, "field", update->field);
          json_array_add_object_element (changes, change);
        }
      if (items)
        json_array_add_object_element (items, json_object_ref (update->item));
      former = update;
    }
  json_object_set_string_member (entry, "id", business->waba);
  json_object_set_array_member (entry, "changes", changes);
  json_array_add_object_element (entries, entry);
  json_object_set_string_member (root, "object", "whatsapp_business_account");
  json_object_set_array_member (root, "entry", entries);
  plain = lobby_json_object_to_string (root);
  return lobby_webhook_escape (plain);
}

char *
lobby_webhook_escape (const char *json)
{
  GString *escaped = g_string_sized_new (strlen (json) + 64);

  for (const char *p = json; *p; p = g_utf8_next_char (p))
    {
      gunichar letter = g_utf8_get_char (p);

      /* "/" and all that is not ASCII can stand inside strings only; json-glib writes "/" bare. */
      if (letter == '/')
        g_string_append (escaped, "\\/");
      else if (letter < 0x80)
        g_string_append_c (escaped, (char)letter);
      else if (letter < 0x10000)
        g_string_append_printf (escaped, "\\u%04x", letter);
      else
        g_string_append_printf (escaped, "\\u%04x\\u%04x",
                                0xd800 + ((letter - 0x10000) >> 10), 0xdc00 + ((letter - 0x10000) & 0x3ff));
    }
  return g_string_free (escaped, FALSE);
}

char *
lobby_webhook_sign (const char *secret,
                    const char *body,
                    gsize length)
{
  g_autofree char *hex = g_compute_hmac_for_data (G_CHECKSUM_SHA256, (const guchar *)secret, strlen (secret),
                                                  (const guchar *)body, length);

  return g_strconcat ("sha256=", hex, NULL);
}

void
lobby_webhook_spoil (char *signature)
{
  char *last = signature + strlen (signature) - 1;

  *last = *last == '0' ? '1' : '0';
}
