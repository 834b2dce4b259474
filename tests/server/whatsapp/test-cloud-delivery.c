/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-cloud-reading.h"
#include "lobby-json.h"
#include "payload-cases.h"

#include <string.h>

#define ARRIVED_AT G_GINT64_CONSTANT (1750040000123)

static void
dump_identity (GString *dump,
               const char *prefix,
               const LobbyIdentity *identity)
{
  const char *const members[][2] = {
    { "wa_id", identity->wa_id },
    { "bsuid", identity->bsuid },
    { "parent_bsuid", identity->parent_bsuid },
    { "username", identity->username },
    { "profile_name", identity->name },
  };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (members[i][1] != NULL)
      g_string_append_printf (dump, "  %s%s: %s\n", prefix, members[i][0], members[i][1]);
}

static void
dump_message (GString *dump,
              const LobbyInboundMessage *message)
{
  g_autofree char *metadata = lobby_json_object_to_string (message->metadata);

  g_string_append_printf (dump, "message %s %s at %" G_GINT64_FORMAT "\n", lobby_message_type_to_string (message->type),
                          message->whatsapp_message_id, message->timestamp);
  if (message->outbound)
    g_string_append_printf (dump, "  ours: %s\n", lobby_status_to_string (message->status));
  payload_add_line (dump, "history", message->is_history ? "yes" : NULL);
  dump_identity (dump, "", &message->customer);
  payload_add_line (dump, "content", message->content);
  payload_add_line (dump, "quoted", message->quoted_whatsapp_id);
  payload_add_line (dump, "reaction", message->reaction_whatsapp_id);
  payload_add_line (dump, "media id", message->media_remote_id);
  payload_add_line (dump, "media url", message->media_remote_url);
  if (strcmp (metadata, "{}") != 0)
    payload_add_line (dump, "metadata", metadata);
  g_assert_cmpint (message->arrived_at, ==, ARRIVED_AT);
}

static void
dump_status (GString *dump,
             const LobbyInboundStatus *status)
{
  g_string_append_printf (dump, "status %s %s at %" G_GINT64_FORMAT "\n", lobby_status_to_string (status->status),
                          status->whatsapp_message_id, status->timestamp);
  payload_add_line (dump, "opaque", status->opaque);
  if (status->error_code != 0)
    g_string_append_printf (dump, "  error: %d\n", status->error_code);
  payload_add_line (dump, "error title", status->error_title);
  payload_add_line (dump, "error message", status->error_message);
}

static void
dump_change (GString *dump,
             const LobbyInboundChange *change)
{
  g_string_append_printf (dump, "%s of %s %s at %" G_GINT64_FORMAT "\n", change->revoke ? "revocation" : "edit",
                          change->outbound ? "our" : "their", change->whatsapp_message_id, change->timestamp);
  payload_add_line (dump, "content", change->content);
}

static void
dump_call (GString *dump,
           const LobbyInboundCall *call)
{
  static const char *const names[] = { "ringing", "accepted", "rejected", "missed", "completed" };

  g_string_append_printf (dump, "%s call %s %s at %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT " ms\n", call->outbound ? "our" : "their",
                          call->whatsapp_call_id, names[call->status], call->timestamp, call->duration);
  dump_identity (dump, "", &call->customer);
}

static void
dump_other (GString *dump,
            const LobbyCloudItem *item)
{
  if (item->identity != NULL)
    {
      g_string_append_printf (dump, "%s at %" G_GINT64_FORMAT "\n", item->identity->is_book ? "address book" : "identity", item->identity->at);
      dump_identity (dump, "before ", &item->identity->before);
      dump_identity (dump, "now ", &item->identity->now);
    }
  if (item->alert != NULL)
    g_string_append_printf (dump, "%s %d: %s\n  %s\n", item->alert->severity, item->alert->code, item->alert->title, item->alert->message);
  if (item->template != NULL)
    {
      g_string_append_printf (dump, "template %s %s %s\n", item->template->remote_id, item->template->name, item->template->language);
      payload_add_line (dump, "status", item->template->status);
      payload_add_line (dump, "quality", item->template->quality);
      payload_add_line (dump, "category", item->template->category);
      payload_add_line (dump, "rejected", item->template->rejected_reason);
    }
  if (item->templates_stale)
    g_string_append (dump, "templates are stale\n");
  if (item->problem != NULL)
    g_string_append_printf (dump, "problem: %s\n", item->problem);
}

static char *
dump_delivery (GBytes *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyCloudDelivery) delivery = lobby_cloud_delivery_new (body, ARRIVED_AT, &error);
  GString *dump = g_string_new (NULL);

  g_assert_no_error (error);
  for (;;)
    {
      g_auto (LobbyCloudItem) item = { 0 };

      if (!lobby_cloud_delivery_next (delivery, &item))
        return g_string_free (dump, FALSE);
      if (item.phone_number_id != NULL && strcmp (item.phone_number_id, "106540352242922") != 0)
        g_string_append_printf (dump, "for %s: ", item.phone_number_id);
      if (item.display_number != NULL)
        g_string_append_printf (dump, "for +%s: ", item.display_number);
      if (item.message != NULL)
        dump_message (dump, item.message);
      if (item.status != NULL)
        dump_status (dump, item.status);
      if (item.change != NULL)
        dump_change (dump, item.change);
      if (item.call != NULL)
        dump_call (dump, item.call);
      dump_other (dump, &item);
    }
}

static void
test_not_json (void)
{
  static const char *const bodies[] = { "", "{", "[]", "null", "\"x\"", "{\"a\":\xff}", "{\"entry\":[{]}" };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (bodies[i], strlen (bodies[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_cloud_delivery_new (body, ARRIVED_AT, &error));
      g_assert_nonnull (error);
    }
}

static LobbyInboundMessage *
parse (const char *text,
       char **problem)
{
  const LobbyCloudPlace place = { .arrived_at = ARRIVED_AT };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) json = lobby_json_parse_object (text, -1, &error);
  g_auto (LobbyCloudItem) item = { 0 };

  g_assert_no_error (error);
  lobby_cloud_read_message (&place, json, &item);
  if (problem != NULL)
    *problem = g_steal_pointer (&item.problem);
  return g_steal_pointer (&item.message);
}

static void
test_sizes (void)
{
  g_autofree char *long_text = g_strnfill (LOBBY_WIRE_MAX_TEXT + 100, 'a');
  g_autofree char *long_id = g_strnfill (600, 'w');
  g_autofree char *long_json = g_strdup_printf ("{\"from\":\"1\",\"id\":\"w\",\"timestamp\":\"99999999999\",\"type\":\"text\",\"text\":{\"body\":\"%s\"}}", long_text);
  g_autofree char *id_json = g_strdup_printf ("{\"from\":\"1\",\"id\":\"%s\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}", long_id);
  g_autofree char *from_json = g_strdup_printf ("{\"from\":\"%s\",\"id\":\"w\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}", long_id);
  g_autofree char *carried_json = g_strdup_printf ("{\"from\":\"1\",\"id\":\"w\",\"type\":\"order\",\"order\":{\"text\":\"t\",\"x\":\"%s\"}}", long_text);
  g_autofree char *problem = NULL, *from_problem = NULL;
  g_autoptr (LobbyInboundMessage) message = parse (long_json, NULL);
  g_autoptr (LobbyInboundMessage) order = parse (carried_json, NULL);

  g_assert_cmpuint (strlen (message->content), <=, LOBBY_WIRE_MAX_TEXT);
  g_assert_true (g_str_has_suffix (message->content, "a…"));
  g_assert_true (g_utf8_validate (message->content, -1, NULL));
  g_assert_cmpint (message->timestamp, ==, ARRIVED_AT); /* one of the year 5138 is not believed */
  g_assert_cmpstr (order->content, ==, "t");
  g_assert_false (json_object_has_member (order->metadata, "order"));
  g_assert_null (parse (id_json, &problem));
  g_assert_nonnull (problem);
  g_assert_null (parse (from_json, &from_problem));
  g_assert_nonnull (from_problem);
}

static void
read_damaged (GBytes *body)
{
  g_autoptr (LobbyCloudDelivery) delivery = lobby_cloud_delivery_new (body, ARRIVED_AT, NULL);

  for (guint items = 0; delivery != NULL; items++)
    {
      g_auto (LobbyCloudItem) item = { 0 };

      g_assert_cmpuint (items, <, 10);
      if (!lobby_cloud_delivery_next (delivery, &item))
        break;
    }
}

static void
test_damage (void)
{
  payload_damage ("payloads", "text-referral.json", read_damaged);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  payload_cases_add ("payloads", "/cloud/payload/", dump_delivery, 40);
  g_test_add_func ("/cloud/not-json", test_not_json);
  g_test_add_func ("/cloud/sizes", test_sizes);
  g_test_add_func ("/cloud/damage", test_damage);
  return g_test_run ();
}
