/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-adapter.h"

#include <string.h>

G_DEFINE_INTERFACE (LobbyAdapter, lobby_adapter, G_TYPE_OBJECT)

/* ms */
#define FIRST_PAUSE 1000
#define LONGEST_PAUSE 60000
#define LONGEST_PAIR_PAUSE (1024 * 1000)
#define MAINTENANCE_PAUSE 60000

static void
lobby_send_error_private_init (LobbySendErrorPrivate *private)
{
}

static void
lobby_send_error_private_copy (const LobbySendErrorPrivate *source,
                               LobbySendErrorPrivate *destination)
{
  destination->code = source->code;
  destination->title = g_strdup (source->title);
  destination->pace = source->pace;
  destination->consequence = source->consequence;
}

static void
lobby_send_error_private_clear (LobbySendErrorPrivate *private)
{
  g_free (private->title);
}

G_DEFINE_EXTENDED_ERROR (LobbySendError, lobby_send_error)

void
lobby_adapter_get_limits (LobbyAdapter *self,
                          LobbySendLimits *limits)
{
  LobbyAdapterInterface *iface = LOBBY_ADAPTER_GET_IFACE (self);

  *limits = (LobbySendLimits){ .per_second = 10, .burst = 10 };
  if (iface->get_limits != NULL)
    iface->get_limits (self, limits);
}

static void
lobby_adapter_default_init (LobbyAdapterInterface *iface)
{
  /* Both emitted by name. */
  g_signal_new ("templates-stale", LOBBY_TYPE_ADAPTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_signal_new ("changed", LOBBY_TYPE_ADAPTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

GError *
lobby_adapter_error_new (LobbySendError kind,
                         LobbySendPace pace,
                         int code,
                         const char *title,
                         const char *details)
{
  const char *message = details != NULL ? details : title;
  GError *error = g_error_new_literal (LOBBY_SEND_ERROR, kind, message != NULL ? message : "WhatsApp refused the message");
  LobbySendErrorPrivate *private = lobby_send_error_get_private (error);

  private->code = code;
  private->title = g_strdup (title);
  private->pace = pace;
  return error;
}

const LobbySendErrorPrivate *
lobby_adapter_get_error (const GError *error)
{
  return error->domain == LOBBY_SEND_ERROR ? lobby_send_error_get_private (error) : NULL;
}

void
lobby_adapter_set_pace (GError *error,
                        LobbySendPace pace)
{
  if (error->domain == LOBBY_SEND_ERROR)
    lobby_send_error_get_private (error)->pace = pace;
}

void
lobby_adapter_set_consequence (GError *error,
                               LobbyConsequence consequence)
{
  if (error->domain == LOBBY_SEND_ERROR)
    lobby_send_error_get_private (error)->consequence = consequence;
}

/* Up to a fifth longer, so that what failed together is not tried together. */
static guint
with_jitter (guint msec)
{
  return msec + (guint)g_random_int_range (0, (gint32)msec / 5 + 1);
}

guint
lobby_adapter_get_pause (LobbySendPace pace,
                         int attempts)
{
  int exponent = CLAMP (attempts, 0, 16);

  switch (pace)
    {
    case LOBBY_PACE_PAIR:
      /* Meta asks for 4^n seconds (CLOUD_API 11, 131056). */
      return with_jitter (MIN (1000u << MIN (2 * exponent, 20), (guint)LONGEST_PAIR_PAUSE));
    case LOBBY_PACE_MAINTENANCE:
      return with_jitter (MAINTENANCE_PAUSE);
    case LOBBY_PACE_TRANSIENT:
    case LOBBY_PACE_CONNECTION:
    default:
      return with_jitter (MIN ((guint)FIRST_PAUSE << MIN (exponent, 10), (guint)LONGEST_PAUSE));
    }
}

char *
lobby_adapter_dup_text (const char *text)
{
  const char *end;

  if (text == NULL || strlen (text) <= LOBBY_WIRE_MAX_TEXT)
    return g_strdup (text);
  end = g_utf8_find_prev_char (text, text + LOBBY_WIRE_MAX_TEXT - 3);
  return g_strdup_printf ("%.*s…", (int)(end - text), text);
}

guint
lobby_adapter_get_msec (const char *variable,
                        guint fallback)
{
  const char *text = g_getenv (variable);
  guint64 msec;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &msec, NULL) ? (guint)msec : fallback;
}
