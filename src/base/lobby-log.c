/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-log.h"

#include <stdarg.h>

#define MAX_FIELDS 20

static const char *
priority_of (GLogLevelFlags level)
{
  switch (level & G_LOG_LEVEL_MASK)
    {
    case G_LOG_LEVEL_ERROR:
      return "3";
    case G_LOG_LEVEL_CRITICAL:
    case G_LOG_LEVEL_WARNING:
      return "4";
    case G_LOG_LEVEL_MESSAGE:
      return "5";
    case G_LOG_LEVEL_INFO:
      return "6";
    default:
      return "7";
    }
}

/* "connection" → "LOBBY_CONNECTION": the journal takes capital letters, digits and underscores. */
static char *
field_key (const char *name)
{
  char *key = g_strconcat ("LOBBY_", name, NULL);

  for (char *c = key; *c != '\0'; c++)
    *c = g_ascii_isalnum (*c) ? g_ascii_toupper (*c) : '_';

  return key;
}

void
lobby_log_event (GLogLevelFlags level,
                 const char *domain,
                 const char *message,
                 ...)
{
  g_autoptr (GString) text = g_string_new (message);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  GLogField fields[MAX_FIELDS + 4];
  gsize n_fields = 4;
  const char *name;
  va_list args;

  g_return_if_fail (message != NULL);

  va_start (args, message);
  while (n_fields < G_N_ELEMENTS (fields) && (name = va_arg (args, const char *)) != NULL)
    {
      const char *value = va_arg (args, const char *);

      if (value == NULL)
        continue;

      g_string_append_printf (text, " %s=%s", name, value);
      g_ptr_array_add (keys, field_key (name));
      fields[n_fields++] = (GLogField){ g_ptr_array_index (keys, keys->len - 1), value, -1 };
    }
  va_end (args);
  /* Some values are a peer's words: an event stays one line. */
  for (char *c = text->str; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';

  fields[0] = (GLogField){ "PRIORITY", priority_of (level), -1 };
  fields[1] = (GLogField){ "GLIB_DOMAIN", domain, -1 };
  fields[2] = (GLogField){ "MESSAGE", text->str, -1 };
  fields[3] = (GLogField){ LOBBY_LOG_EVENT_FIELD, message, -1 };
  g_log_structured_array (level, fields, n_fields);
}
