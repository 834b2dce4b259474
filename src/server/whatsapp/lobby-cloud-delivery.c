/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-delivery.h"
#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/*
 * The envelope: entry[].changes[].value, with messages[], statuses[] and errors[] in a change of the
 * field "messages". A cursor of five indices walks it; every array is visited in order.
 */

struct _LobbyCloudDelivery
{
  JsonObject *root;
  gint64 arrived_at;
  guint entry;
  guint change;
  guint message;
  guint status;
  guint error;
};

LobbyCloudDelivery *
lobby_cloud_delivery_new (GBytes *body,
                          gint64 arrived_at,
                          GError **error)
{
  gsize length;
  const char *text = g_bytes_get_data (body, &length);
  JsonObject *root = lobby_json_parse_object (text, (gssize)length, error);
  LobbyCloudDelivery *self;

  if (root == NULL)
    return NULL;
  self = g_new0 (LobbyCloudDelivery, 1);
  self->root = root;
  self->arrived_at = arrived_at;
  return self;
}

void
lobby_cloud_delivery_free (LobbyCloudDelivery *self)
{
  json_object_unref (self->root);
  g_free (self);
}

void
lobby_cloud_item_clear (LobbyCloudItem *item)
{
  g_clear_pointer (&item->phone_number_id, g_free);
  g_clear_pointer (&item->message, lobby_inbound_message_free);
  g_clear_pointer (&item->status, lobby_inbound_status_free);
  g_clear_pointer (&item->problem, g_free);
  item->kind = LOBBY_CLOUD_END;
}

static void
take_problem (LobbyCloudItem *item,
              char *problem)
{
  item->kind = LOBBY_CLOUD_PROBLEM;
  item->problem = problem;
}

/* The next element of the present change's messages, statuses and errors, in this order. */
static gboolean
next_of_value (LobbyCloudDelivery *self,
               JsonObject *value,
               LobbyCloudItem *item)
{
  JsonArray *messages = lobby_json_get_array (value, "messages");
  JsonArray *statuses = lobby_json_get_array (value, "statuses");
  JsonArray *errors = lobby_json_get_array (value, "errors");
  char *problem = NULL;

  if (self->message < lobby_json_array_length (messages))
    {
      item->message = lobby_cloud_parse_message (lobby_json_array_object (messages, self->message++),
                                                 lobby_json_get_array (value, "contacts"), self->arrived_at, &problem);
      item->kind = LOBBY_CLOUD_MESSAGE;
    }
  else if (self->status < lobby_json_array_length (statuses))
    {
      item->status = lobby_cloud_parse_status (lobby_json_array_object (statuses, self->status++), self->arrived_at, &problem);
      item->kind = LOBBY_CLOUD_STATUS;
    }
  else if (self->error < lobby_json_array_length (errors))
    {
      JsonObject *error = lobby_json_array_object (errors, self->error++);
      const char *title = lobby_json_get_string (error, "title", 200);

      problem = g_strdup_printf ("WhatsApp reports error %d: %s", (int)lobby_json_get_int_or (error, "code", 0), title != NULL ? title : "no title");
    }
  else
    return FALSE;
  if (problem != NULL)
    take_problem (item, problem);
  return TRUE;
}

static gboolean
next_of_change (LobbyCloudDelivery *self,
                JsonObject *change,
                LobbyCloudItem *item)
{
  const char *field = lobby_json_get_string (change, "field", 100);
  JsonObject *value = lobby_json_get_object (change, "value");

  if (g_strcmp0 (field, "messages") != 0)
    {
      if (self->error++ > 0)
        return FALSE;
      take_problem (item, g_strdup_printf ("updates of the field “%s” are not handled", field != NULL ? field : "?"));
      return TRUE;
    }
  if (!next_of_value (self, value, item))
    return FALSE;
  item->phone_number_id = g_strdup (lobby_json_get_string (lobby_json_get_object (value, "metadata"), "phone_number_id", LOBBY_ID_MAX));
  return TRUE;
}

gboolean
lobby_cloud_delivery_next (LobbyCloudDelivery *self,
                           LobbyCloudItem *item)
{
  JsonArray *entries = lobby_json_get_array (self->root, "entry");

  *item = (LobbyCloudItem){ 0 };
  for (; self->entry < lobby_json_array_length (entries); self->entry++, self->change = 0)
    {
      JsonArray *changes = lobby_json_get_array (lobby_json_array_object (entries, self->entry), "changes");

      while (self->change < lobby_json_array_length (changes))
        {
          if (next_of_change (self, lobby_json_array_object (changes, self->change), item))
            return TRUE;
          self->change++;
          self->message = self->status = self->error = 0;
        }
    }
  return FALSE;
}
