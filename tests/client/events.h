/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-json.h"

/* JSON as lobbyd writes it, for the tests of the client. Times grow with @n. */

static inline char *
message_json (const char *id,
              const char *client_id,
              const char *conversation,
              gboolean    outbound,
              int         n)
{
  return g_strdup_printf ("\"id\":\"%s\",%s%s%s\"conversation_id\":\"%s\",\"contact_id\":\"c-%s\",\"connection_id\":\"n1\","
                          "\"direction\":\"%s\",\"message_type\":\"text\",\"content\":\"text %d\",\"status\":\"%s\","
                          "\"created_at\":\"2026-11-22T%02d:%02d:%02d.000Z\",\"updated_at\":\"2026-11-22T10:00:00.000Z\",\"metadata\":{}",
                          id, client_id != NULL ? "\"client_id\":\"" : "", client_id != NULL ? client_id : "", client_id != NULL ? "\"," : "",
                          conversation, conversation, outbound ? "outbound" : "inbound", n, outbound ? "pending" : "delivered",
                          n / 3600 % 24, n / 60 % 60, n % 60);
}

static inline char *
contact_json (const char *conversation)
{
  return g_strdup_printf ("{\"id\":\"c-%s\",\"business_id\":\"b1\",\"name\":\"Name of %s\",\"phone_number\":\"+34600123456\","
                          "\"created_at\":\"2026-11-22T08:00:00.000Z\",\"updated_at\":\"2026-11-22T08:00:00.000Z\"}",
                          conversation, conversation);
}

static inline char *
conversation_json (const char *conversation,
                   const char *more,
                   int         n,
                   gint64      seq)
{
  return g_strdup_printf ("{\"id\":\"%s\",\"business_id\":\"b1\",\"contact_id\":\"c-%s\",\"connection_id\":\"n1\",\"unread_count\":1,"
                          "\"last_activity_at\":\"2026-11-22T%02d:%02d:%02d.000Z\",\"window_expires_at\":null,\"read_up_to\":null,"
                          "\"message_count_in\":1,\"message_count_out\":0,\"seq\":%" G_GINT64_FORMAT "%s}",
                          conversation, conversation, n / 3600 % 24, n / 60 % 60, n % 60, seq, more);
}

/* A message:new as the @seq th event: message "m<seq>". */
static inline JsonObject *
message_event (const char *conversation,
               gint64      seq)
{
  g_autofree char *id = g_strdup_printf ("m%" G_GINT64_FORMAT, seq);
  g_autofree char *message = message_json (id, NULL, conversation, FALSE, (int) seq);
  g_autofree char *contact = contact_json (conversation);
  g_autofree char *row = conversation_json (conversation, "", (int) seq, seq);
  g_autofree char *text = g_strdup_printf ("{%s,\"contactId\":\"c-%s\",\"contact\":%s,\"conversation\":%s,\"seq\":%" G_GINT64_FORMAT
                                           ",\"businessProfileId\":\"b1\"}",
                                           message, conversation, contact, row, seq);
  g_autoptr (GError) error = NULL;
  JsonObject *object = lobby_json_parse_object (text, -1, &error);

  g_assert_no_error (error);
  return object;
}

static inline JsonObject *
json_of (const char *format,
         ...) G_GNUC_PRINTF (1, 2);

static inline JsonObject *
json_of (const char *format,
         ...)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  JsonObject *object;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  object = lobby_json_parse_object (text, -1, &error);
  g_assert_no_error (error);
  return object;
}
