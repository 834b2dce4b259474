/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"
#include "lobby-json.h"
#include "lobby-number.h"
#include "lobby-trouble.h"

#define STRING_MAX (1024 * 1024)

/* One message on its way from the request to the answer. */
typedef struct
{
  JsonObject *request;
  const char *type;
  const char *input; /* `to` or `recipient`, as written */
  LobbyCustomer *customer;
  int fail_code; /* by webhook, after the 200 */
  char *fail_details;
} Sending;

static void
fail_later (Sending *sending,
            int code,
            const char *details)
{
  if (sending->fail_code)
    return;
  sending->fail_code = code;
  sending->fail_details = g_strdup (details);
}

static gboolean
check_media_object (LobbySandbox *self,
                    Sending *sending,
                    JsonObject *object,
                    const char *type,
                    GError **error)
{
  const char *id = lobby_json_get_string (object, "id", STRING_MAX);
  const LobbyMedia *media = id ? lobby_media_store_find (self->media, id) : NULL;
  g_autoptr (GError) problem = NULL;

  /* A link is taken on trust: the sandbox does not go out into the internet. */
  if (!id)
    return TRUE;
  if (!media)
    return lobby_graph_refuse (error, 131009, "Media ID %.64s is not valid or has expired.", id);
  /* WhatsApp looks into the file only after it has answered 200. */
  if (!lobby_media_check (media, type, &problem))
    fail_later (sending, problem->code, problem->message);
  return TRUE;
}

static gboolean
check_content (LobbySandbox *self,
               Sending *sending,
               GError **error)
{
  static const char *const media_types[] = { "image", "video", "audio", "document", "sticker", NULL };
  JsonObject *object = lobby_json_get_object (sending->request, sending->type);

  if (g_strv_contains (media_types, sending->type))
    return check_media_object (self, sending, object, sending->type, error);
  if (g_str_equal (sending->type, "template"))
    return lobby_graph_check_template (object, error);
  if (g_str_equal (sending->type, "interactive"))
    {
      JsonObject *header = lobby_json_get_object (object, "header");
      const char *kind = lobby_json_get_string (header, "type", 64);
      JsonObject *file = kind ? lobby_json_get_object (header, kind) : NULL;

      return !file || check_media_object (self, sending, file, kind, error);
    }
  if (g_str_equal (sending->type, "reaction"))
    {
      const char *target = lobby_json_get_string (object, "message_id", 512);

      if (!g_hash_table_contains (self->world->inbound_ids, target) && !g_hash_table_contains (self->world->sent_by_id, target))
        fail_later (sending, 131009, "The message reacted to does not exist in this conversation or is too old.");
    }
  return TRUE;
}

static gboolean
check_quote (LobbySandbox *self,
             Sending *sending,
             GError **error)
{
  const char *id = lobby_json_get_string (lobby_json_get_object (sending->request, "context"), "message_id", 512);

  if (id && !g_hash_table_contains (self->world->inbound_ids, id) && !g_hash_table_contains (self->world->sent_by_id, id))
    return lobby_graph_refuse (error, 131009, "Param context['message_id'] is not a message of this conversation.");
  return TRUE;
}

static LobbyCustomer *
find_by_number (LobbySandbox *self,
                const char *digits)
{
  LobbyCustomer *customer = lobby_world_find_customer (self->world, digits);
  g_autofree char *twin = lobby_number_twin (digits);

  if (!customer && twin)
    customer = lobby_world_find_customer (self->world, twin);
  return customer ? customer : lobby_world_add_customer (self->world, digits, NULL, NULL, NULL);
}

static gboolean
find_recipient (LobbySandbox *self,
                Sending *sending,
                GError **error)
{
  const char *to = lobby_json_get_string (sending->request, "to", STRING_MAX);
  const char *recipient = lobby_json_get_string (sending->request, "recipient", STRING_MAX);
  g_autofree char *digits = NULL;

  sending->input = to ? to : recipient;
  if (g_strcmp0 (lobby_json_get_string (sending->request, "recipient_type", 64), "group") == 0)
    return lobby_graph_refuse (error, 131009, "The business is not in this group.");
  if (!to)
    {
      sending->customer = lobby_world_find_customer (self->world, recipient);
      return sending->customer || lobby_graph_refuse (error, 131009, "Param recipient is not a known business-scoped user ID.");
    }
  digits = lobby_number_normalise (to, self->business.number);
  if (!digits)
    return lobby_graph_refuse (error, 131009, "Param to is not a valid phone number.");
  if (g_str_equal (digits, self->business.number))
    return lobby_graph_refuse (error, 131021, "%s", "");
  sending->customer = find_by_number (self, digits);
  return TRUE;
}

static gboolean
check_limits (LobbySandbox *self,
              Sending *sending,
              GError **error)
{
  gint64 now = lobby_schedule_now (self->schedule);
  guint capacity = self->knobs.coexistence ? LOBBY_THROUGHPUT_COEXISTENCE : LOBBY_THROUGHPUT_CAPACITY;

  if (!self->knobs.rate_limits)
    return TRUE;
  if (!lobby_bucket_take (&self->world->throughput, now, capacity, 1000.0 / capacity))
    return lobby_graph_refuse (error, 130429, "%s", "");
  if (!lobby_bucket_take (&sending->customer->pair, now, LOBBY_PAIR_CAPACITY, LOBBY_PAIR_EVERY_MS))
    return lobby_graph_refuse (error, 131056, "%s", "");
  return TRUE;
}

/* Whether WhatsApp would let this reach its recipient: by magic numbers, the service window, and the knobs. */
static gboolean
check_reach (LobbySandbox *self,
             Sending *sending,
             GError **error)
{
  gboolean later = FALSE;
  int code = sending->customer->wa_id ? lobby_number_magic (sending->customer->wa_id, &later) : 0;

  if (code == 0 && !g_str_equal (sending->type, "template") && !lobby_customer_window_open (sending->customer))
    {
      code = 131047;
      later = self->knobs.window_async;
    }
  if (code && !later)
    return lobby_graph_refuse (error, code, "%s", "");
  if (code)
    fail_later (sending, code, NULL);
  if (self->knobs.async_fail_code)
    {
      fail_later (sending, (int)self->knobs.async_fail_code, NULL);
      lobby_knobs_spend_failure (&self->knobs);
    }
  return TRUE;
}

static JsonObject *
accepted_answer (LobbySent *sent)
{
  JsonObject *answer = json_object_new ();
  JsonObject *contact = json_object_new ();
  JsonObject *message = json_object_new ();
  JsonArray *contacts = json_array_new ();
  JsonArray *messages = json_array_new ();

  json_object_set_string_member (contact, "input", sent->input);
  if (json_object_has_member (sent->request, "to"))
    json_object_set_string_member (contact, "wa_id", sent->customer->wa_id);
  else
    json_object_set_string_member (contact, "user_id", sent->customer->bsuid);
  json_array_add_object_element (contacts, contact);
  json_object_set_string_member (message, "id", sent->id);
  if (g_str_equal (sent->type, "template"))
    json_object_set_string_member (message, "message_status", "accepted");
  json_array_add_object_element (messages, message);
  json_object_set_string_member (answer, "messaging_product", "whatsapp");
  json_object_set_array_member (answer, "contacts", contacts);
  json_object_set_array_member (answer, "messages", messages);
  return answer;
}

static void
answer_accepted (LobbySandbox *self,
                 SoupServerMessage *message,
                 LobbySent *sent)
{
  g_autoptr (JsonObject) answer = accepted_answer (sent);
  g_autofree char *plain = lobby_json_object_to_string (answer);

  lobby_trouble_answer (&self->knobs, self->schedule, message, 200, lobby_webhook_escape (plain));
}

static gboolean
send_message (LobbySandbox *self,
              SoupServerMessage *message,
              JsonObject *request,
              GError **error)
{
  Sending sending = { .request = request };
  LobbySent *sent;
  gboolean good;

  if (!lobby_graph_validate_message (request, error))
    return FALSE;
  sending.type = lobby_json_get_string (request, "type", 64);
  if (!sending.type)
    sending.type = "text";
  good = find_recipient (self, &sending, error)
         && check_content (self, &sending, error)
         && check_quote (self, &sending, error)
         && check_limits (self, &sending, error)
         && check_reach (self, &sending, error);
  if (good)
    {
      sent = lobby_world_accept (&self->world->cloud, sending.customer, NULL, sending.input, sending.type, request);
      lobby_sent_go (sent, sending.fail_code, sending.fail_details);
      answer_accepted (self, message, sent);
    }
  g_free (sending.fail_details);
  return good;
}

/* {"status":"read","message_id":…[,"typing_indicator":{"type":"text"}]} */
static gboolean
mark_read (LobbySandbox *self,
           SoupServerMessage *message,
           JsonObject *request,
           GError **error)
{
  const char *id = lobby_json_get_string (request, "message_id", 512);
  JsonObject *typing = lobby_json_get_object (request, "typing_indicator");
  LobbyCustomer *customer = id ? g_hash_table_lookup (self->world->inbound_ids, id) : NULL;

  if (g_strcmp0 (lobby_json_get_string (request, "messaging_product", 64), "whatsapp") != 0)
    return lobby_graph_refuse (error, 100, "The parameter messaging_product is required.");
  if (g_strcmp0 (lobby_json_get_string (request, "status", 64), "read") != 0)
    return lobby_graph_refuse (error, 100, "Param status must be one of {READ}.");
  if (!id)
    return lobby_graph_refuse (error, 100, "The parameter message_id is required.");
  if (json_object_has_member (request, "typing_indicator") && g_strcmp0 (lobby_json_get_string (typing, "type", 64), "text") != 0)
    return lobby_graph_refuse (error, 100, "Param typing_indicator['type'] must be one of {TEXT}.");
  if (!customer)
    return lobby_graph_refuse (error, 131009, "Param message_id is not a message that this number received.");

  lobby_world_record_call (&self->world->cloud, typing ? "typing" : "read", id, NULL, customer);
  lobby_answer_success (message);
  return TRUE;
}

/* TRUE when a knob answered in place of WhatsApp. */
static gboolean
meets_trouble (LobbySandbox *self,
               SoupServerMessage *message,
               GError **error)
{
  int code = (int)self->knobs.fail_code;

  if (!code)
    return lobby_trouble_refuse (&self->knobs, message);
  lobby_knobs_spend_failure (&self->knobs);
  lobby_graph_refuse (error, code, "%s", "");
  return TRUE;
}

void
lobby_graph_send (LobbySandbox *self,
                  SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) request = lobby_request_json (message, &error);

  if (request && json_object_has_member (request, "status"))
    mark_read (self, message, request, &error);
  else if (request && !meets_trouble (self, message, &error))
    send_message (self, message, request, &error);
  if (error)
    {
      g_autofree char *code = g_strdup_printf ("%d", error->code);

      json_object_set_int_member (self->refused, code, lobby_json_get_int_or (self->refused, code, 0) + 1);
      lobby_answer_graph_error (message, error);
    }
}
