/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-reading.h"

#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/*
 * The envelope: entry[].changes[], each with a field and a value. When the cursor comes to a change, it lists what is in its
 * value, in order, with the reader of each; reading is done one by one.
 */

typedef struct
{
  LobbyCloudReader read;
  JsonObject *json;
  const char *thread;
} Element;

struct _LobbyCloudDelivery
{
  JsonObject *root;
  gint64 arrived_at;
  guint entry;
  guint change; /* the next one */
  GArray *elements;
  guint position;
  LobbyCloudPlace place;
  const char *waba_id;
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
  self->elements = g_array_new (FALSE, FALSE, sizeof (Element));
  return self;
}

void
lobby_cloud_delivery_free (LobbyCloudDelivery *self)
{
  g_array_unref (self->elements);
  json_object_unref (self->root);
  g_free (self);
}

static void
identity_free (LobbyCloudIdentity *identity)
{
  lobby_identity_clear (&identity->now);
  lobby_identity_clear (&identity->before);
  g_free (identity);
}

void
lobby_cloud_item_clear (LobbyCloudItem *item)
{
  g_clear_pointer (&item->phone_number_id, g_free);
  g_clear_pointer (&item->display_number, g_free);
  g_clear_pointer (&item->waba_id, g_free);
  g_clear_pointer (&item->message, lobby_inbound_message_free);
  g_clear_pointer (&item->status, lobby_inbound_status_free);
  g_clear_pointer (&item->change, lobby_inbound_change_free);
  g_clear_pointer (&item->call, lobby_inbound_call_free);
  g_clear_pointer (&item->identity, identity_free);
  g_clear_pointer (&item->alert, lobby_alert_free);
  g_clear_pointer (&item->template, lobby_template_free);
  g_clear_pointer (&item->problem, g_free);
}

void
lobby_cloud_take_problem (LobbyCloudItem *item,
                          char *problem)
{
  if (item->problem == NULL)
    item->problem = problem;
  else
    g_free (problem);
}

static void
list_array (LobbyCloudDelivery *self,
            JsonArray *array,
            LobbyCloudReader read,
            const char *thread)
{
  for (guint i = 0; i < lobby_json_array_length (array); i++)
    {
      const Element element = { read, lobby_json_array_object (array, i), thread };

      g_array_append_val (self->elements, element);
    }
}

static void
list_member (LobbyCloudDelivery *self,
             JsonObject *value,
             const char *name,
             LobbyCloudReader read)
{
  list_array (self, lobby_json_get_array (value, name), read, NULL);
}

/* Threads of the time before; what of it is media comes as plain messages later. */
static void
list_history (LobbyCloudDelivery *self,
              JsonObject *value)
{
  JsonArray *chunks = lobby_json_get_array (value, "history");

  self->place.is_history = TRUE;
  for (guint i = 0; i < lobby_json_array_length (chunks); i++)
    {
      JsonObject *chunk = lobby_json_array_object (chunks, i);
      JsonArray *threads = lobby_json_get_array (chunk, "threads");

      for (guint j = 0; j < lobby_json_array_length (threads); j++)
        {
          JsonObject *thread = lobby_json_array_object (threads, j);

          list_array (self, lobby_json_get_array (thread, "messages"), lobby_cloud_read_message, lobby_json_get_string (thread, "id", LOBBY_ID_MAX));
        }
      list_member (self, chunk, "errors", lobby_cloud_read_error);
    }
  list_member (self, value, "messages", lobby_cloud_read_message);
}

/* A field whose updates may be in an array of its name, or be the value itself. */
static void
list_value (LobbyCloudDelivery *self,
            JsonObject *value,
            const char *name,
            LobbyCloudReader read)
{
  const Element element = { read, value, NULL };

  if (lobby_json_get_array (value, name) != NULL)
    list_member (self, value, name, read);
  else
    g_array_append_val (self->elements, element);
}

static void
list_change (LobbyCloudDelivery *self,
             const char *field,
             JsonObject *value)
{
  LobbyCloudReader read;

  if (strcmp (field, "messages") == 0)
    {
      list_member (self, value, "messages", lobby_cloud_read_message);
      list_member (self, value, "statuses", lobby_cloud_read_status);
      list_member (self, value, "errors", lobby_cloud_read_error);
    }
  else if (strcmp (field, "smb_message_echoes") == 0)
    {
      self->place.is_echo = TRUE;
      list_member (self, value, "message_echoes", lobby_cloud_read_message);
    }
  else if (strcmp (field, "history") == 0)
    list_history (self, value);
  else if (strcmp (field, "smb_app_state_sync") == 0)
    list_member (self, value, "state_sync", lobby_cloud_read_book_entry);
  else if (strcmp (field, "calls") == 0)
    {
      list_member (self, value, "calls", lobby_cloud_read_call);
      list_member (self, value, "statuses", lobby_cloud_read_call);
      list_member (self, value, "errors", lobby_cloud_read_error);
    }
  else if (strcmp (field, "user_preferences") == 0)
    list_value (self, value, "user_preferences", lobby_cloud_read_preference);
  else if (strcmp (field, "user_id_update") == 0)
    list_value (self, value, "user_id_update", lobby_cloud_read_user_id);
  else if ((read = lobby_cloud_find_account_reader (field)) != NULL)
    list_value (self, value, "", read);
  else
    list_value (self, value, "", NULL);
}

/* The next change that there is, listed. */
static gboolean
next_change (LobbyCloudDelivery *self)
{
  JsonArray *entries = lobby_json_get_array (self->root, "entry");

  for (; self->entry < lobby_json_array_length (entries); self->entry++, self->change = 0)
    {
      JsonObject *entry = lobby_json_array_object (entries, self->entry);
      JsonArray *changes = lobby_json_get_array (entry, "changes");
      JsonObject *change, *value;
      const char *field;

      if (self->change >= lobby_json_array_length (changes))
        continue;
      change = lobby_json_array_object (changes, self->change++);
      value = lobby_json_get_object (change, "value");
      field = lobby_json_get_string (change, "field", 100);
      self->waba_id = lobby_json_get_string (entry, "id", LOBBY_ID_MAX);
      self->place = (LobbyCloudPlace){
        .value = value,
        .field = field != NULL ? field : "",
        .contacts = lobby_json_get_array (value, "contacts"),
        .own_number = lobby_json_get_string (lobby_json_get_object (value, "metadata"), "display_phone_number", 64),
        .arrived_at = self->arrived_at,
      };
      g_array_set_size (self->elements, 0);
      self->position = 0;
      list_change (self, self->place.field, value);
      return TRUE;
    }
  return FALSE;
}

static void
read_element (LobbyCloudDelivery *self,
              const Element *element,
              LobbyCloudItem *item)
{
  JsonObject *metadata = lobby_json_get_object (self->place.value, "metadata");

  item->phone_number_id = g_strdup (lobby_json_get_string (metadata, "phone_number_id", LOBBY_ID_MAX));
  item->display_number = lobby_cloud_dup_number (lobby_json_get_string (self->place.value, "display_phone_number", 64));
  item->waba_id = g_strdup (self->waba_id);
  self->place.thread = element->thread;
  if (element->read == NULL)
    lobby_cloud_take_problem (item, g_strdup_printf ("updates of the field “%s” are not handled", *self->place.field != '\0' ? self->place.field : "?"));
  else
    element->read (&self->place, element->json, item);
}

gboolean
lobby_cloud_delivery_next (LobbyCloudDelivery *self,
                           LobbyCloudItem *item)
{
  *item = (LobbyCloudItem){ 0 };
  while (self->position >= self->elements->len)
    if (!next_change (self))
      return FALSE;
  read_element (self, &g_array_index (self->elements, Element, self->position++), item);
  return TRUE;
}
