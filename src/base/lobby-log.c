/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-log.h"

#include <stdarg.h>
#include <string.h>

#define MAX_FIELDS 20
/* No count or size in a log has this many digits; ids have letters. */
#define LONGEST_NUMBER 8

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

/* "+34600111222" → "+xxxxxxxxx22": some values are a peer's words, which may hold numbers that are nobody else's business. */
static void
hide_numbers (char *text)
{
  for (char *c = text; *c != '\0';)
    {
      gsize n = 0;
      gboolean alone = c == text || !g_ascii_isalnum (c[-1]);

      while (g_ascii_isdigit (c[n]))
        n++;
      if (n >= LONGEST_NUMBER && alone && !g_ascii_isalnum (c[n]))
        memset (c, 'x', n - 2);
      c += MAX (n, 1);
    }
}

void
lobby_log_event (GLogLevelFlags level,
                 const char *domain,
                 const char *message,
                 ...)
{
  g_autoptr (GString) text = g_string_new (message);
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  GLogField fields[MAX_FIELDS + 4];
  gsize n_fields = 4;
  const char *name;
  va_list args;

  g_return_if_fail (message != NULL);

  va_start (args, message);
  while (n_fields < G_N_ELEMENTS (fields) && (name = va_arg (args, const char *)) != NULL)
    {
      const char *given = va_arg (args, const char *);
      char *key, *value;

      if (given == NULL)
        continue;

      key = field_key (name);
      value = g_strdup (given);
      hide_numbers (value);
      g_ptr_array_add (strings, key);
      g_ptr_array_add (strings, value);
      g_string_append_printf (text, " %s=%s", name, value);
      fields[n_fields++] = (GLogField){ key, value, -1 };
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
