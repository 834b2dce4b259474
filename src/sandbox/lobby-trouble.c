/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-trouble.h"

#include <string.h>

#define JSON_TYPE "application/json; charset=UTF-8"

gboolean
lobby_trouble_refuse (LobbyKnobs *knobs,
                      SoupServerMessage *message)
{
  static const char page[] = "<html><body>Sorry, something went wrong.</body></html>";
  guint status = (guint)knobs->http_status;

  if (!status)
    return FALSE;
  lobby_knobs_spend_failure (knobs);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/html", SOUP_MEMORY_STATIC, page, strlen (page));
  return TRUE;
}

static void
unpause (gpointer message)
{
  /* The other end may have hung up meanwhile. */
  if (soup_server_message_get_socket (message))
    soup_server_message_unpause (message);
}

/* The message was taken, but its answer breaks off in the middle. */
static void
answer_half (SoupServerMessage *message,
             guint status,
             const char *body)
{
  g_autofree char *half = g_strdup_printf ("HTTP/1.1 %u OK\r\nContent-Type: " JSON_TYPE "\r\nContent-Length: %zu\r\n\r\n%.*s",
                                           status, strlen (body), (int)strlen (body) / 2, body);
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), half, strlen (half), NULL, NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

void
lobby_trouble_answer (LobbyKnobs *knobs,
                      LobbySchedule *schedule,
                      SoupServerMessage *message,
                      guint status,
                      char *body)
{
  LobbyKnobs before = *knobs;

  if (before.hang_ms || before.close_mid_body)
    lobby_knobs_spend_failure (knobs);
  if (before.close_mid_body)
    {
      answer_half (message, status, body);
      g_free (body);
      return;
    }
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, JSON_TYPE, SOUP_MEMORY_TAKE, body, strlen (body));
  if (before.hang_ms)
    {
      /* Of the clock on the wall, whatever the speed: it is the other end's patience that is tried. */
      soup_server_message_pause (message);
      lobby_schedule_add (schedule, (gint64)((double)before.hang_ms * before.speed), unpause, g_object_ref (message), g_object_unref);
    }
}
