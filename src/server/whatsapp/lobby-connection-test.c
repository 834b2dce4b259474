/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-connection-test.h"
#include "lobby-async.h"

#include <string.h>

static void
check_free (gpointer data)
{
  LobbyConnectionCheck *check = data;

  g_free (check->message);
  g_free (check);
}

static void
add (GPtrArray *checks,
     const char *id,
     gboolean ok,
     gboolean unknown,
     char *message)
{
  LobbyConnectionCheck *check = g_new0 (LobbyConnectionCheck, 1);

  check->id = id;
  check->ok = ok;
  check->unknown = unknown;
  check->message = message;
  g_ptr_array_add (checks, check);
}

void
lobby_connection_check_add (GPtrArray *checks,
                            const char *id,
                            gboolean ok,
                            const char *format,
                            ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (checks, id, ok, FALSE, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
lobby_connection_check_add_unknown (GPtrArray *checks,
                                    const char *id,
                                    const char *format,
                                    ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (checks, id, FALSE, TRUE, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* "3 minutes ago" is for the app to say; here it is a time that everybody reads. */
static char *
dup_time (gint64 msec)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (msec / 1000);

  return g_date_time_format (time, "%F %R UTC");
}

void
lobby_connection_check_add_webhook (GPtrArray *checks,
                                    const LobbyConnection *connection)
{
  gint64 last = MAX (connection->last_event_at, connection->webhook_verified_at);
  g_autofree char *time = last != 0 ? dup_time (last) : NULL;

  if (connection->last_event_at != 0)
    lobby_connection_check_add (checks, "webhook", TRUE, "WhatsApp delivers; the last delivery came %s", time);
  else if (connection->webhook_verified_at != 0)
    lobby_connection_check_add (checks, "webhook", TRUE, "WhatsApp has checked the address (%s); nothing was delivered yet", time);
  else
    lobby_connection_check_add_unknown (checks, "webhook", "Not known before WhatsApp has delivered something to this server");
}

typedef struct
{
  LobbyConnection *connection;
  char *webhook_url;
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  lobby_connection_free (wanted->connection);
  g_free (wanted->webhook_url);
  g_free (wanted);
}

static DexFuture *
test_fiber (gpointer data)
{
  const Wanted *wanted = data;
  GPtrArray *checks = g_ptr_array_new_with_free_func (check_free);

  if (strcmp (wanted->connection->kind, "gateway") == 0)
    lobby_gateway_test (wanted->connection, checks);
  else
    lobby_cloud_test (wanted->connection, wanted->webhook_url, checks);
  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, checks);
}

DexFuture *
lobby_connection_test (const LobbyConnection *connection,
                       const char *webhook_url)
{
  Wanted *wanted = g_new (Wanted, 1);

  *wanted = (Wanted){ lobby_connection_copy (connection), g_strdup (webhook_url) };
  return lobby_async_spawn (test_fiber, wanted, wanted_free);
}
